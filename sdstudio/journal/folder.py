"""Where the journals lie: makes new ones, and finds those that a crash has left. Must not know documents' content."""

from __future__ import annotations

import contextlib
import logging
import time
import uuid
from pathlib import Path

from sdstudio.journal.damage import JournalDamaged, JournalInUse
from sdstudio.journal.recovery import About, about
from sdstudio.journal.store import SUFFIX, Store, delete_files

log = logging.getLogger(__name__)

_BAD = ".bad"
_BAD_KEPT_S = 30 * 24 * 3600.0


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
            try:
                store = Store(path)
                try:
                    known = about(store)
                finally:
                    store.close()
            except JournalInUse:
                continue
            except (JournalDamaged, OSError) as error:
                self.put_aside(path, repr(error))
                continue
            if known.is_modified:
                found.append((path, known))
            else:
                delete_files(path)
        self._forget_bad()
        return sorted(found, key=lambda one: -one[1].changed_s)

    def put_aside(self, path: Path, why: str) -> None:
        """Keep a journal that cannot be read where nothing stumbles over it again."""
        log.warning("the journal %s is put aside: %s", path, why)
        with contextlib.suppress(OSError):
            path.replace(path.with_name(path.name + _BAD))

    def _forget_bad(self) -> None:
        for path in self.path.glob("*" + _BAD):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _BAD_KEPT_S:
                    path.unlink()
