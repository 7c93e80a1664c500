"""Files that belong to models this program knows, but of kinds that it does not read: told by name, not called unknown.

From the names of tensors alone. Must not know how anything is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sdstudio.errors import ModelProblem


@dataclass(frozen=True)
class _Relative:
    """Tensors by whose names, or beginnings of names, one kind of file is told."""

    words: str
    has: tuple[str, ...]
    instead: str


_RELATIVES = (
    _Relative(
        "a ControlNet for Z-Image",
        ("control_layers.", "control_all_x_embedder."),
        "Z-Image can be guided by a picture to start from, at a strength below 100 %.",
    ),
    _Relative(
        "an IP-Adapter for Stable Diffusion 3",
        ("image_proj.", "ip_adapter.0.norm_ip.linear.weight"),
        "IP-Adapters for Stable Diffusion 1, SDXL and Flux are read.",
    ),
    _Relative(
        "a Control-LoRA",
        ("lora_controlnet",),
        "Take the whole ControlNet that it was made from.",
    ),
    _Relative(
        "a ControlNet-LLLite",
        ("lllite_",),
        "Take a ControlNet or a T2I-Adapter for the same model.",
    ),
    _Relative(
        "a stage of DeepFloyd IF in one file",
        ("encoder_pooling.", "input_blocks.0.0.weight"),
        "Take it as a folder in diffusers' layout.",
    ),
)
FOLDERS = {"ZImageControlNetModel": "a ControlNet for Z-Image"}  # by the classes that their configs name


def refuse_relative(file_name: str, tensors: Iterable[str]) -> None:
    """Raise ModelProblem with its proper name when a file with these tensors is one of them."""
    names = tuple(tensors)
    for relative in _RELATIVES:
        if all(any(name.startswith(start) for name in names) for start in relative.has):
            raise ModelProblem(
                f"“{file_name}” is {relative.words}, which this program does not read. {relative.instead}"
            )
