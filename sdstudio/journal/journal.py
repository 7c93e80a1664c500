"""Writes what happens to one document into its journal, on a thread of its own.

The GUI thread only takes a snapshot, which is cheap; comparing, packing and writing happen beside it, in order. Must
not know where journals lie or who asks for them.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtGui import QImage

from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.journal.damage import JournalDamaged, JournalInUse
from sdstudio.journal.squashing import whole_rows
from sdstudio.journal.state import describe
from sdstudio.journal.store import Row, Step, Store, delete_files
from sdstudio.journal.tiles import Values, is_patch, pack
from sdstudio.raster.pixels import view
from sdstudio.raster.tiles import Mask, TileKey

log = logging.getLogger(__name__)

MOST_STEP_BYTES = 512 * 2**20  # when the steps need more, the oldest become part of the base
_AT_ONCE = 32  # steps that are forgotten together, as it costs a look at all tiles they touch
_PACKED_AHEAD = 64  # tiles that are packed and not written yet
_WELL_AGAIN = 10  # writes in a row: on a disk that is nearly full every other one may work
_LONGEST_CHAIN = 16  # patches of one tile, until it is written whole again
_PROBLEMS = (sqlite3.Error, OSError, MemoryError, TypeError, JournalDamaged, JournalInUse)
Tiles = dict[TileKey, Any]
Change = tuple[str, TileKey, Values | None, Values | None]
"""The plane, the place, and the tile before and after."""


@dataclass(frozen=True)
class Moment:
    """A document as it was when its history changed. Positions count from the journal's first step."""

    tree: bytes
    planes: dict[str, Tiles]
    outside: dict[str, int]  # of the masks among the planes
    commands: tuple[Command, ...]
    oldest: int  # the position before the first of `commands`
    at: int
    saved_at: int | None

    def values(self, plane: str, tile: Any) -> Values | None:
        """The tile as (256, 256), 0 where nothing is; None for an absent one."""
        if isinstance(tile, QImage):
            return view(tile).view(np.uint32)[:, :, 0]
        return tile ^ np.uint8(self.outside.get(plane, 0)) if tile is not None else None

    def command_at(self, position: int) -> Command | None:
        index = position - self.oldest - 1
        return self.commands[index] if 0 <= index < len(self.commands) else None


