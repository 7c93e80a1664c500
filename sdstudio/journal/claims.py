"""Which document files are open in a window now, so that two windows never fight over one.

A claim is a lock of the operating system on a small file in the user's data folder. It ends with the process, however
that ends. Must not know what is in the documents.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from pathlib import Path


class Claims:
    """The files that this window has open; usually one."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds the locks of all windows of this user; it is made when it is needed."""
        self._folder = folder
        self._handles: dict[Path, int] = {}

    def take(self, path: Path) -> bool:
        """Claim a file; False when another process has it. Where locks do not work nothing is refused."""
        path = path.resolve()
        if path in self._handles:
            return True
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._lock_of(path), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return True
        try:
            _lock(handle)
        except BlockingIOError:
            os.close(handle)
            return False
        except OSError:  # a file system without locks
            os.close(handle)
            return True
        self._handles[path] = handle
        return True

    def keep_only(self, path: Path | None) -> None:
        """Let go of all files but `path`."""
        kept = path.resolve() if path is not None else None
        for claimed in [claimed for claimed in self._handles if claimed != kept]:
            os.close(self._handles.pop(claimed))
            with contextlib.suppress(OSError):
                self._lock_of(claimed).unlink()

    def _lock_of(self, path: Path) -> Path:
        return self._folder / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}.lock"


def _lock(handle: int) -> None:
    """Lock without waiting. Raises BlockingIOError when another process has the lock."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError from error
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
