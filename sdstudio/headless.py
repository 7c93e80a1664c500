"""The headless twin: from a prompt and files to a picture file, through the same rooms as the window.

Owns the order of the work. Must not know the command line, widgets or how an engine makes a picture.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import cv2
import msgspec
import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter

from sdstudio.document.commands import AddLayer, EditSelection
from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.errors import BadRequest, EngineProblem, FileProblem
from sdstudio.formats.exporting import WRITABLE, write_picture
from sdstudio.formats.parameters import to_text
from sdstudio.formats.pictures import read_picture
from sdstudio.generation import place
from sdstudio.generation.branches import branched
from sdstudio.generation.parameters import Parameters, for_sampler, with_model_defaults
from sdstudio.generation.prepare import Prepared, prepare
from sdstudio.models import library
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.prompting.parse import parse
from sdstudio.protocol.framing import FramingError
from sdstudio.protocol.messages import Failed, Finished, FromEngine, Generate, Preview
from sdstudio.protocol.request import ControlUse, GenerationRequest, LoraUse
from sdstudio.protocol.samplers import SAMPLERS
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import view
from sdstudio.raster.tiles import Mask, Surface
from sdstudio.worker.process import EngineProcess

log = logging.getLogger(__name__)
REFINE_STRENGTH = 0.6  # with a picture to start from and no mask, unless asked otherwise
JOB_ID = "headless"
# With the fake engine a generation works without any model.
FAKE_MODEL = ModelInfo(id="fake", title="Fake", path="fake", family="sd1", native_size=256)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to make. None means the usual value: of the model, of the picture, or by chance."""

    prompt: str
    output: Path
    negative: str = ""
    init: Path | None = None
    mask: Path | None = None
    strength: float | None = None
    size: Extent | None = None
    steps: int | None = None
    cfg: float | None = None
    sampler: str | None = None
    schedule: str | None = None
    seed: int | None = None
    model: str | None = None
    advanced: dict[str, Any] = field(default_factory=dict)  # further fields of Parameters
    loras: tuple[LoraUse, ...] = ()
    controls: tuple[ControlUse, ...] = ()  # their sources are files: see `control_files`
    control_files: dict[str, Path] = field(default_factory=dict)
    steps_dir: Path | None = None
    branch: tuple[str, int] | None = None  # the prompt of the picture to branch from, else made alike, and its step
    axes: tuple[tuple[str, str], ...] = ()  # of a grid: fields of Parameters, and values for `grid.axis`
    layers: Path | None = None  # where the pictures of a grid go as layers


@dataclass(frozen=True)
class Made:
    """What was made."""

    file: Path
    size: Extent
    steps_run: int
    seconds: float
    request: GenerationRequest


class Audience(Protocol):
    """Who hears how it goes; `narration.Narrator` is one."""

    def starting(self) -> None:
        """Everything asked for is possible; the engine is being started."""

    def warned(self, sentence: str) -> None:
        """The picture can be made, but something will not be as expected."""

    def hear(self, message: FromEngine) -> None:
        """The engine has said something."""


def make(
    order: Order,
    engine_command: list[str],
    models: list[ModelInfo],
    audience: Audience,
    extras: Sequence[ExtraInfo] = (),
) -> Made:
    """Make the picture of `order` and write it.

    Raises StudioError for what cannot be, `JobFailed` when the engine says why there is no picture.
    """
    check_files(order)
    model = choose_model(models, order.model)
    parameters = parameters_of(order, model)
    document = document_of(order, model)
    files = {source: read_picture(path).image for source, path in order.control_files.items()}
    if order.branch is not None:
        parameters = branched(*order.branch, parameters, document, model, extras)
    prepared = prepare(document, parameters, model, parameters.seed, extras, files)
    before = render(document, Bounds.of(document.extent)) if order.steps_dir else None

    def listen(message: FromEngine, blob: bytes) -> None:
        if isinstance(message, Preview) and order.steps_dir is not None and before is not None:
            picture = _with_preview(before, prepared, message, blob)
            write_picture(order.steps_dir / f"step_{message.step:03d}.png", picture)
        audience.hear(message)

    if parameters.strength == 0:
        finished, pixels = _unchanged(prepared)
    else:
        for warning in warnings(prepared):
            audience.warned(warning)
        audience.starting()
        finished, pixels = run(engine_command, prepared, listen)
    place.place(document, prepared, np.frombuffer(pixels, np.uint8).reshape(finished.height, finished.width, 3))
    picture = render(document, Bounds.of(document.extent))
    write_picture(order.output, picture, parameters=to_text(prepared.request, model.title))
    return Made(order.output, document.extent, finished.steps_run, finished.seconds, prepared.request)


