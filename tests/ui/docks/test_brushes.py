"""The Brushes panel: a click takes a brush and its tool; own brushes are kept, renamed, removed and exchanged."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from sdstudio.brushes.library import Library
from sdstudio.brushes.package import read_package
from sdstudio.document.document import Document
from sdstudio.errors import StudioError
from sdstudio.raster.geometry import Extent
from sdstudio.settings import Settings
from sdstudio.ui.dialogs.brush_name import BrushNameDialog
from sdstudio.ui.docks.brush_model import ENTRY_ROLE
from sdstudio.ui.docks.brushes import BrushesPanel
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "brushes")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings.json")


@pytest.fixture
def editor(qtbot: QtBot) -> Editor:
    return Editor(Document.new(Extent(100, 100)))


@pytest.fixture
def toolbox(editor: Editor) -> Toolbox:
    return Toolbox(editor)


@pytest.fixture
def panel(editor: Editor, toolbox: Toolbox, library: Library, settings: Settings, qtbot: QtBot) -> BrushesPanel:
    made = BrushesPanel(editor, toolbox, library, settings)
    qtbot.addWidget(made)
    made.resize(290, 500)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def refusals(panel: BrushesPanel) -> list[StudioError]:
    told: list[StudioError] = []
    panel.failed.connect(told.append)
    return told


def index_of(panel: BrushesPanel, name: str) -> QModelIndex:
    model = panel.view.model()
    for row in range(model.rowCount()):
        if model.index(row, 0).data() == name:
            return model.index(row, 0)
    raise AssertionError(f"{name} is not in sight")


def names(panel: BrushesPanel) -> list[str]:
    model = panel.view.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def click(panel: BrushesPanel, name: str) -> None:
    index = index_of(panel, name)
    panel.view.scrollTo(index)
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=panel.view.visualRect(index).center())


def save_as(panel: BrushesPanel, monkeypatch: pytest.MonkeyPatch, name: str, group: str = "Mine") -> None:
    def answer(dialog: BrushNameDialog) -> bool:
        dialog._name.setText(name)
        dialog._group.setCurrentText(group)
        return True

    monkeypatch.setattr(BrushNameDialog, "exec", answer)
    panel.ask_save()


@pytest.mark.parametrize(
    ("name", "tool_id", "kind"),
    [("Charcoal", "brush", "paint"), ("Soft eraser", "eraser", "eraser"), ("Wet blender", "smudge", "smudge")],
)
def test_a_click_takes_the_brush_and_its_tool(
    panel: BrushesPanel, editor: Editor, toolbox: Toolbox, name: str, tool_id: str, kind: str
) -> None:
    others = {other: brush for other, brush in editor.brushes.items() if other != kind}
    click(panel, name)
    assert toolbox.active.id == tool_id
    assert editor.brushes[kind] == index_of(panel, name).data(ENTRY_ROLE).preset.brush
    assert {other: brush for other, brush in editor.brushes.items() if other != kind} == others


def test_the_brush_of_the_tool_in_the_hand_is_marked(panel: BrushesPanel, toolbox: Toolbox) -> None:
    click(panel, "Charcoal")
    click(panel, "Soft eraser")
    toolbox.set_active("brush")
    assert panel.chosen is not None
    assert panel.chosen.preset.name == "Charcoal"
    toolbox.set_active("eraser")
    assert panel.chosen.preset.name == "Soft eraser"


def test_which_brush_it_was_is_known_at_the_next_start(panel: BrushesPanel, editor: Editor) -> None:
    click(panel, "Charcoal")
    again = Editor()
    again.from_json(editor.to_json())
    assert again.brushes["paint"] == editor.brushes["paint"]
    assert again.settings.presets == editor.settings.presets != {}


def test_every_brush_gets_a_picture(panel: BrushesPanel, qtbot: QtBot) -> None:
    delegate = panel.view.itemDelegate()
    entry = index_of(panel, "Pencil").data(ENTRY_ROLE)
    qtbot.waitUntil(lambda: delegate._previews.picture(entry.preset.kind, entry.preset.brush) is not None)
    image = delegate._previews.picture(entry.preset.kind, entry.preset.brush)
    assert image is not None
    assert any(image.pixelColor(x, image.height() // 2).alpha() > 0 for x in range(image.width()))


def test_words_and_groups_narrow_the_grid(panel: BrushesPanel) -> None:
    everything = names(panel)
    panel._search.setText("ERASER soft")
    assert names(panel) == ["Soft eraser"]
    panel._search.setText("nothing like this")
    assert names(panel) == []
    assert panel._empty.isVisible()
    panel._search.clear()
    panel._group.setCurrentText("Texture")
    panel._group.activated.emit(panel._group.currentIndex())
    assert "Charcoal" in names(panel)
    assert "Pencil" not in names(panel)
    panel._group.setCurrentIndex(0)
    panel._group.activated.emit(0)
    assert names(panel) == everything


def test_the_present_brush_is_kept_under_a_name(
    panel: BrushesPanel, editor: Editor, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor.set_brush("paint", size=77, roundness=0.4)
    save_as(panel, monkeypatch, "Flat one")
    assert panel.chosen is not None
    assert panel.chosen.preset.name == "Flat one"
    assert panel.chosen.preset.brush == editor.brushes["paint"]
    assert "Mine" in [panel._group.itemText(row) for row in range(panel._group.count())]
    assert [entry.preset.name for entry in Library(library._folder).entries if entry.is_own] == ["Flat one"]


def test_changes_can_be_put_into_an_own_brush(
    panel: BrushesPanel, editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_as(panel, monkeypatch, "Mine")
    assert not panel._update.isEnabled()
    editor.set_brush("paint", size=5)
    assert panel._update.isEnabled()
    panel._update.click()
    assert panel.chosen is not None
    assert panel.chosen.preset.brush.size == 5
    click(panel, "Pencil")
    editor.set_brush("paint", size=5)
    assert not panel._update.isEnabled()


def test_an_own_brush_is_renamed(panel: BrushesPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    save_as(panel, monkeypatch, "Old")

    def answer(dialog: BrushNameDialog) -> bool:
        assert dialog.name == "Old"
        dialog._name.setText("New")
        return True

    monkeypatch.setattr(BrushNameDialog, "exec", answer)
    panel.ask_rename()
    assert "New" in names(panel)
    assert "Old" not in names(panel)
    assert panel.chosen is not None
    assert panel.chosen.preset.name == "New"


def test_a_name_is_needed(panel: BrushesPanel) -> None:
    dialog = BrushNameDialog("Save", "", "Mine", ["Mine"], panel)
    ok = dialog._buttons.button(dialog._buttons.StandardButton.Ok)
    assert not ok.isEnabled()
    QTest.keyClicks(dialog._name, " x")
    assert ok.isEnabled()


def test_delete_removes_an_own_brush_after_a_question(panel: BrushesPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    save_as(panel, monkeypatch, "Mine")
    asked: list[str] = []

    def answer(box: QMessageBox) -> QMessageBox.StandardButton:
        asked.append(box.text())
        return QMessageBox.StandardButton.Cancel if len(asked) == 1 else QMessageBox.StandardButton.Discard

    monkeypatch.setattr(QMessageBox, "exec", answer)
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    assert "Mine" in names(panel)
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    assert "Mine" not in names(panel)
    assert "Mine" in asked[0]
    click(panel, "Pencil")
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    assert "Pencil" in names(panel)
    assert len(asked) == 2


def test_a_brush_is_given_away_and_taken_in(
    panel: BrushesPanel, editor: Editor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(panel, "Charcoal")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "gift"), ""))
    panel.ask_export()
    assert read_package(tmp_path / "gift.sdbrush").name == "Charcoal"
    click(panel, "Pencil")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(tmp_path / "gift.sdbrush")], ""))
    panel.ask_import()
    assert names(panel).count("Charcoal") == 2
    assert panel.chosen is not None
    assert panel.chosen.is_own
    assert editor.brushes["paint"] == panel.chosen.preset.brush


def test_a_bad_file_is_one_sentence_and_the_others_are_taken(
    panel: BrushesPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusals: list[StudioError]
) -> None:
    click(panel, "Charcoal")
    good, bad = tmp_path / "good.sdbrush", tmp_path / "bad.sdbrush"
    assert panel.chosen is not None
    panel._library.write_file(panel.chosen.id, good)
    bad.write_bytes(b"no")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(bad), str(good)], ""))
    panel.ask_import()
    assert [problem.message for problem in refusals] == ["“bad.sdbrush” is not a brush, or is damaged."]
    assert names(panel).count("Charcoal") == 2


def test_damaged_brushes_are_told_of_at_the_start(
    editor: Editor, toolbox: Toolbox, settings: Settings, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "lost").mkdir()
    (tmp_path / "lost" / "x.sdbrush").write_bytes(b"")
    panel = BrushesPanel(editor, toolbox, Library(tmp_path / "lost"), settings)
    qtbot.addWidget(panel)
    with qtbot.waitSignal(panel.failed) as told:
        pass
    assert "x.sdbrush" in told.args[0].message


def test_any_brush_can_be_used_for_the_eraser(panel: BrushesPanel, editor: Editor, toolbox: Toolbox) -> None:
    click(panel, "Charcoal")
    panel._menu.aboutToShow.emit()
    [use] = [action for action in panel._menu.actions() if "Eraser" in action.text()]
    use.trigger()
    assert toolbox.active.id == "eraser"
    assert editor.brushes["eraser"].tip == editor.brushes["paint"].tip != ""
