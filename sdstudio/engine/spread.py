"""Noise levels that a scheduler's class does not know by itself, given to it through the one it knows best.

diffusers' schedulers turn their sigmas into Karras' ones in one method; a class made here answers it otherwise.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from diffusers.schedulers import AysSchedules

_AYS = {"sd1": "StableDiffusionSigmas", "sdxl": "StableDiffusionXLSigmas"}


@cache
def aligned(scheduler_class: Any, family: str) -> Any:
    """`scheduler_class` with the levels of Align Your Steps (arXiv:2404.14507) as published for `family`."""
    table = np.array(AysSchedules[_AYS[family]][:-1])  # the last is 0, which every scheduler adds by itself

    def convert(scheduler: Any, in_sigmas: Any, num_inference_steps: int | None = None) -> np.ndarray:
        known = _all_sigmas(scheduler)
        found = _interpolated(table, num_inference_steps or scheduler.num_inference_steps)
        return np.clip(found, known[0], known[-1]).astype(np.float32)

    return _with_conversion(scheduler_class, f"Aligned{family}", convert)


@cache
def trailing(scheduler_class: Any) -> Any:
    """`scheduler_class` with evenly spaced timesteps that begin at the last (arXiv:2305.08891): SGM uniform."""

    def convert(scheduler: Any, in_sigmas: Any, num_inference_steps: int | None = None) -> np.ndarray:
        known = _all_sigmas(scheduler)
        steps = num_inference_steps or scheduler.num_inference_steps
        timesteps = (len(known) - np.arange(steps) * (len(known) / steps)).round() - 1
        return known[timesteps.astype(int)].astype(np.float32)

    return _with_conversion(scheduler_class, "Trailing", convert)


def _with_conversion(scheduler_class: Any, prefix: str, convert: Any) -> Any:
    return type(f"{prefix}{scheduler_class.__name__}", (scheduler_class,), {"_convert_to_karras": convert})


def _all_sigmas(scheduler: Any) -> np.ndarray:
    """The model's own levels, rising."""
    kept = scheduler.alphas_cumprod.double().numpy()
    return np.sqrt((1 - kept) / kept)


def _interpolated(table: np.ndarray, steps: int) -> np.ndarray:
    """`table` for another number of steps: straight lines between the logarithms, as its authors do."""
    at = np.linspace(0, len(table) - 1, steps)
    return np.exp(np.interp(at, np.arange(len(table)), np.log(table)))