def warnings(prepared: Prepared) -> list[str]:
    """Sentences for prompts that most likely do not say what was meant, or are longer than the model reads."""
    from sdstudio.prompting.counting import count  # reads vocabularies: not before a prompt is there

    request = prepared.request
    written = {
        "prompt": request.prompt_source or request.prompt,
        "negative prompt": request.negative_source or request.negative_prompt,
    }
    found = [f"In the {name}: {it.message}" for name, text in written.items() for it in parse(text).mistakes]
    texts = (request.prompt, request.negative_prompt)
    found += [one.warning for text in texts for one in count(text, prepared.model) if one.warning]
    return list(dict.fromkeys(found))


def _unchanged(prepared: Prepared) -> tuple[Finished, bytes]:
    """At strength 0 there is nothing for an engine to do, as in the queue of the window."""
    extent = prepared.request.extent
    return Finished(job_id=JOB_ID, width=extent.width, height=extent.height, steps_run=0, seconds=0), bytes(
        3 * extent.area
    )


class JobFailed(EngineProblem):
    """The engine gave a reason instead of a picture."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.message, detail=failed.detail)
        self.kind = failed.kind


def run(command: list[str], prepared: Prepared, listen: Callable[[FromEngine, bytes], None]) -> tuple[Finished, bytes]:
    """Have an engine of its own make `prepared`; the engine is gone afterwards, whatever happens."""
    with started(command) as engine:
        return run_on(engine, prepared, listen)


@contextlib.contextmanager
def started(command: list[str]) -> Iterator[EngineProcess]:
    """An engine for as long as the context lasts."""
    engine = EngineProcess(command)
    try:
        engine.start()
        yield engine
    except FramingError as error:
        raise EngineProblem(
            "The engine sent something that is no picture and no message.", detail=str(error)
        ) from error
    finally:
        engine.kill()


def run_on(
    engine: EngineProcess, prepared: Prepared, listen: Callable[[FromEngine, bytes], None]
) -> tuple[Finished, bytes]:
    """Have `engine` make `prepared`. Raises JobFailed with its reason, EngineProblem when it ends."""
    source, mask = prepared.source, prepared.mask
    message = Generate(
        job_id=JOB_ID,
        request=prepared.request,
        model=prepared.model,
        extras=prepared.extras,
        has_source=source is not None,
        has_mask=mask is not None,
    )
    engine.send(message, b"".join(part.tobytes() for part in (source, mask, *prepared.controls) if part is not None))
    while (frame := engine.receive()) is not None:
        listen(*frame)
        if isinstance(frame[0], Finished):
            return frame[0], frame[1]
        if isinstance(frame[0], Failed):
            raise JobFailed(frame[0])
    raise EngineProblem(f"The engine stopped before the picture was done ({_reason(engine)}).")


def choose_model(models: list[ModelInfo], wish: str | None) -> ModelInfo:
    """The model wished for by id, title or path, or else the first one. Raises ModelProblem."""
    if wish is None and models:
        return models[0]
    return library.find(models, wish or "starter")


def _reason(engine: EngineProcess) -> str:
    detail = engine.describe_end()
    log.info("%s", detail)
    if engine.was_killed_from_outside:
        return "it was ended from outside, most likely because memory ran out"
    return f"{engine.end_status}; “sdstudio doctor” may tell why"


def check_files(order: Order) -> None:
    """Everything about the outcome's place that can be known before minutes of work are spent on it."""
    check_output(order.output)
    if order.mask is not None and order.init is None:
        raise BadRequest("A mask needs a picture to change: name it with --init.")
    if order.size is not None and order.init is not None:
        raise BadRequest("The result has the size of the --init picture; leave --size out.")
    if order.strength is not None and order.strength != 1 and order.init is None:
        raise BadRequest("A strength below 1 needs a picture to start from: name it with --init.")
    if order.steps_dir is not None:
        try:
            order.steps_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileProblem(f"The folder “{order.steps_dir}” cannot be made: {error.strerror}.") from error
        _check_folder(order.steps_dir)


