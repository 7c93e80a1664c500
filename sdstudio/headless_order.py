"""What the command line asks to be made: checked, and turned into parameters and a document before any engine starts.

Must not know the command line's words, nor how an engine is run.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import msgspec

from sdstudio.document.commands import AddLayer, EditSelection
from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.errors import BadRequest, FileProblem
from sdstudio.formats.exporting import WRITABLE
from sdstudio.formats.pictures import read_picture
from sdstudio.generation.parameters import Parameters, for_sampler, with_model_defaults
from sdstudio.models import library
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import ControlUse, LoraUse
from sdstudio.protocol.samplers import SAMPLERS
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import view
from sdstudio.raster.tiles import Mask, Surface

REFINE_STRENGTH = 0.6  # with a picture to start from and no mask, unless asked otherwise
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


def choose_model(models: list[ModelInfo], wish: str | None) -> ModelInfo:
    """The model wished for by id, title or path, or else the first one. Raises ModelProblem."""
    if wish is None and models:
        return models[0]
    return library.find(models, wish or "starter")


def check_files(order: Order) -> None:
    """Everything about the outcome's place that can be known before minutes of work are spent on it."""
    check_output(order.output)
    if order.mask is not None and order.init is None:
        raise BadRequest("A mask needs a picture to change: name it with --init.")
    if order.size is not None and order.init is not None:
        raise BadRequest("The result has the size of the --init picture; leave --size out.")
    if order.strength is not None and order.strength != 1 and order.init is None:
        raise BadRequest("A strength below 1 needs a picture to start from: name it with --init.")
    count = order.advanced.get("batch_count", 1)
    if count != 1 and (order.axes or order.steps_dir is not None):
        what = "A grid makes" if order.axes else "--steps-dir keeps the steps of"
        raise BadRequest(f"{what} one picture for each seed; leave --count out.")
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
