"""The headless twin: from a prompt and files to a picture file, through the same rooms as the window.

Owns the order of the work. Must not know the command line, widgets or how an engine makes a picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.formats.exporting import write_picture
from sdstudio.formats.parameters import to_text
from sdstudio.formats.pictures import read_picture
from sdstudio.generation import place
from sdstudio.generation.branches import branched
from sdstudio.generation.parameters import seeds_of
from sdstudio.generation.prepare import Prepared, again, prepare
from sdstudio.headless_engine import JOB_ID, run_on, started
from sdstudio.headless_order import Order, check_files, choose_model, document_of, parameters_of
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.models.refiners import with_refiner
from sdstudio.prompting.names import unknown
from sdstudio.prompting.parse import parse
from sdstudio.protocol.messages import Finished, FromEngine, Preview
from sdstudio.protocol.request import GenerationRequest
from sdstudio.raster.geometry import Bounds, Extent


@dataclass(frozen=True)
class Made:
    """What was made; of several pictures `request` is the first one's, and steps and seconds are those of all."""

    file: Path
    size: Extent
    steps_run: int
    seconds: float
    request: GenerationRequest
    others: tuple[Path, ...] = ()  # further pictures, of the seeds that follow


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
    """Make the pictures of `order` and write them.

    Raises StudioError for what cannot be, `JobFailed` when the engine says why there is no picture.
    """
    check_files(order)
    model = choose_model(models, order.model)
    parameters = parameters_of(order, model)
    model = with_refiner(model, parameters.refiner, models)
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

    jobs = [prepared, *(again(prepared, parameters, seed, extras) for seed in seeds_of(parameters)[1:])]
    files_made = [order.output, *(_numbered(order.output, number) for number in range(2, len(jobs) + 1))]
    done = []
    if parameters.strength == 0:
        done = [_write(document, job, *_unchanged(job), file) for job, file in zip(jobs, files_made, strict=True)]
    else:
        for warning in dict.fromkeys(sentence for job in jobs for sentence in warnings(job, extras)):
            audience.warned(warning)
        audience.starting()
        with started(engine_command) as engine:
            for job, file in zip(jobs, files_made, strict=True):  # each is written at once: what is made is kept
                done.append(_write(document, job, *run_on(engine, job, listen), file))
    steps_run, seconds = sum(one.steps_run for one in done), sum(one.seconds for one in done)
    return Made(order.output, document.extent, steps_run, seconds, prepared.request, tuple(files_made[1:]))


def _write(document: Document, job: Prepared, finished: Finished, pixels: bytes, file: Path) -> Finished:
    """Lay the result over `document`, write how that looks, and leave the document as it was."""
    place.place(document, job, np.frombuffer(pixels, np.uint8).reshape(finished.height, finished.width, 3))
    picture = render(document, Bounds.of(document.extent))
    document.history.undo()
    write_picture(file, picture, parameters=to_text(job.request, job.model.title))
    return finished


def _numbered(file: Path, number: int) -> Path:
    return file.with_stem(f"{file.stem}-{number}")


def warnings(prepared: Prepared, extras: Sequence[ExtraInfo] = ()) -> list[str]:
    """Sentences for prompts that most likely do not say what was meant, or are longer than the model reads."""
    from sdstudio.prompting.counting import count  # reads vocabularies: not before a prompt is there

    request = prepared.request
    written = {
        "prompt": request.prompt_source or request.prompt,
        "negative prompt": request.negative_source or request.negative_prompt,
    }
    trees = {name: parse(text) for name, text in written.items()}
    found = [
        f"In the {name}: {it.message}"
        for name, tree in trees.items()
        for it in (*tree.mistakes, *unknown(tree, extras, prepared.model))
    ]
    texts = (request.prompt, request.negative_prompt)
    found += [one.warning for text in texts for one in count(text, prepared.model) if one.warning]
    return list(dict.fromkeys(found))


def _unchanged(prepared: Prepared) -> tuple[Finished, bytes]:
    """At strength 0 there is nothing for an engine to do, as in the queue of the window."""
    extent = prepared.request.extent
    return Finished(job_id=JOB_ID, width=extent.width, height=extent.height, steps_run=0, seconds=0), bytes(
        3 * extent.area
    )


def _with_preview(before: QImage, prepared: Prepared, message: Preview, blob: bytes) -> QImage:
    """The canvas as the window shows it after a step."""
    image, area = place.preview(prepared, message.width, message.height, blob)
    canvas = before.copy()
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRect(area.x, area.y, area.width, area.height), image)
    painter.end()
    return canvas
