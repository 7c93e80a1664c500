from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from sdstudio.errors import FileProblem
from sdstudio.formats import atomic
from sdstudio.formats.atomic import previous_version, write_atomically


def write_new(stream: BinaryIO) -> None:
    stream.write(b"new ")
    stream.write(b"content")


class FailingCalls:
    """Lets the first `allowed` calls pass; then one fails, or with `persistent` all that follow."""

    def __init__(self, allowed: int, persistent: bool) -> None:
        self.left, self.persistent, self.failed = allowed, persistent, 0

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def maybe(*args: Any, **kwargs: Any) -> Any:
            self.left -= 1
            if self.left == -1 or (self.left < 0 and self.persistent):
                self.failed += 1
                raise OSError(errno.ENOSPC, "No space left on device")
            return call(*args, **kwargs)

        return maybe


class Stream:
    """A file whose writes and flushes can fail."""

    def __init__(self, stream: BinaryIO, calls: FailingCalls) -> None:
        self.stream = stream
        self.write, self.flush = calls.wrap(stream.write), calls.wrap(stream.flush)
        self.fileno = stream.fileno

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()


def folder_of(path: Path) -> dict[str, bytes]:
    return {entry.name: entry.read_bytes() for entry in path.parent.iterdir()}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "picture.ora"
    path.write_bytes(b"old")
    return path


def test_the_new_file_takes_the_place_of_the_old_one(old: Path) -> None:
    write_atomically(old, write_new)
    assert folder_of(old) == {"picture.ora": b"new content"}


def test_the_version_before_is_kept_when_asked(old: Path) -> None:
    write_atomically(old, write_new, keep_previous=True)
    assert folder_of(old) == {"picture.ora": b"new content", "picture.ora~": b"old"}
    write_atomically(old, lambda stream: None, keep_previous=True)
    assert folder_of(old) == {"picture.ora": b"", "picture.ora~": b"new content"}
    assert previous_version(old).name == "picture.ora~"


def test_a_first_version_has_nothing_before_it(tmp_path: Path) -> None:
    write_atomically(tmp_path / "first.ora", write_new, keep_previous=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["first.ora"]


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("keep", [False, True])
def test_whichever_call_fails_the_old_file_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, persistent: bool, keep: bool
) -> None:
    """Fail the 1st, 2nd, 3rd … call until the whole passes without one."""
    problems: list[FileProblem] = []
    for allowed in range(100):
        path = tmp_path / str(allowed) / "picture.ora"
        path.parent.mkdir()
        path.write_bytes(b"old")
        calls = FailingCalls(allowed, persistent)
        with monkeypatch.context() as patch:
            fdopen = os.fdopen
            patch.setattr(tempfile, "mkstemp", calls.wrap(tempfile.mkstemp))
            patch.setattr(os, "fdopen", lambda *args, f=fdopen, c=calls: Stream(f(*args), c))
            patch.setattr(shutil, "copy2", calls.wrap(shutil.copy2))
            for name in ("fsync", "chmod", "link", "replace"):
                patch.setattr(os, name, calls.wrap(getattr(os, name)))
            before = len(problems)
            try:
                write_atomically(path, write_new, keep_previous=keep)
            except FileProblem as problem:
                problems.append(problem)
        files = folder_of(path)
        assert files["picture.ora"] == (b"old" if len(problems) > before else b"new content")
        assert not [name for name in files if name.endswith((".part", ".previous"))]
        if not calls.failed:
            break
    assert len(problems) >= 6
    assert all("“picture.ora”" in one.message and "the disk is full" in one.message for one in problems)


def test_an_error_of_the_writer_itself_leaves_the_old_file(old: Path) -> None:
    def fail(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise FileProblem("The layers do not fit.")

    with pytest.raises(FileProblem, match="do not fit"):
        write_atomically(old, fail)
    assert folder_of(old) == {"picture.ora": b"old"}


def test_permissions_are_kept(old: Path) -> None:
    old.chmod(0o640)
    write_atomically(old, write_new)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


def test_a_link_stays_a_link(old: Path) -> None:
    link = old.with_name("link.ora")
    link.symlink_to(old)
    write_atomically(link, write_new)
    assert link.is_symlink()
    assert old.read_bytes() == b"new content"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="does not exist"):
        write_atomically(tmp_path / "nowhere" / "picture.ora", write_new)


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="folder of that name"):
        write_atomically(tmp_path, write_new)
    assert list(tmp_path.iterdir()) == []
    assert atomic.previous_version(tmp_path).exists() is False


def test_the_new_file_is_on_the_disk_before_it_takes_the_place(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *args, name=name, real=real: (order.append(name), real(*args))[1])
    write_atomically(old, write_new)
    assert order[:2] == ["fsync", "replace"]
    assert "fsync" in order[2:], "the folder's new entry, too"
