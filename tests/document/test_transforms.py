from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from sdstudio.document.commands import AddLayer, EditSelection, SetLayer
from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, PaintLayer
from sdstudio.document.rehearsal import Rehearsal
from sdstudio.document.transforms import Subject, transformed
from sdstudio.errors import StudioError
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import filled, view
from sdstudio.raster.tiles import Mask, Surface
from sdstudio.raster.transform import IDENTITY, Transform
from sdstudio.raster.warp import Filter
from tests.helpers.drawing import active_surface, blank_document, draw, fingerprint

any_transform = st.builds(
    lambda angle, x, y, slant, dx, dy: (
        Transform.rotate(angle, Point(150, 100)).then(Transform.scale(x, y)).then(Transform.slant(slant, 0))
    ).then(Transform.move(dx, dy)),
    st.floats(-180, 180),
    st.floats(0.2, 3),
    st.floats(0.2, 3),
    st.floats(-1, 1),
    st.integers(-300, 300),
    st.integers(-300, 300),
)


def drawn() -> Document:
    document = blank_document()
    draw(document, (50, 50), (120, 140), (200, 60))
    return document


def select(document: Document, area: Bounds) -> None:
    document.run(EditSelection(rectangle(area), "Select"))


def run(document: Document, transform: Transform, *ids: str, kind: Filter = Filter.SMOOTH) -> None:
    subject = Subject.of(document, ids or (document.active_id or "",))
    document.run(transformed(document.snapshot(), subject, transform, kind))


@pytest.mark.parametrize("is_selected", [False, True])
def test_the_identity_changes_nothing_and_is_no_step(is_selected: bool) -> None:
    document = drawn()
    if is_selected:
        select(document, Bounds(60, 60, 50, 50))
    before, position = fingerprint(document), document.history.position
    run(document, IDENTITY)
    assert (fingerprint(document), document.history.position) == (before, position)


@settings(max_examples=15, deadline=None)
@given(any_transform, st.booleans(), st.sampled_from(list(Filter)))
def test_undo_restores_and_redo_repeats_exactly(transform: Transform, is_selected: bool, kind: Filter) -> None:
    document = drawn()
    layer = document.active
    assert layer is not None
    layer.mask = rectangle(Bounds(40, 40, 100, 100))
    if is_selected:
        select(document, Bounds(60, 60, 90, 50))
    before = fingerprint(document)
    run(document, transform, kind=kind)
    after = fingerprint(document)
    document.history.undo()
    assert fingerprint(document) == before
    document.history.redo()
    assert fingerprint(document) == after


def test_four_quarter_turns_and_two_flips_bring_everything_back() -> None:
    document = drawn()
    before = fingerprint(document)
    for _ in range(4):
        run(document, Transform.rotate(90, Point(100, 100)))
    assert fingerprint(document) == before
    for _ in range(2):
        run(document, Transform.scale(-1, 1, Point(100, 100)))
    assert fingerprint(document) == before


def test_only_the_selected_pixels_move_and_the_selection_with_them() -> None:
    document = blank_document()
    surface = active_surface(document)
    surface.write(Bounds(20, 20, 100, 100), filled(100, 100, QColor("red")))
    select(document, Bounds(20, 20, 50, 100))
    run(document, Transform.move(150, 0))
    assert surface.read(Bounds(0, 0, 400, 300)).pixelColor(30, 50).alpha() == 0
    assert surface.read(Bounds(0, 0, 400, 300)).pixelColor(90, 50) == QColor("red")
    assert surface.read(Bounds(0, 0, 400, 300)).pixelColor(190, 50) == QColor("red")
    assert document.selection.content_bounds() == Bounds(170, 20, 50, 100)


def test_a_group_moves_with_all_inside_and_the_masks_too() -> None:
    document = blank_document()
    inner = PaintLayer(surface=Surface.from_image(filled(40, 40, QColor("red")), Point(10, 10)))
    inner.mask = rectangle(Bounds(10, 10, 20, 40))
    group = GroupLayer(children=[inner], mask=rectangle(Bounds(0, 0, 100, 100)))
    document.run(AddLayer(group))
    run(document, Transform.scale(2, 2), group.id)
    assert inner.surface.content_bounds() == Bounds(20, 20, 80, 80)
    assert inner.mask.content_bounds() == Bounds(20, 20, 40, 80)
    assert group.mask is not None
    assert group.mask.content_bounds() == Bounds(0, 0, 200, 200)


def test_of_layers_without_pixels_only_the_mask_takes_part() -> None:
    for layer in (FillLayer(name="Blue"), AdjustmentLayer(name="Levels")):
        document = blank_document()
        document.run(AddLayer(layer))
        with pytest.raises(StudioError, match=layer.name):
            run(document, Transform.move(5, 5))
        layer.mask = rectangle(Bounds(10, 10, 20, 20))
        run(document, Transform.rotate(90, Point(20, 20)))
        run(document, Transform.move(5, 6))
        assert layer.mask.content_bounds() == Bounds(15, 16, 20, 20)


def test_several_layers_are_one_step() -> None:
    document = drawn()
    other = PaintLayer(surface=Surface.from_image(filled(40, 40, QColor("red")), Point(10, 10)))
    first = document.active_id or ""
    document.run(AddLayer(other))
    before, position = fingerprint(document), document.history.position
    run(document, Transform.rotate(30), first, other.id)
    assert document.history.position == position + 1
    document.history.undo()
    assert fingerprint(document) == before


