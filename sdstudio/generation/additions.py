"""What a request adds to its model, found on this machine: files for the names in it, and pictures for its controls.

Must not know the engine or widgets.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.flatten import flatten
from sdstudio.errors import BadRequest
from sdstudio.generation.crop import to_model
from sdstudio.models import extras
from sdstudio.models.extras import ESTIMATES, ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import PICTURE_INPUT, REFERENCE, WITHOUT_FILE, ControlUse, GenerationRequest
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.outlines import PREPROCESSORS, as_it_is
from sdstudio.raster.pixels import view
from sdstudio.raster.resample import resize, to_rgb

Pixels = NDArray[np.uint8]
LAYER, FILE = "layer:", "file:"  # what sources of control pictures begin with; "canvas" is the third
SELECTION = "selection"  # a mask of control pictures; layers are the others
_PAPER = QColor(255, 255, 255)


def resolve(request: GenerationRequest, model: ModelInfo, known: Sequence[ExtraInfo]) -> tuple[ExtraInfo, ...]:
    """The files behind the names in `request`. Raises BadRequest when one is missing or of another family."""
    found = [extras.choose(known, "lora", use.name, model) for use in request.loras]
    found += [extras.choose(known, "hypernetwork", use.name, model) for use in request.hypernetworks]
    for use in request.controls:
        if use.model not in WITHOUT_FILE:
            found.append(guide := extras.guiding(known, use.model, model))
            if guide.kind == "ip_adapter":
                found.append(extras.encoder_for(guide, known))
        if use.preprocessor in ESTIMATES:
            finder = extras.people_finder(known, use.preprocessor)
            found += [extras.estimator(known, use), *([] if finder is None else [finder])]
    if request.vae:
        found.append(extras.choose(known, "vae", request.vae, model))
    if request.hires > 1 and request.hires_by not in ("pixels", "latents"):
        found.append(extras.choose(known, "upscaler", request.hires_by, model))
    usable = [extra for extra in known if extras.fits(extra, model)]
    found += extras.named_in([request.prompt, request.negative_prompt], usable)
    return tuple(dict.fromkeys(found))


def with_estimators(request: GenerationRequest, known: Sequence[ExtraInfo]) -> GenerationRequest:
    """The same, naming the models that its preprocessors need, so that it is made by the same ones again."""
    controls = tuple(
        replace(use, estimator=extras.estimator(known, use).id) if use.preprocessor in ESTIMATES else use
        for use in request.controls
    )
    return replace(request, controls=controls)


def with_canvas(request: GenerationRequest, document: Document, model: ModelInfo) -> GenerationRequest:
    """The same; a model that edits pictures gets to see the canvas, unless another picture is named or it is blank."""
    if model.reads != "edit" or any(use.model == PICTURE_INPUT for use in request.controls):
        return request
    assert request.placement is not None, "prepare always places its requests"
    seen = view(render(document, request.placement.context.intersected(document.bounds)))
    if not (seen != seen[0, 0]).any():
        return request
    return replace(request, controls=(*request.controls, ControlUse(model=PICTURE_INPUT)))


def control_pictures(
    document: Document, request: GenerationRequest, files: Mapping[str, QImage], named: Sequence[ExtraInfo]
) -> tuple[Pixels, ...]:
    """The picture of each of the request's controls at its extent: RGB (h, w, 3), or RGBA with where it counts.

    `named` are the files of the request.
    """
    assert request.placement is not None, "prepare always places its requests"
    context = request.placement.context
    whole = {REFERENCE, *(extra.id for extra in named if extra.kind == "ip_adapter")}
    return tuple(
        control_picture(document, use, context, request.extent, files, whole=use.model in whole)
        for use in request.controls
    )


def control_picture(
    document: Document,
    use: ControlUse,
    context: Bounds,
    extent: Extent,
    files: Mapping[str, QImage],
    *,
    whole: bool = False,
) -> Pixels:
    """What a control gets to see of `context`, at `extent`. Raises BadRequest when its source is gone.

    A picture file lies over the whole canvas, unless it is looked at as a `whole`, where its own shape counts. What a
    model has to make of it (ESTIMATES) is left to the engine.
    """
    preprocess = as_it_is if use.preprocessor in ESTIMATES else PREPROCESSORS.get(use.preprocessor)
    if preprocess is None:
        raise BadRequest(
            f"There is no preprocessor “{use.preprocessor}”. Choose one of {', '.join((*PREPROCESSORS, *ESTIMATES))}."
        )
    seen = context.intersected(document.bounds)
    if whole and use.source in files:
        picture = preprocess(_covering(to_rgb(files[use.source], _PAPER), extent))
    else:
        picture = preprocess(to_model(to_rgb(_source(document, use, seen, files), _PAPER), seen, context, extent))
    if not use.mask:
        return picture
    mask = to_model(_mask(document, use, seen), seen, context, extent)
    return np.ascontiguousarray(np.dstack([picture, mask]))


def _mask(document: Document, use: ControlUse, seen: Bounds) -> Pixels:
    """Where the control counts, (h, w) over `seen`."""
    if use.mask == SELECTION:
        if document.selection.is_empty:
            raise BadRequest(f"“{use.model}” is to work within the selection, but nothing is selected.")
        return document.selection.read(seen)
    layer = next((one for one in document.walk() if LAYER + one.id == use.mask), None)
    if layer is None:
        raise BadRequest(
            f"The layer within which “{use.model}” works is gone. Choose another one in the Control panel."
        )
    shown = copy.copy(layer)
    shown.visible = True
    return np.ascontiguousarray(view(flatten([shown], seen, document.bounds))[:, :, 3])


def _covering(picture: Pixels, extent: Extent) -> Pixels:
    """The middle of `picture` in its own shape, as large as `extent`."""
    height, width, _ = picture.shape
    scale = max(extent.width / width, extent.height / height)
    large = Extent(max(extent.width, round(width * scale)), max(extent.height, round(height * scale)))
    resized = resize(picture, large)
    left, top = (large.width - extent.width) // 2, (large.height - extent.height) // 2
    return np.ascontiguousarray(resized[top : top + extent.height, left : left + extent.width])


def _source(document: Document, use: ControlUse, seen: Bounds, files: Mapping[str, QImage]) -> QImage:
    """The source's pixels where the canvas is `seen`. Hidden layers count: a scribble is often hidden."""
    if use.source.startswith(LAYER):
        layer = next((one for one in document.walk() if LAYER + one.id == use.source), None)
        if layer is None:
            raise BadRequest(f"The layer that guides “{use.model}” is gone. Choose another one in the Control panel.")
        shown = copy.copy(layer)
        shown.visible = True
        return flatten([shown], seen, document.bounds)
    if use.source.startswith(FILE):
        picture = files.get(use.source)
        if picture is None:
            name = use.source.removeprefix(FILE)
            raise BadRequest(f"The picture “{name}” that guides “{use.model}” is not open. Choose it once more.")
        return resize(picture, document.extent).copy(seen.x, seen.y, seen.width, seen.height)
    return render(document, seen)
