"""The prompt's editor, by keys and eyes: weights, colours, mistakes, completion; and the line below it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QDesktopServices, QHelpEvent, QTextCharFormat
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolTip
from pytestqt.qtbot import QtBot

from sdstudio.models.info import ModelInfo
from sdstudio.prompting import styles, wildcards
from sdstudio.prompting.styles import Style
from sdstudio.ui.docks.prompt_line import PromptLine
from sdstudio.ui.docks.styles import StyleShelf
from sdstudio.ui.widgets.prompt import PromptEdit
from sdstudio.ui.widgets.prompt_completion import Names

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def edit(qtbot: QtBot) -> PromptEdit:
    made = PromptEdit("Prompt", "what", lines=3, most_lines=8)
    made.set_names(Names(["hat", "Helmet"], ["EasyNegative"], lambda: ["animals/cats", "colours"]))
    qtbot.addWidget(made)
    made.resize(300, 100)
    made.show()
    made.setFocus()
    return made


def format_at(edit: PromptEdit, place: int) -> QTextCharFormat:
    QApplication.processEvents()
    ranges = edit.document().firstBlock().layout().formats()
    return next(
        (QTextCharFormat(it.format) for it in ranges if it.start <= place < it.start + it.length), QTextCharFormat()
    )


def test_ctrl_up_and_down_change_the_weight_of_the_word_at_the_cursor(edit: PromptEdit) -> None:
    QTest.keyClicks(edit, "a red apple")
    QTest.keyClick(edit, Qt.Key.Key_Up, CONTROL)
    assert edit.text() == "a red (apple:1.1)"
    assert edit.textCursor().selectedText() == "apple"
    QTest.keyClick(edit, Qt.Key.Key_Up, CONTROL | SHIFT)
    assert edit.text() == "a red (apple:1.15)"
    for _ in range(2):
        QTest.keyClick(edit, Qt.Key.Key_Down, CONTROL)
    assert edit.text() == "a red (apple:0.95)"
    for _ in range(4):
        edit.undo()
    assert edit.text() == "a red apple"


def test_weights_beside_emoji_hit_the_right_characters(edit: PromptEdit) -> None:
    edit.set_text("🍎🍎 cat")
    edit.moveCursor(edit.textCursor().MoveOperation.End)
    QTest.keyClick(edit, Qt.Key.Key_Up, CONTROL)
    assert edit.text() == "🍎🍎 (cat:1.1)"


def test_signs_have_colours_and_plain_words_have_the_texts(edit: PromptEdit) -> None:
    edit.set_text("a (b:1.4) [c|d] <lora:x:1> __e__ # f")
    plain = format_at(edit, 0).foreground().color()
    shown = {kind: format_at(edit, place).foreground().color() for kind, place in
             {"weight": 3, "alternation": 10, "network": 18, "wildcard": 29, "comment": 34}.items()}  # fmt: skip
    assert len({color.name() for color in shown.values()} | {plain.name()}) == 6
    assert not edit.document().isUndoAvailable()


def test_a_mistake_is_underlined_and_explained_at_its_character(edit: PromptEdit, qtbot: QtBot) -> None:
    edit.set_text("a (b")
    assert format_at(edit, 2).underlineStyle() == QTextCharFormat.UnderlineStyle.WaveUnderline
    assert format_at(edit, 0).underlineStyle() == QTextCharFormat.UnderlineStyle.NoUnderline
    cursor = edit.textCursor()
    cursor.setPosition(2)
    place = edit.cursorRect(cursor).center() + QPoint(2, 0)
    event = QHelpEvent(QEvent.Type.ToolTip, place, edit.viewport().mapToGlobal(place))
    QApplication.sendEvent(edit.viewport(), event)
    assert QToolTip.text() == "“(” at character 3 is never closed, so it raises everything after it."


@pytest.mark.parametrize(
    ("typed", "made"),
    [
        ("a <lora:he", "a <lora:Helmet:1>"),
        ("a __col", "a __colours__"),
        ("easy", "EasyNegative"),
    ],
)
@pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_Return])
def test_names_are_completed(edit: PromptEdit, typed: str, made: str, key: Qt.Key) -> None:
    QTest.keyClicks(edit, typed)
    QTest.keyClick(edit, key)
    assert edit.text() == made
    assert edit.hasFocus()


def test_escape_closes_the_list_and_leaves_the_text(edit: PromptEdit) -> None:
    QTest.keyClicks(edit, "<lora:h")
    QTest.keyClick(edit, Qt.Key.Key_Escape)
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert edit.text() == "<lora:h\n"


def test_the_line_counts_tokens_and_shows_the_mistake(edit: PromptEdit, qtbot: QtBot) -> None:
    line = PromptLine(edit)
    qtbot.addWidget(line)
    edit.set_text("a photo of a cat (")
    qtbot.waitUntil(lambda: line._count.text() == "5 / 75")
    assert "character 18" in line._problem.text()
    edit.set_text("cat " * 80)
    qtbot.waitUntil(lambda: line._count.text() == "80 / 150")
    assert line._problem.text() == ""


def test_the_line_counts_as_the_model_reads(edit: PromptEdit, qtbot: QtBot) -> None:
    line = PromptLine(edit)
    qtbot.addWidget(line)
    line.resize(300, 60)
    line.show()
    qtbot.waitExposed(line)
    edit.set_text("cat " * 300)
    line.show_model(ModelInfo(id="m", title="m", path="nowhere", family="sd3"))
    qtbot.waitUntil(lambda: line._count.text() == "CLIP 300 / 300 · T5 300 / 255")
    assert line._problem.text() == "T5 reads the first 255 of these 300 tokens."
    qtbot.waitUntil(lambda: line._count.width() >= line._count.sizeHint().width())
    assert "CLIP reads 300 tokens in 4 pieces of 75" in line._count.toolTip()
    assert len(edit._cuts) == 4
    line.show_model(ModelInfo(id="m", title="m", path="nowhere", family="flux"))
    qtbot.waitUntil(lambda: line._count.text() == "T5 300 / 511")
    assert line._problem.text() == ""
    assert "CLIP reads 75 of 300 tokens" in line._count.toolTip()


def test_styles_are_saved_chosen_and_deleted(
    edit: PromptEdit, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDSTUDIO_HOME", str(tmp_path))
    shelf = StyleShelf(edit)
    shelf.save(Style("Ink", "ink {prompt}"))
    shelf.save(Style("Soft", "soft light"))
    shelf.save(Style("Ink", "black ink {prompt}"))
    assert [style.prompt for style in styles.read()] == ["soft light", "black ink {prompt}"]
    line = PromptLine(edit)
    qtbot.addWidget(line)
    line.show_styles(shelf.names, ("Soft",))
    line._fill()
    ink, soft = line._menu.actions()[1], line._menu.actions()[0]
    assert (ink.text(), ink.isChecked(), soft.isChecked()) == ("Ink", False, True)
    with qtbot.waitSignal(line.styles_chosen) as chosen:
        ink.trigger()
    assert chosen.args == [("Soft", "Ink")]
    shelf.delete("Ink")
    assert shelf.names == ["Soft"]


def test_a_table_of_styles_that_cannot_be_read_is_told(
    edit: PromptEdit, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDSTUDIO_HOME", str(tmp_path))
    styles.file().parent.mkdir(parents=True)
    styles.file().write_bytes(b"\xff\xff")
    shelf = StyleShelf(edit)
    with qtbot.waitSignal(shelf.failed) as told:
        shelf.look()
    assert "cannot be read" in told.args[0].message


def test_the_folder_of_wildcards_is_made_and_opened(
    edit: PromptEdit, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDSTUDIO_HOME", str(tmp_path))
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    line = PromptLine(edit)
    qtbot.addWidget(line)
    line._fill()
    next(action for action in line._menu.actions() if "wildcards" in action.text()).trigger()
    assert opened == [str(wildcards.folder())]
    assert wildcards.folder().is_dir()


def test_a_command_by_keys_closes_the_list(edit: PromptEdit) -> None:
    QTest.keyClicks(edit, "<lora:h")
    assert edit._completion.is_open
    QTest.keyClick(edit, Qt.Key.Key_Return, CONTROL)
    assert not edit._completion.is_open
    assert edit.text().startswith("<lora:h")


def test_what_compel_says_and_prompts_cannot_is_told_and_left(edit: PromptEdit) -> None:
    text = '("spider man", "robot mech").blend(1, 0.8)'
    edit.set_text(text)
    menus: list[QMenu] = []

    def choose() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        menus.append(menu)
        next(action for action in menu.actions() if "compel" in action.text()).trigger()
        menu.close()

    QTimer.singleShot(0, choose)
    edit.contextMenuEvent(
        QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(5, 5), edit.mapToGlobal(QPoint(5, 5)))
    )
    assert menus
    assert edit.text() == text
    assert "makes one text of several" in QToolTip.text()
