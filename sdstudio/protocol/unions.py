"""Which kinds of pictures the published unions of control models for Flux can follow, and how they count them."""

from __future__ import annotations

from sdstudio.protocol.request import ControlKind

FLUX_MODES: dict[ControlKind, int] = {"lines": 0, "soft": 0, "tile": 1, "depth": 2, "pose": 4}
