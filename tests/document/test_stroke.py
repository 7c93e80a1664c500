from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtGui import QColor

from sdstudio.document.commands import AddLayer, EditSelection, RemoveLayer, SetLayer, cleared
from sdstudio.document.document import Document
from sdstudio.document.layers import GroupLayer, PaintLayer
from sdstudio.document.stroke import MaskStroke, Stroke
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Brush, Sample
from sdstudio.raster.geometry import EMPTY, Bounds, Point
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import view
from tests.helpers.drawing import ROUND, active_surface, blank_document, draw, fingerprint, samples

RED = QColor("red")
WAVE = [(20.0 + 15 * i, 150 + 90 * (-1) ** i) for i in range(24)]


def pixels(document: Document) -> np.ndarray:
    return view(active_surface(document).read(document.bounds))


def alpha(document: Document) -> np.ndarray:
    return pixels(document)[:, :, 3]


def stroke_on(document: Document, brush: Brush = ROUND, erase: bool = False) -> Stroke:
    assert document.active_id is not None
    return Stroke(document, document.active_id, brush, RED, erase)


def test_a_click_makes_one_dab_at_once():
    document = blank_document()
    stroke = stroke_on(document)
    stroke.add(Sample(Point(100, 100)))
    assert active_surface(document).content_bounds() == Bounds(90, 90, 20, 20)


def test_a_stroke_covers_its_whole_way():
    document = blank_document()
    draw(document, (50, 150), (120, 150), (200, 150), (350, 150))
    assert (alpha(document)[150, 50:350] == 255).all()
    assert active_surface(document).content_bounds() == Bounds(40, 140, 320, 20)


def test_the_curve_passes_through_every_sample():
    document = blank_document()
    draw(document, *WAVE, brush=Brush(size=3, hardness=1))
    covered = alpha(document)
    assert all(covered[round(y) - 1, round(x) - 1] > 200 for x, y in WAVE)


def test_a_stroke_is_never_stronger_than_its_opacity():
    document = blank_document()
    back_and_forth = [(100, 100), (200, 200)] * 6
    draw(document, *back_and_forth, brush=Brush(size=30, opacity=0.5))
    assert alpha(document).max() == 128


def test_flow_builds_up_to_the_opacity():
    once, often = blank_document(), blank_document()
    brush = Brush(size=30, opacity=0.5, flow=0.05, hardness=1)
    draw(once, (100, 100), brush=brush)
    draw(often, *[(100, 100), (104, 100)] * 100, brush=brush)
    assert alpha(once).max() == pytest.approx(0.5 * 0.05 * 255, abs=1)
    assert alpha(often).max() in (127, 128)


def test_two_strokes_do_add_up():
    document = blank_document()
    for _ in range(2):
        draw(document, (100, 100), (150, 100), brush=Brush(size=30, opacity=0.5))
    assert alpha(document).max() == pytest.approx(0.75 * 255, abs=1.5)


def test_pressure_makes_the_line_thinner():
    document = blank_document()
    stroke = stroke_on(document, Brush(size=40, hardness=1))
    for sample in (*samples((50, 100), (120, 100), (200, 100)), *samples((250, 100), (350, 100), pressure=0.25)):
        stroke.add(sample)
    stroke.commit()
    widths = np.count_nonzero(alpha(document), axis=0)
    assert widths[100] == pytest.approx(40, abs=2)
    assert widths[320] == pytest.approx(10, abs=2)


def test_pressure_zero_leaves_no_mark():
    document = blank_document()
    stroke = stroke_on(document)
    for sample in samples((10, 10), (200, 200), pressure=0):
        stroke.add(sample)
    stroke.commit()
    assert active_surface(document).is_empty
    assert not document.history.can_undo


def test_erasing_takes_away_and_forgets_empty_tiles():
    document = blank_document(600, 300)
    draw(document, (100, 100), (150, 100))
    draw(document, (80, 100), (300, 100), brush=Brush(size=80, hardness=1), erase=True)
    assert active_surface(document).keys() == set()
    document.history.undo()
    assert alpha(document)[100, 120] == 255


def test_painting_outside_of_the_canvas_keeps_nothing():
    document = blank_document(100, 100)
    draw(document, (-50, -50), (50, 50), (5000, 5000))
    bounds = active_surface(document).content_bounds()
    assert document.bounds.contains(bounds)


def test_a_canvas_of_one_pixel_can_be_painted():
    document = blank_document(1, 1)
    draw(document, (0.5, 0.5))
    assert pixels(document).tolist() == [[[0, 0, 255, 255]]]


