"""Rulers, grid, guides and snapping in the real window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sdstudio.document.guides import Guides, SetGuides, guides_of
from sdstudio.raster.geometry import Point
from sdstudio.settings import Settings
from sdstudio.ui.canvas.ruler import Reading, Ruler, label_step
from sdstudio.ui.dialogs.grid import GridDialog
from sdstudio.ui.main_window import MainWindow
from tests.helpers.hand import Hand


@pytest.fixture
def rulers(window: MainWindow) -> MainWindow:
    window.actions_by_id["view.rulers"].trigger()
    QApplication.processEvents()
    window.canvas.zoom_to(4)
    return window


def drag_from(window: MainWindow, ruler: Ruler, to: tuple[float, float], start: QPoint | None = None) -> None:
    """From a ruler to a place of the document."""
    start = start or QPoint(10, 10)
    end = ruler.mapFromGlobal(window.canvas.mapToGlobal(window.canvas.camera.to_view(Point(*to)).toPoint()))
    QTest.mousePress(ruler, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(ruler, (start + end) / 2)
    QTest.mouseMove(ruler, end)
    QTest.mouseRelease(ruler, Qt.MouseButton.LeftButton, pos=end)


def guides(window: MainWindow) -> Guides:
    return guides_of(window.editor.document)


def test_rulers_come_and_go_and_are_remembered(window: MainWindow) -> None:
    area = window.canvas_area
    before = window.canvas.width()
    assert not area.top.isVisible()
    window.actions_by_id["view.rulers"].trigger()
    QApplication.processEvents()
    assert area.top.isVisible()
    assert area.left.isVisible()
    assert window.canvas.width() < before
    assert '"rulers":true' in window.settings.get("view_aids")


def test_dragging_from_a_ruler_lays_a_guide_in_one_undo_step(rulers: MainWindow) -> None:
    drag_from(rulers, rulers.canvas_area.top, (60, 40))
    assert guides(rulers) == Guides(y=(40.0,))
    drag_from(rulers, rulers.canvas_area.left, (70, 30))
    assert guides(rulers) == Guides(x=(70.0,), y=(40.0,))
    rulers.actions_by_id["edit.undo"].trigger()
    assert guides(rulers) == Guides(y=(40.0,))


def test_a_guide_is_moved_by_its_mark_and_thrown_off_the_picture(rulers: MainWindow) -> None:
    rulers.editor.document.run(SetGuides(Guides(x=(30.0,))))
    top = rulers.canvas_area.top
    mark = QPoint(round(top.reading.place_of(30)), 15)
    drag_from(rulers, top, (50, 60), mark)
    assert guides(rulers) == Guides(x=(50.0,))
    mark = QPoint(round(top.reading.place_of(50)), 15)
    QTest.mousePress(top, Qt.MouseButton.LeftButton, pos=mark)
    QTest.mouseMove(top, mark + QPoint(0, 40))
    QTest.mouseRelease(top, Qt.MouseButton.LeftButton, pos=QPoint(40, -20))
    assert guides(rulers).is_empty


def test_with_the_move_tool_a_guide_is_dragged_on_the_canvas(window: MainWindow) -> None:
    window.editor.document.run(SetGuides(Guides(x=(30.0,))))
    hand = Hand(window.canvas)
    window.toolbox.set_active("brush")
    hand.drag((30, 20), (60, 20))
    assert guides(window) == Guides(x=(30.0,))  # the brush paints across it
    window.toolbox.set_active("move")
    hand.drag((30, 20), (40, 20), (60, 20))
    assert guides(window) == Guides(x=(60.0,))


def test_locked_guides_stay_and_say_so(rulers: MainWindow) -> None:
    rulers.editor.document.run(SetGuides(Guides(x=(30.0,))))
    rulers.actions_by_id["view.lock_guides"].trigger()
    assert guides(rulers).is_locked
    drag_from(rulers, rulers.canvas_area.top, (60, 40))
    assert guides(rulers) == Guides(x=(30.0,), is_locked=True)
    assert "locked" in rulers.notices.messages[-1]
    rulers.toolbox.set_active("move")
    Hand(rulers.canvas).drag((30, 20), (60, 20))
    assert guides(rulers).x == (30.0,)


def test_all_guides_are_removed_at_once(window: MainWindow) -> None:
    assert not window.actions_by_id["view.clear_guides"].isEnabled()
    window.editor.document.run(SetGuides(Guides(x=(30.0, 50.0), y=(10.0,))))
    window.actions_by_id["view.clear_guides"].trigger()
    assert guides(window).is_empty


def test_guides_and_grid_are_seen(window: MainWindow) -> None:
    window.canvas.zoom_to(2)
    hand = Hand(window.canvas)
    paper = hand.seen_at((30.2, 40))
    window.editor.document.run(SetGuides(Guides(x=(30.0,))))
    assert hand.seen_at((30.2, 40)) != paper
    window.actions_by_id["view.guides"].trigger()
    assert hand.seen_at((30.2, 40)) == paper
    window.actions_by_id["view.grid"].trigger()
    assert hand.seen_at((64.2, 40)) != paper


@pytest.mark.parametrize("degrees", [0, 20, -35, 90, 130, 180])
@pytest.mark.parametrize("mirrored", [False, True])
def test_rulers_read_true_however_the_view_is_turned(rulers: MainWindow, degrees: float, mirrored: bool) -> None:
    canvas = rulers.canvas
    canvas.rotate_by(degrees)
    if mirrored:
        canvas.mirror()
    for ruler in (rulers.canvas_area.top, rulers.canvas_area.left):
        reading = ruler.reading
        for place in (0.0, 57.0, 203.0):
            edge = QPointF(place, 0) if ruler is rulers.canvas_area.top else QPointF(0, place)
            at = canvas.camera.to_document(edge)
            assert reading.value_at(place) == pytest.approx(at.x if reading.axis == "x" else at.y, abs=1e-6)
            assert reading.place_of(reading.value_at(place)) == pytest.approx(place, abs=1e-6)
    axes = {Reading.of(canvas.camera, is_level=level).axis for level in (True, False)}
    assert axes == {"x", "y"}


@pytest.mark.parametrize(("zoom", "step"), [(0.02, 5000), (0.25, 500), (1.0, 100), (8.0, 10), (64.0, 1)])
def test_labels_stand_at_round_numbers_and_never_too_close(zoom: float, step: int) -> None:
    assert label_step(1 / zoom) == step
    assert step * zoom >= 56


def test_the_grid_can_be_set_and_set_back(window: MainWindow) -> None:
    window.actions_by_id["view.grid_settings"].trigger()
    dialog = window.findChild(GridDialog)
    assert isinstance(dialog, GridDialog)
    dialog._fields["spacing_x"].setValue(32)
    assert window.aids_control.aids.grid.spacing_x == 32
    assert window.aids_control.aids.grid_shown
    dialog.reject()
    assert window.aids_control.aids.grid.spacing_x == 64
    assert not window.aids_control.aids.grid_shown, "it was hidden before"


def test_damaged_memory_of_the_aids_means_the_defaults(window: MainWindow, settings: Settings) -> None:
    settings.set("view_aids", "{broken")
    from sdstudio.ui.aids_control import _remembered

    assert not _remembered(settings).rulers


def test_the_canvas_snaps_points_for_its_tools(window: MainWindow) -> None:
    window.canvas.zoom_to(1)
    window.editor.document.run(SetGuides(Guides(x=(30.0,))))
    assert window.canvas.snap(Point(35, 50)) == Point(30, 50)
    window.canvas.zoom_to(8)
    assert window.canvas.snap(Point(35, 50)) == Point(35, 50)  # farther away on the screen
    window.actions_by_id["view.snap_guides"].trigger()
    assert window.canvas.snap(Point(30.5, 50)) == Point(30.5, 50)


def test_the_pixel_grid_can_be_left_out(window: MainWindow) -> None:
    window.canvas.zoom_to(16)
    hand = Hand(window.canvas)
    assert hand.seen_at((60.0, 60.5)) != hand.seen_at((60.5, 60.5))
    window.actions_by_id["view.pixel_grid"].trigger()
    assert hand.seen_at((60.0, 60.5)) == hand.seen_at((60.5, 60.5))