class Journal:
    """Belongs to one document from when it is opened until it is closed."""

    def __init__(
        self, path: Path, document: Document, failed: Callable[[str], None], store: Store | None = None
    ) -> None:
        """Begin a journal at `path`, or go on with `store`, whose last state `document` is.

        `failed` hears, on the journal's thread, why nothing can be written; once, until all has been well for a while.
        """
        self.path = path
        self._document, self._failed, self._store = document, failed, store
        self._most_step_bytes = MOST_STEP_BYTES
        self._offset = self._base = store.steps()[0].position if store is not None else 0
        self._about: dict[str, str] = {}
        self._last: Moment | None = None
        self._chains: dict[tuple[str, TileKey], int] = {}
        self._step_bytes = sum(nbytes for _, nbytes in store.step_bytes()) if store is not None else 0
        self._well_for = _WELL_AGAIN
        self._jobs: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._packers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="journal-pack")
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()
        moment = self._capture(document)
        self._jobs.put((lambda: self._begin(moment())) if store is None else (lambda: self._go_on(moment())))
        document.history.changed.connect(self._on_history_changed)

    # The GUI thread's side

    def describe_file(self, **about: str) -> None:
        """What recovery shows: "name", and "path" when the document has a file."""
        self._jobs.put(lambda: self._guarded(lambda: self._put_about(about)))

    @property
    def document(self) -> Document:
        return self._document

    def flush(self, timeout_s: float | None = None) -> bool:
        """Return when everything that has happened is on the disk; False when that takes longer than `timeout_s`."""
        done = threading.Event()
        self._jobs.put(done.set)
        return done.wait(timeout_s)

    @property
    def is_open(self) -> bool:
        return self._thread.is_alive()

    def close(self, *, keep: bool) -> None:
        """End the journal; it is deleted unless `keep`."""
        self._document.history.changed.disconnect(self._on_history_changed)
        self._jobs.put(None)
        self._thread.join()
        self._packers.shutdown()
        if self._store is not None:
            self._store.close()
        if not keep:
            delete_files(self.path)

    def _on_history_changed(self) -> None:
        moment = self._capture(self._document)
        self._jobs.put(lambda: self._guarded(lambda: self._take(moment())))

    def _capture(self, document: Document) -> Callable[[], Moment]:
        """What is needed of `document` now; the rest of the work is the thread's."""
        snapshot, history = document.snapshot(), document.history
        commands, position, saved_at = history.timeline, history.position, history.saved_at
        oldest = self._offset + history.forgotten

        def moment() -> Moment:
            tree, planes = describe(snapshot)
            tiles = {name: {key: plane.tile(key) for key in plane} for name, plane in planes.items()}
            outside = {name: plane.outside for name, plane in planes.items() if isinstance(plane, Mask)}
            saved = None if saved_at is None else oldest + saved_at
            return Moment(tree, tiles, outside, commands, oldest, oldest + position, saved)

        return moment

    # The thread's side

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

    def _guarded(self, write: Callable[[], None]) -> None:
        try:
            write()
        except _PROBLEMS as error:
            self._last = None  # the next change writes everything anew
            if self._well_for >= _WELL_AGAIN:
                log.warning("the journal %s cannot be written: %r", self.path, error)
                self._failed(str(error))
            self._well_for = 0
        else:
            self._well_for += 1

    def _begin(self, moment: Moment) -> None:
        self._guarded(lambda: self._put_base(moment))

    def _go_on(self, moment: Moment) -> None:
        self._last = moment

    def _put_about(self, about: dict[str, str]) -> None:
        self._about |= about
        if self._store is not None:
            with self._store.transaction():
                self._store.put_about(**self._about)

    def _take(self, moment: Moment) -> None:
        before = self._last
        if before is None or self._store is None or moment.at < self._base:
            self._put_base(moment)
            return
        is_known = before.command_at(moment.at) is moment.command_at(moment.at)
        with self._store.transaction():
            if not is_known:
                self._put_step(before, moment)
            elif moment.at == before.at or moment.tree != before.tree:
                self._amend(before, moment)
            self._put_place(moment)
        self._last = moment
        self._forget_old(moment)

    def _put_base(self, moment: Moment) -> None:
        if self._store is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._store = Store(self.path, create=True)
        changes: list[Change] = [
            (name, key, None, moment.values(name, tile))
            for name, tiles in moment.planes.items()
            for key, tile in tiles.items()
        ]
        with self._store.transaction():
            self._store.forget_everything()
            self._store.put_step(Step(moment.at, "", moment.tree), self._rows(moment.at, changes))
            self._put_place(moment)
        self._store.log_from_now_on()
        self._last, self._base, self._step_bytes = moment, moment.at, 0

    def _put_step(self, before: Moment, moment: Moment) -> None:
        assert self._store is not None
        self._store.forget_after(moment.at - 1)
        command = moment.command_at(moment.at)
        tree = moment.tree if moment.tree != before.tree else None
        rows = list(self._rows(moment.at, _changes(before, moment)))
        self._store.put_step(Step(moment.at, command.label if command is not None else "", tree), rows)
        self._step_bytes += sum(len(row.data) for row in rows) + len(tree or b"")

    def _amend(self, before: Moment, moment: Moment) -> None:
        """The newest step has taken another one in, or something changed that is no step."""
        assert self._store is not None
        if moment.at == len(moment.commands) + moment.oldest:
            self._store.forget_after(moment.at)
        command = moment.command_at(moment.at)
        changes = _changes(before, moment) if moment.at == before.at else []
        # Written whole: a patch would have to be one against the step below.
        rows = self._rows(moment.at, [(name, key, None, after) for name, key, _, after in changes])
        self._store.put_step(Step(moment.at, command.label if command is not None else "", moment.tree), rows)

    def _put_place(self, moment: Moment) -> None:
        assert self._store is not None
        saved = "" if moment.saved_at is None else str(moment.saved_at)
        self._about |= {"position": str(moment.at), "saved_at": saved, "changed": str(time.time())}
        self._store.put_about(**self._about)

    def _rows(self, position: int, changes: list[Change]) -> Iterator[Row]:
        def row(change: Change) -> Row:
            name, key, old, new = change
            some = new if new is not None else old
            depth = some.dtype.itemsize if some is not None else 4
            chain = self._chains.get((name, key), _LONGEST_CHAIN)
            return Row(name, depth, *key, position, pack(old if chain < _LONGEST_CHAIN else None, new))

        begun = deque(self._packers.submit(row, change) for change in changes[:_PACKED_AHEAD])
        rest = iter(changes[_PACKED_AHEAD:])
        while begun:
            done = begun.popleft().result()
            begun.extend(self._packers.submit(row, change) for change in islice(rest, 1))
            place = (done.plane, (done.x, done.y))
            self._chains[place] = self._chains.get(place, 0) + 1 if is_patch(done.data) else 0
            yield done

    def _forget_old(self, moment: Moment) -> None:
        """Keep as many steps as the history does, within the bound."""
        assert self._store is not None
        if self._step_bytes <= self._most_step_bytes and moment.oldest - self._base < _AT_ONCE:
            return
        sizes, base = self._store.step_bytes(), self._base
        total = sum(nbytes for _, nbytes in sizes)
        enough = total if total <= self._most_step_bytes else self._most_step_bytes * 3 // 4
        for position, nbytes in sizes:
            if position >= moment.at or (position > moment.oldest and total <= enough):
                break
            base, total = position, total - nbytes
        if base > self._base:
            with self._store.transaction():
                self._store.forget_before(base, list(whole_rows(self._store, self._base, base)))
        self._base, self._step_bytes = base, total


def _changes(before: Moment, after: Moment) -> list[Change]:
    """Every tile that is another one."""
    changes: list[Change] = []
    for name in before.planes.keys() | after.planes.keys():
        old, new = before.planes.get(name, {}), after.planes.get(name, {})
        for key in old.keys() | new.keys():
            one, other = old.get(key), new.get(key)
            values = before.values(name, one), after.values(name, other)
            if one is not other and not _same(*values):
                changes.append((name, key, *values))
    return changes


def _same(one: Values | None, other: Values | None) -> bool:
    if one is None or other is None:
        some = other if one is None else one
        return some is None or not some.any()
    return np.array_equal(one, other)
