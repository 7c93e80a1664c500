"""What a crash leaves, and how the next start brings it back; two windows and one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListWidget, QMessageBox
from pytestqt.qtbot import QtBot

from sdstudio.app import Studio
from sdstudio.document.document import Document
from sdstudio.formats.openraster import write_document
from sdstudio.raster.geometry import Extent
from sdstudio.settings import Settings
from sdstudio.ui import theme
from sdstudio.ui.dialogs.recovery import RecoveryDialog
from sdstudio.worker.dispatcher import Dispatcher
from tests.helpers.drawing import draw, fingerprint
from tests.helpers.hand import Hand
from tests.helpers.scripted_engine import ScriptedEngine
from tests.ui.conftest import MODEL

Start = Callable[[], Studio]


@pytest.fixture
def start(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts the program; each time with the same folders."""
    theme.apply(cast(QApplication, QApplication.instance()), "dark")
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: QMessageBox.StandardButton.Discard)
    running: list[Studio] = []

    def begin() -> Studio:
        engine = cast(Dispatcher, ScriptedEngine())
        studio = Studio(Settings(tmp_path / "settings.json"), engine, [MODEL], tmp_path / "journals")
        studio.show()
        qtbot.addWidget(studio.window)
        qtbot.waitExposed(studio.window)
        qtbot.waitUntil(lambda: studio.dispatcher.state == "starting")
        running.append(studio)
        return studio

    yield begin
    for studio in running:
        studio.close()


def journals(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "journals").glob("*.journal"))


def crash(studio: Studio) -> str:
    """End without a word, as a signal does; returns what was on the canvas."""
    last = fingerprint(studio.editor.document)
    studio.close()
    return last


def dialog_of(studio: Studio) -> RecoveryDialog:
    [dialog] = studio.window.findChildren(RecoveryDialog)
    return dialog


def test_unsaved_work_is_offered_and_comes_back_with_its_history(start: Start, qtbot: QtBot, tmp_path: Path) -> None:
    first = start()
    Hand(first.window.canvas).drag((20, 20), (60, 60))
    Hand(first.window.canvas).drag((60, 20), (20, 60))
    last = crash(first)
    second = start()
    dialog = dialog_of(second)
    entry = dialog.findChild(QListWidget).item(0)
    assert entry.text().startswith("Untitled\nlast changed ")
    qtbot.waitUntil(lambda: not entry.icon().isNull())
    dialog.restore_button.click()
    document = second.editor.document
    assert fingerprint(document) == last
    assert document.is_modified
    assert [step.label for step in document.history.timeline] == ["Brush stroke", "Brush stroke"]
    second.window.actions_by_id["edit.undo"].trigger()
    assert document.history.position == 1
    Hand(second.window.canvas).drag((10, 90), (90, 90))
    last = crash(second)
    third = start()
    dialog_of(third).restore_button.click()
    assert fingerprint(third.editor.document) == last, "a restored document goes on being kept"
    assert len(journals(tmp_path)) == 1


def test_a_clean_close_leaves_nothing(start: Start, tmp_path: Path) -> None:
    studio = start()
    Hand(studio.window.canvas).drag((20, 20), (60, 60))
    assert journals(tmp_path)
    assert studio.window.close()
    assert journals(tmp_path) == []


def test_what_was_kept_for_later_is_offered_again_and_discarding_removes_it(start: Start, tmp_path: Path) -> None:
    first = start()
    Hand(first.window.canvas).drag((20, 20), (60, 60))
    crash(first)
    second = start()
    dialog_of(second).later_button.click()
    second.window.close()
    second.close()
    third = start()
    dialog_of(third).discard_button.click()
    third.window.close()
    assert journals(tmp_path) == []


def test_saved_work_is_not_offered(start: Start, tmp_path: Path, qtbot: QtBot) -> None:
    first = start()
    Hand(first.window.canvas).drag((20, 20), (60, 60))
    first.window.files._save_to(tmp_path / "a.ora", None)
    qtbot.waitUntil(lambda: not first.editor.document.is_modified)
    crash(first)
    second = start()
    assert second.window.findChildren(RecoveryDialog) == []


