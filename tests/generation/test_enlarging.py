"""A model that makes pictures large always gets to see the canvas."""

from __future__ import annotations

import pytest

from sdstudio.document.document import Document
from sdstudio.errors import BadRequest
from sdstudio.generation.parameters import Parameters
from sdstudio.generation.prepare import describe, prepare
from sdstudio.models.info import ModelInfo
from sdstudio.raster.geometry import Extent

MODEL = ModelInfo(id="x4", title="Upscaler", path="x4", family="sd2", native_size=256, size_multiple=4, enlarges=4)
FULL = Parameters(model_id="x4", strength=1.0)


def test_at_full_strength_too_it_starts_from_the_canvas() -> None:
    document = Document.new(Extent(128, 128))
    prepared = prepare(document, FULL, MODEL, 1)
    assert prepared.request.mode == "image_to_image"
    assert prepared.source is not None
    assert describe(document, FULL, MODEL).mode == "image_to_image"


def test_an_empty_canvas_is_refused() -> None:
    with pytest.raises(BadRequest, match="“Upscaler” makes pictures large"):
        prepare(Document(Extent(128, 128)), FULL, MODEL, 1)
