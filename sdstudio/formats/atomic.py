"""Writing a file so that at every moment either the old or the new one is there, whole.

Must not know what is written.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from sdstudio.errors import FileProblem


def _read_umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EROFS: "the disk can only be read",
    errno.EIO: "the disk does not answer as it should",
    errno.ENAMETOOLONG: "the name is too long",
}
_UMASK = _read_umask()  # once, at import: asking means setting it for a moment, for all threads


def write_atomically(path: Path, writer: Callable[[BinaryIO], None], *, keep_previous: bool = False) -> None:
    """Let `writer` fill a new file beside `path`, then put it in the place of the old one in one step.

    With `keep_previous` the version before stays as `path` with a "~" added. Raises FileProblem when anything fails;
    the old file is then untouched and nothing is left behind. A link is followed: its target is replaced.
    """
    path = Path(path)
    try:
        target = path.resolve()
        _write(target, writer, keep_previous)
    except OSError as error:
        raise FileProblem(_sentence(path, error), detail=repr(error)) from error


def previous_version(path: Path) -> Path:
    """Where `write_atomically` keeps the version before."""
    return path.with_name(path.name + "~")


def _write(target: Path, writer: Callable[[BinaryIO], None], keep_previous: bool) -> None:
    handle, name = tempfile.mkstemp(prefix=".sdstudio-", suffix=".part", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            writer(stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, _mode(target))
        if keep_previous and target.exists():
            _keep(target)
        os.replace(temporary, target)
    finally:
        with contextlib.suppress(OSError):  # it is gone when all went well
            temporary.unlink()
    _sync_folder(target.parent)


def _keep(target: Path) -> None:
    """A second name for the old version, so that `target` itself never goes missing."""
    beside = target.with_name(f".sdstudio-{target.name}.previous")
    with contextlib.suppress(FileNotFoundError):
        beside.unlink()
    try:
        try:
            os.link(target, beside)
        except OSError:  # a file system without hard links
            shutil.copy2(target, beside)
        os.replace(beside, previous_version(target))
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def _mode(target: Path) -> int:
    """The old file's permissions, or what the user's umask gives to a new one."""
    if target.exists():
        return target.stat().st_mode & 0o7777
    return 0o666 & ~_UMASK


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, where the system can; the file itself is safe already."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sentence(path: Path, error: OSError) -> str:
    reason = _REASONS.get(error.errno or 0) or {
        FileNotFoundError: f"the folder “{path.parent}” does not exist",
        NotADirectoryError: f"“{path.parent}” is not a folder",
        IsADirectoryError: "there is a folder of that name",
        PermissionError: "you have no permission to write there",
    }.get(type(error), (error.strerror or str(error)).rstrip(".").lower())
    return f"“{path.name}” could not be saved: {reason}. Nothing was changed on the disk."
