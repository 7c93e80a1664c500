from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from sdstudio.document.commands import EditSelection
from sdstudio.document.document import Document
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.masks import rectangle
from sdstudio.raster.tiles import Mask
from sdstudio.ui.docks.channels import ChannelsPanel
from sdstudio.ui.main_window import MainWindow

LEFT, RIGHT = Bounds(0, 0, 64, 128), Bounds(40, 0, 88, 128)


@pytest.fixture
def panel(window: MainWindow) -> ChannelsPanel:
    window.actions_by_id["select.load"].trigger()
    QApplication.processEvents()
    assert window.channels_panel.isVisible()
    return window.channels_panel


def save(window: MainWindow, area: Bounds) -> None:
    window.editor.document.run(EditSelection(rectangle(area)))
    window.actions_by_id["select.save"].trigger()


def names(panel: ChannelsPanel) -> list[str]:
    return [panel.view.item(row).text() for row in range(panel.view.count())]


def test_what_is_kept_is_listed_with_a_picture(window: MainWindow, panel: ChannelsPanel) -> None:
    assert panel._empty.isVisible()
    save(window, LEFT)
    save(window, RIGHT)
    assert names(panel) == ["Selection 1", "Selection 2"]
    assert not panel._empty.isVisible()
    picture = panel.view.item(0).icon().pixmap(40, 40).toImage()
    assert (picture.pixelColor(5, 20).red(), picture.pixelColor(35, 20).red()) == (255, 0)
    window.actions_by_id["edit.undo"].trigger()
    assert names(panel) == ["Selection 1"]


def test_a_double_click_loads_and_the_buttons_combine(window: MainWindow, panel: ChannelsPanel) -> None:
    save(window, LEFT)
    document = window.editor.document
    document.run(EditSelection(Mask()))
    panel.view.itemDoubleClicked.emit(panel.view.item(0))
    assert document.selection.content_bounds() == LEFT
    for index, bounds in ((1, Bounds(0, 0, 128, 128)), (2, Bounds(64, 0, 64, 128)), (3, Bounds(40, 0, 24, 128))):
        document.run(EditSelection(rectangle(RIGHT)))
        panel._buttons[index].click()
        assert document.selection.content_bounds() == bounds


def test_renaming_in_the_list(window: MainWindow, panel: ChannelsPanel, qtbot: QtBot) -> None:
    save(window, LEFT)
    save(window, RIGHT)
    panel._buttons[4].click()
    field = panel.view.findChild(QLineEdit)
    QTest.keyClicks(field, "Sky")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: list(window.editor.document.channels) == ["Selection 1", "Sky"])
    assert names(panel) == ["Selection 1", "Sky"]
    panel.view.item(0).setText("Sky")  # taken
    qtbot.waitUntil(lambda: names(panel) == ["Selection 1", "Sky"])
    assert len([text for text in window.notices.messages if "already" in text]) == 1


def test_delete_forgets_it(window: MainWindow, panel: ChannelsPanel) -> None:
    save(window, LEFT)
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    assert names(panel) == []
    window.actions_by_id["edit.undo"].trigger()
    assert names(panel) == ["Selection 1"]


def test_another_document_has_its_own(window: MainWindow, panel: ChannelsPanel) -> None:
    save(window, LEFT)
    window.editor.set_document(Document.new(Extent(64, 64)))
    assert names(panel) == []
    assert not any(button.isEnabled() for button in panel._buttons)
