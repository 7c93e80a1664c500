"""A right click brings the brushes to the pointer."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from sdstudio.ui.brush_popup import BrushPopup
from sdstudio.ui.docks.brush_model import ENTRY_ROLE
from sdstudio.ui.main_window import MainWindow
from sdstudio.ui.widgets.number import NumberField
from tests.helpers.hand import Button, Hand, Keys


@pytest.fixture
def hand(window: MainWindow) -> Hand:
    return Hand(window.canvas)


def popup(window: MainWindow) -> BrushPopup:
    [found] = [one for one in window.findChildren(BrushPopup) if one.isVisible()]
    return found


def right_click(hand: Hand) -> None:
    hand._mouse(QEvent.Type.MouseButtonPress, (60, 60), Keys.NoModifier, Button.RightButton, Button.RightButton)


@pytest.mark.parametrize(("tool_id", "kind"), [("brush", "paint"), ("eraser", "eraser"), ("smudge", "smudge")])
def test_it_has_the_brushes_for_the_tool_in_the_hand(window: MainWindow, hand: Hand, tool_id: str, kind: str) -> None:
    window.toolbox.set_active(tool_id)
    right_click(hand)
    model = popup(window).grid.model()
    kinds = {model.index(row, 0).data(ENTRY_ROLE).preset.kind for row in range(model.rowCount())}
    assert kinds == {kind}
    assert window.screen().availableGeometry().contains(popup(window).geometry().topLeft())


def test_a_click_takes_the_brush_and_closes_it(window: MainWindow, hand: Hand, qtbot: QtBot) -> None:
    right_click(hand)
    grid = popup(window).grid
    index = grid.model().index(1, 0)
    entry = index.data(ENTRY_ROLE)
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=grid.visualRect(index).center())
    assert window.editor.brushes["paint"] == entry.preset.brush
    qtbot.waitUntil(lambda: not [one for one in window.findChildren(BrushPopup) if one.isVisible()])


def test_size_and_opacity_can_be_set_there(window: MainWindow, hand: Hand) -> None:
    right_click(hand)
    fields = {field.accessibleName(): field for field in popup(window).findChildren(NumberField)}
    fields["Size"].setValue(55)
    fields["Opacity"].setValue(40)
    brush = window.editor.brushes["paint"]
    assert (brush.size, brush.opacity) == (55, pytest.approx(0.4))


def test_a_tool_without_a_brush_has_none(window: MainWindow, hand: Hand) -> None:
    window.toolbox.set_active("rectangle")
    right_click(hand)
    assert not [one for one in window.findChildren(BrushPopup) if one.isVisible()]
    assert not window.editor.document.history.can_undo
