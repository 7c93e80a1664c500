from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QEvent, QObject, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QApplication

from sdstudio.document.commands import EditSelection, ResizeCanvas, SetLayer
from sdstudio.document.document import Document
from sdstudio.raster import masks
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.pixels import filled
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.hand import Hand


class PaintWatcher(QObject):
    """Notes which part of a widget is painted."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__()
        QApplication.processEvents()
        self.region = QRegion()
        canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.region += event.region()
        return False


def red_preview() -> QImage:
    return filled(8, 8, QColor("red"))


def test_the_document_is_seen_where_it_is(canvas: CanvasView, hand: Hand, editor: Editor) -> None:
    hand.drag((50, 50), (100, 50))
    hand.canvas.leaveEvent(QEvent(QEvent.Type.Leave))
    assert hand.seen_at((75, 50)) == QColor("red")
    assert hand.seen_at((75, 100)) == QColor("white")
    surround = hand.seen_at((-20, -20))
    assert surround.red() == surround.green() == surround.blue() != 255


def test_a_stroke_repaints_no_more_than_its_surroundings(canvas: CanvasView, hand: Hand, editor: Editor) -> None:
    editor.set_brush("paint", size=6)
    hand.press((20, 20))
    hand.move((22, 20))
    watcher = PaintWatcher(canvas)
    hand.move((40, 24))
    hand.move((48, 24))
    painted = watcher.region.boundingRect()
    at = canvas.camera.to_view(Point(20, 20)).toPoint()
    assert not painted.isEmpty()
    assert QRect(at.x() - 25, at.y() - 25, 80, 60).contains(painted)


def test_a_hidden_layer_vanishes_from_the_screen(canvas: CanvasView, hand: Hand, editor: Editor) -> None:
    hand.drag((50, 50), (100, 50))
    layer_id = editor.document.active_id
    assert layer_id is not None
    editor.document.run(SetLayer(layer_id, visible=False))
    canvas.leaveEvent(QEvent(QEvent.Type.Leave))
    assert hand.seen_at((75, 50)) == QColor("white")


def test_another_document_takes_the_place(canvas: CanvasView, hand: Hand, editor: Editor) -> None:
    old = editor.document
    editor.set_document(Document.new(Extent(40, 30), QColor("blue")))
    assert hand.seen_at((20.5, 15.5)) == QColor("blue")
    assert canvas.camera.zoom > 1
    watcher = PaintWatcher(canvas)
    old.layers_changed.emit()
    QApplication.processEvents()
    assert watcher.region.isEmpty()


def test_another_extent_is_followed(canvas: CanvasView, hand: Hand, editor: Editor) -> None:
    editor.document.run(ResizeCanvas(Bounds(0, 0, 150, 100)))
    assert hand.seen_at((140, 50)) == QColor("white")
    assert hand.seen_at((160, 50)) == hand.seen_at((-10, 50))


@pytest.mark.parametrize("rotation", [0, 37])
def test_the_wheel_zooms_to_the_pointer(canvas: CanvasView, hand: Hand, rotation: float) -> None:
    canvas.rotate_by(rotation)
    place = (71.0, 43.0)
    before, zoom = hand.in_view(place), canvas.camera.zoom
    hand.wheel(place, 3)
    after = hand.in_view(place)
    assert canvas.camera.zoom > zoom * 1.5
    assert math.hypot(after.x() - before.x(), after.y() - before.y()) < 1.5
    hand.wheel(place, -3)
    assert canvas.camera.zoom == pytest.approx(zoom)


def test_the_wheel_stops_where_pixels_are_exact(canvas: CanvasView, hand: Hand) -> None:
    canvas.zoom_to(0.93)
    hand.wheel((50, 50), 1)
    assert canvas.camera.zoom == 1
    hand.wheel((50, 50), 1)
    assert canvas.camera.zoom > 1


def test_a_pinch_zooms_and_turns(canvas: CanvasView, hand: Hand) -> None:
    place = (71.0, 43.0)
    before = hand.in_view(place)
    hand.pinch(Qt.NativeGestureType.ZoomNativeGesture, place, 0.5)
    assert canvas.camera.zoom == pytest.approx(1.5)
    hand.pinch(Qt.NativeGestureType.RotateNativeGesture, place, 20)
    assert canvas.camera.rotation == pytest.approx(20)
    after = hand.in_view(place)
    assert math.hypot(after.x() - before.x(), after.y() - before.y()) < 1.5


def test_a_fitted_view_stays_fitted_until_another_is_chosen(canvas: CanvasView) -> None:
    canvas.fit()
    small = canvas.camera.zoom
    canvas.resize(900, 800)
    assert canvas.camera.zoom > small
    canvas.zoom_to(1)
    middle = canvas.camera.to_document(canvas.middle)
    canvas.resize(600, 500)
    assert canvas.camera.zoom == 1
    assert canvas.camera.to_document(canvas.middle).distance(middle) <= 1


def test_zoom_rotation_and_mirror_keep_the_middle(canvas: CanvasView) -> None:
    middle = canvas.camera.to_document(canvas.middle)
    for change in (canvas.zoom_in, canvas.zoom_out, lambda: canvas.rotate_by(30), canvas.mirror, canvas.reset_rotation):
        change()
        assert canvas.camera.to_document(canvas.middle).distance(middle) <= 1.5
    assert canvas.camera.mirrored
    assert canvas.camera.rotation == 0


def test_the_window_hears_of_every_view_and_of_the_pointer(canvas: CanvasView, hand: Hand) -> None:
    views: list[float] = []
    places: list[Point | None] = []
    canvas.view_changed.connect(lambda: views.append(canvas.camera.zoom))
    canvas.cursor_moved.connect(places.append)
    canvas.zoom_to(2)
    canvas.zoom_to(2)
    assert views == [2]
    hand.hover((12, 34))
    canvas.leaveEvent(QEvent(QEvent.Type.Leave))
    assert places[0] is not None
    assert places[0].distance(Point(12, 34)) < 0.01
    assert places[-1] is None


@pytest.mark.parametrize("rotation", [0, 30])
def test_a_preview_is_shown_in_its_place_and_taken_away(canvas: CanvasView, hand: Hand, rotation: float) -> None:
    canvas.rotate_by(rotation)
    canvas.show_preview(red_preview(), Bounds(100, 50, 100, 80))
    assert hand.seen_at((150, 90)) == QColor("red")
    assert hand.seen_at((110, 60)) == QColor("red")
    assert hand.seen_at((90, 90)) == QColor("white")
    canvas.clear_preview()
    assert hand.seen_at((150, 90)) == QColor("white")


@pytest.mark.parametrize("form", [QImage.Format.Format_Grayscale8, QImage.Format.Format_Alpha8])
def test_a_preview_is_cut_out_by_its_mask(canvas: CanvasView, hand: Hand, form: QImage.Format) -> None:
    mask = QImage(100, 80, QImage.Format.Format_Grayscale8)
    mask.fill(0)
    painter = QPainter(mask)
    painter.fillRect(0, 0, 50, 80, QColor("white"))
    painter.end()
    mask.reinterpretAsFormat(form)
    canvas.show_preview(red_preview(), Bounds(100, 50, 100, 80), mask)
    assert hand.seen_at((120, 90)) == QColor("red")
    assert hand.seen_at((180, 90)) == QColor("white")


def test_ants_march_only_while_somebody_can_see_them(canvas: CanvasView, editor: Editor, toolbox: Toolbox) -> None:
    clock = canvas._ants_clock
    assert not clock.isActive()
    editor.document.run(EditSelection(masks.rectangle(Bounds(50, 50, 60, 40))))
    assert clock.isActive()
    toolbox.set_active("mask")  # its pattern says more
    assert not clock.isActive()
    toolbox.set_active("brush")
    assert clock.isActive()
    canvas.hide()
    assert not clock.isActive()
    canvas.show()
    assert clock.isActive()
    editor.document.history.undo()
    assert not clock.isActive()


def test_ants_run_along_the_edge_of_the_selection(canvas: CanvasView, hand: Hand, editor: Editor) -> None:
    editor.document.run(EditSelection(masks.rectangle(Bounds(50, 50, 60, 40))))
    QApplication.processEvents()
    image = canvas.grab().toImage()
    edge = [hand.in_view((x, 50)).toPoint() for x in range(52, 108)]
    colors = {image.pixelColor(at).name() for at in edge}
    assert "#000000" in colors
    assert "#ffffff" in colors
    assert hand.seen_at((80, 70)) == QColor("white")


def test_the_mask_tool_shows_the_mask_and_the_preview_hides_it(
    canvas: CanvasView, hand: Hand, editor: Editor, toolbox: Toolbox
) -> None:
    editor.document.run(EditSelection(masks.rectangle(Bounds(50, 50, 60, 40))))
    toolbox.set_active("mask")
    assert hand.seen_at((80, 70)) != QColor("white")
    canvas.show_preview(red_preview(), Bounds(50, 50, 60, 40))
    assert hand.seen_at((80, 70)) == QColor("red")
    canvas.clear_preview()
    assert hand.seen_at((80, 70)) == QColor("white")  # what came of it is to be seen
    toolbox.set_active("brush")
    assert hand.seen_at((80, 70)) == QColor("white")
    canvas.set_mask_color(QColor("blue"), always=True)
    assert hand.seen_at((80, 70)) != QColor("white")


def test_painting_on_the_mask_shows_it_again(canvas: CanvasView, hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    toolbox.set_active("mask")
    editor.set_brush("mask", size=30, hardness=1)
    hand.drag((50, 50), (150, 50))
    canvas.clear_preview()
    canvas.leaveEvent(QEvent(QEvent.Type.Leave))
    assert hand.seen_at((100, 50)) == QColor("white")
    hand.drag((50, 100), (150, 100))
    canvas.leaveEvent(QEvent(QEvent.Type.Leave))
    assert hand.seen_at((100, 50)) != QColor("white")


def test_the_context_box_is_drawn_with_its_label(canvas: CanvasView, hand: Hand) -> None:
    before = canvas.grab().toImage()
    canvas.set_context_box(Bounds(60, 60, 120, 80), "sees 120 × 80")
    QApplication.processEvents()
    after = canvas.grab().toImage()
    assert after != before
    left_edge = [hand.in_view((60, y)).toPoint() for y in range(70, 130)]
    assert any(after.pixelColor(at) != before.pixelColor(at) for at in left_edge)
    canvas.set_context_box(None)
    QApplication.processEvents()
    assert canvas.grab().toImage() == before


def test_the_outline_has_the_size_of_the_brush(canvas: CanvasView, hand: Hand, editor: Editor) -> None:
    editor.set_brush("paint", size=40)
    canvas.zoom_to(2)
    hand.hover((100, 100))
    image = canvas.grab().toImage()
    at = hand.in_view((100, 100))
    row = [image.pixelColor(int(at.x()) + dx, int(at.y())) for dx in range(60)]
    changed = [dx for dx, color in enumerate(row) if color != QColor("white")]
    assert changed
    assert abs(sum(changed) / len(changed) - 40) < 3


def test_the_canvas_is_named_and_takes_the_keys(canvas: CanvasView) -> None:
    assert canvas.accessibleName()
    assert canvas.focusPolicy().value & 0x2
    assert canvas.hasMouseTracking()


def test_a_mirrored_view_shows_the_document_mirrored(canvas: CanvasView, hand: Hand) -> None:
    hand.drag((50, 50), (80, 50))
    canvas.mirror()
    canvas.leaveEvent(QEvent(QEvent.Type.Leave))
    assert hand.seen_at((65, 50)) == QColor("red")
    assert hand.in_view((50, 50)).x() > hand.in_view((80, 50)).x()
    assert QPointF(hand.in_view((0, 0))).x() > canvas.middle.x()
