"""The names that the original repositories give to layers, and diffusers' names for them. Facts, as tables.

A layer may be several layers there (query, key and value in one matrix), and may have its scale and its shift the other
way round. The same tables read checkpoints and LoRAs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

Weights = dict[str, torch.Tensor]
WHOLE = "model.diffusion_model."  # what whole checkpoints put before a denoiser's names
_NUMBERED = re.compile(r"^(\w+)\.(\d+)\.(.+)$")
SCALES = (".scale_weight", ".weight_scale")  # how two kinds of fp8 files name the size of a weight
INPUT_SCALES = (".scale_input", ".input_scale")
# The ends of parameters' names, and diffusers' ends for them.
_KINDS = {".weight": ".weight", ".bias": ".bias", ".scale": ".weight"} | {end: end for end in SCALES + INPUT_SCALES}


@dataclass(frozen=True)
class Layout:
    """One family's names. Values are a layer's name in diffusers, or parts that share its rows: (name, share) each."""

    outer: Mapping[str, str] = field(default_factory=dict)  # layers that are there once
    blocks: Mapping[str, str] = field(default_factory=dict)  # rows of blocks
    inner: Mapping[str, str | tuple[tuple[str, int], ...]] = field(default_factory=dict)  # in blocks, "row: layer"
    swapped: tuple[str, ...] = ()  # layers with shift before scale
    swapped_in_last: tuple[str, ...] = ()  # the same, in the last block of a row
    dropped: tuple[str, ...] = ()

    def targets(self, layer: str) -> tuple[tuple[str, int], ...]:
        """diffusers' layers for the original `layer`, with the shares of its rows that are theirs."""
        found = _NUMBERED.match(layer)
        if found is None or found[1] not in self.blocks:
            return ((self.outer.get(layer, layer), 1),)
        row = f"{self.blocks[found[1]]}.{found[2]}"
        inner = self.inner.get(f"{found[1]}: {found[3]}", found[3])
        parts = ((inner, 1),) if isinstance(inner, str) else inner
        return tuple((f"{row}.{name}", share) for name, share in parts)


def spellings(layout: Layout, network: torch.nn.Module) -> dict[str, tuple[str, ...]]:
    """The network's layers by their original names, with underscores for dots as LoRAs have them."""
    there = {name for name, _ in network.named_modules()}
    names = [name for name in layout.outer if name not in layout.swapped]
    for key in layout.inner:
        row, _, inner = key.partition(": ")
        count = sum(1 for _ in network.get_submodule(layout.blocks[row]).children())
        last = count - 1 if key in layout.swapped_in_last else count
        names += [f"{row}.{number}.{inner}" for number in range(last)]
    meant = {name.replace(".", "_"): tuple(layer for layer, _ in layout.targets(name)) for name in names}
    return {name: layers for name, layers in meant.items() if there.issuperset(layers)}


def to_diffusers(weights: Weights, layout: Layout) -> Weights:
    """The denoiser's weights by diffusers' names; what already has them is left alone."""
    weights = {name.removeprefix(WHOLE): value for name, value in weights.items()}
    last = {row: _last(weights, row) for row in layout.blocks}
    renamed: Weights = {}
    for name, value in weights.items():
        end = next((end for end in _KINDS if name.endswith(end)), "")
        layer = name.removesuffix(end)
        if layer in layout.dropped:
            continue
        if _is_swapped(layer, layout, last):
            whole = value if isinstance(value, torch.Tensor) else value.unpacked()
            value = torch.cat(whole.chunk(2)[::-1])
        parts = layout.targets(layer)
        for (target, _), piece in zip(parts, _shared_out(value, parts), strict=True):
            renamed[target + _KINDS.get(end, "")] = piece
    return renamed


def _shared_out(value: torch.Tensor, parts: tuple[tuple[str, int], ...]) -> tuple[torch.Tensor, ...]:
    """Each part's rows; a single number is everyone's."""
    if value.ndim == 0 or len(parts) == 1:
        return (value,) * len(parts)
    rows = len(value) // sum(share for _, share in parts)
    return tuple(value.split([rows * share for _, share in parts]))


def _last(weights: Weights, row: str) -> int:
    numbers = [int(found[2]) for name in weights if (found := _NUMBERED.match(name)) and found[1] == row]
    return max(numbers, default=-1)


def _is_swapped(layer: str, layout: Layout, last: dict[str, int]) -> bool:
    if layer in layout.swapped:
        return True
    found = _NUMBERED.match(layer)
    return (
        found is not None
        and int(found[2]) == last.get(found[1], -1)
        and f"{found[1]}: {found[3]}" in layout.swapped_in_last
    )


def _query_key_value(pattern: str) -> tuple[tuple[str, int], ...]:
    return tuple((pattern.format(letter), 1) for letter in "qkv")


_TIMES = {f"t_embedder.mlp.{place}": f"time_text_embed.timestep_embedder.linear_{n}" for n, place in ((1, 0), (2, 2))}
_SD3_SIDES = {
    "x_block": ("attn.to_{}", "attn.norm_{}", "attn.to_out.0", "norm1.linear", "ff"),
    "context_block": (
        "attn.add_{}_proj",
        "attn.norm_added_{}",
        "attn.to_add_out",
        "norm1_context.linear",
        "ff_context",
    ),
}


