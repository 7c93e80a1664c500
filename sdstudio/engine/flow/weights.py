"""Weights from files into networks that were made without any, so that nothing is in memory twice.

Takes them as they are stored: fp32, fp16, bf16, fp8 with or without scales. Must not know families.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from accelerate import init_empty_weights

from sdstudio.engine import packed
from sdstudio.engine.flow.layouts import INPUT_SCALES, SCALES, Weights
from sdstudio.engine.weights_file import are_numbers, read_weights
from sdstudio.errors import ModelProblem

_log = logging.getLogger(__name__)


def read_files(files: Iterable[Path], dtype: torch.dtype, *, keep_packed: bool = False) -> Weights:
    """All tensors of the files; those that are stored packed in `dtype`, or, with `keep_packed`, as they are."""
    weights: Weights = {}
    for file in files:
        weights |= read_weights(file, dtype, keep_packed=keep_packed)
    return weights


def below(weights: Weights, *prefixes: str) -> Weights:
    """Those whose names begin with the first of `prefixes` that any begins with, without it."""
    for prefix in prefixes:
        found = {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
        if found:
            return found
    return {}


def unscaled(weights: Weights, dtype: torch.dtype) -> Weights:
    """All floating point weights in `dtype`; what was scaled to fit into fp8 at its own size.

    Always copies: a file that is only mapped into memory may change under us, and where in it a weight begins decides
    how sums are rounded.
    """
    plain: Weights = {}
    for name, value in weights.items():
        if not isinstance(value, torch.Tensor):  # packed, for whatever type it was read
            plain[name] = value
            continue
        if name.endswith(SCALES + INPUT_SCALES) or name == "scaled_fp8":
            continue
        layer = name.removesuffix(".weight")
        scale = next((weights[layer + end] for end in SCALES if layer + end in weights), None)
        if scale is not None:
            value = value.float() * scale.float()
        plain[name] = value.to(dtype if value.is_floating_point() else value.dtype, copy=True)
    return plain


def fill(kind: Any, config: Any, weights: Weights, title: str, part: str) -> Any:
    """A network of the class `kind` with these weights. Raises ModelProblem when some are missing.

    `config` is what `kind` is made from: a transformers config, or a dictionary of diffusers'.
    """
    with init_empty_weights(include_buffers=False):
        network = kind.from_config(config) if isinstance(config, dict) else kind(config)
    layers = dict(network.named_modules())
    packs: dict[str, Any] = {name: value for name, value in weights.items() if not isinstance(value, torch.Tensor)}
    kept = {name for name in packs if type(layers.get(name.removesuffix(".weight"))) is torch.nn.Linear}
    weights = weights | {name: one.stand_in() if name in kept else one.unpacked() for name, one in packs.items()}
    missing, strangers = network.load_state_dict(weights, strict=False, assign=True)
    if hasattr(network, "tie_weights"):
        network.tie_weights()
    buffers = {name for name, _ in network.named_buffers()}
    lost = [name for name, value in network.named_parameters() if value.is_meta]
    lost += [name for name in missing if name in buffers and network.get_buffer(name).is_meta]
    if lost:
        raise ModelProblem(
            f"The model “{title}” is incomplete: {len(lost)} weights of its {part} are missing.",
            detail="\n".join(sorted(lost)),
        )
    if strangers:
        _log.info("“%s”: its %s has %d weights that are not used", title, part, len(strangers))
    if not are_numbers(value for name, value in network.named_parameters() if name not in kept):
        raise ModelProblem(f"The model “{title}” is damaged: some weights of its {part} are no numbers (NaN).")
    for name in kept:
        packed.keep(layers[name.removesuffix(".weight")], packs[name])
    return network
