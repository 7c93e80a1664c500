from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sdstudio.raster.geometry import Point
from sdstudio.ui.docks.navigator import NavigatorPanel
from sdstudio.ui.main_window import MainWindow
from tests.helpers.hand import Hand


@pytest.fixture
def panel(window: MainWindow) -> NavigatorPanel:
    window.panels.raise_panel("navigator")
    QApplication.processEvents()
    found = window.panels["navigator"].findChild(NavigatorPanel)
    assert isinstance(found, NavigatorPanel)
    return found


def place_of(panel: NavigatorPanel, x: float, y: float) -> QPoint:
    """Where a place of the document is in the small picture."""
    area, scale = panel.map._picture_place()
    return (area.topLeft() + QPointF(x * scale, y * scale)).toPoint()


def test_the_whole_picture_is_seen_and_follows_painting(window: MainWindow, panel: NavigatorPanel) -> None:
    window.editor.foreground = QColor("red")
    window.editor.set_brush("paint", size=40, hardness=1)
    window.canvas.zoom_to(16)  # what is painted on is all that the canvas shows
    Hand(window.canvas).drag((60, 60), (62, 62))
    QTest.qWait(200)
    shown = panel.map.grab().toImage()
    assert shown.pixelColor(place_of(panel, 61, 61)) == QColor("red")
    assert shown.pixelColor(place_of(panel, 5, 5)) == QColor("white")


def test_dragging_moves_the_view_there(window: MainWindow, panel: NavigatorPanel) -> None:
    window.canvas.zoom_to(16)
    QTest.mousePress(panel.map, Qt.MouseButton.LeftButton, pos=place_of(panel, 30, 40))
    QTest.mouseMove(panel.map, place_of(panel, 100, 90))
    QTest.mouseRelease(panel.map, Qt.MouseButton.LeftButton, pos=place_of(panel, 100, 90))
    at = window.canvas.camera.to_document(window.canvas.middle)
    assert (at.x, at.y) == pytest.approx((100, 90), abs=1.5)


def test_zoom_rotation_and_mirror_go_both_ways(window: MainWindow, panel: NavigatorPanel) -> None:
    canvas = window.canvas
    panel._zoom.setValue(250)
    assert canvas.camera.zoom == 2.5
    panel._slider.setValue(300)
    assert canvas.camera.zoom == pytest.approx(8)
    assert panel._zoom.value() == 800
    panel._turn.setValue(30)
    assert canvas.camera.rotation == pytest.approx(30)
    canvas.reset_rotation()
    assert panel._turn.value() == 0
    panel._mirror.click()
    assert canvas.camera.mirrored
    canvas.mirror()
    assert not panel._mirror.isChecked()
    panel._fit.click()
    corner = canvas.camera.to_view(Point(0, 0))
    assert canvas.rect().contains(corner.toPoint())


def test_the_frame_shows_what_is_in_the_view(window: MainWindow, panel: NavigatorPanel) -> None:
    window.canvas.fit()
    whole = panel.map.grab().toImage()
    window.canvas.zoom_to(16)
    part = panel.map.grab().toImage()
    assert whole != part
    middle = place_of(panel, 64, 64)
    assert part.pixelColor(middle) == QColor("white")  # only a frame: what is inside stays to be seen