def _sd3_inner() -> dict[str, str | tuple[tuple[str, int], ...]]:
    inner: dict[str, str | tuple[tuple[str, int], ...]] = {}
    for side, (projection, norm, out, modulation, feed) in _SD3_SIDES.items():
        inner |= {
            f"joint_blocks: {side}.attn.qkv": _query_key_value(projection),
            f"joint_blocks: {side}.attn.ln_q": norm.format("q"),
            f"joint_blocks: {side}.attn.ln_k": norm.format("k"),
            f"joint_blocks: {side}.attn.proj": out,
            f"joint_blocks: {side}.adaLN_modulation.1": modulation,
            f"joint_blocks: {side}.mlp.fc1": f"{feed}.net.0.proj",
            f"joint_blocks: {side}.mlp.fc2": f"{feed}.net.2",
        }
    return inner | {
        "joint_blocks: x_block.attn2.qkv": _query_key_value("attn2.to_{}"),
        "joint_blocks: x_block.attn2.ln_q": "attn2.norm_q",
        "joint_blocks: x_block.attn2.ln_k": "attn2.norm_k",
        "joint_blocks: x_block.attn2.proj": "attn2.to_out.0",
    }


SD3 = Layout(
    outer={
        "pos_embed": "pos_embed.pos_embed",
        "x_embedder.proj": "pos_embed.proj",
        "y_embedder.mlp.0": "time_text_embed.text_embedder.linear_1",
        "y_embedder.mlp.2": "time_text_embed.text_embedder.linear_2",
        "final_layer.linear": "proj_out",
        "final_layer.adaLN_modulation.1": "norm_out.linear",
        **_TIMES,
    },
    blocks={"joint_blocks": "transformer_blocks"},
    inner=_sd3_inner(),
    swapped=("final_layer.adaLN_modulation.1",),
    swapped_in_last=("joint_blocks: context_block.adaLN_modulation.1",),
)

_FLUX_SIDES = {
    "img": ("attn.to_{}", "attn.norm_{}", "attn.to_out.0", "norm1.linear", "ff"),
    "txt": ("attn.add_{}_proj", "attn.norm_added_{}", "attn.to_add_out", "norm1_context.linear", "ff_context"),
}


def _flux_inner() -> dict[str, str | tuple[tuple[str, int], ...]]:
    inner: dict[str, str | tuple[tuple[str, int], ...]] = {}
    for side, (projection, norm, out, modulation, feed) in _FLUX_SIDES.items():
        inner |= {
            f"double_blocks: {side}_attn.qkv": _query_key_value(projection),
            f"double_blocks: {side}_attn.norm.query_norm": norm.format("q"),
            f"double_blocks: {side}_attn.norm.key_norm": norm.format("k"),
            f"double_blocks: {side}_attn.proj": out,
            f"double_blocks: {side}_mod.lin": modulation,
            f"double_blocks: {side}_mlp.0": f"{feed}.net.0.proj",
            f"double_blocks: {side}_mlp.2": f"{feed}.net.2",
        }
    return inner | {
        "single_blocks: linear1": (*_query_key_value("attn.to_{}"), ("proj_mlp", 4)),
        "single_blocks: linear2": "proj_out",
        "single_blocks: modulation.lin": "norm.linear",
        "single_blocks: norm.query_norm": "attn.norm_q",
        "single_blocks: norm.key_norm": "attn.norm_k",
        "single_blocks: qkv": _query_key_value("attn.to_{}"),  # XLabs' LoRAs know the attention's layers alone
        "single_blocks: proj": "proj_out",
    }


FLUX = Layout(
    outer={
        f"{theirs}.{place}_layer": f"time_text_embed.{ours}_embedder.linear_{number}"
        for theirs, ours in (("time_in", "timestep"), ("vector_in", "text"), ("guidance_in", "guidance"))
        for number, place in ((1, "in"), (2, "out"))
    }
    | {
        "txt_in": "context_embedder",
        "img_in": "x_embedder",
        "final_layer.linear": "proj_out",
        "final_layer.adaLN_modulation.1": "norm_out.linear",
    },
    blocks={"double_blocks": "transformer_blocks", "single_blocks": "single_transformer_blocks"},
    inner=_flux_inner(),
    swapped=("final_layer.adaLN_modulation.1",),
)

QWEN_IMAGE = Layout()  # its authors use diffusers' names

_Z_ROWS = ("layers", "noise_refiner", "context_refiner")
Z_IMAGE = Layout(
    outer={"x_embedder": "all_x_embedder.2-1"}
    | {f"final_layer.{layer}": f"all_final_layer.2-1.{layer}" for layer in ("linear", "adaLN_modulation.1")},
    blocks={row: row for row in _Z_ROWS},
    inner={
        f"{row}: attention.{theirs}": ours
        for row in _Z_ROWS
        for theirs, ours in (
            ("qkv", _query_key_value("attention.to_{}")),
            ("out", "attention.to_out.0"),
            ("q_norm", "attention.norm_q"),
            ("k_norm", "attention.norm_k"),
        )
    },
    dropped=("norm_final",),
)
LAYOUTS = {"sd3": SD3, "flux": FLUX, "qwen_image": QWEN_IMAGE, "z_image": Z_IMAGE}
