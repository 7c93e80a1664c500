"""The brush editor changes the brush of the tool in the hand, and nothing else."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from sdstudio.brushes.library import Library
from sdstudio.document.document import Document
from sdstudio.raster.geometry import Extent
from sdstudio.raster.pixels import premultiplied
from sdstudio.raster.stamps import known
from sdstudio.settings import Settings
from sdstudio.ui.dialogs.brush_dynamics import BrushDynamics
from sdstudio.ui.dialogs.brush_editor import BrushEditor
from sdstudio.ui.dialogs.brush_pictures import PictureChoice, grey_of
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from sdstudio.ui.widgets.number import NumberField


@pytest.fixture
def editor(qtbot: QtBot) -> Editor:
    return Editor(Document.new(Extent(100, 100)))


@pytest.fixture
def toolbox(editor: Editor) -> Toolbox:
    return Toolbox(editor)


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def dialog(editor: Editor, toolbox: Toolbox, parent: QWidget, tmp_path: Path, qtbot: QtBot) -> BrushEditor:
    made = BrushEditor(editor, toolbox, Library(tmp_path / "none"), Settings(tmp_path / "settings.json"), parent)
    made.show()
    qtbot.waitExposed(made)
    return made


def number(dialog: BrushEditor, name: str) -> NumberField:
    page = dialog.tabs.currentWidget()
    [field] = [field for field in page.findChildren(NumberField) if field.accessibleName() == name]
    return field


def tips_of(dialog: BrushEditor) -> PictureChoice:
    [found] = [choice for choice in dialog.findChildren(PictureChoice) if choice._use == "tip"]
    return found


def test_numbers_change_the_brush_and_follow_it(dialog: BrushEditor, editor: Editor) -> None:
    number(dialog, "Roundness").setValue(30)
    assert editor.brushes["paint"].roundness == pytest.approx(0.3)
    editor.set_brush("paint", spacing=0.5)
    assert number(dialog, "Spacing").value() == 50


def test_it_follows_the_tool_in_the_hand(dialog: BrushEditor, editor: Editor, toolbox: Toolbox) -> None:
    paint = editor.brushes["paint"]
    toolbox.set_active("eraser")
    assert "Eraser" in dialog.windowTitle()
    number(dialog, "Hardness").setValue(12)
    assert editor.brushes["eraser"].hardness == pytest.approx(0.12)
    assert editor.brushes["paint"] == paint
    toolbox.set_active("pan")
    assert "Eraser" in dialog.windowTitle()


def test_the_stroke_shows_the_change(dialog: BrushEditor, editor: Editor, qtbot: QtBot) -> None:
    before = dialog._stroke.grab().toImage()
    editor.set_brush("paint", size=60, hardness=0)
    qtbot.waitUntil(lambda: dialog._stroke.grab().toImage() != before)


def test_a_picture_from_the_library_becomes_the_tip(dialog: BrushEditor, editor: Editor) -> None:
    tips = tips_of(dialog)
    item = tips.list.item(2)
    rect = tips.list.visualItemRect(item)
    QTest.mouseClick(tips.list.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert editor.brushes["paint"].tip == item.data(Qt.ItemDataRole.UserRole) != ""
    assert tips.list.currentItem() is item
    QTest.mouseClick(
        tips.list.viewport(), Qt.MouseButton.LeftButton, pos=tips.list.visualItemRect(tips.list.item(0)).center()
    )
    assert editor.brushes["paint"].tip == ""


def test_any_picture_file_becomes_a_tip(
    dialog: BrushEditor, editor: Editor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = np.full((40, 900, 3), 255, np.uint8)
    drawn[:, :450] = 0
    cv2.imwrite(str(tmp_path / "tip.png"), drawn)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "tip.png"), ""))
    tips_of(dialog).ask_load()
    tip = known(editor.brushes["paint"].tip)
    assert tip is not None
    assert max(tip.shape) == 512
    assert tip[:, 10].min() == 255
    assert tip[:, -10].max() == 0


def test_a_file_that_is_no_picture_is_refused(
    dialog: BrushEditor, editor: Editor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    (tmp_path / "a.png").write_bytes(b"?")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "a.png"), ""))
    with qtbot.waitSignal(dialog.failed):
        tips_of(dialog).ask_load()
    assert editor.brushes["paint"].tip == ""


def test_where_a_picture_is_transparent_its_tip_does_not_cover() -> None:
    image = QImage(10, 10, QImage.Format.Format_ARGB32)
    image.fill(QColor(255, 255, 255, 0))
    image.setPixelColor(3, 4, QColor(255, 255, 255, 200))
    grey = grey_of(premultiplied(image), dark_covers=True)
    assert grey[4, 3] == 200
    assert grey.sum() == 200


class TestDynamics:
    @pytest.fixture
    def page(self, dialog: BrushEditor) -> BrushDynamics:
        [found] = dialog.findChildren(BrushDynamics)
        dialog.tabs.setCurrentWidget(found)
        return found

    def choose(self, page: BrushDynamics, target: str) -> None:
        [item] = page.targets.findItems(target, Qt.MatchFlag.MatchExactly)
        page.targets.setCurrentItem(item)

    def test_what_follows_is_checked(self, page: BrushDynamics) -> None:
        checks = [page.sensors.item(row).checkState() for row in range(page.sensors.count())]
        assert checks[0] == Qt.CheckState.Checked
        assert set(checks[1:]) == {Qt.CheckState.Unchecked}

    def test_a_check_lets_a_property_follow(self, page: BrushDynamics, editor: Editor) -> None:
        self.choose(page, "Opacity")
        assert not page.curve.isEnabled()
        page.sensors.item(3).setCheckState(Qt.CheckState.Checked)
        assert editor.brushes["paint"].follows("opacity", "speed")
        assert page.curve.isEnabled()
        page.sensors.item(3).setCheckState(Qt.CheckState.Unchecked)
        assert not editor.brushes["paint"].follows("opacity", "speed")
        assert editor.brushes["paint"].follows("size", "pressure")

    def test_bending_the_curve_changes_only_that_pair(self, page: BrushDynamics, editor: Editor) -> None:
        self.choose(page, "Flow")
        page.sensors.item(0).setCheckState(Qt.CheckState.Checked)
        QTest.mouseClick(page.curve, Qt.MouseButton.LeftButton, pos=page.curve.rect().center())
        assert len(editor.brushes["paint"].curve("flow", "pressure")) == 3
        assert len(editor.brushes["paint"].curve("size", "pressure")) == 2

    def test_it_follows_a_brush_that_is_taken(self, page: BrushDynamics, editor: Editor) -> None:
        editor.set_brush("paint", dynamics=())
        assert page.sensors.item(0).checkState() == Qt.CheckState.Unchecked
