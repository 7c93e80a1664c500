"""Where the journals lie: makes new ones, and finds those that a crash has left. Must not know documents' content."""

from __future__ import annotations

import contextlib
import logging
import time
import uuid
from pathlib import Path

from sdstudio.journal.damage import JournalDamaged, JournalInUse, JournalUnborn
from sdstudio.journal.recovery import About, about
from sdstudio.journal.store import SUFFIX, Store, delete_files, files_without_journal

log = logging.getLogger(__name__)

_BAD = ".bad"
_MOST_HISTORIES, _MOST_BYTES = 20, 2**30  # of documents that were saved and closed
_BAD_KEPT_S = 30 * 24 * 3600.0
_BIRTH_S = 60.0  # more than making an empty journal takes


class JournalFolder:
    """A folder of the user's data; it is made when the first journal is written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def new_path(self) -> Path:
        """A name for a new journal that no other has."""
        return self.path / f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:8]}{SUFFIX}"

    def left_behind(self) -> list[tuple[Path, About]]:
        """The journals that hold unsaved work and that nobody has open, newest first.

        Never fails: those that cannot be read are put aside, those that hold nothing new are removed.
        """
        found = []
        for path in sorted(self.path.glob("*" + SUFFIX)):
            changed_s = _changed_s(path)  # to look into it may change it
            try:
                known = _read(path)
            except JournalInUse:
                continue
            except JournalUnborn:
                if time.time() - changed_s > _BIRTH_S:  # or another window may just be making it
                    delete_files(path)
                continue
            except (JournalDamaged, OSError) as error:
                self.put_aside(path, repr(error))
                continue
            if known.is_modified:
                found.append((path, known))
            elif not _is_history_of_its_file(known):
                delete_files(path)
        self._forget_rests()
        return sorted(found, key=lambda one: -one[1].changed_s)

    def history_of(self, file: Path) -> Path | None:
        """The journal with the undo steps of a file that was saved and closed, and not changed by anybody since."""
        for path in self._newest_first():
            with contextlib.suppress(JournalInUse, JournalDamaged, OSError):
                known = _read(path)
                if known.path == file and not known.is_modified and _is_history_of_its_file(known):
                    return path
        return None

    def forget_old(self) -> None:
        """Keep the histories of the files that were closed last, within a bound. Journals of crashes stay."""
        total = 0
        for index, path in enumerate(self._newest_first()):
            with contextlib.suppress(JournalInUse, JournalDamaged, OSError):
                known = _read(path)
                total += path.stat().st_size
                if not known.is_modified and (index >= _MOST_HISTORIES or total > _MOST_BYTES):
                    delete_files(path)

    def _newest_first(self) -> list[Path]:
        return sorted(self.path.glob("*" + SUFFIX), key=_changed_s, reverse=True)

    def put_aside(self, path: Path, why: str) -> None:
        """Keep a journal that cannot be read where nothing stumbles over it again."""
        log.warning("the journal %s is put aside: %s", path, why)
        with contextlib.suppress(OSError):
            path.replace(path.with_name(path.name + _BAD))

    def _forget_rests(self) -> None:
        """What was put aside long ago, and what belongs to no journal."""
        old = [path for path in self.path.glob("*" + _BAD) if time.time() - _changed_s(path) > _BAD_KEPT_S]
        for path in (*old, *files_without_journal(self.path)):
            with contextlib.suppress(OSError):
                path.unlink()


def file_state(file: Path) -> str:
    """What tells whether a file is still the same; empty when it is not there."""
    try:
        known = file.stat()
    except OSError:
        return ""
    return f"{known.st_size} {known.st_mtime_ns}"


def _is_history_of_its_file(known: About) -> bool:
    return bool(known.file_state) and known.path is not None and known.file_state == file_state(known.path)


def _read(path: Path) -> About:
    store = Store(path)
    try:
        return about(store)
    finally:
        store.close()


def _changed_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
