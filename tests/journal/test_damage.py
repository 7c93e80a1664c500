"""Journals that are broken, foreign, full of lies or written to a full disk never stop anything."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from sdstudio.document.document import Document
from sdstudio.journal.damage import JournalDamaged, JournalInUse
from sdstudio.journal.folder import JournalFolder
from sdstudio.journal.journal import Journal
from sdstudio.journal.recovery import recover
from sdstudio.journal.store import Store
from sdstudio.raster.geometry import Extent
from tests.helpers.drawing import draw, fingerprint

ROUNDS = 150


@pytest.fixture
def written(tmp_path: Path, qapp: object) -> Path:
    """A journal of three strokes, closed as by a crash."""
    document = Document.new(Extent(300, 300))
    journal = Journal(tmp_path / "a.journal", document, pytest.fail)
    for x in (50, 150, 250):
        draw(document, (x, 20), (x, 280))
    journal.close(keep=True)
    return tmp_path / "a.journal"


def recovered(path: Path) -> Document:
    store = Store(path)
    try:
        return recover(store)
    finally:
        store.close()


def test_damaged_bytes_are_a_document_or_a_refusal(written: Path, tmp_path: Path) -> None:
    data, refused = written.read_bytes(), 0
    for seed in range(ROUNDS):
        chance = random.Random(seed)
        broken = bytearray(data)
        for _ in range(chance.choice((1, 3, 30))):
            at = chance.randrange(len(broken))
            broken[at : at + chance.choice((1, 4, 200))] = chance.randbytes(chance.choice((1, 4, 200)))
        if seed % 5 == 0:
            del broken[chance.randrange(len(broken)) :]
        path = tmp_path / f"{seed}.journal"
        path.write_bytes(broken)
        try:
            document = recovered(path)
            document.history.go_to(0)
        except JournalDamaged:
            refused += 1
        path.unlink()
    assert refused > ROUNDS // 10


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE steps SET tree = x'7b7d' WHERE position = 3",  # an empty table
        "UPDATE steps SET tree = x'5b' WHERE position = 0",
        """UPDATE steps SET tree = '{"root":{"is":"Popen","of":{}}}'""",
        """UPDATE steps SET tree = '{"extent":{"is":"Extent","of":{"width":99999999,"height":1}}}'""",
        "DELETE FROM steps WHERE position = 1",
        "UPDATE about SET value = 'far' WHERE name = 'position'",
        "UPDATE about SET value = '77' WHERE name = 'position'",
        "UPDATE tiles SET data = x'ff00'",
        "UPDATE tiles SET x = x + 99999999",
        "UPDATE planes SET depth = 3",
        "UPDATE tiles SET data = zeroblob(3000000) WHERE position = 1",
    ],
)
def test_lies_are_refused_or_harmless(written: Path, statement: str) -> None:
    database = sqlite3.connect(written)
    database.execute(statement)
    database.commit()
    database.close()
    try:
        document = recovered(written)
    except JournalDamaged:
        return
    assert document.extent == Extent(300, 300)
    assert document.root.children


def test_a_database_with_other_tables_is_not_opened(written: Path) -> None:
    database = sqlite3.connect(written)
    database.execute("CREATE TRIGGER t AFTER INSERT ON steps BEGIN DELETE FROM tiles; END")
    database.commit()
    database.close()
    with pytest.raises(JournalDamaged):
        Store(written)


def test_foreign_files_are_put_aside_and_the_good_one_is_found(written: Path) -> None:
    for name, data in (("text", b"hello"), ("empty", b""), ("zeros", bytes(9000))):
        (written.parent / f"{name}.journal").write_bytes(data)
    (written.parent / "folder.journal").mkdir()
    folder = JournalFolder(written.parent)
    assert [path.name for path, _ in folder.left_behind()] == ["a.journal"]
    assert (written.parent / "text.journal.bad").read_bytes() == b"hello"
    assert [path.name for path, _ in folder.left_behind()] == ["a.journal"], "and it stays so"


def test_what_a_kill_leaves_of_a_journal_without_work_is_cleared_away(written: Path) -> None:
    """Killed while a journal was made, and while one was deleted."""
    unborn, young, orphan = (written.parent / name for name in ("a0.journal", "b.journal", "gone.journal-wal"))
    for path in (unborn, young, orphan):
        path.write_bytes(b"")
    os.utime(unborn, (1, 1))
    assert [path.name for path, _ in JournalFolder(written.parent).left_behind()] == ["a.journal"]
    left = {path.name for path in written.parent.iterdir()}
    assert not left & {"a0.journal", "a0.journal.bad", "gone.journal-wal"}
    assert "b.journal" in left, "another window may just be making it"


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert JournalFolder(tmp_path / "gone").left_behind() == []


def test_a_journal_belongs_to_one(written: Path) -> None:
    store = Store(written)
    with pytest.raises(JournalInUse):
        Store(written)
    store.close()


def test_a_disk_that_is_full_for_a_while_costs_only_old_steps(tmp_path: Path, qapp: object) -> None:
    said: list[str] = []
    document = Document.new(Extent(300, 300))
    journal = Journal(tmp_path / "a.journal", document, said.append)
    draw(document, (50, 20), (50, 280))
    journal.flush()
    assert journal._store is not None
    database = journal._store._database
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages}")  # as if the disk were full
    for x in range(60, 240, 4):
        draw(document, (x, 20), (290 - x, 280))
    journal.flush()
    assert len(said) == 1
    for end in ("", "-wal"):
        shutil.copy(tmp_path / f"a.journal{end}", tmp_path / f"b.journal{end}")
    assert recovered(tmp_path / "b.journal").history.can_undo, "what was written before is still there"
    database.execute("PRAGMA max_page_count = 1000000")
    draw(document, (20, 150), (280, 150))
    last = fingerprint(document)
    draw(document, (20, 50), (280, 50))
    journal.close(keep=True)
    other = recovered(tmp_path / "a.journal")
    assert fingerprint(other) == fingerprint(document)
    other.history.undo()
    assert fingerprint(other) == last


def test_the_journal_stays_within_its_bound(tmp_path: Path, qapp: object) -> None:
    document = Document.new(Extent(300, 300))
    journal = Journal(tmp_path / "a.journal", document, pytest.fail)
    journal._most_step_bytes = 60_000
    for x in range(60, 240, 5):
        draw(document, (x, 20), (290 - x, 280))
    last = fingerprint(document)
    journal.close(keep=True)
    store = Store(tmp_path / "a.journal")
    assert sum(nbytes for _, nbytes in store.step_bytes()) <= 60_000
    other = recover(store)
    store.close()
    assert fingerprint(other) == last
    assert 0 < len(other.history.timeline) < 36
    other.history.go_to(0)
    other.history.go_to(len(other.history.timeline))
    assert fingerprint(other) == last


def test_steps_that_the_history_forgets_go_from_the_journal_too(tmp_path: Path, qapp: object) -> None:
    document = Document.new(Extent(300, 300))
    document.history.budget_bytes = 1
    journal = Journal(tmp_path / "a.journal", document, pytest.fail)
    for x in range(60, 240, 3):
        draw(document, (x, 20), (290 - x, 280))
    last = fingerprint(document)
    journal.close(keep=True)
    other = recovered(tmp_path / "a.journal")
    assert fingerprint(other) == last
    assert len(other.history.timeline) < 40


def test_going_back_beyond_what_the_journal_keeps_begins_it_anew(tmp_path: Path, qapp: object) -> None:
    document = Document.new(Extent(300, 300))
    journal = Journal(tmp_path / "a.journal", document, pytest.fail)
    journal._most_step_bytes = 20_000
    for x in range(60, 160, 2):
        draw(document, (x, 20), (290 - x, 280))
    journal.flush()
    document.history.go_to(1)
    before = fingerprint(document)
    draw(document, (20, 50), (280, 50))
    journal.close(keep=True)
    other = recovered(tmp_path / "a.journal")
    assert fingerprint(other) == fingerprint(document)
    other.history.undo()
    assert fingerprint(other) == before
