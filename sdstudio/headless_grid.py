"""A grid without a window: one engine makes all pictures; the outcome is a labelled sheet, and layers if asked for."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import msgspec
import numpy as np

from sdstudio import headless, headless_engine, headless_order
from sdstudio.document.commands import AddLayer
from sdstudio.errors import BadRequest
from sdstudio.formats.exporting import write_picture
from sdstudio.formats.openraster import write_document
from sdstudio.formats.parameters import to_text
from sdstudio.formats.pictures import read_picture
from sdstudio.generation.grid import axis, cells
from sdstudio.generation.place import layer_of
from sdstudio.generation.prepare import prepare
from sdstudio.generation.sheet import sheet
from sdstudio.models import library
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.models.refiners import with_refiner
from sdstudio.raster.geometry import Extent
from sdstudio.raster.resample import from_rgb


def make(
    order: headless_order.Order,
    engine_command: list[str],
    models: list[ModelInfo],
    audience: headless.Audience,
    extras: Sequence[ExtraInfo] = (),
) -> headless.Made:
    """Make all pictures of `order` and write their sheet. Raises as `headless.make` does, before anything is made."""
    headless_order.check_files(order)
    if order.layers is not None and order.layers.suffix.lower() != ".ora":
        raise BadRequest(f"“{order.layers.name}” must end in .ora.")
    model = headless_order.choose_model(models, order.model)
    wishes = headless_order.parameters_of(order, model)
    if order.seed is None:
        wishes = msgspec.structs.replace(wishes, seed=secrets.randbits(32))
    found = cells(wishes, [axis(field, values) for field, values in order.axes])
    document = headless_order.document_of(order, model)
    files = {source: read_picture(path).image for source, path in order.control_files.items()}
    prepared = []
    for wishes in (cell.parameters for cell in found):
        chosen = with_refiner(library.find([model, *models], wishes.model_id), wishes.refiner, models)
        prepared.append(prepare(document, wishes, chosen, wishes.seed, extras, files))
    for warning in dict.fromkeys(sentence for one in prepared for sentence in headless.warnings(one, extras)):
        audience.warned(warning)
    audience.starting()
    pictures, steps_run, seconds = [], 0, 0.0
    with headless_engine.started(engine_command) as engine:
        for one in prepared:
            finished, blob = headless_engine.run_on(engine, one, lambda message, _blob: audience.hear(message))
            pictures.append(np.frombuffer(blob, np.uint8).reshape(finished.height, finished.width, 3))
            steps_run, seconds = steps_run + finished.steps_run, seconds + finished.seconds
    made = sheet(found, pictures)
    write_picture(order.output, from_rgb(made), parameters=to_text(prepared[0].request, model.title))
    if order.layers is not None:
        for cell, one, picture in reversed(list(zip(found, prepared, pictures, strict=True))):
            layer = layer_of(document, one, picture)
            layer.name = ", ".join(cell.labels)
            document.run(AddLayer(layer))
        write_document(order.layers, document)
    size = Extent(made.shape[1], made.shape[0])
    return headless.Made(order.output, size, steps_run, seconds, prepared[0].request)
