"""A file with big-endian numbers and sections inside sections, none of which can be left by reading."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from typing import BinaryIO


class Damaged(Exception):
    """The file does not hold what it declares; the text is for experts."""


class Source:
    """Reads forward. Every length is checked against what is left before anything is read."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        """`size` is the number of bytes from the stream's start."""
        self._stream = stream
        self._end = size

    @property
    def at(self) -> int:
        return self._stream.tell()

    @property
    def left(self) -> int:
        """Bytes until the end of the present section."""
        return self._end - self.at

    def take(self, count: int) -> bytes:
        """Exactly `count` bytes. Raises Damaged."""
        if not 0 <= count <= self.left:
            raise Damaged(f"{count} bytes wanted at {self.at}, {self.left} are left")
        data = self._stream.read(count)
        if len(data) != count:
            raise Damaged(f"the file ends at {self.at}")
        return data

    def skip(self, count: int) -> None:
        if not 0 <= count <= self.left:
            raise Damaged(f"{count} bytes to skip at {self.at}, {self.left} are left")
        self._stream.seek(count, 1)

    def numbers(self, layout: str) -> tuple[int, ...]:
        """Numbers in the notation of the `struct` module, big-endian."""
        form = struct.Struct(">" + layout)
        return form.unpack(self.take(form.size))

    def number(self, layout: str) -> int:
        return self.numbers(layout)[0]

    @contextlib.contextmanager
    def section(self, length: int) -> Iterator[None]:
        """The next `length` bytes; whatever is not read of them is skipped at the end."""
        if not 0 <= length <= self.left:
            raise Damaged(f"a section of {length} bytes at {self.at}, {self.left} are left")
        before, self._end = self._end, self.at + length
        yield
        self._stream.seek(self._end)
        self._end = before

    def text(self, padded_to: int) -> str:
        """A Pascal string: a length byte, then that many bytes, filled up."""
        length = self.number("B")
        text = self.take(length)
        self.skip(min(self.left, -(length + 1) % padded_to))
        return text.decode("mac-roman", "replace")


def unicode_text(data: bytes) -> str:
    """A counted UTF-16 string, as Photoshop stores names."""
    if len(data) < 4:
        raise Damaged("a name without a length")
    (count,) = struct.unpack(">I", data[:4])
    return data[4 : 4 + 2 * count].decode("utf-16-be", "replace").rstrip("\0")