def check_output(output: Path) -> None:
    """Raises BadRequest or FileProblem when no picture can be written there."""
    if output.suffix.lower() not in WRITABLE:
        raise BadRequest(f"“{output.name}” must end in one of {', '.join(WRITABLE)}.")
    _check_folder(output.absolute().parent)
    if output.is_dir():
        raise FileProblem(f"“{output}” is a folder, so no picture can be written there.")


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise FileProblem(f"There is no folder “{folder}”.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FileProblem(f"The folder “{folder}” cannot be written to.")


def parameters_of(order: Order, model: ModelInfo) -> Parameters:
    refines = order.init is not None and order.mask is None and model.enlarges == 1
    usual_strength = REFINE_STRENGTH if refines else 1.0
    wishes: dict[str, Any] = {
        "strength": usual_strength if order.strength is None else order.strength,
        "seed": secrets.randbits(32) if order.seed is None else order.seed,
        "steps": order.steps,
        "cfg_scale": order.cfg,
        "sampler": order.sampler,
        "schedule": order.schedule,
    }
    texts = Parameters(prompt=order.prompt, negative_prompt=order.negative, loras=order.loras, controls=order.controls)
    chosen = {name: value for name, value in wishes.items() if value is not None}
    usual = with_model_defaults(texts, model)
    if order.sampler is not None and order.sampler in SAMPLERS and order.schedule is None:
        usual = for_sampler(usual, order.sampler)
    return msgspec.structs.replace(usual, **chosen, **order.advanced)


def document_of(order: Order, model: ModelInfo) -> Document:
    """A document with the --init picture as its one layer, or a white one; its selection is the mask."""
    if order.init is None and model.enlarges > 1:
        raise BadRequest(f"The model “{model.title}” makes pictures large: name one with --init.")
    if order.init is None:
        return Document.new(order.size or Extent(model.native_size, model.native_size))
    image = read_picture(order.init).image
    document = Document(Extent(image.width(), image.height()))
    layer = PaintLayer(name=order.init.stem, surface=Surface.from_image(image))
    document.run(AddLayer(layer))
    document.set_active(layer.id)
    if order.mask is not None:
        document.run(EditSelection(_selection(order.mask, document.extent), "Mask"))
    return document


def _selection(path: Path, canvas: Extent) -> Mask:
    """White = may change. Transparent parts of the mask picture count as black."""
    image = read_picture(path).image
    size = Extent(image.width(), image.height())
    if size != canvas:
        raise BadRequest(f"The mask is {size} pixels and the picture {canvas}; both must have the same size.")
    grey = cv2.cvtColor(view(image), cv2.COLOR_BGRA2GRAY)
    if not grey.any():
        raise BadRequest("The mask is black everywhere, so nothing may change; paint white what should.")
    mask = Mask()
    mask.write(Bounds.of(canvas), grey)
    mask.drop_empty()
    return mask


def _with_preview(before: QImage, prepared: Prepared, message: Preview, blob: bytes) -> QImage:
    """The canvas as the window shows it after a step."""
    image, area = place.preview(prepared, message.width, message.height, blob)
    canvas = before.copy()
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRect(area.x, area.y, area.width, area.height), image)
    painter.end()
    return canvas