def test_the_selection_limits_and_weakens():
    document = blank_document()
    selection = rectangle(Bounds(100, 0, 100, 300))
    selection.write(Bounds(150, 0, 50, 300), np.full((300, 50), 128, np.uint8))
    document.run(EditSelection(selection, "Select"))
    draw(document, (50, 150), (200, 150), (350, 150))
    covered = alpha(document)
    assert not covered[:, :100].any()
    assert not covered[:, 200:].any()
    assert covered[150, 120] == 255
    assert covered[150, 170] == 128


def test_alpha_lock_keeps_alpha_and_changes_colour():
    document = blank_document()
    draw(document, (100, 100), (200, 100), brush=Brush(size=30, hardness=0))
    before = alpha(document).copy()
    document.run(SetLayer(document.active_id or "", alpha_locked=True))
    draw(document, (50, 100), (300, 120), color="blue", brush=Brush(size=100, hardness=0.5))
    assert np.array_equal(alpha(document), before)
    assert pixels(document)[100, 150].tolist() == [255, 0, 0, 255]


@pytest.mark.parametrize("erase", [False, True])
def test_cancel_puts_every_pixel_back(erase: bool):
    document = blank_document()
    draw(document, *WAVE[:8], color="blue")
    before, steps = fingerprint(document), document.history.undo_label
    stroke = stroke_on(document, Brush(size=50, hardness=0.2), erase)
    for sample in samples(*WAVE):
        stroke.add(sample)
    assert fingerprint(document) != before
    stroke.cancel()
    assert fingerprint(document) == before
    assert document.history.undo_label == steps


def test_a_stroke_is_one_undo_step_and_comes_back_exactly():
    document = blank_document()
    start = fingerprint(document)
    draw(document, *WAVE, brush=Brush(size=50, hardness=0.2, opacity=0.7))
    painted = fingerprint(document)
    assert document.history.undo_label == "Brush stroke"
    document.history.undo()
    assert fingerprint(document) == start
    assert not document.history.can_undo
    document.history.redo()
    assert fingerprint(document) == painted


def test_a_stroke_that_changes_nothing_is_no_undo_step():
    document = blank_document()
    draw(document, (100, 100), (200, 200), erase=True)
    assert not document.history.can_undo
    assert not document.is_modified


def test_the_same_samples_give_the_same_pixels_however_often_they_are_shown():
    """Composing after every sample, and composing once over all of them, are the same picture."""
    many, once = blank_document(), blank_document()
    brush = Brush(size=25, hardness=0.3, opacity=0.6, flow=0.3)
    draw(many, *WAVE, brush=brush)
    stroke = stroke_on(once, brush)
    dabs = list(itertools.chain.from_iterable(stroke._path.add(sample) for sample in samples(*WAVE)))
    stroke._press(dabs)
    stroke.commit()
    assert np.array_equal(pixels(many), pixels(once))


def test_pixels_outside_of_the_told_rectangles_stay():
    document = blank_document()
    told: list[Bounds] = []
    document.pixels_changed.connect(lambda layer_id, area: told.append(area))
    stroke = stroke_on(document)
    before = pixels(document).copy()
    for sample in samples(*WAVE):
        told.clear()
        stroke.add(sample)
        after = pixels(document).copy()
        changed = np.argwhere((before != after).any(axis=2))
        area = told[0] if told else EMPTY
        assert len(told) <= 1
        assert all(area.y <= y < area.bottom and area.x <= x < area.right for y, x in changed)
        before = after


def test_the_reason_is_told_when_a_layer_cannot_be_painted():
    document = blank_document()
    group = GroupLayer(name="Trees")
    inner = PaintLayer(name="Leaves")
    document.run(AddLayer(group))
    document.run(AddLayer(inner, parent_id=group.id))

    def refusal(layer_id: str, erase: bool = False) -> str:
        with pytest.raises(StudioError) as caught:
            Stroke(document, layer_id, ROUND, RED, erase)
        return caught.value.message

    assert "“Trees” is a group" in refusal(group.id)
    assert "no layer" in refusal("gone")
    document.run(SetLayer(inner.id, alpha_locked=True))
    assert "transparency of “Leaves” is locked" in refusal(inner.id, erase=True)
    document.run(SetLayer(group.id, visible=False))
    assert "“Trees” is hidden" in refusal(inner.id)
    document.run(SetLayer(inner.id, locked=True))
    assert "“Leaves” is locked" in refusal(inner.id)


