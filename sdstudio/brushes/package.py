"""A preset as one file that people give to each other: a .sdbrush, which is a zip of the preset's parts.

Nothing is extracted to the disk, and no part is read beyond its limit, whatever the archive declares.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from sdstudio.brushes.preset import Preset, decode, encode
from sdstudio.errors import FileProblem
from sdstudio.formats.atomic import write_atomically

SUFFIX = ".sdbrush"
_MAX_FILE_BYTES = 8 * 2**20
_MAX_ENTRIES = 16
_NO_DATE = (1980, 1, 1, 0, 0, 0)  # the same brush gives the same bytes
_DAMAGE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, KeyError, zlib.error)


def read_package(path: Path) -> Preset:
    """The preset in a file. Raises FileProblem with one sentence."""
    try:
        return _read(path)
    except FileProblem as problem:
        raise FileProblem(f"“{path.name}” {problem.message}.", detail=problem.detail) from problem


def write_package(path: Path, preset: Preset) -> None:
    """Write a preset as a whole or not at all. Raises FileProblem."""

    def write(stream: BinaryIO) -> None:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
            for name, data in encode(preset).items():
                package.writestr(zipfile.ZipInfo(name, _NO_DATE), data, zipfile.ZIP_DEFLATED)

    write_atomically(path, write)


def _read(path: Path) -> Preset:
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise FileProblem("is too large to be a brush")
        with zipfile.ZipFile(path) as package:
            if len(package.infolist()) > _MAX_ENTRIES:
                raise FileProblem("holds too many parts to be a brush")
            return decode(lambda name, limit: _part(package, name, limit))
    except OSError as error:
        raise FileProblem(f"cannot be read: {(error.strerror or str(error)).lower()}", detail=repr(error)) from error
    except _DAMAGE as error:
        raise FileProblem("is not a brush, or is damaged", detail=repr(error)) from error


def _part(package: zipfile.ZipFile, name: str, limit_bytes: int) -> bytes:
    if name not in package.NameToInfo:
        raise FileProblem("is not a brush", detail=f"it lacks {name}")
    with package.open(name) as stream:
        data = stream.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise FileProblem("holds more than a brush can", detail=name)
    return data
