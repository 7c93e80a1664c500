"""The arithmetic of LoRA files: from the factors that a file holds for a layer to the change of that layer's weight.

LoRA (arXiv:2106.09685) with Tucker cores for convolutions, LoHa (arXiv:2108.06098), LoKr (arXiv:2212.10650), DoRA
(arXiv:2402.09353), and plain differences. Must not know files, names or networks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

Factors = dict[str, torch.Tensor]


@dataclass
class Patch:
    """What one file does to one layer: its factors by their short names (up, down, hada_w1_a, ...), and its scale."""

    factors: Factors = field(default_factory=dict)
    alpha: float | None = None  # the rank when the file does not say: scale 1


def change(patch: Patch, weight: torch.Tensor, strength: float) -> torch.Tensor:
    """By how much `patch` changes `weight` at `strength`; float32, of the weight's shape.

    Raises ValueError or RuntimeError when the factors do not fit to the weight.
    """
    factors = {name: value.to(weight.device, torch.float32) for name, value in patch.factors.items()}
    magnitude = factors.pop("dora", None)
    product, scale = _product(factors, patch.alpha, 1.0 if magnitude is not None else strength)
    whole = product.reshape(weight.shape) * scale
    if magnitude is None:
        return whole
    return strength * _towards_magnitude(weight.float(), whole, magnitude)


def _product(factors: Factors, alpha: float | None, strength: float) -> tuple[torch.Tensor, float]:
    """The factors multiplied out, and by what the product is to be multiplied; one number, as peft rounds it."""
    if "up" in factors:
        up, down = factors["up"], factors["down"]
        scale = _scale(alpha, down.shape[0], strength)
        if "mid" in factors:
            return _tucker(factors["mid"], up.flatten(1).T, down.flatten(1)), scale
        return up.flatten(1) @ down.flatten(1), scale
    if "hada_w1_a" in factors:
        scale = _scale(alpha, factors["hada_w1_b"].shape[0], strength)
        return _hadamard_half(factors, 1) * _hadamard_half(factors, 2), scale
    if "lokr_w1" in factors or "lokr_w1_a" in factors:
        return _kronecker(factors, alpha, strength)
    if "diff" in factors:
        return factors["diff"], strength
    raise ValueError(f"unknown factors: {', '.join(sorted(factors))}")


def _scale(alpha: float | None, rank: int, strength: float) -> float:
    return strength if alpha is None else strength * (alpha / rank)


def _tucker(core: torch.Tensor, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Core (a, b, h, w), first (a, out), second (b, in) to a convolution (out, in, h, w)."""
    return torch.einsum("abhw,ao,bi->oihw", core, first, second)


def _hadamard_half(factors: Factors, number: int) -> torch.Tensor:
    left, right = factors[f"hada_w{number}_a"], factors[f"hada_w{number}_b"]
    core = factors.get(f"hada_t{number}")
    return left @ right if core is None else _tucker(core, left, right)


def _kronecker(factors: Factors, alpha: float | None, strength: float) -> tuple[torch.Tensor, float]:
    rank = None
    halves = []
    for number in (1, 2):
        half = factors.get(f"lokr_w{number}")
        if half is None:
            left, right = factors[f"lokr_w{number}_a"], factors[f"lokr_w{number}_b"]
            core = factors.get(f"lokr_t{number}")
            rank = right.shape[0]
            half = left @ right if core is None else _tucker(core, left, right)
        halves.append(half)
    first, second = halves
    if second.ndim > first.ndim:
        first = first.reshape(*first.shape, *(1 for _ in range(second.ndim - first.ndim)))
    return torch.kron(first, second), strength if rank is None else _scale(alpha, rank, strength)


def _towards_magnitude(weight: torch.Tensor, whole: torch.Tensor, magnitude: torch.Tensor) -> torch.Tensor:
    """DoRA: the direction of weight + change at the learned magnitude, less the weight.

    The magnitude is one number for each output (out, 1, ...) or, in older files, for each input (1, in, ...).
    """
    changed = weight + whole
    magnitude = magnitude.reshape(*magnitude.shape, *(1 for _ in range(changed.ndim - magnitude.ndim)))
    kept = 1 if magnitude.shape[0] == 1 and magnitude.shape[1] == changed.shape[1] != 1 else 0
    others = [dimension for dimension in range(changed.ndim) if dimension != kept]
    norm = changed.norm(dim=others, keepdim=True).clamp_min(torch.finfo(torch.float32).eps)
    return changed * (magnitude / norm) - weight
