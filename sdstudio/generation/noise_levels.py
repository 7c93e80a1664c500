"""The noise levels that a job would visit, for the plot in the window: the engine's schedulers decide what is done.

Sigma is the strength of the noise beside a picture of strength 1 (Karras et al., arXiv:2206.00364).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sdstudio.generation import flow_levels
from sdstudio.generation.parameters import Parameters
from sdstudio.models.flow_kinds import FLOW
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.steps import schedule_length, steps_to_run

Levels = NDArray[np.float64]
_TRAIN_STEPS = 1000
_HIGHEST_FLOW = 0.999  # there is no picture left at level 1 of a flow, and so nothing to compare the noise with
_USUAL: dict[str, Any] = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
_AYS = {  # Align Your Steps, as published (arXiv:2404.14507)
    "sd1": (14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152),
    "sdxl": (14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.38, 0.234, 0.113),
}


@dataclass(frozen=True)
class Curve:
    """Sigma before each step and 0 at the end; `start` is the first that the strength lets run."""

    sigmas: tuple[float, ...]
    start: int


def curve(parameters: Parameters, model: ModelInfo | None) -> Curve:
    """What these parameters would do with `model` (None: as most models are)."""
    if model is not None and model.prediction == FLOW:
        return _flow_curve(parameters, model)
    config = _USUAL | (_config(model.path) if model is not None else {})
    known = _known(config, parameters)
    steps, strength = max(1, min(parameters.steps, len(known))), max(parameters.strength, 1 / len(known))
    exact = parameters.exact_strength
    length = schedule_length(steps, strength, exact=exact)
    family = model.family if model is not None else "sd1"
    sigmas = _spread(known, length, parameters.schedule, config, family)
    return Curve((*map(float, sigmas), 0.0), length - steps_to_run(steps, strength, exact=exact))


def _flow_curve(parameters: Parameters, model: ModelInfo) -> Curve:
    strength, exact = max(parameters.strength, 1 / _TRAIN_STEPS), parameters.exact_strength
    steps = max(1, min(parameters.steps, _TRAIN_STEPS))
    length = schedule_length(steps, strength, exact=exact)
    side = parameters.native_size or model.native_size
    found = flow_levels.levels(model, length, _config(model.path), side)
    found = np.minimum(_respaced(found, parameters.schedule), _HIGHEST_FLOW)
    return Curve((*map(float, found / (1 - found)), 0.0), length - steps_to_run(steps, strength, exact=exact))


def _known(config: dict[str, Any], parameters: Parameters) -> Levels:
    """The levels that the model was trained with, rising."""
    kind = {"model": config["beta_schedule"], "cosine": "squaredcos_cap_v2"}.get(parameters.betas, parameters.betas)
    first, last = (_USUAL if parameters.betas != "model" else config)["beta_start"], None
    last = (_USUAL if parameters.betas != "model" else config)["beta_end"]
    if kind == "squaredcos_cap_v2":
        at = np.arange(_TRAIN_STEPS + 1) / _TRAIN_STEPS
        bars = np.cos((at + 0.008) / 1.008 * np.pi / 2) ** 2
        betas = np.minimum(1 - bars[1:] / bars[:-1], 0.999)
    elif kind == "linear":
        betas = np.linspace(first, last, _TRAIN_STEPS)
    else:
        betas = np.linspace(first**0.5, last**0.5, _TRAIN_STEPS) ** 2
    kept = np.cumprod(1 - betas)
    if parameters.zero_snr or config.get("rescale_betas_zero_snr"):
        roots = np.sqrt(kept)
        roots = (roots - roots[-1]) * roots[0] / (roots[0] - roots[-1])
        kept = roots**2
        kept[-1] = 2.0**-24
    found: Levels = np.sqrt((1 - kept) / kept)
    return found


def _spread(known: Levels, steps: int, schedule: str, config: dict[str, Any], family: str) -> Levels:
    """`steps` of the levels, falling."""
    spacing = "trailing" if schedule == "sgm_uniform" else config.get("timestep_spacing", "leading")
    normal = np.interp(_timesteps(len(known), steps, spacing, config), np.arange(len(known)), known)
    if schedule == "ays":
        table = np.log(_AYS.get(family, _AYS["sd1"]))
        at = np.linspace(0, len(table) - 1, steps)
        return np.clip(np.exp(np.interp(at, np.arange(len(table)), table)), known[0], known[-1])
    return _respaced(normal, schedule)


def _respaced(normal: Levels, schedule: str) -> Levels:
    """As many levels between the same ends, spread as the schedule says."""
    low, high, steps = normal[-1], normal[0], len(normal)
    match schedule:
        case "karras":
            roots = np.linspace(high ** (1 / 7), low ** (1 / 7), steps)
            return roots**7
        case "exponential":
            return np.geomspace(high, low, steps)
        case "beta":
            from scipy.stats import beta

            quantiles = beta.ppf(1 - np.linspace(0, 1, steps), 0.6, 0.6)
            return np.asarray(low + quantiles * (high - low), dtype=np.float64)
    return normal


def _timesteps(count: int, steps: int, spacing: str, config: dict[str, Any]) -> Levels:
    if spacing == "linspace":
        return np.linspace(0, count - 1, steps)[::-1]
    if spacing == "trailing":
        return (np.arange(count, 0, -count / steps)).round()[:steps] - 1
    offset = int(config.get("steps_offset", 0))
    return np.minimum((np.arange(steps) * (count // steps))[::-1] + offset, count - 1).astype(np.float64)


@lru_cache(maxsize=16)
def _config(path: str) -> dict[str, Any]:
    """The scheduler's settings of a model in a folder; nothing for other models and unreadable ones."""
    try:
        found = json.loads((Path(path) / "scheduler" / "scheduler_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
