"""The picture before the last result beside the present one."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sdstudio.document.commands import AddLayer
from sdstudio.document.layers import PaintLayer
from sdstudio.generation.place import REQUEST_KEY
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.pixels import filled
from sdstudio.ui.main_window import MainWindow


@pytest.fixture
def result(window: MainWindow) -> PaintLayer:
    """A red picture over all of the white canvas, as a generation brings it."""
    layer = PaintLayer(name="apple", metadata={REQUEST_KEY: "{}"})
    extent = window.editor.document.extent
    layer.surface.write(Bounds.of(extent), filled(extent.width, extent.height, QColor("red")))
    window.editor.document.run(AddLayer(layer))
    return layer


def seen(window: MainWindow, x: float, y: float) -> QColor:
    QApplication.processEvents()
    at = window.canvas.camera.to_view(Point(x, y)).toPoint()
    return window.canvas.grab().toImage().pixelColor(at)


def test_a_line_divides_before_from_after_and_can_be_dragged(window: MainWindow, result: PaintLayer) -> None:
    assert seen(window, 20, 20) == QColor("red")
    window.actions_by_id["view.compare"].trigger()
    assert seen(window, 20, 90) == QColor("white")
    assert seen(window, 110, 90) == QColor("red")
    canvas = window.canvas
    line = QPointF(canvas.width() / 2, 40).toPoint()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=line)
    to = canvas.camera.to_view(Point(10, 0)).toPoint()
    QTest.mouseMove(canvas, to)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=to)
    assert seen(window, 20, 90) == QColor("red")
    assert seen(window, 4, 90) == QColor("white")
    assert not window.editor.document.history.redo_label  # nothing of this is an edit
    window.actions_by_id["view.compare"].trigger()
    assert seen(window, 4, 90) == QColor("red")


def test_the_other_side_follows_the_document(window: MainWindow, result: PaintLayer) -> None:
    window.actions_by_id["view.compare"].trigger()
    below = PaintLayer(name="blue")
    below.surface.write(Bounds(0, 0, 128, 128), filled(128, 128, QColor("blue")))
    window.editor.document.run(AddLayer(below, None, 1))
    QTest.qWait(250)
    assert seen(window, 20, 90) == QColor("blue")
    assert seen(window, 110, 90) == QColor("red")


def test_the_other_side_shows_a_stroke_while_it_is_drawn(window: MainWindow, result: PaintLayer) -> None:
    below = PaintLayer(name="sketch")
    window.editor.document.run(AddLayer(below, None, 1))
    window.editor.document.set_active(below.id)
    window.editor.foreground = QColor("blue")
    window.editor.set_brush("paint", size=40.0)
    window.actions_by_id["view.compare"].trigger()
    assert seen(window, 16, 60) == QColor("white")
    canvas, (start, end) = window.canvas, (Point(20, 60), Point(20, 110))
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=canvas.camera.to_view(start).toPoint())
    QTest.mouseMove(canvas, canvas.camera.to_view(end).toPoint())
    QTest.qWait(50)
    assert seen(window, 16, 60) == QColor("blue")
    assert window.editor.document.history.undo_label != "Paint"
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert seen(window, 16, 60) == QColor("white")
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=canvas.camera.to_view(end).toPoint())


def test_a_held_key_shows_all_of_it_before(window: MainWindow, result: PaintLayer) -> None:
    window.canvas.setFocus()
    QTest.keyPress(window.canvas, Qt.Key.Key_Backslash)
    assert seen(window, 20, 90) == QColor("white")
    assert seen(window, 110, 90) == QColor("white")
    QTest.keyRelease(window.canvas, Qt.Key.Key_Backslash)
    assert seen(window, 20, 90) == QColor("red")


def test_without_a_result_there_is_a_sentence_and_no_line(window: MainWindow) -> None:
    window.actions_by_id["view.compare"].trigger()
    assert not window.actions_by_id["view.compare"].isChecked()
    assert not window.compare_control.divider.is_shown
    assert "no generated layer" in window.notices.messages[-1]


def test_undoing_the_result_ends_the_comparison(window: MainWindow, result: PaintLayer) -> None:
    window.actions_by_id["view.compare"].trigger()
    window.actions_by_id["edit.undo"].trigger()
    QTest.qWait(250)
    assert not window.compare_control.divider.is_shown
    assert not window.actions_by_id["view.compare"].isChecked()


def test_a_hidden_result_is_compared_with_itself_shown(window: MainWindow, result: PaintLayer) -> None:
    window.actions_by_id["view.compare"].trigger()
    window.compare_control._last_id = result.id
    window.actions_by_id["layer.visible"].trigger()
    QTest.qWait(250)
    assert seen(window, 20, 90) == QColor("red")
    assert seen(window, 110, 90) == QColor("white")