@pytest.mark.parametrize("lock", ["locked", "position_locked"])
def test_locks_refuse_with_a_sentence(lock: str) -> None:
    document = drawn()
    setattr(document.active, lock, True)
    with pytest.raises(StudioError, match="locked"):
        run(document, Transform.move(5, 5))


def test_locked_transparency_refuses_to_lift_pixels_only() -> None:
    document = drawn()
    document.run(SetLayer(document.active_id or "", alpha_locked=True))
    run(document, Transform.move(5, 5))
    select(document, Bounds(60, 60, 90, 50))
    with pytest.raises(StudioError, match="transparency"):
        run(document, Transform.move(5, 5))


def test_nothing_there_is_said() -> None:
    document = blank_document()
    with pytest.raises(StudioError, match="holds no pixels"):
        run(document, Transform.move(5, 5))
    draw(document, (50, 50))
    select(document, Bounds(300, 200, 20, 20))
    with pytest.raises(StudioError, match="inside the selection"):
        run(document, Transform.move(5, 5))
    with pytest.raises(StudioError, match="no layer"):
        Subject.of(document, ())


def test_flat_shapes_are_refused_and_leave_no_trace() -> None:
    document = drawn()
    before = fingerprint(document)
    with pytest.raises(StudioError, match="flat"):
        run(document, Transform.scale(0, 1))
    assert fingerprint(document) == before


def test_progress_grows_and_can_stop_the_work() -> None:
    document, shares = drawn(), []

    def stop(share: float) -> None:
        shares.append(share)
        if len(shares) > 1:
            raise StudioError("stopped")

    subject = Subject.of(document, (document.active_id or "",))
    with pytest.raises(StudioError, match="stopped"):
        transformed(document, subject, Transform.scale(3, 3), Filter.SMOOTH, stop)
    assert shares == sorted(shares)


@pytest.mark.parametrize("extent", [Extent(1, 1), Extent(8192, 8192)])
def test_the_smallest_and_the_largest_document(extent: Extent) -> None:
    document = Document.new(extent, None)
    surface = active_surface(document)
    surface.write(Bounds(0, 0, 1, 1), filled(1, 1, QColor("red")))
    surface.write(Bounds(extent.width - 1, extent.height - 1, 1, 1), filled(1, 1, QColor("red")))
    before = fingerprint(document)
    run(document, Transform.rotate(1, Point(extent.width / 2, extent.height / 2)))
    run(document, Transform.scale(1.01, 1.01))
    document.history.undo()
    document.history.undo()
    assert fingerprint(document) == before


def test_while_tools_paint_the_mask_it_is_the_mask_alone() -> None:
    document = drawn()
    layer = document.active
    assert isinstance(layer, PaintLayer)
    layer.mask = rectangle(Bounds(40, 40, 100, 100))
    select(document, Bounds(0, 0, 20, 20))
    before, pixels = fingerprint(document), view(layer.surface.read(document.bounds)).copy()
    document.set_paints_mask(True)
    run(document, Transform.move(10, 20))
    assert layer.mask.content_bounds() == Bounds(50, 60, 100, 100)
    subject = Subject.of(document, (layer.id,))
    seen = view(Rehearsal(document, subject, document.bounds, 0).picture(IDENTITY))
    assert np.abs(seen.astype(int) - view(render(document, document.bounds))).max() <= 1
    run(document, Transform.scale(2, 2, Point(50, 60)))
    assert layer.mask.content_bounds() == Bounds(50, 60, 200, 200)
    assert (view(layer.surface.read(document.bounds)) == pixels).all()
    document.history.undo()
    document.history.undo()
    assert fingerprint(document) == before


class TestRehearsal:
    @pytest.mark.parametrize("level", [0, 1])
    @pytest.mark.parametrize("is_selected", [False, True])
    def test_it_looks_like_what_comes_of_it(self, level: int, is_selected: bool) -> None:
        document = drawn()
        top = PaintLayer(surface=Surface.from_image(filled(100, 200, QColor(0, 0, 255, 100)), Point(100, 20)))
        document.run(AddLayer(top))
        layer = next(layer for layer in document.walk() if layer.name == "Layer 1")
        layer.mask = Mask(outside=255)
        layer.mask.write(Bounds(60, 60, 30, 60), np.zeros((60, 30), np.uint8))
        if is_selected:
            select(document, Bounds(40, 40, 100, 100))
        subject = Subject.of(document, (layer.id,))
        transform = Transform.rotate(25, Point(120, 100)).then(Transform.scale(1.2, 0.9))
        before = fingerprint(document)
        rehearsal = Rehearsal(document, subject, document.bounds, level)
        seen = view(rehearsal.picture(transform)).astype(int)
        assert fingerprint(document) == before
        document.run(transformed(document, subject, transform, Filter.SMOOTH))
        meant = view(render(document, document.bounds, scale=1 / (1 << level))).astype(int)
        assert np.abs(seen - meant).mean() < 1.5

    def test_a_view_beside_the_canvas_shows_nothing(self) -> None:
        document = drawn()
        subject = Subject.of(document, (document.active_id or "",))
        assert Rehearsal(document, subject, Bounds(900, 900, 50, 50), 0).picture(IDENTITY).isNull()
