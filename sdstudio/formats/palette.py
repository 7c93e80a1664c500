"""Palettes, and their files in GIMP's .gpl format, which Krita, MyPaint, Inkscape and Aseprite share.

A .gpl file is text: the line "GIMP Palette", then "Name:" and "Columns:", comments with #, and one colour a line as
three decimal numbers and a name. Must not know widgets or where palettes are kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from sdstudio.errors import FileProblem
from sdstudio.formats.atomic import write_atomically

SUFFIX = ".gpl"
MAX_SWATCHES = 4096
MAX_COLUMNS = 64
MAX_FILE_BYTES = 2**20
_MAGIC = "GIMP Palette"
_LINE = re.compile(r"\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:\s+(.*?))?\s*")
_UNNAMED = "Untitled"  # what GIMP writes for a colour without a name

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Swatch:
    """One colour, 0..255 in each part; the name may be empty."""

    rgb: Rgb
    name: str = ""


@dataclass(frozen=True)
class Palette:
    """`columns` is how many swatches its maker wants in a row; 0 when that does not matter."""

    name: str
    swatches: tuple[Swatch, ...] = ()
    columns: int = 0

    def with_swatch(self, swatch: Swatch) -> Palette:
        """One more at the end."""
        return replace(self, swatches=(*self.swatches, swatch))

    def without(self, index: int) -> Palette:
        return replace(self, swatches=self.swatches[:index] + self.swatches[index + 1 :])

    def renamed(self, index: int, name: str) -> Palette:
        """Another name for one swatch."""
        changed = replace(self.swatches[index], name=_one_line(name))
        return replace(self, swatches=(*self.swatches[:index], changed, *self.swatches[index + 1 :]))

    def moved(self, index: int, to: int) -> Palette:
        """The swatch at `index` stands at `to` afterwards."""
        rest = [*self.swatches]
        rest.insert(to, rest.pop(index))
        return replace(self, swatches=tuple(rest))


def read_palette(path: Path) -> Palette:
    """Raises FileProblem with one sentence when the file is no palette or cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FileProblem(f"“{path.name}” could not be read: {reason}.", detail=repr(error)) from error
    if len(data) > MAX_FILE_BYTES:
        raise FileProblem(f"“{path.name}” is too large for a palette (more than {MAX_FILE_BYTES // 2**20} MiB).")
    return palette_of(data.decode("utf-8-sig", "replace"), path)


def palette_of(text: str, path: Path) -> Palette:
    """The palette in a file's text; `path` gives the name where the text has none. Raises FileProblem."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != _MAGIC:
        raise FileProblem(f"“{path.name}” is not a palette: it does not begin with “{_MAGIC}”.")
    name, columns, swatches = path.stem, 0, []
    for number, line in enumerate(lines[1:], start=2):
        key, colon, value = line.partition(":")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if colon and key.strip().lower() == "name":
            name = _one_line(value) or name
        elif colon and key.strip().lower() == "columns":
            columns = min(int(value), MAX_COLUMNS) if value.strip().isdecimal() else 0
        else:
            swatches.append(_swatch(line, path, number))
    if len(swatches) > MAX_SWATCHES:
        raise FileProblem(f"“{path.name}” has {len(swatches)} colours; a palette may have at most {MAX_SWATCHES}.")
    return Palette(name, tuple(swatches), columns)


def write_palette(path: Path, palette: Palette) -> None:
    """Write the file as a whole or not at all. Raises FileProblem."""
    lines = [_MAGIC, f"Name: {_one_line(palette.name)}", f"Columns: {palette.columns}", "#"]
    for swatch in palette.swatches:
        red, green, blue = swatch.rgb
        lines.append(f"{red:3d} {green:3d} {blue:3d}\t{_one_line(swatch.name) or _UNNAMED}")
    data = ("\n".join(lines) + "\n").encode("utf-8")

    def write(file: BinaryIO) -> None:
        file.write(data)

    write_atomically(path, write)


def _swatch(line: str, path: Path, number: int) -> Swatch:
    found = _LINE.fullmatch(line)
    parts = [int(part) for part in found.groups()[:3]] if found else [256]
    if found is None or max(parts) > 255:
        sentence = f"“{path.name}” is damaged: line {number} is not a colour of three numbers from 0 to 255."
        raise FileProblem(sentence, detail=line[:200])
    name = found.group(4) or ""
    return Swatch((parts[0], parts[1], parts[2]), "" if name == _UNNAMED else name)


def _one_line(text: str) -> str:
    return " ".join(text.split())
