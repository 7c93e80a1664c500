"""Attention, and the networks that follow it, worked off in slices of their tokens. Each token's answer is the same."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from torch.overrides import TorchFunctionMode

_SCORES = 2**25  # numbers that may be held at once where a device holds them at all
_LEAST_ROWS = 64
_FEED_FORWARD = "FeedForward"  # diffusers' class of what follows attention in a block
_TOKENS = 2**12  # that go through it at once


class SlicedAttention(TorchFunctionMode):
    """While this context lasts, torch's attention sees only some of the queries at a time."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is not scaled_dot_product_attention or kwargs.get("is_causal"):
            return func(*args, **kwargs)
        query, key = (*args, *(kwargs[name] for name in ("query", "key")[len(args) :]))[:2]
        scores_of_row = query[..., 0, 0].numel() * key.shape[-2]
        rows = max(_LEAST_ROWS, _SCORES // max(scores_of_row, 1))
        if rows >= query.shape[-2]:
            return func(*args, **kwargs)
        named = dict(zip(("query", "key", "value", "attn_mask"), args, strict=False)) | kwargs
        mask = named.pop("attn_mask", None)
        made = []
        for start in range(0, query.shape[-2], rows):
            part = slice(start, start + rows)
            more = mask if mask is None or mask.shape[-2] == 1 else mask[..., part, :]
            made.append(func(**(named | {"query": query[..., part, :]}), attn_mask=more))
        return torch.cat(made, dim=-2)


def slice_networks(network: Any, *, on: bool) -> None:
    """Let the networks after attention work in slices as well, or no more."""
    for layer in network.modules():
        if type(layer).__name__ != _FEED_FORWARD:
            continue
        vars(layer).pop("forward", None)
        if on:
            layer.forward = partial(_in_slices, layer.forward)


def _in_slices(forward: Any, hidden_states: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
    """`hidden_states` (texts, tokens, width)."""
    tokens = max(1, _TOKENS // len(hidden_states))
    parts = [forward(part, *args, **kwargs) for part in hidden_states.split(tokens, dim=1)]
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
