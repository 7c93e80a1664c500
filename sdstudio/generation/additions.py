"""What a request adds to its model, found on this machine: files for the names in it, and pictures for its controls.

Must not know the engine or widgets.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.flatten import flatten
from sdstudio.errors import BadRequest
from sdstudio.generation.crop import to_model
from sdstudio.models import extras
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import ControlUse, GenerationRequest
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.outlines import PREPROCESSORS
from sdstudio.raster.resample import resize, to_rgb

Pixels = NDArray[np.uint8]
LAYER, FILE = "layer:", "file:"  # what sources of control pictures begin with; "canvas" is the third
_PAPER = QColor(255, 255, 255)


def resolve(request: GenerationRequest, model: ModelInfo, known: Sequence[ExtraInfo]) -> tuple[ExtraInfo, ...]:
    """The files behind the names in `request`. Raises BadRequest when one is missing or of another family."""
    found = [extras.choose(known, "lora", use.name, model) for use in request.loras]
    guides = [extras.guiding(known, use.model, model) for use in request.controls]
    found += guides + [extras.encoder_for(guide, known) for guide in guides if guide.kind == "ip_adapter"]
    if request.vae:
        found.append(extras.choose(known, "vae", request.vae, model))
    if request.hires > 1 and request.hires_by not in ("pixels", "latents"):
        found.append(extras.choose(known, "upscaler", request.hires_by, model))
    usable = [extra for extra in known if extras.fits(extra, model)]
    found += extras.named_in([request.prompt, request.negative_prompt], usable)
    return tuple(dict.fromkeys(found))


def control_pictures(document: Document, request: GenerationRequest, files: Mapping[str, QImage]) -> tuple[Pixels, ...]:
    """The control picture of each of the request's controls, RGB (h, w, 3) at its extent."""
    assert request.placement is not None, "prepare always places its requests"
    context = request.placement.context
    return tuple(control_picture(document, use, context, request.extent, files) for use in request.controls)


def control_picture(
    document: Document, use: ControlUse, context: Bounds, extent: Extent, files: Mapping[str, QImage]
) -> Pixels:
    """What one control model gets to see of `context`, at `extent`. Raises BadRequest when its source is gone."""
    preprocess = PREPROCESSORS.get(use.preprocessor)
    if preprocess is None:
        raise BadRequest(
            f"There is no preprocessor “{use.preprocessor}” without a model. Choose one of {', '.join(PREPROCESSORS)}."
        )
    seen = context.intersected(document.bounds)
    source = to_rgb(_source(document, use, seen, files), _PAPER)
    return preprocess(to_model(source, seen, context, extent))


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
