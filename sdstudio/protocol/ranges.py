"""The ranges of the finer sampling values, for the window and the engine alike. Each refusal is one sentence."""

from __future__ import annotations

import math
from typing import Protocol

from sdstudio.errors import BadRequest
from sdstudio.models.flow_kinds import FLOW
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.samplers import (
    AYS_FAMILIES,
    BETAS,
    ETA,
    FLOW_SAMPLERS,
    NOISE_SCALE,
    PREDICTIONS,
    SAMPLERS,
    samplers_for,
)

MAX_ETA = 1.0
MAX_NOISE_SCALE = 2.0
MAX_CLIP_SKIP = 12


class Sampling(Protocol):
    """What requests and parameters have in common."""

    @property
    def sampler(self) -> str: ...
    @property
    def schedule(self) -> str: ...
    @property
    def eta(self) -> float | None: ...
    @property
    def s_noise(self) -> float: ...
    @property
    def cfg_rescale(self) -> float: ...
    @property
    def cfg_start(self) -> float: ...
    @property
    def cfg_end(self) -> float: ...
    @property
    def clip_skip(self) -> int: ...
    @property
    def betas(self) -> str: ...
    @property
    def prediction(self) -> str: ...
    @property
    def zero_snr(self) -> bool: ...
    @property
    def seamless(self) -> str: ...
    @property
    def freeu(self) -> bool: ...
    @property
    def refiner_switch(self) -> float: ...


def check_sampling(values: Sampling, model: ModelInfo) -> None:
    """Raise BadRequest for a value that is out of its range or that this sampler or model has no use for."""
    title = SAMPLERS.get(values.sampler, values.sampler)
    if model.prediction == FLOW:
        _check_flow(values, model, title)
    if values.eta is not None:
        if values.sampler not in ETA:
            raise BadRequest(f"The sampler {title} has no eta; leave it out, or take Euler a or DDIM.")
        _check("eta", values.eta, 0.0, MAX_ETA)
    _check("noise scale", values.s_noise, 0.0, MAX_NOISE_SCALE)
    if values.s_noise != 1 and values.sampler not in NOISE_SCALE:
        raise BadRequest(f"The sampler {title} takes no noise scale; set it to 1, or take Euler a or an SDE sampler.")
    _check("CFG rescale", values.cfg_rescale, 0.0, 1.0)
    _check("start of the CFG interval", values.cfg_start, 0.0, 1.0)
    _check("end of the CFG interval", values.cfg_end, 0.0, 1.0)
    if values.cfg_start > values.cfg_end:
        raise BadRequest(
            f"The CFG interval starts at {values.cfg_start:g}, after its end at {values.cfg_end:g}; swap the two."
        )
    if not 1 <= values.clip_skip <= MAX_CLIP_SKIP:
        raise BadRequest(f"CLIP skip is {values.clip_skip}; it must be a whole number from 1 to {MAX_CLIP_SKIP}.")
    _check("switch to the refiner", values.refiner_switch, 0.0, 1.0)
    if values.betas not in BETAS:
        raise BadRequest(f"There are no betas “{values.betas}”; choose one of {', '.join(BETAS)}.")
    if values.prediction not in PREDICTIONS:
        known = ", ".join(name for name in PREDICTIONS if name)
        raise BadRequest(f"There is no prediction “{values.prediction}”; choose one of {known}, or leave it out.")
    if values.zero_snr and (values.prediction or model.prediction) == "epsilon":
        raise BadRequest(
            f"Zero terminal SNR needs a model with v-prediction; “{model.title}” predicts the noise itself."
        )
    if values.schedule == "ays" and model.family not in AYS_FAMILIES:
        raise BadRequest("Align Your Steps was published for SD 1 and SDXL models only; choose another schedule.")


def _check_flow(values: Sampling, model: ModelInfo, title: str) -> None:
    """What the transformer families cannot do: they learned a flow, and have no convolutions."""
    if values.sampler not in FLOW_SAMPLERS:
        fitting = ", ".join(samplers_for(FLOW).values())
        raise BadRequest(f"The model “{model.title}” cannot be sampled with {title}. Choose one of {fitting}.")
    if values.betas != "model" or values.zero_snr:
        raise BadRequest(
            f"The model “{model.title}” was not trained with betas: set them to the model's own, and zero SNR off."
        )
    if values.prediction:
        raise BadRequest(f"The model “{model.title}” predicts a flow and nothing else; leave its prediction alone.")
    if values.clip_skip > 1 and model.family != "sd3":
        raise BadRequest(f"CLIP skip is {values.clip_skip}, but “{model.title}” reads no layers of CLIP; set it to 1.")
    if values.freeu:
        raise BadRequest(f"FreeU is for models with a UNet, and “{model.title}” has none; switch FreeU off.")
    if values.seamless:
        raise BadRequest(f"Tiles are made by models with a UNet, and “{model.title}” has none; switch tiling off.")


def _check(name: str, value: float, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadRequest(f"The {name} is {value}, which is not a number that can be used.")
    if not low <= value <= high:
        raise BadRequest(f"The {name} is {value:g}; it must be from {low:g} to {high:g}.")
