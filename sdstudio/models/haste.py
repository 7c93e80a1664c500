"""What hurrying gains, and costs on the starter model: tests/benchmarks/engine_quality.py measures and writes it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from sdstudio import paths


class Measured(msgspec.Struct, frozen=True):
    """Of one speed, against exact pictures of the same requests on the same machine."""

    times: float  # so many times as fast as diffusers' usual way, per step of a Stable Diffusion 1.5
    levels: float  # mean difference of pixels, of 255
    likeness: float  # mean structural similarity (SSIM), 1 for the same picture


def file() -> Path:
    return paths.resources() / "speeds.json"


@cache
def measured() -> dict[str, Measured]:
    """By speed; empty where nothing has been measured."""
    try:
        return msgspec.json.decode(file().read_bytes(), type=dict[str, Measured])
    except FileNotFoundError:
        return {}
