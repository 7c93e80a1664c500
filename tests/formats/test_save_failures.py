"""R3 and R4: a save that fails, or is killed, at every single call leaves the old file or the new one, whole."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.errors import FileProblem
from sdstudio.formats import atomic
from sdstudio.formats.exporting import write_picture
from sdstudio.formats.openraster import write_document
from sdstudio.formats.psd.writing import write_psd
from sdstudio.raster.geometry import Extent
from sdstudio.settings import Settings
from tests.helpers.drawing import draw


class Saboteur:
    """Counts the calls that reach the disk and does something at one of them."""

    def __init__(self, act_at: int, act: Callable[[], None]) -> None:
        self.count, self._act_at, self._act = 0, act_at, act
        self.is_lasting = False

    def hit(self) -> None:
        self.count += 1
        if self.count == self._act_at or (self.is_lasting and self.count > self._act_at):
            self._act()

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self.hit()
            return function(*arguments, **named)

        return call

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name in ("fsync", "chmod", "link", "replace"):
            patch.setattr(atomic.os, name, self.around(getattr(os, name)))
        patch.setattr(atomic.tempfile, "mkstemp", self.around(atomic.tempfile.mkstemp))
        fdopen = os.fdopen

        def open_watched(*arguments: Any) -> Any:
            stream = fdopen(*arguments)
            return _Watched(stream, self)

        patch.setattr(atomic.os, "fdopen", open_watched)


class _Watched:
    def __init__(self, stream: Any, saboteur: Saboteur) -> None:
        self._stream, self._saboteur = stream, saboteur

    def write(self, data: bytes) -> int:
        self._saboteur.hit()
        self._stream.write(data[: len(data) // 2])  # what is cut off in the middle is the worst
        self._saboteur.hit()
        return len(data) // 2 + self._stream.write(data[len(data) // 2 :])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __enter__(self) -> _Watched:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


def documents() -> tuple[Document, Document]:
    before, after = Document.new(Extent(40, 30)), Document.new(Extent(40, 30))
    draw(after, (5, 5), (35, 25))
    return before, after


def save_settings(path: Path, document: Document) -> None:
    settings = Settings(path)
    settings.set("last_open_folder", f"/folder/{document.root.children[1].nbytes}")
    settings.save()


WRITERS: dict[str, Callable[[Path, Document], None]] = {
    "a.ora": write_document,
    "a.psd": write_psd,
    "a.png": lambda path, document: write_picture(path, render(document, document.bounds)),
    "settings.json": save_settings,
}


def versions(tmp_path: Path, name: str) -> tuple[bytes, bytes, Document]:
    """What the file holds before the save and after it."""
    before, after = documents()
    after.root.children[0].id, after.root.children[1].id = "a" * 32, "b" * 32
    folder = tmp_path / "clean"
    folder.mkdir()
    WRITERS[name](folder / name, before)
    old = (folder / name).read_bytes()
    WRITERS[name](folder / name, after)
    return old, (folder / name).read_bytes(), after


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EACCES], ids=lambda number: errno.errorcode[number])
@pytest.mark.parametrize("name", WRITERS)
def test_a_call_that_fails_is_a_sentence_and_the_file_is_whole(
    tmp_path: Path, name: str, number: int, lasting: bool, qapp: object
) -> None:
    old, new, document = versions(tmp_path, name)
    path = tmp_path / name
    calls, failures = 0, 0
    for at in range(1, 500):
        path.write_bytes(old)

        def fail() -> None:
            raise OSError(number, os.strerror(number))

        saboteur = Saboteur(at, fail)
        saboteur.is_lasting = lasting
        with pytest.MonkeyPatch.context() as patch:
            saboteur.install(patch)
            said = ""
            try:
                WRITERS[name](path, document)
            except FileProblem as problem:
                said = problem.message
        assert path.read_bytes() in ((old, new) if said else (new,))
        assert said == "" or said.endswith(".")
        failures += bool(said)
        left = [file.name for file in tmp_path.iterdir() if ".sdstudio-" in file.name]
        assert left == [], "nothing is left behind"
        calls = max(calls, saboteur.count)
        if saboteur.count < at:
            break
    assert failures >= 4
    assert calls < 499


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("name", WRITERS)
def test_a_save_killed_at_any_call_leaves_the_old_file_or_the_new_one(tmp_path: Path, name: str, qapp: object) -> None:
    old, new, document = versions(tmp_path, name)
    path = tmp_path / name
    found = set()
    for at in range(1, 500):
        path.write_bytes(old)
        child = os.fork()
        if child == 0:
            with pytest.MonkeyPatch.context() as patch:
                Saboteur(at, lambda: os.kill(os.getpid(), signal.SIGKILL)).install(patch)
                WRITERS[name](path, document)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert path.read_bytes() in (old, new)
        found.add(path.read_bytes())
        if os.WIFEXITED(status):
            break
    assert found == {old, new}
