from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from sdstudio.document.channels import SaveChannel
from sdstudio.document.commands import AddLayer, EditSelection
from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.guides import Guides, SetGuides, guides_of
from sdstudio.document.image_transforms import (
    flipped_image,
    painted_area,
    recut,
    resized,
    shown_area,
    turned_image,
)
from sdstudio.document.layers import FillLayer, PaintLayer
from sdstudio.errors import BadRequest
from sdstudio.raster.fills import GradientFill, GradientStop
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import filled, view
from sdstudio.raster.tiles import Surface
from sdstudio.raster.warp import Filter
from tests.helpers.drawing import active_surface, blank_document, draw, fingerprint, run_and_check


def full_document() -> Document:
    document = blank_document(300, 200)
    draw(document, (50, 50), (120, 140), (200, 60))
    layer = document.active
    assert layer is not None
    layer.mask = rectangle(Bounds(20, 20, 200, 100))
    layer.locked = True
    document.run(EditSelection(rectangle(Bounds(40, 30, 60, 50)), "Select"))
    document.run(SaveChannel("Eyes"))
    return document


@pytest.mark.parametrize("degrees", [90, 180, 270, -90])
def test_quarter_turns_come_round_exactly(degrees: float) -> None:
    document = full_document()
    before = fingerprint(document)
    run_and_check(document, turned_image(document, degrees, Filter.SMOOTH))
    assert document.extent == (Extent(300, 200) if degrees == 180 else Extent(200, 300))
    times = 1 if degrees == 180 else 3
    for _ in range(times):
        document.run(turned_image(document, degrees, Filter.SMOOTH))
    assert fingerprint(document) == before


def test_a_quarter_turn_turns_everything_clockwise() -> None:
    document = full_document()
    document.run(turned_image(document, 90, Filter.SMOOTH))
    assert document.selection.content_bounds() == Bounds(200 - 80, 40, 50, 60)
    assert document.channels["Eyes"].content_bounds() == document.selection.content_bounds()
    mask = next(layer.mask for layer in document.walk() if layer.mask is not None)
    assert mask.content_bounds() == Bounds(80, 20, 100, 200)


@pytest.mark.parametrize("across", [True, False])
def test_two_flips_are_none(across: bool) -> None:
    document = full_document()
    before, seen = fingerprint(document), view(render(document, document.bounds)).copy()
    run_and_check(document, flipped_image(document, across=across))
    turned = view(render(document, document.bounds))
    assert (turned == (seen[:, ::-1] if across else seen[::-1])).all()
    document.run(flipped_image(document, across=across))
    assert fingerprint(document) == before


@pytest.mark.parametrize("extent", [Extent(150, 100), Extent(600, 400), Extent(450, 100), Extent(1, 1)])
@pytest.mark.parametrize("kind", list(Filter))
def test_image_size_scales_everything_and_undoes(extent: Extent, kind: Filter) -> None:
    document = full_document()
    run_and_check(document, resized(document, extent, kind))
    assert document.extent == extent
    background = document.root.children[0]
    assert isinstance(background, PaintLayer)
    assert background.surface.content_bounds() == document.bounds
    alpha = view(background.surface.read(document.bounds))[:, :, 3]
    assert alpha.min() == 255, "an opaque background stays opaque to its edges"
    assert document.bounds.contains(document.selection.content_bounds())


def test_there_and_back_stays_close() -> None:
    document = full_document()
    before = view(render(document, document.bounds)).astype(int)
    document.run(resized(document, Extent(900, 600), Filter.SMOOTH))
    document.run(resized(document, Extent(300, 200), Filter.SMOOTH))
    after = view(render(document, document.bounds)).astype(int)
    assert np.abs(after - before).max() <= 40, "the worst is beside the hard edge of the mask"
    assert np.abs(after - before).mean() < 0.3


def test_the_same_size_is_no_step() -> None:
    document = full_document()
    position = document.history.position
    document.run(resized(document, document.extent, Filter.SMOOTH))
    assert document.history.position == position


