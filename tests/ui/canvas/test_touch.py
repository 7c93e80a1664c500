from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sdstudio.raster.geometry import Point
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from tests.helpers.hand import Hand, color_at

WHITE, RED = QColor("white"), QColor("red")


class Touching:
    """Fingers on the canvas, in view pixels."""

    def __init__(self, canvas: CanvasView) -> None:
        self.canvas = canvas
        self.device: QPointingDevice = QTest.createTouchDevice()

    def at(self, *places: tuple[int, int]) -> None:
        """All fingers that are down, with where they move to (or come down)."""
        sequence = QTest.touchEvent(self.canvas, self.device, False)
        for finger, place in enumerate(places):
            if finger in self.down:
                sequence.move(finger, QPoint(*place), self.canvas)
            else:
                sequence.press(finger, QPoint(*place), self.canvas)
        sequence.commit()
        self.down = dict(enumerate(places))
        QApplication.processEvents()

    def up(self) -> None:
        sequence = QTest.touchEvent(self.canvas, self.device, False)
        for finger, place in self.down.items():
            sequence.release(finger, QPoint(*place), self.canvas)
        sequence.commit()
        self.down = {}
        QApplication.processEvents()

    down: dict[int, tuple[int, int]] = {}


@pytest.fixture
def touching(canvas: CanvasView) -> Touching:
    return Touching(canvas)


def in_view(canvas: CanvasView, x: float, y: float) -> tuple[int, int]:
    place = canvas.camera.to_view(Point(x, y)).toPoint()
    return place.x(), place.y()


def test_one_finger_paints(touching: Touching, canvas: CanvasView, editor: Editor) -> None:
    for x in (50, 80, 120, 150):
        touching.at(in_view(canvas, x, 60))
    touching.up()
    assert color_at(editor.document, 100, 60) == RED
    editor.document.history.undo()
    assert color_at(editor.document, 100, 60) == WHITE


def test_two_fingers_move_the_view_and_paint_nothing(touching: Touching, canvas: CanvasView, editor: Editor) -> None:
    before = canvas.camera
    touching.at((150, 150))
    touching.at((152, 150))
    touching.at((152, 150), (252, 150))
    touching.at((192, 180), (292, 180))
    touching.up()
    moved = canvas.camera.to_view(Point(0, 0)) - before.to_view(Point(0, 0))
    assert (moved.x(), moved.y()) == (pytest.approx(40, abs=1), pytest.approx(30, abs=1))
    assert canvas.camera.zoom == before.zoom
    assert not editor.document.history.can_undo
    assert color_at(editor.document, 100, 60) == WHITE


def test_what_is_under_each_finger_stays_under_it(touching: Touching, canvas: CanvasView) -> None:
    touching.at((150, 150), (250, 150))
    held = [canvas.camera.to_document(QPoint(*place).toPointF()) for place in ((150, 150), (250, 150))]
    touching.at((150, 150), (290, 260))
    for point, place in zip(held, ((150, 150), (290, 260)), strict=True):
        now = canvas.camera.to_view(point)
        assert (now.x(), now.y()) == (pytest.approx(place[0], abs=1.5), pytest.approx(place[1], abs=1.5))
    assert canvas.camera.zoom > 1.5
    assert canvas.camera.rotation == pytest.approx(38, abs=2)
    touching.up()


def test_a_pinch_that_hardly_turns_does_not_turn_the_view(touching: Touching, canvas: CanvasView) -> None:
    touching.at((150, 150), (250, 150))
    touching.at((130, 146), (280, 155))
    touching.up()
    assert canvas.camera.rotation == 0
    assert canvas.camera.zoom == pytest.approx(1.5, abs=0.05)


def test_the_finger_that_stays_after_a_gesture_paints_nothing(
    touching: Touching, canvas: CanvasView, editor: Editor
) -> None:
    touching.at((150, 150), (250, 150))
    touching.at((160, 150), (260, 150))
    sequence = QTest.touchEvent(canvas, touching.device, False)
    sequence.release(1, QPoint(260, 150), canvas)
    sequence.stationary(0)
    sequence.commit()
    touching.down = {0: (160, 150)}
    touching.at((220, 200))
    touching.up()
    assert not editor.document.history.can_undo


def test_once_a_pen_is_used_a_finger_only_moves_the_view(
    touching: Touching, canvas: CanvasView, hand: Hand, editor: Editor
) -> None:
    hand.pen((50, 50, 1.0), (60, 50, 1.0), (70, 50, 1.0))
    before = canvas.camera.to_view(Point(0, 0))
    touching.at((150, 150))
    touching.at((180, 150))
    touching.up()
    assert (canvas.camera.to_view(Point(0, 0)) - before).x() == pytest.approx(30, abs=1)
    editor.document.history.undo()
    assert not editor.document.history.can_undo
