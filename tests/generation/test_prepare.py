from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtGui import QColor

from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.errors import BadRequest
from sdstudio.generation.parameters import Parameters
from sdstudio.generation.prepare import describe, prepare
from sdstudio.models.info import ModelInfo
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import filled
from sdstudio.raster.tiles import Mask

WISH = Parameters(prompt="a red apple", strength=0.6)


def sheet(extent: Extent, color: QColor | None) -> Document:
    return Document.new(extent, color)


def test_without_selection_full_strength_is_text_to_image(document: Document, model: ModelInfo) -> None:
    prepared = prepare(document, replace(WISH, strength=1.0), model, 7)
    request = prepared.request
    assert (request.mode, request.seed, request.strength, request.model) == ("text_to_image", 7, 1.0, "starter")
    assert prepared.source is None
    assert prepared.mask is None
    assert (prepared.compose_mask == 255).all()
    assert prepared.compose_mask.shape == (80, 96)


def test_without_selection_less_strength_refines_what_is_seen(qapp: object, model: ModelInfo) -> None:
    document = sheet(Extent(64, 64), QColor(10, 20, 30))
    prepared = prepare(document, WISH, model, 7)
    assert (prepared.request.mode, prepared.request.extent) == ("image_to_image", Extent(64, 64))
    assert prepared.mask is None
    assert prepared.source is not None
    assert (prepared.source == (10, 20, 30)).all()


def test_transparent_parts_are_white_paper_for_the_model(qapp: object, model: ModelInfo) -> None:
    document = sheet(Extent(64, 64), None)
    layer = document.active
    assert isinstance(layer, PaintLayer)
    layer.surface.write(Bounds(0, 0, 32, 64), filled(32, 64, QColor(255, 0, 0, 128)))
    source = prepare(document, WISH, model, 7).source
    assert source is not None
    assert (source[:, 40:] == 255).all()
    assert np.abs(source[:, :30].astype(int) - (255, 127, 127)).max() <= 1


def test_hidden_layers_are_not_seen(qapp: object, model: ModelInfo) -> None:
    document = sheet(Extent(64, 64), QColor(0, 90, 0))
    layer = document.active
    assert isinstance(layer, PaintLayer)
    layer.surface.write(Bounds(0, 0, 64, 64), filled(64, 64, QColor(255, 0, 0)))
    layer.visible = False
    source = prepare(document, WISH, model, 7).source
    assert source is not None
    assert (source == (0, 90, 0)).all()


def test_an_empty_canvas_cannot_be_refined(qapp: object, model: ModelInfo) -> None:
    with pytest.raises(BadRequest, match="canvas is empty"):
        prepare(sheet(Extent(64, 64), None), WISH, model, 7)


def test_bad_values_are_refused_before_anything_is_cut_out(document: Document, model: ModelInfo) -> None:
    with pytest.raises(BadRequest, match="steps"):
        prepare(document, replace(WISH, steps=0), model, 7)


def test_a_selection_means_inpaint(document: Document, model: ModelInfo) -> None:
    document.selection = rectangle(Bounds(30, 30, 20, 10))
    prepared = prepare(document, WISH, model, 7)
    extent = prepared.request.extent
    assert prepared.request.mode == "inpaint"
    assert prepared.source is not None
    assert prepared.mask is not None
    assert prepared.source.shape == (extent.height, extent.width, 3)
    assert prepared.mask.shape == (extent.height, extent.width)
    assert prepared.compose_mask.shape == (10, 20)
    assert prepared.mask.max() == 255
    assert prepared.mask.min() == 0


def test_a_selection_outside_the_canvas_is_refused(document: Document, model: ModelInfo) -> None:
    document.selection = rectangle(Bounds(300, 300, 20, 10))
    with pytest.raises(BadRequest, match="outside the canvas"):
        prepare(document, WISH, model, 7)
    assert "outside the canvas" in describe(document, WISH, model).problem


def test_filling_hides_the_old_content_from_the_model(qapp: object, model: ModelInfo) -> None:
    document = sheet(Extent(64, 64), QColor(0, 120, 0))
    layer = document.active
    assert isinstance(layer, PaintLayer)
    layer.surface.write(Bounds(20, 20, 24, 24), filled(24, 24, QColor(255, 0, 0)))
    document.selection = rectangle(Bounds(18, 18, 28, 28))
    fill, refine = (prepare(document, replace(WISH, strength=s), model, 7).source for s in (1.0, 0.6))
    assert fill is not None
    assert refine is not None
    assert fill[:, :, 0].max() < 40, "no trace of red"
    assert refine[:, :, 0].max() == 255


def test_grey_is_strength(qapp: object, model: ModelInfo) -> None:
    document = sheet(Extent(64, 64), QColor(0, 120, 0))
    selection = Mask()
    selection.write(Bounds(0, 0, 32, 64), np.full((64, 32), 102, np.uint8))
    selection.write(Bounds(32, 0, 32, 64), np.full((64, 32), 255, np.uint8))
    document.selection = selection
    prepared = prepare(document, WISH, model, 7)
    assert prepared.mask is not None
    assert (prepared.mask[:, 4:28] == 102).all()
    assert (prepared.mask[:, 36:60] == 255).all()
    assert (prepared.compose_mask == 255).all(), "the canvas edge is no edge of the patch"


@pytest.mark.parametrize("extent", [Extent(1, 1), Extent(3, 500), Extent(1500, 5), Extent(1000, 700)])
@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("selected", [False, True])
def test_any_canvas_can_be_prepared(
    qapp: object, model: ModelInfo, extent: Extent, strength: float, selected: bool
) -> None:
    document = sheet(extent, QColor(50, 60, 70))
    if selected:
        document.selection = rectangle(Bounds(0, 0, 1, 1))
    prepared = prepare(document, replace(WISH, strength=strength), model, 7)
    for pixels in (prepared.source, prepared.mask):
        if pixels is not None:
            assert pixels.shape[:2] == (prepared.request.extent.height, prepared.request.extent.width)
    if prepared.mask is not None:
        assert prepared.mask.max() > 0


@pytest.mark.parametrize(
    ("selected", "strength", "title", "detail"),
    [
        (False, 1.0, "Create 96 × 80", "Renders 72 × 56, enlarged to 96 × 80"),
        (False, 0.4, "Refine 40 %", "Sees 103 × 80, renders 72 × 56"),
        (False, 0.001, "Refine 1 %", None),
        (False, 0.999, "Refine 99 %", None),
        (True, 1.0, "Fill selection", None),
        (True, 0.4, "Refine selection 40 %", None),
    ],
)
def test_the_intent_is_said_in_words(
    document: Document, model: ModelInfo, selected: bool, strength: float, title: str, detail: str | None
) -> None:
    if selected:
        document.selection = rectangle(Bounds(30, 30, 20, 10))
    intent = describe(document, replace(WISH, strength=strength), model)
    assert intent.title == title
    assert intent.problem == ""
    assert detail is None or intent.detail == detail


def test_a_wrong_value_is_said_instead(document: Document, model: ModelInfo) -> None:
    intent = describe(document, replace(WISH, strength=float("nan")), model)
    assert "strength" in intent.problem