def test_a_restored_document_keeps_its_file(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "cup.ora"
    write_document(path, Document.new(Extent(64, 64)))
    first = start()
    first.window.files.open(path)
    draw(first.editor.document, (5, 5), (50, 50))
    before = path.read_bytes()
    crash(first)
    assert path.read_bytes() == before, "only Save writes the file"
    second = start()
    dialog_of(second).restore_button.click()
    assert second.editor.path == path
    assert second.window.windowTitle().startswith("cup.ora")


def test_a_damaged_journal_is_a_sentence_and_is_put_aside(start: Start, tmp_path: Path) -> None:
    first = start()
    Hand(first.window.canvas).drag((20, 20), (60, 60))
    crash(first)
    [path] = journals(tmp_path)
    data = bytearray(path.read_bytes())
    data[4096 : len(data)] = bytes(len(data) - 4096)
    path.write_bytes(data)
    second = start()
    for dialog in second.window.findChildren(RecoveryDialog):
        dialog.restore_button.click()
    Hand(second.window.canvas).drag((20, 20), (60, 60))
    assert second.editor.document.history.can_undo
    assert path.with_name(path.name + ".bad").exists()


def test_a_journal_that_cannot_be_written_is_said_once(start: Start, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "journals").write_text("a file where the folder should be")
    studio = start()
    qtbot.waitUntil(lambda: len(studio.window.notices.messages) == 1)
    Hand(studio.window.canvas).drag((20, 20), (60, 60))
    QTest.qWait(50)
    assert len(studio.window.notices.messages) == 1
    assert "safety copy" in studio.window.notices.messages[0]


def test_a_document_that_another_window_has_is_not_opened(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "cup.ora"
    write_document(path, Document.new(Extent(64, 64)))
    first, second = start(), start()
    first.window.files.open(path)
    present = second.editor.document
    second.window.files.open(path)
    assert second.editor.document is present
    assert second.window.notices.messages == ["“cup.ora” is open in another SD Studio window. Close it there first."]
    first.window.close()
    second.window.files.open(path)
    assert second.editor.path == path


def test_nor_is_it_written(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "cup.ora"
    write_document(path, Document.new(Extent(64, 64)))
    first, second = start(), start()
    first.window.files.open(path)
    before = path.read_bytes()
    second.window.files._save_to(path, None)
    assert path.read_bytes() == before
    assert "open in another" in second.window.notices.messages[0]


def test_a_journal_in_use_is_not_offered_to_another_window(start: Start) -> None:
    first = start()
    Hand(first.window.canvas).drag((20, 20), (60, 60))
    assert first.journaling is not None
    first.journaling.flush()
    second = start()
    assert second.window.findChildren(RecoveryDialog) == []


# Undo beyond the end of the program


def saved_and_closed(start: Start, path: Path, qtbot: QtBot) -> tuple[str, str]:
    """A document of two strokes, saved; its fingerprints with both and with the first one only."""
    studio = start()
    Hand(studio.window.canvas).drag((20, 20), (60, 60))
    first = fingerprint(studio.editor.document)
    Hand(studio.window.canvas).drag((60, 20), (20, 60))
    both = fingerprint(studio.editor.document)
    studio.window.files._save_to(path, None)
    qtbot.waitUntil(lambda: not studio.editor.document.is_modified)
    assert studio.window.close()
    return both, first


def test_a_saved_document_can_be_undone_when_it_is_opened_again(start: Start, tmp_path: Path, qtbot: QtBot) -> None:
    both, first = saved_and_closed(start, tmp_path / "a.ora", qtbot)
    second = start()
    assert second.window.findChildren(RecoveryDialog) == []
    second.window.files.open(tmp_path / "a.ora")
    document = second.editor.document
    assert (fingerprint(document), document.is_modified) == (both, False)
    assert second.editor.path == tmp_path / "a.ora"
    second.window.actions_by_id["edit.undo"].trigger()
    assert (fingerprint(document), document.is_modified) == (first, True)


def test_a_file_that_was_changed_meanwhile_is_read_itself(start: Start, tmp_path: Path, qtbot: QtBot) -> None:
    saved_and_closed(start, tmp_path / "a.ora", qtbot)
    other = Document.new(Extent(64, 64))
    write_document(tmp_path / "a.ora", other)
    second = start()
    second.window.files.open(tmp_path / "a.ora")
    assert second.editor.document.extent == Extent(64, 64)
    assert not second.editor.document.history.can_undo


def test_changes_that_were_thrown_away_leave_no_history(start: Start, tmp_path: Path, qtbot: QtBot) -> None:
    both, _ = saved_and_closed(start, tmp_path / "a.ora", qtbot)
    second = start()
    second.window.files.open(tmp_path / "a.ora")
    Hand(second.window.canvas).drag((10, 90), (90, 90))
    second.window.close()
    third = start()
    third.window.files.open(tmp_path / "a.ora")
    assert fingerprint(third.editor.document) == both
