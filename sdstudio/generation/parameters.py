"""What the user sets before pressing Generate, and the check that it makes sense.

Owns the ranges. Knows nothing of documents, pixels or the engine: `prepare` joins these values with a document.
"""

from __future__ import annotations

import math
from typing import Literal

import msgspec

from sdstudio.errors import BadRequest
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.inputs import check_inputs
from sdstudio.protocol.ranges import check_sampling
from sdstudio.protocol.request import MAX_SEED, MAX_STEPS, Branch, ControlUse, LoraUse
from sdstudio.protocol.samplers import ETA, NOISE_SCALE, SAMPLERS, SCHEDULES, schedules_for
from sdstudio.protocol.speeds import Speed
from sdstudio.protocol.uses import check_second_pass, check_uses

MAX_CFG_SCALE = 50.0
MAX_BATCH_COUNT = 100
MAX_PROMPT_CHARACTERS = 200_000  # far above 10,000 words, far below what a frame's header may hold
MIN_NATIVE_SIZE, MAX_NATIVE_SIZE = 64, 2048


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The parameter dock as one value; change it with `msgspec.structs.replace`.

    `strength` is the denoising strength, 0..1; `cfg_scale` 1 means no guidance; `native_size` is the side in pixels of
    the square whose area the model works at (None: the model's own).
    """

    prompt: str = ""
    negative_prompt: str = ""
    model_id: str = "starter"
    steps: int = 20
    cfg_scale: float = 7.0
    sampler: str = "dpmpp_2m"
    schedule: str = "normal"
    seed: int = 0
    seed_locked: bool = False
    strength: float = 1.0
    batch_count: int = 1
    native_size: int | None = None
    loras: tuple[LoraUse, ...] = ()
    controls: tuple[ControlUse, ...] = ()
    styles: tuple[str, ...] = ()  # by name, laid over the prompts in this order
    exact_strength: bool = False
    cfg_rescale: float = 0.0
    cfg_start: float = 0.0
    cfg_end: float = 1.0
    eta: float | None = None  # None: as the sampler likes it
    s_noise: float = 1.0
    clip_skip: int = 1
    betas: str = "model"
    prediction: str = ""  # what the model predicts, where its file does not tell
    zero_snr: bool = False
    branch: Branch | None = None  # begin at a step of another picture
    vae: str = ""  # another autoencoder, by id
    text_encoders: tuple[str, ...] = ()  # other text encoders, by id
    seamless: Literal["", "x", "y", "both"] = ""
    speed: Speed = "exact"
    freeu: bool = False
    hires: float = 1.0  # how many times larger than the model's size, in a second pass
    hires_strength: float = 0.5
    hires_by: str = "pixels"  # or "latents", or an upscaler by id
    refiner: str = ""  # a model that takes over from the chosen one, by id
    refiner_switch: float = 0.8  # after this part of the noise levels


# Fields that mean the same, and are called the same, in a request.
ADVANCED = (
    "exact_strength",
    "cfg_rescale",
    "cfg_start",
    "cfg_end",
    "eta",
    "s_noise",
    "clip_skip",
    "betas",
    "prediction",
    "zero_snr",
    "branch",
    "vae",
    "text_encoders",
    "seamless",
    "speed",
    "freeu",
    "hires",
    "hires_strength",
    "hires_by",
    "refiner",
    "refiner_switch",
)


def for_sampler(parameters: Parameters, sampler: str) -> Parameters:
    """The same wishes with another sampler; what it cannot do goes back to the usual."""
    schedule = parameters.schedule if parameters.schedule in schedules_for(sampler) else schedules_for(sampler)[0]
    return msgspec.structs.replace(
        parameters,
        sampler=sampler,
        schedule=schedule,
        eta=parameters.eta if sampler in ETA else None,
        s_noise=parameters.s_noise if sampler in NOISE_SCALE else 1.0,
    )


def with_model_defaults(parameters: Parameters, model: ModelInfo) -> Parameters:
    """The same wishes for `model`, with the sampling values that the model likes best."""
    best = model.defaults
    return msgspec.structs.replace(
        for_sampler(parameters, best.sampler),
        model_id=model.id,
        steps=best.steps,
        cfg_scale=best.cfg_scale,
        schedule=best.schedule,
        native_size=None,
        branch=None,
        prediction="",
    )


def validate(parameters: Parameters, model: ModelInfo) -> None:
    """Return when a generation can start; otherwise raise BadRequest naming the value and its range."""
    _check_whole("number of steps", parameters.steps, 1, MAX_STEPS)
    _check_whole("seed", parameters.seed, 0, MAX_SEED)
    _check_whole("batch count", parameters.batch_count, 1, MAX_BATCH_COUNT)
    _check_real("CFG scale", parameters.cfg_scale, 0.0, MAX_CFG_SCALE)
    _check_real("strength", parameters.strength, 0.0, 1.0, percent=True)
    _check_sampling(parameters.sampler, parameters.schedule)
    check_sampling(parameters, model)
    check_inputs(parameters.controls, model)
    check_uses(parameters.loras, (), parameters.controls)
    check_second_pass(parameters.hires, parameters.hires_strength)
    _check_branch(parameters, model)
    for name, text in (("prompt", parameters.prompt), ("negative prompt", parameters.negative_prompt)):
        if len(text) > MAX_PROMPT_CHARACTERS:
            raise BadRequest(
                f"The {name} has {len(text):,} characters; the most that can be used is {MAX_PROMPT_CHARACTERS:,}."
            )
    if parameters.native_size is not None:
        smallest = max(MIN_NATIVE_SIZE, model.size_multiple)
        _check_whole("generation size", parameters.native_size, smallest, MAX_NATIVE_SIZE)


def sized(model: ModelInfo, parameters: Parameters) -> ModelInfo:
    """`model` with the native size that the user asks for, when one is asked for; with two passes, the second's."""
    size = parameters.native_size or model.native_size
    if parameters.hires > 1 and parameters.strength >= 1:
        size = round(size * parameters.hires)
    return model if size == model.native_size else msgspec.structs.replace(model, native_size=size)


def seeds_of(parameters: Parameters) -> list[int]:
    """Those of a batch: the one that is set, then counted up."""
    return [(parameters.seed + number) % (MAX_SEED + 1) for number in range(parameters.batch_count)]


def encodable(text: str) -> str:
    """`text` without what cannot be written as UTF-8 (halves of surrogate pairs, as some clipboards hold)."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _check_branch(parameters: Parameters, model: ModelInfo) -> None:
    branch = parameters.branch
    if branch is None:
        return
    if branch.parent.model != model.id:
        raise BadRequest(
            f"The picture to branch from was made with the model “{branch.parent.model}”; choose that one, "
            "or take the branch off."
        )
    if branch.parent.refiner not in ("", parameters.refiner):
        raise BadRequest(
            f"The picture to branch from was refined with “{branch.parent.refiner}”; choose that refiner again, "
            "or take the branch off."
        )
    if branch.parent.hires > 1 or parameters.hires > 1:
        raise BadRequest(
            "Pictures that are made in two passes have no branches; take the second pass or the branch off."
        )
    if parameters.strength <= 0:
        raise BadRequest("A branch needs a strength above 0 %: nothing would be left to do.")


def _check_whole(name: str, value: int, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadRequest(f"The {name} is {value}; it must be a whole number from {low} to {high}.")


def _check_real(name: str, value: float, low: float, high: float, *, percent: bool = False) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadRequest(f"The {name} is {value}, which is not a number that can be used.")
    if not low <= value <= high:
        factor, unit = (100, " %") if percent else (1, "")
        raise BadRequest(
            f"The {name} is {value * factor:g}{unit}; it must be from {low * factor:g} to {high * factor:g}{unit}."
        )


def _check_sampling(sampler: str, schedule: str) -> None:
    if sampler not in SAMPLERS:
        raise BadRequest(f"There is no sampler “{sampler}”; choose one of {', '.join(SAMPLERS)}.")
    if schedule not in SCHEDULES:
        raise BadRequest(f"There is no schedule “{schedule}”; choose one of {', '.join(SCHEDULES)}.")
    possible = schedules_for(sampler)
    if schedule not in possible:
        titles = " or ".join(SCHEDULES[name] for name in possible)
        raise BadRequest(
            f"The sampler {SAMPLERS[sampler]} cannot follow the schedule {SCHEDULES[schedule]}; use {titles}."
        )
