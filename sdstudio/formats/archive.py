"""The zip of an OpenRaster file and the PNGs inside. Sizes are checked from headers before anything is unpacked.

Nothing is ever extracted to the disk, so a name in the archive cannot reach outside. Must not know layers.
"""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile
from collections.abc import Iterable
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtGui import QImage

from sdstudio.document.document import MAX_PIXELS, MAX_SIDE
from sdstudio.errors import FileProblem
from sdstudio.formats.png import Tell, encode_image, encode_png, nothing_to_tell
from sdstudio.formats.reading import DAMAGE
from sdstudio.raster.geometry import Extent
from sdstudio.raster.resample import from_rgba

MIME_TYPE = "image/openraster"
MAX_ENTRIES = 20_000
_MAX_PNG_BYTES_PER_PIXEL = 10  # 16-bit RGBA that does not compress, and some room
_PNG_HEADER = struct.Struct(">8sI4sII")
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_ZIP_DAMAGE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, MemoryError, *DAMAGE)
_ENCRYPTED = 1  # a bit of a part's flags
_NO_DATE = (1980, 1, 1, 0, 0, 0)  # the same document gives the same bytes


class Reader:
    """An archive that was opened for reading; every method raises FileProblem with one sentence."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._name = name
        try:
            self._zip = zipfile.ZipFile(stream)
        except _ZIP_DAMAGE as error:
            raise self.problem("is not an OpenRaster file, or is damaged", repr(error)) from error
        if len(self._zip.infolist()) > MAX_ENTRIES:
            raise self.problem("holds too many parts to be opened")
        if any(part.flag_bits & _ENCRYPTED for part in self._zip.infolist()):
            raise self.problem("is encrypted and cannot be opened; save it again without a password")
        if not self.has("mimetype") or self.read("mimetype", 100).strip() != MIME_TYPE.encode():
            raise self.problem("is not an OpenRaster file")

    def problem(self, what: str, detail: str = "") -> FileProblem:
        """A FileProblem about this file."""
        return FileProblem(f"“{self._name}” {what}.", detail=detail)

    def has(self, entry: str) -> bool:
        return entry in self._zip.NameToInfo

    def read(self, entry: str, limit_bytes: int) -> bytes:
        """The unpacked bytes of an entry, of which there may be at most `limit_bytes`."""
        data = self._start(entry, limit_bytes + 1)
        if len(data) > limit_bytes:
            raise self.problem("declares less than it holds, and is not opened", f"{entry} > {limit_bytes} bytes")
        return data

    def extent(self, entry: str) -> Extent:
        """The size that a PNG declares, checked against what a document may have."""
        header = self._start(entry, _PNG_HEADER.size)
        if len(header) < _PNG_HEADER.size:
            raise self.problem("is damaged", f"{entry} is no PNG")
        magic, _, kind, width, height = _PNG_HEADER.unpack(header)
        if magic != _PNG_MAGIC or kind != b"IHDR" or not width or not height:
            raise self.problem("is damaged", f"{entry} is no PNG")
        if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
            raise self.problem(f"holds a picture of {width} × {height} pixels, which is too large to be opened")
        return Extent(width, height)

    def picture(self, entry: str) -> QImage:
        """A PNG, premultiplied."""
        return from_rgba(np.asarray(self._image(entry).convert("RGBA")))

    def coverage(self, entry: str) -> NDArray[np.uint8]:
        """A grey PNG: (h, w) uint8."""
        return np.asarray(self._image(entry).convert("L"))

    def _image(self, entry: str) -> Image.Image:
        extent = self.extent(entry)
        data = self.read(entry, extent.area * _MAX_PNG_BYTES_PER_PIXEL + 2**20)
        try:
            with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
                image.load()
                if image.mode.startswith("I"):
                    return Image.fromarray((np.asarray(image).astype(np.int64) // 257).clip(0, 255).astype(np.uint8))
                return image
        except (OSError, MemoryError, *DAMAGE) as error:
            raise self.problem("is damaged and cannot be opened", f"{entry}: {error!r}") from error

    def _start(self, entry: str, count: int) -> bytes:
        """The first `count` bytes of an entry, or all when there are fewer."""
        if not self.has(entry):
            raise self.problem(f"lacks its part “{entry}” and cannot be opened")
        try:
            with self._zip.open(entry) as stream:
                return stream.read(count)
        except _ZIP_DAMAGE as error:
            raise self.problem("is damaged and cannot be opened", f"{entry}: {error!r}") from error


class Writer:
    """An archive being written, in a `with` block. `tell` is called often; what it raises ends the work."""

    def __init__(self, stream: BinaryIO, tell: Tell = nothing_to_tell) -> None:
        self._tell = tell
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED)

    def begin(self) -> None:
        """The mime type comes first and is stored, as the specification asks."""
        self.add("mimetype", MIME_TYPE.encode())

    def add(self, entry: str, data: bytes, *, compress: bool = False) -> None:
        info = zipfile.ZipInfo(entry, _NO_DATE)
        info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        self._zip.writestr(info, data)

    def add_picture(self, entry: str, image: QImage) -> None:
        """`image` as a PNG with straight alpha; reading it premultiplied gives the same bytes again."""
        self._add_parts(entry, encode_image(image, self._tell))

    def add_coverage(self, entry: str, coverage: NDArray[np.uint8]) -> None:
        self._add_parts(entry, encode_png(coverage, self._tell))

    def _add_parts(self, entry: str, parts: Iterable[bytes]) -> None:
        with self._zip.open(zipfile.ZipInfo(entry, _NO_DATE), "w") as stream:
            for part in parts:
                stream.write(part)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Write the directory. After a failure the file is of no use and only the zip is let go of."""
        with contextlib.suppress(OSError, ValueError) if kind else contextlib.nullcontext():
            self._zip.close()
