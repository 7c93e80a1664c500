"""The database of one journal: who has it, the steps, and the tiles at each step. Bytes and plain values only.

A step is a position, a label, and the document without its pixels. The content of a tile at a position is what the
newest row at or below it says. Position `base` is the oldest state that is kept. Must not know documents or threads.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sdstudio.journal.damage import JournalDamaged, JournalInUse, JournalUnborn

SUFFIX = ".journal"
_BESIDE = ("-wal", "-shm", "-journal")
_APPLICATION_ID, _EDITION = 0x5344534A, 1
_PAGE_BYTES = 16384  # tiles take tens of KiB: on SQLite's usual pages of 4 KiB they cost four times as much to write
_SCHEMA = (
    "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE steps (position INTEGER PRIMARY KEY, label TEXT NOT NULL, tree BLOB, nbytes INTEGER NOT NULL)",
    "CREATE TABLE planes (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, depth INTEGER NOT NULL)",
    "CREATE TABLE tiles (plane INTEGER NOT NULL, x INTEGER NOT NULL, y INTEGER NOT NULL, position INTEGER NOT NULL, "
    "data BLOB NOT NULL)",
    "CREATE UNIQUE INDEX place ON tiles (plane, x, y, position)",
    "CREATE INDEX step ON tiles (position)",
)
_PROBLEMS = (sqlite3.Error, OverflowError)


@dataclass(frozen=True)
class Row:
    """One tile of one plane at one step; `data` is for `tiles.unpack`."""

    plane: str
    depth: int  # bytes a pixel
    x: int
    y: int
    position: int
    data: bytes


@dataclass(frozen=True)
class Step:
    position: int
    label: str
    tree: bytes | None  # None: as at the step before


class Store:
    """An open journal. Whoever has it open is the only one. sqlite3.Error passes through from all that writes."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Raises JournalInUse, JournalDamaged (JournalUnborn), or sqlite3.Error when a new one cannot be made."""
        self.path = path
        if not create and not path.is_file():
            raise JournalDamaged(f"{path} is not there")
        self._database = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        self._planes: dict[str, int] = {}
        try:
            self._own(create)
        except BaseException:
            self._database.close()
            raise

    def _own(self, create: bool) -> None:
        try:
            self._database.execute(f"PRAGMA page_size = {_PAGE_BYTES}")  # of a new one; others keep theirs
            self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._database.execute("PRAGMA trusted_schema = OFF")
            if not create:
                self.log_from_now_on()
            self._database.execute("PRAGMA synchronous = EXTRA")  # a removed rollback journal must not come back
            self._database.execute(f"PRAGMA journal_size_limit = {64 * 2**20}")
            self._database.execute("BEGIN IMMEDIATE")
            if create:
                self._make()
            self._check()
            self._planes = self._known_planes()
            self._database.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise JournalInUse(str(self.path)) from error
            if create:
                raise
            raise JournalDamaged(str(error)) from error
        except (sqlite3.DatabaseError, ValueError, TypeError) as error:
            raise JournalDamaged(str(error)) from error

    def _make(self) -> None:
        self._database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        self._database.execute(f"PRAGMA user_version = {_EDITION}")
        for statement in _SCHEMA:
            self._database.execute(statement)

    def _check(self) -> None:
        """Only a database with exactly our tables is read: a foreign one may hold triggers and views."""
        found = {sql for (sql,) in self._database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
        identity = [
            self._database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
        ]
        if not found and not any(identity):
            raise JournalUnborn("a journal without anything in it")
        if identity != [_APPLICATION_ID, _EDITION] or found != set(_SCHEMA):
            raise JournalDamaged("not a journal of this edition")

    def close(self) -> None:
        self._database.close()

    def delete(self) -> None:
        """Close and remove every file of the journal."""
        self.close()
        delete_files(self.path)

    # Writing

    def log_from_now_on(self) -> None:
        """Write what follows into SQLite's log first: a step then costs one wait for the disk.

        A new journal begins without the log, because its first state, which is all of the document, would pass the
        disk twice. Either way what was committed is safe.
        """
        self._database.execute("PRAGMA journal_mode = WAL")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is in the journal after it, or nothing is."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:  # SQLite has ended it by itself when the disk is full
                self._database.execute("ROLLBACK")
            self._planes = self._known_planes()
            raise

    def put_about(self, **values: str) -> None:
        self._database.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", values.items())

    def put_step(self, step: Step, rows: Iterable[Row]) -> None:
        """Add a step, or replace what is there at its position; rows of other tiles at this position stay."""
        nbytes = len(step.tree or b"")
        for row in rows:
            self._database.execute(
                "INSERT OR REPLACE INTO tiles VALUES (?, ?, ?, ?, ?)",
                (self._plane(row.plane, row.depth), row.x, row.y, row.position, row.data),
            )
            nbytes += len(row.data) + 64
        self._database.execute(
            "INSERT INTO steps VALUES (?, ?, ?, ?) ON CONFLICT (position) DO UPDATE SET label = excluded.label, "
            "tree = coalesce(excluded.tree, tree), nbytes = nbytes + excluded.nbytes",
            (step.position, step.label, step.tree, nbytes),
        )

    def forget_everything(self) -> None:
        """Make room for a new base."""
        for table in ("tiles", "steps", "planes"):
            self._database.execute(f"DELETE FROM {table}")
        self._planes = {}

    def forget_after(self, position: int) -> None:
        """Drop the steps that were undone and then replaced by another."""
        self._database.execute("DELETE FROM tiles WHERE position > ?", (position,))
        self._database.execute("DELETE FROM steps WHERE position > ?", (position,))

    def forget_before(self, base: int, whole: Iterable[Row]) -> None:
        """Let `base` be the oldest state. `whole` are the tiles that changed up to it, as they are there."""
        tree = self._all("SELECT tree FROM steps WHERE position <= ? AND tree NOT NULL ORDER BY position DESC", (base,))
        for row in whole:
            place = (self._plane(row.plane, row.depth), row.x, row.y)
            self._database.execute(
                "DELETE FROM tiles WHERE plane = ? AND x = ? AND y = ? AND position <= ?", (*place, base)
            )
            if row.data:
                self._database.execute("INSERT INTO tiles VALUES (?, ?, ?, ?, ?)", (*place, base, row.data))
        self._database.execute("DELETE FROM steps WHERE position < ?", (base,))
        self._database.execute(
            "INSERT OR REPLACE INTO steps VALUES (?, '', ?, 0)", (base, tree[0][0] if tree else None)
        )

    def _known_planes(self) -> dict[str, int]:
        return {str(name): int(id_) for id_, name in self._all("SELECT id, name FROM planes")}

    def _plane(self, name: str, depth: int) -> int:
        if name not in self._planes:
            cursor = self._database.execute("INSERT INTO planes (name, depth) VALUES (?, ?)", (name, depth))
            self._planes[name] = int(cursor.lastrowid or 0)
        return self._planes[name]

    # Reading

    def about(self) -> dict[str, str]:
        return {str(name): str(value) for name, value in self._read("SELECT name, value FROM about")}

    def steps(self) -> list[Step]:
        """All steps by position; the first is the base."""
        rows = self._read("SELECT position, label, tree FROM steps ORDER BY position")
        if any(type(position) is not int or not isinstance(tree, bytes | None) for position, _, tree in rows):
            raise JournalDamaged("a step of the wrong kind")
        return [Step(position, str(label), tree) for position, label, tree in rows]

    def rows(self, after: int | None = None, until: int | None = None) -> Iterator[Row]:
        """Tiles by plane and place, then by position: all, or the whole past of those that change in (after, until]."""
        touched, values = "tiles", tuple[int, ...]()
        if after is not None and until is not None:
            touched = (
                "(SELECT DISTINCT plane, x, y FROM tiles WHERE position > ? AND position <= ?) AS touched "
                "JOIN tiles USING (plane, x, y)"
            )
            values = (after, until)
        query = (
            f"SELECT planes.name, planes.depth, tiles.x, tiles.y, tiles.position, tiles.data FROM {touched} "
            "JOIN planes ON planes.id = tiles.plane ORDER BY tiles.plane, tiles.x, tiles.y, tiles.position"
        )
        try:
            for name, depth, x, y, position, data in self._database.execute(query, values):
                if until is None or position <= until:
                    yield Row(str(name), int(depth), int(x), int(y), int(position), bytes(data))
        except (*_PROBLEMS, ValueError, TypeError) as error:
            raise JournalDamaged(str(error)) from error

    def step_bytes(self) -> list[tuple[int, int]]:
        """(position, bytes) of all steps but the base, oldest first."""
        rows = self._all("SELECT position, nbytes FROM steps ORDER BY position")
        return [(int(position), int(nbytes)) for position, nbytes in rows[1:]]

    def _all(self, query: str, values: tuple[int, ...] = ()) -> list[tuple[Any, ...]]:
        return self._database.execute(query, values).fetchall()

    def _read(self, query: str) -> list[tuple[Any, ...]]:
        try:
            return self._all(query)
        except _PROBLEMS as error:
            raise JournalDamaged(str(error)) from error


def delete_files(path: Path) -> None:
    """Remove a journal and what SQLite keeps beside it. What cannot be removed stays: it is only a copy."""
    for end in ("", *_BESIDE):
        with contextlib.suppress(OSError):
            path.with_name(path.name + end).unlink()


def files_without_journal(folder: Path) -> list[Path]:
    """What SQLite kept beside journals that are not there any more: whoever deleted them was killed in the middle."""
    found = [(path, end) for end in _BESIDE for path in folder.glob("*" + SUFFIX + end)]
    return [path for path, end in found if not path.with_name(path.name.removesuffix(end)).exists()]
