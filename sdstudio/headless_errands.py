"""The headless twins of upscaling, describing, control pictures and shown noise: from a picture file to one, or words.

Owns the order of the work. Must not know the command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from PySide6.QtGui import QColor

from sdstudio import headless, headless_engine, headless_order
from sdstudio.errors import BadRequest, EngineProblem, ModelProblem
from sdstudio.formats.exporting import write_picture
from sdstudio.formats.pictures import read_picture
from sdstudio.generation.noise_levels import curve
from sdstudio.generation.parameters import Parameters, validate, with_model_defaults
from sdstudio.generation.upscaling import colours, joined, target_of
from sdstudio.models import library
from sdstudio.models.extras import ESTIMATES, KIND_WORDS, ExtraInfo, Kind, estimator, people_finder
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.errands import Describe, Enlarge, Errand, Estimate, ShowNoise, Told
from sdstudio.protocol.messages import Failed, Finished
from sdstudio.protocol.request import ControlUse
from sdstudio.raster.geometry import Extent
from sdstudio.raster.outlines import PREPROCESSORS
from sdstudio.raster.resample import from_rgb, resize, to_rgb

_PAPER = QColor(255, 255, 255)


def upscale(
    source: Path,
    output: Path,
    factor: float,
    by: str | None,
    command: list[str],
    audience: headless.Audience,
    extras: Sequence[ExtraInfo],
) -> Extent:
    """Write `source` at `factor` times its size; `by` names an upscaler (None: resampled). Raises StudioError."""
    headless_order.check_output(output)
    image = read_picture(source).image
    extent = Extent(image.width(), image.height())
    upscaler = None if by is None else _named(extras, "upscaler", by)
    if factor <= 0:
        raise BadRequest(f"A picture cannot become {factor:g} times as large.")
    errand = Enlarge(job_id=headless_engine.JOB_ID, extent=extent, target=target_of(extent, factor), upscaler=upscaler)
    made = _picture(_answer(errand, colours(image).tobytes(), command, audience))
    write_picture(output, joined(made, image))
    return errand.target


def describe(
    source: Path,
    model: str | None,
    command: list[str],
    audience: headless.Audience,
    models: Sequence[ModelInfo],
    extras: Sequence[ExtraInfo],
) -> Told:
    """Words for `source`: by CLIP where it is there and no `model` is named. Raises StudioError."""
    image = read_picture(source).image
    clip = next((extra for extra in extras if extra.kind == "vision" and extra.speaks), None) if model is None else None
    if model is not None:
        chosen = library.find(models, model)
    else:
        able = [one for one in models if one.vocabulary or clip is not None]
        if not able:
            raise ModelProblem(
                "No model here can describe pictures. Put a CLIP model into the models folder; then this works."
            )
        chosen = able[0]
    errand = Describe(
        job_id=headless_engine.JOB_ID, extent=Extent(image.width(), image.height()), model=chosen, clip=clip
    )
    message, _ = _answer(errand, to_rgb(image, _PAPER).tobytes(), command, audience)
    if not isinstance(message, Told):
        raise EngineProblem("The engine answered with a picture where words were asked for.")
    return message


def control(
    source: Path,
    output: Path,
    how: str,
    by: str,
    command: list[str],
    audience: headless.Audience,
    extras: Sequence[ExtraInfo],
) -> Extent:
    """Write the control picture that the preprocessor `how` makes of `source`. Raises StudioError."""
    headless_order.check_output(output)
    if how not in PREPROCESSORS and how not in ESTIMATES:
        raise BadRequest(f"There is no preprocessor “{how}”. Choose one of {', '.join((*PREPROCESSORS, *ESTIMATES))}.")
    picture = to_rgb(read_picture(source).image, _PAPER)
    extent = Extent(picture.shape[1], picture.shape[0])
    if how in PREPROCESSORS:
        made = PREPROCESSORS[how](picture)
    else:
        use = ControlUse(model="", preprocessor=how, estimator=by)
        errand = Estimate(
            job_id=headless_engine.JOB_ID,
            extent=extent,
            estimator=estimator(extras, use),
            finder=people_finder(extras, how),
        )
        made = _picture(_answer(errand, picture.tobytes(), command, audience))
    write_picture(output, from_rgb(made))
    return extent


@dataclass(frozen=True, kw_only=True)
class NoiseWish:
    """A step of the forward process: noise as it is before that step of so many, counted from 0. None: as usual."""

    step: int
    steps: int | None = None
    schedule: str | None = None
    seed: int = 0
    model: str | None = None


def show_noise(
    source: Path,
    output: Path,
    wish: NoiseWish,
    command: list[str],
    audience: headless.Audience,
    models: Sequence[ModelInfo],
) -> Extent:
    """Write what the model sees of `source` at a step, as the window's plot shows it. Raises StudioError."""
    headless_order.check_output(output)
    image = read_picture(source).image
    extent = Extent(image.width(), image.height())
    model = headless_order.choose_model(list(models), wish.model)
    chosen = {"steps": wish.steps, "schedule": wish.schedule}
    parameters = msgspec.structs.replace(
        with_model_defaults(Parameters(seed=wish.seed), model),
        **{name: value for name, value in chosen.items() if value is not None},
    )
    validate(parameters, model)
    sigmas = curve(parameters, model).sigmas
    if not 0 <= wish.step < len(sigmas):
        raise BadRequest(f"There is no step {wish.step}; it must be from 0 to {len(sigmas) - 1}.")
    cell = model.size_multiple
    seen = Extent(*(max(cell, round(side / cell) * cell) for side in (extent.width, extent.height)))
    errand = ShowNoise(
        job_id=headless_engine.JOB_ID, extent=seen, model=model, sigma=sigmas[wish.step], seed=parameters.seed
    )
    made = _picture(_answer(errand, resize(to_rgb(image, _PAPER), seen).tobytes(), command, audience))
    write_picture(output, from_rgb(resize(made, extent)))
    return extent


def _named(extras: Sequence[ExtraInfo], kind: Kind, name: str) -> ExtraInfo:
    known = [extra for extra in extras if extra.kind == kind]
    for extra in known:
        if name.casefold() in (extra.id.casefold(), extra.title.casefold()):
            return extra
    names = ", ".join(extra.id for extra in known)
    hint = f"Choose one of: {names}." if known else "Put one into the models folder first."
    raise BadRequest(f"There is no {KIND_WORDS[kind]} “{name}” on this machine. {hint}")


def _answer(
    errand: Errand, picture: bytes, command: list[str], audience: headless.Audience
) -> tuple[Finished | Told, bytes]:
    """What an engine of its own makes of it. Raises JobFailed with its reason, EngineProblem when it ends."""
    audience.starting()
    with headless_engine.started(command) as engine:
        engine.send(errand, picture)
        while (frame := engine.receive()) is not None:
            message, blob = frame
            audience.hear(message)
            if isinstance(message, Finished | Told):
                return message, blob
            if isinstance(message, Failed):
                raise headless_engine.JobFailed(message)
    raise EngineProblem("The engine stopped before it was done; “sdstudio doctor” may tell why.")


def _picture(answer: tuple[Finished | Told, bytes]) -> np.ndarray:
    message, blob = answer
    if not isinstance(message, Finished):
        raise EngineProblem("The engine answered with words where a picture was asked for.")
    return np.frombuffer(blob, np.uint8).reshape(message.height, message.width, 3)
