"""The history panel: one row for each state, a click goes there, and what was undone stays in sight."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from sdstudio.document.commands import SetLayer
from sdstudio.document.document import Document
from sdstudio.ui.docks.history import HistoryPanel
from sdstudio.ui.docks.history_model import SAVED_ROLE, UNDONE_ROLE
from sdstudio.ui.main_window import MainWindow
from tests.helpers.drawing import fingerprint
from tests.helpers.hand import Hand


@pytest.fixture
def panel(window: MainWindow) -> HistoryPanel:
    window.panels.raise_panel("history")
    Hand(window.canvas).drag((20, 20), (60, 60))
    Hand(window.canvas).drag((60, 20), (20, 60))
    return window.history_panel


def rows(panel: HistoryPanel, role: int = Qt.ItemDataRole.DisplayRole) -> list[object]:
    return [panel.model.index(row).data(role) for row in range(panel.model.rowCount())]


def click(panel: HistoryPanel, row: int) -> None:
    index: QModelIndex = panel.model.index(row)
    panel.view.scrollTo(index)
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=panel.view.visualRect(index).center())


def test_each_step_is_a_row_and_the_present_one_is_marked(panel: HistoryPanel) -> None:
    assert rows(panel) == ["Start", "Brush stroke", "Brush stroke"]
    assert panel.view.currentIndex().row() == 2


def test_a_click_goes_to_that_state_and_undone_ones_are_faint(window: MainWindow, panel: HistoryPanel) -> None:
    document = window.editor.document
    last = fingerprint(document)
    click(panel, 0)
    assert document.history.position == 0
    assert not document.is_modified
    assert rows(panel, UNDONE_ROLE) == [False, True, True]
    assert panel.view.currentIndex().row() == 0
    click(panel, 2)
    assert fingerprint(document) == last
    assert rows(panel, UNDONE_ROLE) == [False, False, False]


def test_the_keys_of_the_list_walk_through_the_states(window: MainWindow, panel: HistoryPanel) -> None:
    QTest.keyClick(panel.view, Qt.Key.Key_Up)
    assert window.editor.document.history.position == 1
    QTest.keyClick(panel.view, Qt.Key.Key_Down)
    assert window.editor.document.history.position == 2


def test_the_menu_and_the_panel_stay_in_step(window: MainWindow, panel: HistoryPanel) -> None:
    window.actions_by_id["edit.undo"].trigger()
    assert panel.view.currentIndex().row() == 1
    click(panel, 0)
    assert not window.actions_by_id["edit.undo"].isEnabled()
    assert window.actions_by_id["edit.redo"].isEnabled()


def test_a_new_step_drops_the_undone_rows(window: MainWindow, panel: HistoryPanel) -> None:
    click(panel, 1)
    document = window.editor.document
    document.run(SetLayer(document.active_id or "", name="Sky"))
    assert rows(panel) == ["Start", "Brush stroke", "Rename layer"]
    assert panel.view.currentIndex().row() == 2


def test_the_saved_state_is_marked(window: MainWindow, panel: HistoryPanel) -> None:
    window.editor.document.mark_saved()
    click(panel, 1)
    assert rows(panel, SAVED_ROLE) == [False, False, True]
    assert panel.model.index(2).data(Qt.ItemDataRole.AccessibleTextRole) == "Brush stroke, undone, saved"


def darkness(panel: HistoryPanel, row: int) -> int:
    """How many dark pixels the picture of a row has; -1 when there is none."""
    picture = panel.model.index(row).data(Qt.ItemDataRole.DecorationRole)
    if not isinstance(picture, QPixmap):
        return -1
    image = picture.toImage()
    return sum(image.pixelColor(x, y).lightness() < 128 for x in range(image.width()) for y in range(image.height()))


def test_each_state_gets_a_small_picture_of_itself(panel: HistoryPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: darkness(panel, 2) > 0)
    assert darkness(panel, 2) > darkness(panel, 1) > darkness(panel, 0) == 0


def test_steps_from_before_the_panel_was_opened_have_pictures(window: MainWindow, qtbot: QtBot) -> None:
    hand, panel = Hand(window.canvas), window.history_panel
    assert not panel.isVisible()
    for y in range(10, 110, 10):
        hand.drag((10, y), (100, y))
    window.panels.raise_panel("history")
    qtbot.waitUntil(lambda: all(darkness(panel, row) > 0 for row in range(1, 11)))
    amounts = [darkness(panel, row) for row in range(11)]
    assert amounts == sorted(amounts)
    assert amounts[0] == 0
    assert amounts[5] < amounts[10]


def test_another_document_has_its_own_list(window: MainWindow, panel: HistoryPanel) -> None:
    window.editor.set_document(Document.new(window.editor.document.extent))
    assert rows(panel) == ["Start"]


def test_steps_that_were_forgotten_are_said(window: MainWindow, panel: HistoryPanel) -> None:
    history = window.editor.document.history
    history.budget_bytes = 1
    Hand(window.canvas).drag((20, 100), (60, 100))
    assert rows(panel)[0] == "Older steps were forgotten"
    assert panel.view.currentIndex().row() == panel.model.rowCount() - 1
