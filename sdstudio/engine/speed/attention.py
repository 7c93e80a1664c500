"""Attention over many tokens, a few hundred of them at a time, so that their scores stay in the processor's cache.

Computes what torch's own does, without its mask and dropout, with oneDNN's products. Must not know about networks.
"""

from __future__ import annotations

import torch

_FEWEST = 1024 * 512  # scores of a head: below, torch's own is as fast
_ROWS = 512


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attn_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> torch.Tensor | None:
    """softmax(query · keyᵀ · scale) · value over (batch, heads, tokens, width); None where torch's own is better.

    Scores and their softmax are float32 whatever the type of the tensors, as in torch's own.
    """
    if attn_mask is not None or dropout_p or is_causal or enable_gqa or query.ndim != 4:
        return None
    tokens, width = query.shape[-2:]
    if tokens * key.shape[-2] < _FEWEST:
        return None
    scale = width**-0.5 if scale is None else scale
    result = torch.empty(*query.shape[:-1], value.shape[-1], dtype=query.dtype)
    for picture in range(query.shape[0]):
        for head in range(query.shape[1]):
            keys = key[picture, head].float() * scale
            values = value[picture, head].t().contiguous()
            for start in range(0, tokens, _ROWS):
                rows = slice(start, start + _ROWS)
                scores = _product(query[picture, head, rows].float().contiguous(), keys)
                shares = torch.softmax(scores, -1).to(values.dtype)
                result[picture, head, rows] = _product(shares, values)
    return result


def _product(rows: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    result: torch.Tensor = torch.ops.mkldnn._linear_pointwise(rows, weight, None, "none", [], "")
    return result
