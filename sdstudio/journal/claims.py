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

_ATTEMPTS = 100  # each fails only when another window lets go at that moment


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
        for _ in range(_ATTEMPTS):
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
            if _is_at(handle, self._lock_of(path)):
                self._handles[path] = handle
                return True
            os.close(handle)  # who had it let go between our two calls, and took the file away
        return False

    def keep_only(self, path: Path | None) -> None:
        """Let go of all files but `path`."""
        kept = path.resolve() if path is not None else None
        for claimed in [claimed for claimed in self._handles if claimed != kept]:
            with contextlib.suppress(OSError):
                self._lock_of(claimed).unlink()  # while it is ours: later it might be another window's
            os.close(self._handles.pop(claimed))
            if sys.platform == "win32":  # where only what nobody holds can be removed
                with contextlib.suppress(OSError):
                    self._lock_of(claimed).unlink()

    def _lock_of(self, path: Path) -> Path:
        return self._folder / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}.lock"


def _is_at(handle: int, path: Path) -> bool:
    """Whether the open file is the one at `path`; a lock on a file that was removed keeps nobody out."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


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