def test_a_document_without_layers_says_so():
    document = blank_document()
    for layer in list(document.walk()):
        document.run(RemoveLayer(layer.id))
    assert document.active is None
    with pytest.raises(StudioError, match="Add a layer first"):
        Stroke(document, "", ROUND, RED)


def test_undo_while_the_pen_is_down_takes_the_stroke_back_and_the_rest_is_ignored():
    document = blank_document()
    start = fingerprint(document)
    stroke = stroke_on(document)
    for sample in samples(*WAVE[:6]):
        stroke.add(sample)
    document.history.undo()
    stroke.add(Sample(Point(300, 200)))
    stroke.commit()
    assert fingerprint(document) == start
    assert not document.history.can_undo
    assert document.history.can_redo


def test_clearing_while_the_pen_is_down_can_be_taken_back_step_by_step():
    document = blank_document()
    start = fingerprint(document)
    stroke = stroke_on(document)
    for sample in samples(*WAVE[:6]):
        stroke.add(sample)
    document.run(cleared(document, document.active_id or ""))
    stroke.add(Sample(Point(300, 200)))
    stroke.commit()
    assert active_surface(document).is_empty
    document.history.undo()
    assert not active_surface(document).is_empty
    document.history.undo()
    assert fingerprint(document) == start


def test_a_result_that_arrives_while_the_pen_is_down_does_not_end_the_stroke():
    document = blank_document()
    start = fingerprint(document)
    stroke = stroke_on(document)
    stroke.add(Sample(Point(50, 50)))
    document.run(AddLayer(PaintLayer(name="Generated")))
    for sample in samples((150, 50), (250, 50)):
        stroke.add(sample)
    stroke.commit()
    assert document.history.undo_label == "Brush stroke"
    document.history.undo()
    document.history.undo()
    assert fingerprint(document) == start


class TestMaskStroke:
    def paint(self, document: Document, value: int, *places: tuple[float, float], hardness: float = 1.0) -> None:
        stroke = MaskStroke(document, Brush(size=40, hardness=hardness), value)
        for sample in samples(*places):
            stroke.add(sample)
        stroke.commit()

    def test_it_paints_the_strength_into_the_selection(self):
        document = blank_document()
        self.paint(document, 128, (100, 100), (200, 100))
        mask = document.selection.read(document.bounds)
        assert mask[100, 150] == mask.max() == 128
        assert document.selection.content_bounds() == Bounds(80, 80, 140, 40)

    def test_a_second_strength_replaces_the_first(self):
        document = blank_document()
        self.paint(document, 255, (100, 100), (200, 100))
        self.paint(document, 60, (150, 100), (250, 100))
        mask = document.selection.read(document.bounds)
        assert (mask[100, 100], mask[100, 180], mask[100, 240]) == (255, 60, 60)

    def test_strength_zero_erases_and_leaves_the_selection_empty(self):
        document = blank_document()
        self.paint(document, 200, (100, 100), (150, 100))
        stroke = MaskStroke(document, Brush(size=150, hardness=1), 0)
        stroke.add(Sample(Point(125, 100)))
        stroke.commit()
        assert document.selection.keys() == set()
        assert document.history.undo_label == "Erase mask"

    def test_undo_redo_and_cancel_are_exact(self):
        document = blank_document()
        states = [fingerprint(document)]
        for value in (255, 90, 0):
            self.paint(document, value, *WAVE[:7], hardness=0.1)
            states.append(fingerprint(document))
        stroke = MaskStroke(document, ROUND, 255)
        for sample in samples(*WAVE):
            stroke.add(sample)
        stroke.cancel()
        assert fingerprint(document) == states[-1]
        for state in reversed(states[:-1]):
            document.history.undo()
            assert fingerprint(document) == state
        for state in states[1:]:
            document.history.redo()
            assert fingerprint(document) == state

    def test_it_tells_where_the_selection_changed_and_leaves_pixels_alone(self):
        document = blank_document()
        told: list[Bounds] = []
        document.selection_changed.connect(told.append)
        document.pixels_changed.connect(lambda *_: pytest.fail("pixels changed"))
        self.paint(document, 255, (100, 100))
        assert Bounds(75, 75, 50, 50).contains(told[0])
        assert told[0].contains(document.selection.content_bounds())

    def test_painting_what_is_there_already_is_no_step(self):
        document = blank_document()
        self.paint(document, 255, (100, 100), (200, 100))
        document.history.mark_saved()
        stroke = MaskStroke(document, Brush(size=20), 255)
        for sample in samples((120, 100), (180, 100)):
            stroke.add(sample)
        stroke.commit()
        assert not document.is_modified
