from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog

from sdstudio.app import Studio
from sdstudio.formats.palette import Palette, Swatch, read_palette, write_palette
from sdstudio.ui.docks.palettes import _PICTURE, PalettesPanel
from sdstudio.ui.main_window import MainWindow
from tests.helpers.hand import Hand


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, studio: Studio) -> PalettesPanel:
    monkeypatch.setenv("SDSTUDIO_HOME", str(tmp_path / "home"))
    studio.window.palettes_panel = panel = PalettesPanel(studio.editor, studio.settings)
    panel.failed.connect(studio.window.notices.error)
    studio.window.panels["palettes"].setWidget(panel)
    studio.window.panels.raise_panel("palettes")
    QApplication.processEvents()
    panel.choose("sixteen")
    return panel


def click(panel: PalettesPanel, index: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.mouseClick(panel.grid, Qt.MouseButton.LeftButton, keys, panel.grid.cell(index).center())


def color_of(panel: PalettesPanel, index: int) -> QColor:
    return QColor(*panel.palette_shown.swatches[index].rgb)


def test_a_click_takes_the_colour_and_ctrl_the_second_one(window: MainWindow, panel: PalettesPanel) -> None:
    click(panel, 3)
    assert window.editor.foreground == color_of(panel, 3)
    click(panel, 5, Qt.KeyboardModifier.ControlModifier)
    assert window.editor.background == color_of(panel, 5)
    assert window.editor.foreground == color_of(panel, 3)


def test_keys_reach_every_swatch(window: MainWindow, panel: PalettesPanel) -> None:
    click(panel, 0)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(panel.grid, key)
    assert panel.grid.current == 9  # eight in a row, as the palette wants it
    assert window.editor.foreground == color_of(panel, 9)


def test_a_colour_is_added_named_moved_and_removed_and_ours_comes_back(
    window: MainWindow, panel: PalettesPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = panel.palette_shown
    window.editor.foreground = QColor("#123456")
    panel._add.click()
    assert panel.palette_shown.swatches[16] == Swatch((0x12, 0x34, 0x56))
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Midnight", True))
    QTest.keyClick(panel.grid, Qt.Key.Key_F2)
    assert panel.palette_shown.swatches[16].name == "Midnight"
    start, to = panel.grid.cell(16).center(), panel.grid.cell(0).center()
    QTest.mousePress(panel.grid, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(panel.grid, start - QPoint(0, 20))
    QTest.mouseMove(panel.grid, to)
    QTest.mouseRelease(panel.grid, Qt.MouseButton.LeftButton, pos=to)
    assert panel.palette_shown.swatches[0].name == "Midnight"
    panel.choose("skin")
    panel.choose("sixteen")
    assert len(panel.palette_shown.swatches) == 17  # it was kept
    click(panel, 0)
    QTest.keyClick(panel.grid, Qt.Key.Key_Delete)
    assert panel.palette_shown == ours
    panel._drop.trigger()
    assert panel.palette_shown == ours
    assert not panel._drop.isEnabled()


def test_palettes_are_loaded_and_saved(
    window: MainWindow, panel: PalettesPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = Palette("From a friend", (Swatch((1, 2, 3), "Ink"),), 4)
    write_palette(tmp_path / "friend.gpl", theirs)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(tmp_path / "friend.gpl")], ""))
    panel.ask_load()
    assert panel.palette_shown == theirs
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "out"), ""))
    panel.ask_save()
    assert read_palette(tmp_path / "out.gpl") == theirs
    (tmp_path / "friend.gpl").write_text("not one")
    panel.ask_load()
    assert panel.palette_shown == theirs
    assert "not a palette" in window.notices.messages[-1]


def test_the_pictures_own_colours_can_be_kept(window: MainWindow, panel: PalettesPanel) -> None:
    window.editor.foreground = QColor("#c02040")
    window.editor.set_brush("paint", size=30, hardness=1)
    Hand(window.canvas).drag((20, 20), (100, 100))
    panel.choose(_PICTURE)
    colors = [swatch.rgb for swatch in panel.palette_shown.swatches]
    assert (0xC0, 0x20, 0x40) in colors
    assert colors[-1] == (255, 255, 255)
    panel._add.click()  # changing makes a palette of one's own of it
    assert panel._key != _PICTURE
    assert panel._drop.isEnabled()


def test_the_swatch_of_the_present_colour_is_marked(window: MainWindow, panel: PalettesPanel) -> None:
    window.editor.foreground = color_of(panel, 7)
    assert panel.grid.current == 7
    window.editor.foreground = QColor("#010203")
    assert panel.grid.current == -1
