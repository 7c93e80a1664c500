"""Lets a cancelled job leave the networks between two layers, instead of at the end of a step or of the decoding.

A step of a large model takes many seconds on a CPU; a layer takes a fraction of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_STOPS = (
    "ResnetBlock2D", "Transformer2DModel", "AutoencoderTinyBlock",
    "JointTransformerBlock", "FluxTransformerBlock", "FluxSingleTransformerBlock", "QwenImageTransformerBlock",
    "ZImageTransformerBlock", "QwenImageResidualBlock",
)  # fmt: skip


class Interruption:
    """Hooks in the networks' larger layers that call whatever `watched` has set for the time being."""

    def __init__(self, networks: list[Any]) -> None:
        self._check: Callable[[], None] | None = None
        for network in networks:
            self.add(network)

    def add(self, network: Any) -> None:
        """Watch the layers of one more network."""
        for layer in network.modules():
            if type(layer).__name__ in _STOPS:
                layer.register_forward_pre_hook(self._on_layer)

    @contextmanager
    def watched(self, check: Callable[[], None]) -> Iterator[None]:
        """Within this context every larger layer calls `check` first, which may raise to leave the network."""
        self._check = check
        try:
            yield
        finally:
            self._check = None

    def _on_layer(self, layer: Any, inputs: Any) -> None:
        if self._check is not None:
            self._check()
