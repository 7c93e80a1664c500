"""The brushes that a person can choose from: those that come with the program, and their own.

Their own are .sdbrush files in the user's folder. A damaged one is left where it is and told of; it stops nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from sdstudio import paths
from sdstudio.brushes.package import SUFFIX, read_package, write_package
from sdstudio.brushes.preset import MAX_PICTURE_BYTES, Preset, as_png, clean_name, decode, picture_from
from sdstudio.errors import FileProblem
from sdstudio.events import Event
from sdstudio.formats.atomic import write_atomically
from sdstudio.raster.dabs import Brush
from sdstudio.raster.pixels import Pixels
from sdstudio.raster.stamps import learn

OWN_GROUP = "My brushes"
_PICTURES = "pictures"  # a folder beside the presets
_MOST_PICTURES = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """A preset and where it is from. `path` is None for those of the program, which cannot be changed."""

    id: str
    preset: Preset
    path: Path | None = None

    @property
    def is_own(self) -> bool:
        return self.path is not None


class Library:
    """`entries` in the order in which they are shown: the program's, then the person's by name."""

    def __init__(self, own_folder: Path | None = None) -> None:
        """Reads both folders. What could not be read is in `problems`, a sentence for each file."""
        self.changed: Event[()] = Event()
        self.problems: list[str] = []
        self._folder = own_folder or paths.data() / "brushes"
        self._built_in = _built_in(paths.resources() / "brushes")
        self._own: dict[str, Entry] = {}
        self._read_own()
        self.pictures = self._read_pictures()  # names of the pictures that the person brought

    @property
    def entries(self) -> list[Entry]:
        own = sorted(self._own.values(), key=lambda entry: entry.preset.name.casefold())
        return [*self._built_in, *own]

    def entry(self, id: str) -> Entry:
        """Raises KeyError when there is no such entry."""
        for entry in self.entries:
            if entry.id == id:
                return entry
        raise KeyError(id)

    def add(self, preset: Preset) -> Entry:
        """Keep a preset as the person's own, under a name that none of theirs has. Raises FileProblem."""
        preset = replace(preset, name=self._free_name(_checked_name(preset.name)))
        return self._write(self._free_path(preset.name), preset)

    def update(self, id: str, brush: Brush) -> Entry:
        """Keep another brush under the same name. Raises FileProblem; KeyError when it is not their own."""
        entry = self._own[id]
        assert entry.path is not None
        return self._write(entry.path, replace(entry.preset, brush=brush))

    def rename(self, id: str, name: str, group: str) -> Entry:
        """Raises FileProblem; KeyError when it is not their own."""
        entry = self._own[id]
        assert entry.path is not None
        name = _checked_name(name)
        if name != entry.preset.name:
            name = self._free_name(name)
        return self._write(entry.path, replace(entry.preset, name=name, group=group.strip() or OWN_GROUP))

    def delete(self, id: str) -> None:
        """Raises FileProblem; KeyError when it is not their own."""
        entry = self._own[id]
        assert entry.path is not None
        try:
            entry.path.unlink(missing_ok=True)
        except OSError as error:
            raise FileProblem(f"“{entry.preset.name}” could not be deleted: {error.strerror}.") from error
        del self._own[id]
        self.changed.emit()

    def take_file(self, path: Path) -> Entry:
        """Take a .sdbrush from elsewhere in. Raises FileProblem with one sentence; the library is then unchanged."""
        return self.add(read_package(path))

    def write_file(self, id: str, path: Path) -> None:
        """Write an entry to a .sdbrush of the person's choice. Raises FileProblem; KeyError for an unknown id."""
        write_package(path, self.entry(id).preset)

    def keep_picture(self, picture: Pixels) -> str:
        """Its name for a brush; it is there at the next start, also when no preset has it. Raises StudioError."""
        name = learn(picture)
        path = self._folder / _PICTURES / f"{name}.png"
        self._make_folder(path.parent)
        data = as_png(picture)

        def write(stream: BinaryIO) -> None:
            stream.write(data)

        write_atomically(path, write)
        if name not in self.pictures:
            self.pictures.append(name)
        return name

    def _read_pictures(self) -> list[str]:
        """What cannot be read is left out: presets carry their pictures themselves."""
        names = []
        for path in sorted((self._folder / _PICTURES).glob("*.png"))[:_MOST_PICTURES]:
            try:
                names.append(picture_from(path.read_bytes()[: MAX_PICTURE_BYTES + 1], path.name))
            except OSError as error:
                self.problems.append(f"The picture “{path}” of a brush cannot be read: {error.strerror}.")
            except FileProblem as problem:
                self.problems.append(f"The picture “{path}” of a brush {problem.message}.")
        return names

    def _read_own(self) -> None:
        try:
            files = sorted(self._folder.glob(f"*{SUFFIX}"))
        except OSError as error:
            self.problems.append(f"The folder “{self._folder}” with your brushes cannot be read: {error.strerror}.")
            return
        for path in files:
            try:
                self._own[path.stem] = Entry(path.stem, read_package(path), path)
            except FileProblem as problem:
                self.problems.append(f"{problem.message} It was left where it is: {path.parent}.")

    def _write(self, path: Path, preset: Preset) -> Entry:
        self._make_folder(path.parent)
        write_package(path, preset)
        entry = Entry(path.stem, preset, path)
        self._own[entry.id] = entry
        self.changed.emit()
        return entry

    @staticmethod
    def _make_folder(folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileProblem(f"The folder “{folder}” cannot be made: {error.strerror}.") from error

    def _free_name(self, name: str) -> str:
        taken = {entry.preset.name.casefold() for entry in self._own.values()}
        free, count = name, 2
        while free.casefold() in taken:
            free, count = f"{name} {count}", count + 1
        return free

    def _free_path(self, name: str) -> Path:
        stem = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "brush"
        path, count = self._folder / f"own-{stem}{SUFFIX}", 2
        while path.exists():
            path, count = self._folder / f"own-{stem}-{count}{SUFFIX}", count + 1
        return path


def _checked_name(name: str) -> str:
    try:
        return clean_name(name)
    except FileProblem as problem:
        raise FileProblem("A brush needs a name.") from problem


def _built_in(folder: Path) -> list[Entry]:
    def read(name: str, _limit: int) -> bytes:
        return (folder / name).read_bytes()

    return [Entry(path.stem, decode(read, path.name)) for path in sorted(folder.glob("*.json"))]
