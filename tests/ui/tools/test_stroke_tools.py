"""Smudge, blur and clone; lines, shapes, mirrors and resting: what a hand does with a brush besides painting."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from sdstudio.document.commands import SetLayer
from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.raster.dabs import Brush
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import view
from sdstudio.raster.tiles import Mask
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.hand import Hand, Keys, color_at

WHITE, RED = QColor("white"), QColor("red")


def pixels(document: Document) -> np.ndarray:
    return view(render(document, document.bounds)).copy()


def is_red(document: Document) -> np.ndarray:
    """Where the picture is red rather than white, (h, w)."""
    return pixels(document)[:, :, 0] < 128


@pytest.fixture(autouse=True)
def thin_brush(editor: Editor) -> None:
    editor.set_brush("paint", size=6, hardness=1)


def test_shift_makes_a_drag_a_straight_line(hand: Hand, editor: Editor) -> None:
    hand.click((20, 20))
    hand.drag((30, 180), (150, 90), (280, 20), keys=Keys.ShiftModifier)
    red = is_red(editor.document)
    assert red[20, 20:280].all()
    assert not red[40:].any()
    editor.document.history.undo()
    assert not is_red(editor.document)[:, 60:].any()


def test_shift_and_control_turn_the_line_to_the_next_15_degrees(hand: Hand, editor: Editor) -> None:
    hand.click((20, 100))
    hand.drag((220, 110), keys=Keys.ShiftModifier | Keys.ControlModifier)
    red = is_red(editor.document)
    assert red[100, 20:215].all()
    assert not red[105:].any()


def test_a_line_through_a_pen_is_as_thick_as_it_is_pressed(hand: Hand, editor: Editor, canvas: CanvasView) -> None:
    editor.set_brush("paint", size=20)
    hand.pen((20, 50, 0.1), (21, 50, 0.1))
    hand.click((250, 50), keys=Keys.ShiftModifier)
    assert is_red(editor.document)[:, 135].sum() == pytest.approx(20, abs=1)


def rest_until_shaped(hand: Hand, editor: Editor, qtbot: QtBot, way: list[tuple[float, float]]) -> np.ndarray:
    """Drag along `way`, hold, wait for the shape; what is red then."""
    hand.press(way[0])
    for place in way[1:]:
        hand.move(place)
    before = is_red(editor.document)
    qtbot.waitUntil(lambda: bool((is_red(editor.document) != before).any()), timeout=5000)
    return is_red(editor.document)


def test_a_shaky_line_that_is_held_at_its_end_becomes_straight(hand: Hand, editor: Editor, qtbot: QtBot) -> None:
    way = [(30.0 + 10 * i, 80.0 + 6 * (-1) ** i) for i in range(23)]
    red = rest_until_shaped(hand, editor, qtbot, way)
    assert red[:, 140].sum() <= 7
    hand.move((250, 150))
    red = is_red(editor.document)
    assert red[149, 248]
    hand.release((250, 150))
    editor.document.history.undo()
    assert not is_red(editor.document).any()
    assert not editor.document.history.can_undo


def test_a_rough_round_becomes_a_circle(hand: Hand, editor: Editor, qtbot: QtBot) -> None:
    angles = np.linspace(0, 2 * math.pi, 40)
    way = [(150 + (60 + 4 * (-1) ** i) * math.cos(a), 100 + 60 * math.sin(a)) for i, a in enumerate(angles)]
    red = rest_until_shaped(hand, editor, qtbot, way)
    hand.release(way[-1])
    rows, columns = np.nonzero(red)
    radii = np.hypot(columns + 0.5 - 150, rows + 0.5 - 100)
    assert radii.min() > 56
    assert radii.max() < 69


def test_a_stroke_that_is_no_shape_stays_as_it_is(hand: Hand, editor: Editor, qtbot: QtBot) -> None:
    way = [(30.0 + 5 * i, 100.0 + 60 * math.sin(i / 4)) for i in range(45)]
    hand.press(way[0])
    for place in way[1:]:
        hand.move(place)
    before = pixels(editor.document)
    qtbot.wait(1000)
    assert (pixels(editor.document) == before).all()
    hand.release(way[-1])


def test_an_airbrush_sprays_on_while_it_rests(hand: Hand, editor: Editor, qtbot: QtBot) -> None:
    editor.set_brush("paint", size=40, flow=0.05, build_up=50)
    hand.press((100, 100))
    first = color_at(editor.document, 100, 100).green()
    qtbot.waitUntil(lambda: color_at(editor.document, 100, 100).green() < first - 40, timeout=5000)
    hand.release((100, 100))
    done = pixels(editor.document)
    qtbot.wait(100)
    assert (pixels(editor.document) == done).all()


def test_a_stabilised_line_catches_up_at_the_end(hand: Hand, editor: Editor) -> None:
    editor.set_brush("paint", smoothing="stabiliser", stabiliser_ms=1000)
    hand.press((20, 100))
    for x in range(40, 281, 20):
        hand.move((x, 100))
    assert not is_red(editor.document)[:, 150:].any()
    hand.release((280, 100))
    assert is_red(editor.document)[100, 20:280].all()


def test_a_line_on_a_string_moves_only_when_it_is_taut(hand: Hand, editor: Editor) -> None:
    editor.set_brush("paint", smoothing="string", string_px=50)
    hand.drag((50, 100), (80, 120), (60, 80), (90, 110))
    assert not is_red(editor.document)[:, 60:].any()
    hand.drag((50, 160), (90, 160), (250, 160))
    red = is_red(editor.document)[160]
    assert red[50:200].all()
    assert not red[204:].any()


@pytest.mark.parametrize(
    ("kind", "places"),
    [
        ("left-right", [(40, 50), (260, 50)]),
        ("top-bottom", [(40, 50), (40, 150)]),
        ("both", [(40, 50), (260, 50), (40, 150), (260, 150)]),
    ],
)
def test_mirrors_repeat_the_stroke(hand: Hand, editor: Editor, kind: str, places: list[tuple[int, int]]) -> None:
    editor.set_setting(symmetry=kind)
    hand.click((40, 50))
    red = is_red(editor.document)
    assert all(red[y, x] for x, y in places)
    for x, y in places:
        red[y - 5 : y + 6, x - 5 : x + 6] = False
    assert not red.any()


def test_smudge_pulls_paint_along(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    editor.set_brush("paint", size=60)
    hand.click((100, 100))
    toolbox.set_active("smudge")
    hand.drag((100, 100), (130, 100), (170, 100))
    assert color_at(editor.document, 145, 100).green() < 150
    editor.document.history.undo()
    assert color_at(editor.document, 145, 100) == WHITE


def test_blur_softens_an_edge(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    editor.set_brush("paint", size=60)
    hand.click((100, 100))
    toolbox.set_active("blur")
    hand.click((130, 100))
    assert 20 < color_at(editor.document, 129, 100).green() < 235


class TestClone:
    @pytest.fixture(autouse=True)
    def red_spot(self, hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
        editor.set_brush("paint", size=30)
        hand.click((60, 60))
        toolbox.set_active("clone")
        editor.set_brush("clone", size=20, hardness=1)

    def test_it_asks_for_a_source_first(self, hand: Hand, editor: Editor, sentences: list[str]) -> None:
        hand.click((150, 100))
        assert len(sentences) == 1
        assert "Alt" in sentences[0]
        assert color_at(editor.document, 150, 100) == WHITE

    def test_it_paints_with_what_is_at_the_source(self, hand: Hand, editor: Editor) -> None:
        hand.click((60, 60), keys=Keys.AltModifier)
        hand.click((200, 100))
        assert color_at(editor.document, 200, 100) == RED
        assert color_at(editor.document, 200, 115) == WHITE

    @pytest.mark.parametrize(("aligned", "expected"), [(True, WHITE), (False, RED)])
    def test_the_next_stroke_goes_on_with_the_same_copy_or_begins_again(
        self, hand: Hand, editor: Editor, aligned: bool, expected: QColor
    ) -> None:
        editor.set_setting(clone_aligned=aligned)
        hand.click((60, 60), keys=Keys.AltModifier)
        hand.click((150, 100))
        hand.click((250, 150))
        assert color_at(editor.document, 250, 150) == expected

    @pytest.mark.parametrize(("merged", "expected"), [(True, RED), (False, WHITE)])
    def test_it_copies_all_layers_when_told_to(
        self, hand: Hand, editor: Editor, merged: bool, expected: QColor
    ) -> None:
        from sdstudio.document.commands import AddLayer
        from sdstudio.document.layers import PaintLayer

        layer = PaintLayer(name="On top")
        editor.document.run(AddLayer(layer))
        editor.document.set_active(layer.id)
        editor.set_setting(clone_merged=merged)
        hand.click((60, 60), keys=Keys.AltModifier)
        hand.click((200, 100))
        assert color_at(editor.document, 200, 100) == expected

    def test_another_document_has_no_source(self, hand: Hand, editor: Editor, sentences: list[str]) -> None:
        hand.click((60, 60), keys=Keys.AltModifier)
        editor.set_document(Document.new(Extent(300, 200)))
        hand.click((200, 100))
        assert len(sentences) == 1


@pytest.mark.parametrize("zoom", [0.1, 1, 8])
@pytest.mark.parametrize("rotation", [0, 30])
def test_a_rich_brush_paints_the_same_through_every_view(
    canvas: CanvasView, hand: Hand, editor: Editor, zoom: float, rotation: float
) -> None:
    """Chance, direction and scatter come from the document, not from the screen."""
    rich = Brush(size=30, scatter=0.5, count=2, size_jitter=0.6, roundness=0.4, angle_jitter=1, spacing=0.4)
    for name in ("size", "scatter", "count", "size_jitter", "roundness", "angle_jitter", "spacing"):
        editor.set_brush("paint", **{name: getattr(rich, name)})
    way = [(130.0, 90.0), (140.0, 110.0), (160.0, 100.0), (170.0, 120.0)]
    hand.drag(*way)
    expected = pixels(editor.document).copy()
    editor.set_document(Document.new(Extent(300, 200)))
    canvas.zoom_to(zoom)
    canvas.rotate_by(rotation)
    hand.drag(*way)
    assert (expected < 128).sum() > 800
    assert np.array_equal(pixels(editor.document), expected)


def test_smudge_blur_and_clone_work_on_the_mask_when_tools_do(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    """The mask shows the left half; nothing of the picture itself is touched, and each stroke is one step."""
    document, layer = editor.document, editor.document.active
    assert layer is not None
    half = Mask(outside=255)
    half.write(Bounds(150, 0, 150, 200), np.zeros((200, 150), np.uint8))
    document.run(SetLayer(layer.id, mask=half))
    document.set_paints_mask(True)
    for kind in ("smudge", "blur", "clone"):
        editor.set_brush(kind, size=40, hardness=1, opacity=1)

    def grey_at(x: int, y: int) -> int:
        assert layer.mask is not None
        return int(layer.mask.read(Bounds(x, y, 1, 1))[0, 0])

    toolbox.set_active("blur")
    hand.drag((150, 20), (150, 60))
    assert 0 < grey_at(151, 40) < 255
    toolbox.set_active("smudge")
    hand.drag((120, 100), (150, 100), (180, 100))
    assert grey_at(160, 100) > 60
    toolbox.set_active("clone")
    hand.click((60, 160), keys=Keys.AltModifier)
    hand.drag((220, 160), (240, 160))
    assert (grey_at(230, 160), grey_at(230, 120)) == (255, 0)
    assert document.history.undo_label == "Clone on mask"
    for _ in range(3):
        document.history.undo()
    assert layer.mask.read(Bounds(150, 0, 150, 200)).max() == 0
    assert layer.mask.read(Bounds(0, 0, 150, 200)).min() == 255


def test_blurring_a_mask_at_the_canvas_edge_does_not_darken_it(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    document, layer = editor.document, editor.document.active
    assert layer is not None
    document.run(SetLayer(layer.id, mask=Mask(outside=255)))
    document.set_paints_mask(True)
    toolbox.set_active("blur")
    hand.drag((0, 0), (40, 0), (80, 5))
    assert layer.mask is not None
    assert layer.mask.read(document.bounds).min() >= 254
