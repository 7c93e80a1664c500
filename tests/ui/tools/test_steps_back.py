"""Undo and redo of what a tool has begun and not applied: the window's own actions and real drags."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import filled
from sdstudio.ui.main_window import MainWindow
from sdstudio.ui.tools.crop import CropTool
from sdstudio.ui.tools.path import PathTool
from sdstudio.ui.tools.trail import Trail
from sdstudio.ui.tools.transform import TransformTool
from tests.helpers.drawing import active_surface, fingerprint
from tests.helpers.hand import Hand
from tests.ui.conftest import engine, settings, studio, window

__all__ = ["engine", "settings", "studio", "window"]

BLOCK = Bounds(40, 30, 40, 20)


class Steps:
    """The window with one tool in the hand, and the two entries of the Edit menu."""

    def __init__(self, window: MainWindow, tool: str) -> None:
        self.window, self.hand = window, Hand(window.canvas)
        self.document = window.editor.document
        active_surface(self.document).write(BLOCK, filled(BLOCK.width, BLOCK.height, QColor("red")))
        window.toolbox.set_active(tool)
        window.canvas.setFocus()
        self.tool = window.toolbox.active

    def undo(self, times: int = 1) -> None:
        for _ in range(times):
            assert self.window.actions_by_id["edit.undo"].isEnabled()
            self.window.actions_by_id["edit.undo"].trigger()

    def redo(self, times: int = 1) -> None:
        for _ in range(times):
            assert self.window.actions_by_id["edit.redo"].isEnabled()
            self.window.actions_by_id["edit.redo"].trigger()


@pytest.fixture
def transforming(window: MainWindow) -> Steps:
    return Steps(window, "transform")


def test_undo_takes_back_one_drag_of_a_transform_and_redo_brings_it_again(transforming: Steps) -> None:
    tool, hand = transforming.tool, transforming.hand
    assert isinstance(tool, TransformTool)
    before = fingerprint(transforming.document)
    hand.drag((80, 50), (100, 60))
    wide = tool.transform
    hand.drag((48, 36), (58, 41))
    moved = tool.transform
    transforming.undo()
    assert tool.transform == wide
    transforming.undo()
    assert not tool.is_active
    transforming.redo(2)
    assert tool.transform == moved
    assert fingerprint(transforming.document) == before, "all of it is still floating"
    hand.key(Qt.Key.Key_Return)
    transforming.undo()
    assert fingerprint(transforming.document) == before
    assert not tool.is_active


def test_escape_cancels_all_of_a_transform(transforming: Steps) -> None:
    transforming.hand.drag((80, 50), (100, 60))
    transforming.hand.drag((48, 36), (58, 41))
    transforming.hand.key(Qt.Key.Key_Escape)
    assert not transforming.tool.is_active
    assert not transforming.window.actions_by_id["edit.redo"].isEnabled()


def test_a_drag_after_undo_begins_another_way(transforming: Steps) -> None:
    transforming.hand.drag((80, 50), (100, 60))
    transforming.undo()
    transforming.hand.drag((48, 36), (58, 41))
    assert not transforming.tool.can_redo


def test_a_step_of_the_document_ends_the_redo_of_a_transform(transforming: Steps) -> None:
    transforming.hand.drag((80, 50), (100, 60))
    transforming.undo()
    transforming.window.actions_by_id["layer.add"].trigger()
    assert not transforming.tool.can_redo


def test_undo_and_redo_of_the_pivot(transforming: Steps) -> None:
    tool = transforming.tool
    assert isinstance(tool, TransformTool)
    transforming.hand.drag((48, 36), (58, 41))
    transforming.hand.drag((70, 45), (75, 47), keys=Qt.KeyboardModifier.AltModifier)
    tool.turn(90)
    turned = tool.transform
    transforming.undo(2)
    transforming.redo(2)
    tool.turn(-90)
    tool.turn(90)
    assert tool.transform == turned


def test_undo_takes_back_the_last_anchor_of_a_path(window: MainWindow) -> None:
    steps = Steps(window, "path")
    tool = steps.tool
    assert isinstance(tool, PathTool)
    for place in ((20, 20), (90, 20), (90, 90)):
        steps.hand.click(place)
    line = tool.line
    steps.undo()
    assert len(tool.line.anchors) == 2
    steps.redo()
    assert tool.line == line
    steps.undo(3)
    assert not tool.is_active
    assert not window.actions_by_id["edit.undo"].isEnabled()


def test_undo_takes_back_the_last_pull_of_a_crop(window: MainWindow) -> None:
    steps = Steps(window, "crop")
    tool = steps.tool
    assert isinstance(tool, CropTool)
    steps.hand.drag((20, 20), (100, 100))
    drawn = tool.area
    steps.hand.drag((60, 60), (64, 62))
    pulled = tool.area
    assert pulled != drawn
    steps.undo()
    assert tool.area == drawn
    steps.redo()
    assert tool.area == pulled
    steps.undo(2)
    assert not tool.is_active


def test_undo_takes_back_the_last_corner_of_a_polygon(window: MainWindow) -> None:
    steps = Steps(window, "polygon")
    for place in ((20, 20), (90, 20), (90, 90), (20, 90)):
        steps.hand.click(place)
    steps.undo(2)
    steps.redo()
    steps.hand.key(Qt.Key.Key_Return)
    selection = steps.document.selection
    assert selection.read(Bounds(80, 30, 1, 1)).min() == 255
    assert selection.read(Bounds(30, 80, 1, 1)).max() == 0, "the corner that was taken back"
    steps.undo()
    assert steps.document.selection.is_empty


class TestTrail:
    def test_quick_changes_of_one_kind_are_one_step(self) -> None:
        trail: Trail[int] = Trail()
        trail.leave(0, "width")
        trail.leave(1, "width")
        trail.leave(2, "height")
        assert trail.back(3) == 2
        assert trail.back(2) == 0
        assert not trail.can_go_back

    def test_what_has_no_kind_is_a_step_each_time(self) -> None:
        trail: Trail[int] = Trail()
        trail.leave(0)
        trail.leave(1)
        assert trail.back(2) == 1

    def test_a_change_of_the_same_kind_after_going_back_is_a_step(self) -> None:
        trail: Trail[int] = Trail()
        trail.leave(0)
        trail.leave(1, "width")
        assert trail.back(2) == 1
        trail.leave(1, "width")
        assert not trail.can_go_on
        assert trail.back(3) == 1
