from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from sdstudio.app import Studio
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.settings import TABLE, Settings
from sdstudio.ui.dialogs.canvas_size import CanvasSizeDialog
from sdstudio.ui.dialogs.new_document import NewDocumentDialog
from sdstudio.ui.dialogs.preferences import PreferencesDialog
from sdstudio.ui.dialogs.shortcuts import ShortcutsDialog
from sdstudio.ui.main_window import MainWindow
from sdstudio.ui.widgets.number import NumberField


def named(dialog: QDialog, kind: type, name: str) -> object:
    return next(child for child in dialog.findChildren(kind) if child.accessibleName() == name)


def test_a_new_document_takes_preset_and_background(qtbot: QtBot) -> None:
    dialog = NewDocumentDialog(Extent(512, 512))
    qtbot.addWidget(dialog)
    dialog._preset.setCurrentIndex(dialog._preset.findText("Full HD, 1920 × 1080"))
    dialog._preset.activated.emit(dialog._preset.currentIndex())
    dialog._background.setCurrentIndex(1)
    assert (dialog.extent, dialog.background) == (Extent(1920, 1080), None)
    dialog._background.setCurrentIndex(0)
    assert dialog.background == QColor("white")


def test_a_size_that_cannot_be_is_said_and_not_taken(qtbot: QtBot) -> None:
    dialog = NewDocumentDialog(Extent(512, 512))
    qtbot.addWidget(dialog)
    ok = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)
    dialog._width.setValue(16384)
    dialog._height.setValue(16384)
    assert "megapixels" in dialog._problem.text()
    assert not ok.isEnabled()
    dialog._height.setValue(100)
    assert ok.isEnabled()


@pytest.mark.parametrize(
    ("anchor", "area"),
    [(0, Bounds(0, 0, 200, 300)), (4, Bounds(-50, -100, 200, 300)), (8, Bounds(-100, -200, 200, 300))],
)
def test_the_canvas_grows_away_from_its_anchor(qtbot: QtBot, anchor: int, area: Bounds) -> None:
    dialog = CanvasSizeDialog(Extent(100, 100))
    qtbot.addWidget(dialog)
    dialog._width.setValue(200)
    dialog._height.setValue(300)
    dialog._anchor.button(anchor).click()
    assert dialog.area == area


@pytest.mark.parametrize("height", [0, 300])
def test_no_sentence_or_field_of_the_preferences_is_cut(settings: Settings, qtbot: QtBot, height: int) -> None:
    dialog = PreferencesDialog(settings)
    qtbot.addWidget(dialog)
    if height:
        dialog.resize(dialog.width(), height)
    dialog.show()
    QApplication.processEvents()
    sentences = [one for one in dialog.findChildren(QLabel) if one.wordWrap() and one.text()]
    assert len(sentences) > 5
    assert [one.text() for one in sentences if one.height() < one.heightForWidth(one.width())] == []
    fields = [
        one
        for one in dialog.findChildren(QWidget)
        if isinstance(one, QLineEdit | QPushButton | QComboBox) and not isinstance(one.parent(), NumberField)
    ]
    assert [one for one in fields if one.height() < one.minimumSizeHint().height()] == []
    assert dialog.height() <= dialog.screen().availableSize().height()


def test_every_setting_with_a_label_has_a_field(settings: Settings, qtbot: QtBot) -> None:
    dialog = PreferencesDialog(settings)
    qtbot.addWidget(dialog)
    names = {child.accessibleName() for child in dialog.findChildren(object) if hasattr(child, "accessibleName")}
    assert {row.label for row in TABLE if row.label and row.kind != "texts by name"} <= names


def test_preferences_act_at_once(settings: Settings, qtbot: QtBot) -> None:
    dialog = PreferencesDialog(settings)
    qtbot.addWidget(dialog)
    theme = named(dialog, QComboBox, "Theme")
    theme.setCurrentIndex(1)
    theme.activated.emit(1)
    named(dialog, QCheckBox, "Show the picture while it forms").click()
    command = named(dialog, QLineEdit, "Engine command")
    command.setText("ssh box 'sd studio'")
    command.editingFinished.emit()
    assert (settings.get("theme"), settings.get("preview")) == ("light", False)
    assert settings.get("engine_command") == ["ssh", "box", "sd studio"]


def test_a_bad_value_is_said_and_not_taken(settings: Settings, qtbot: QtBot) -> None:
    dialog = PreferencesDialog(settings)
    qtbot.addWidget(dialog)
    color = named(dialog, QLineEdit, "Mask colour")
    color.setText("reddish")
    color.editingFinished.emit()
    assert "Mask colour" in dialog._problem.text()
    assert settings.get("mask_color") == "#e0457b"
    command = named(dialog, QLineEdit, "Engine command")
    command.setText("python 'x")
    command.editingFinished.emit()
    assert "quote" in dialog._problem.text()
    assert settings.get("engine_command") == []


def test_shortcuts_can_be_looked_up(window: MainWindow, qtbot: QtBot) -> None:
    dialog = ShortcutsDialog(window.keys)
    qtbot.addWidget(dialog)
    rows = dialog.findChild(QTreeWidget)
    QTest.keyClicks(dialog.findChild(QLineEdit), "REMOVES the selection")
    shown = [
        rows.topLevelItem(row).text(0)
        for row in range(rows.topLevelItemCount())
        if not rows.topLevelItem(row).isHidden()
    ]
    assert shown == ["Deselect"]


def test_a_key_can_be_given_to_another_action_and_brought_back(window: MainWindow, qtbot: QtBot) -> None:
    dialog = ShortcutsDialog(window.keys)
    qtbot.addWidget(dialog)
    dialog.show()
    rows = dialog.findChild(QTreeWidget)
    [invert] = rows.findItems("Invert", Qt.MatchFlag.MatchExactly)
    rows.setCurrentItem(invert)
    QTest.keyClick(dialog._edit.findChild(QLineEdit), Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert "Save" in dialog._note.text()
    dialog._use.click()
    actions = window.actions_by_id
    assert [key.toString() for key in actions["select.invert"].shortcuts()] == ["Ctrl+S"]
    assert actions["select.invert"].toolTip().endswith("(Ctrl+S)")
    assert actions["file.save"].shortcuts() == []
    assert actions["file.save"].toolTip() == actions["file.save"].statusTip()
    assert invert.text(1) == "Ctrl+S"
    rows.setCurrentItem(rows.findItems("Save", Qt.MatchFlag.MatchExactly)[0])
    dialog._usual.click()
    assert [key.toString() for key in actions["file.save"].shortcuts()] == ["Ctrl+S"]
    assert actions["select.invert"].shortcuts() == []


def test_chosen_keys_are_there_at_the_next_start(studio: Studio, qtbot: QtBot) -> None:
    studio.settings.set("shortcuts", {"tool.brush": "P", "file.save": "", "no.such.action": "Z"})
    assert studio.window.tool_bar.tool_actions["brush"].shortcut().toString() == "P"
    assert studio.window.actions_by_id["file.save"].shortcuts() == []


@pytest.mark.parametrize("id", ["edit.preferences", "help.shortcuts", "help.about"])
def test_each_dialog_opens_without_blocking(window: MainWindow, id: str, qtbot: QtBot) -> None:
    window.actions_by_id[id].trigger()
    [dialog] = window.findChildren(QDialog)
    assert dialog.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
