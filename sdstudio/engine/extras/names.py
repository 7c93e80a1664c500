"""The names that LoRA files give to layers, and the layer of the network that each of them means.

The files spell layers in three ways: as diffusers does, with underscores for dots (kohya's trainer), and with the block
names of the original repositories. One table a network holds all spellings, so that a name that is not in it is known
to belong to another network.
"""

from __future__ import annotations

import re
from typing import Any

_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_OUTER = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "mid_block.resnets.0": "middle_block.0",
    "mid_block.attentions.0": "middle_block.1",
    "mid_block.resnets.1": "middle_block.2",
}
_BLOCK = re.compile(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)")


def spellings(network: Any, *, is_unet: bool) -> dict[str, str]:
    """Every spelling of every layer with a weight, dots as underscores, to the layer's own name."""
    table = {}
    for name, layer in network.named_modules():
        if getattr(layer, "weight", None) is None:
            continue
        table[flat(name)] = name
        if is_unet:
            table[flat(original(network, name))] = name
        elif not name.startswith("text_model.") and name != "text_projection":
            table[flat(f"text_model.{name}")] = name  # as all files spell it; transformers has dropped the prefix
    return table


def flat(name: str) -> str:
    """The name with underscores for dots, by which spellings are compared."""
    return name.replace(".", "_")


def original(unet: Any, name: str) -> str:
    """A UNet layer's name in the original Stable Diffusion and SDXL repositories."""
    for ours, theirs in _OUTER.items():
        if name == ours or name.startswith(ours + "."):
            return theirs + _inner(name.removeprefix(ours))
    found = _BLOCK.match(name)
    if found is None:
        return name
    side, block, part, number = found[1], int(found[2]), found[3], int(found[4])
    rest = name[found.end() :]
    layers = _layers_per_block(unet, block if side == "down" else -1 - block)
    if side == "down":
        before = sum(_layers_per_block(unet, earlier) + 1 for earlier in range(block))
        if part == "downsamplers":
            return f"input_blocks.{1 + before + layers}.0.op" + rest.removeprefix(".conv")
        return f"input_blocks.{1 + before + number}.{int(part == 'attentions')}" + _inner(rest)
    before = sum(_layers_per_block(unet, -1 - earlier) + 1 for earlier in range(block))
    if part == "upsamplers":
        place = 2 if getattr(unet.up_blocks[block], "attentions", None) is not None else 1
        return f"output_blocks.{before + layers}.{place}.conv" + rest.removeprefix(".conv")
    return f"output_blocks.{before + number}.{int(part == 'attentions')}" + _inner(rest)


def _layers_per_block(unet: Any, block: int) -> int:
    layers = unet.config.layers_per_block
    return int(layers if isinstance(layers, int) else layers[block])


def _inner(rest: str) -> str:
    """The part of a name within a block: resnets' layers have other names, transformers' are the same."""
    for ours, theirs in _RESNET.items():
        if rest.startswith("." + ours):
            return f".{theirs}" + rest.removeprefix("." + ours)
    return rest
