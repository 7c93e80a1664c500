"""Tells for which transformer family a LoRA was made, by the names and shapes of its tensors. Without torch."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sdstudio.models.header import Tensor

# What names of layers show, in any spelling (dots are underscores here).
_LAYERS = (
    ("flux", re.compile(r"double_blocks_\d|single_blocks_\d|single_transformer_blocks_\d")),
    ("sd3", re.compile(r"joint_blocks_\d")),
    ("qwen_image", re.compile(r"transformer_blocks_\d+_(img|txt)_m(lp|od)_")),
    ("z_image", re.compile(r"(^|_)(layers|noise_refiner|context_refiner)_\d+_(attention|feed_forward)_")),
)
# Blocks that three families have alike in diffusers' spelling: their widths and their number tell which it is.
_SHARED = re.compile(r"^(?:base_model_model_)?(?:(?:lora_)?(?:transformer|unet)_|diffusion_model_)?"
                     r"transformer_blocks_(\d+)_(attn_(to|add)_|ff_|ff_context_|norm1_)")  # fmt: skip
_DOWN = re.compile(r"(lora_down|lora_A(\.default)?|lora\.down|_lora\.down)\.weight$")
_SD3_WIDTHS = (1536, 2432)  # medium and large
_LARGE_WIDTH = 3072  # Flux and Qwen-Image
_FLUX_BLOCKS = 19  # Qwen-Image has 60


def lora_family(tensors: Mapping[str, Tensor]) -> str:
    """The transformer family that a LoRA with these tensors was made for; "" for any other, and when nothing tells."""
    flat = {name.replace(".", "_"): name for name in tensors}
    for family, layers in _LAYERS:
        if any(layers.search(name) for name in flat):
            return family
    shared = {name: int(found[1]) for name in flat if (found := _SHARED.match(name))}
    if not shared:
        return ""
    widths = {tensors[flat[name]].shape[-1] for name in shared if _DOWN.search(flat[name])}
    if widths & set(_SD3_WIDTHS):
        return "sd3"
    if _LARGE_WIDTH in widths:
        return "flux" if max(shared.values()) < _FLUX_BLOCKS else "qwen_image"
    return ""
