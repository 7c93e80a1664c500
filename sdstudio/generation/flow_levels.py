"""The noise levels that models of the transformer families visit, for the plot in the window.

At level s the picture is (1 - s) of itself and s of noise (arXiv:2403.03206, section 3).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sdstudio.models.info import ModelInfo

Levels = NDArray[np.float64]
_TRAIN_STEPS = 1000
_PATCH_PIXELS = 16
_DYNAMIC = {"use_dynamic_shifting": True, "base_shift": 0.5, "max_shift": 1.15, "max_image_seq_len": 4096}
# What the families' own scheduler configs say, for models that come without one.
_USUAL: dict[str, dict[str, Any]] = {
    "flux": _DYNAMIC,
    "qwen_image": _DYNAMIC | {"max_shift": 0.9, "max_image_seq_len": 8192, "shift_terminal": 0.02},
}


def levels(model: ModelInfo, steps: int, config: dict[str, Any], side: int) -> Levels:
    """`steps` levels, falling, for a square picture with a side of so many pixels.

    `config` is the content of the model's scheduler_config.json, or empty.
    """
    told: dict[str, Any] = {"shift": 3.0, "base_image_seq_len": 256} | (config or _USUAL.get(model.family, {}))
    if not config and model.family == "flux" and model.defaults.cfg_scale <= 1:  # schnell
        told |= {"use_dynamic_shifting": False, "shift": 1.0}
    shift = told["shift"]
    if told.get("use_dynamic_shifting"):
        few, many = told["base_image_seq_len"], told["max_image_seq_len"]
        slope = (told["max_shift"] - told["base_shift"]) / (many - few)
        shift = math.exp(told["base_shift"] + slope * ((side // _PATCH_PIXELS) ** 2 - few))
    lowest = 1 / steps
    if model.family == "sd3":  # whose pipeline begins with levels that were shifted once already
        lowest = _shifted(np.array(1 / _TRAIN_STEPS), shift).item()
    found = _shifted(np.linspace(1.0, lowest, steps), shift)
    if (terminal := told.get("shift_terminal")) and steps > 1:  # a single level has no end that could be stretched
        found = 1 - (1 - found) * (1 - terminal) / (1 - found[-1])
    return found


def _shifted(level: Levels, shift: float) -> Levels:
    return shift * level / (1 + (shift - 1) * level)