@pytest.mark.parametrize("extent", [Extent(0, 10), Extent(20000, 10), Extent(16000, 16000)])
def test_impossible_sizes_are_refused(extent: Extent) -> None:
    document = full_document()
    before = fingerprint(document)
    with pytest.raises(BadRequest):
        resized(document, extent, Filter.SMOOTH)
    assert fingerprint(document) == before


def test_any_angle_keeps_all_of_the_picture() -> None:
    document = full_document()
    run_and_check(document, turned_image(document, 45, Filter.SMOOTH))
    assert document.extent == Extent(354, 354)
    picture = render(document, document.bounds)
    assert picture.pixelColor(0, 0).alpha() == 0
    assert picture.pixelColor(177, 300) == QColor("white")


def test_a_long_thin_picture_may_be_too_large_to_turn() -> None:
    document = Document(Extent(16000, 200))
    with pytest.raises(BadRequest):
        turned_image(document, 45, Filter.SMOOTH)


def test_what_is_seen_and_what_is_painted() -> None:
    document = Document.new(Extent(600, 400), None)
    assert shown_area(document).is_empty
    active_surface(document).write(Bounds(500, 300, 300, 20), filled(300, 20, QColor("red")))
    hidden = PaintLayer(visible=False, surface=Surface.from_image(filled(5, 5, QColor("red")), Point(-40, 10)))
    document.run(AddLayer(hidden))
    assert shown_area(document) == Bounds(500, 300, 100, 20)
    assert painted_area(document) == Bounds(-40, 10, 840, 310)


def test_guides_go_along_where_they_stay_straight() -> None:
    document = full_document()
    document.run(SetGuides(Guides(x=(100.0,), y=(50.0,))))
    run_and_check(document, turned_image(document, 90, Filter.SMOOTH))
    assert guides_of(document) == Guides(x=(150.0,), y=(100.0,))
    run_and_check(document, flipped_image(document, across=True))
    assert guides_of(document) == Guides(x=(50.0,), y=(100.0,))
    run_and_check(document, resized(document, Extent(400, 600), Filter.SMOOTH))
    assert guides_of(document) == Guides(x=(100.0,), y=(200.0,))
    run_and_check(document, recut(document, Bounds(-10, 20, 300, 300)))
    assert guides_of(document) == Guides(x=(110.0,), y=(180.0,))


def test_guides_stay_upright_and_as_far_from_the_middle_in_a_free_turn() -> None:
    document = Document.new(Extent(200, 100))
    before = Guides(x=(100.0, 30.0), y=(50.0, 10.0), is_locked=True)
    document.run(SetGuides(before))
    document.run(turned_image(document, 30, Filter.BILINEAR))
    width, height = document.extent.width, document.extent.height
    assert guides_of(document).x == pytest.approx((width / 2, width / 2 - 70))
    assert guides_of(document).y == pytest.approx((height / 2, height / 2 - 40))
    assert guides_of(document).is_locked
    document.history.undo()
    assert guides_of(document) == before


def test_gradients_go_along() -> None:
    document = full_document()
    stops = (GradientStop(0.0, "#ff0000"), GradientStop(1.0, "#0000ff"))
    layer = FillLayer(fill=GradientFill(stops=stops, start=(0.0, 0.0), end=(300.0, 100.0)))
    document.run(AddLayer(layer))
    seen = view(render(document, document.bounds)).astype(int)
    run_and_check(document, turned_image(document, 90, Filter.SMOOTH))
    turned = view(render(document, document.bounds)).astype(int)
    assert np.abs(np.rot90(seen, -1) - turned).max() <= 2
    run_and_check(document, turned_image(document, -90, Filter.SMOOTH))
    run_and_check(document, resized(document, Extent(150, 100), Filter.SMOOTH))
    small = view(render(document, document.bounds)).astype(int)
    assert np.abs(seen[::2, ::2] - small).max() <= 3
