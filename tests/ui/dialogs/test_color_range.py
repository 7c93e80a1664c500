from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from sdstudio.document.commands import EditSelection
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.masks import rectangle
from sdstudio.ui.dialogs.color_range import ColorRangeDialog
from sdstudio.ui.main_window import MainWindow
from tests.helpers.hand import Hand


def click(dialog: ColorRangeDialog, x: int, y: int, keys: Qt.KeyboardModifier) -> None:
    corner = dialog._picture._corner.toPoint()
    QTest.mouseClick(dialog._picture, Qt.MouseButton.LeftButton, keys, corner + QPoint(x, y))


@pytest.fixture
def painted(window: MainWindow) -> MainWindow:
    """A red and a blue dot on white."""
    hand = Hand(window.canvas)
    window.editor.set_brush("paint", size=30, hardness=1)
    for color, x in (("red", 30), ("blue", 90)):
        window.editor.foreground = QColor(color)
        hand.click((x, 60))
    return window


def opens(window: MainWindow, monkeypatch: pytest.MonkeyPatch, do: object, accept: bool) -> None:
    def exec(dialog: ColorRangeDialog) -> int:
        dialog.show()
        do(dialog)  # type: ignore[operator]
        return int(QDialog.DialogCode.Accepted if accept else QDialog.DialogCode.Rejected)

    monkeypatch.setattr(ColorRangeDialog, "exec", exec)
    window.actions_by_id["select.color_range"].trigger()


def at(window: MainWindow, x: int, y: int) -> int:
    return int(window.editor.document.selection.read(Bounds(x, y, 1, 1))[0, 0])


def test_it_begins_with_the_colour_in_use_and_takes_more_from_the_picture(
    painted: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(dialog: ColorRangeDialog) -> None:
        assert dialog.colors == [QColor("blue")]
        click(dialog, 30, 60, Qt.KeyboardModifier.ShiftModifier)
        assert dialog.colors == [QColor("blue"), QColor("red")]

    opens(painted, monkeypatch, work, accept=True)
    assert (at(painted, 30, 60), at(painted, 90, 60), at(painted, 60, 20)) == (255, 255, 0)
    assert painted.actions_by_id["edit.undo"].text() == "&Undo Select by colour range"


def test_a_plain_click_begins_anew_and_the_last_colour_can_be_removed(
    painted: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(dialog: ColorRangeDialog) -> None:
        click(dialog, 30, 60, Qt.KeyboardModifier.NoModifier)
        click(dialog, 5, 5, Qt.KeyboardModifier.ShiftModifier)
        dialog._remove.click()
        assert dialog.colors == [QColor("red")]
        assert not dialog._remove.isEnabled()

    opens(painted, monkeypatch, work, accept=True)
    assert (at(painted, 30, 60), at(painted, 90, 60), at(painted, 60, 20)) == (255, 0, 0)


def test_it_is_seen_on_the_canvas_and_cancel_takes_it_back(
    painted: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(dialog: ColorRangeDialog) -> None:
        dialog.changed.emit()
        assert at(painted, 90, 60) == 255

    opens(painted, monkeypatch, work, accept=False)
    assert painted.editor.document.selection.is_empty


def test_it_combines_with_what_is_selected(painted: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    painted.editor.document.run(EditSelection(rectangle(Bounds(0, 0, 128, 60))))

    def work(dialog: ColorRangeDialog) -> None:
        dialog._mode.setCurrentIndex(dialog._mode.findData("intersect"))

    opens(painted, monkeypatch, work, accept=True)
    assert (at(painted, 90, 55), at(painted, 90, 65), at(painted, 5, 5)) == (255, 0, 0)


def test_the_layer_alone_has_nothing_where_nothing_is_painted(
    painted: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted.editor.foreground = QColor("white")

    def work(dialog: ColorRangeDialog) -> None:
        dialog._source.setCurrentIndex(1)
        dialog._source.activated.emit(1)

    opens(painted, monkeypatch, work, accept=True)
    assert painted.editor.document.selection.is_empty


def test_a_colour_that_is_nowhere_is_said_over_the_picture(
    painted: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted.editor.foreground = QColor("#00ff00")

    def do(dialog: ColorRangeDialog) -> None:
        dialog._slider.setValue(0)
        picture = dialog._picture
        assert not picture.matches
        assert picture._shown == picture._picture, "there is something to click at"
        assert "Nothing here has this colour" in picture.accessibleDescription()
        without_words = dialog._picture.grab().toImage()
        corner = picture._corner.toPoint()
        assert without_words.pixelColor(corner + QPoint(5, 5)) == QColor("white")
        click(dialog, 5, 5, Qt.KeyboardModifier.NoModifier)
        assert picture.matches
        assert picture.accessibleDescription() == ""
        assert picture.grab().toImage() != without_words

    opens(painted, monkeypatch, do, accept=False)
