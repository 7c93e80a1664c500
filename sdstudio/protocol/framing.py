"""Frames on a byte stream: 4-byte header length, 4-byte blob length (both big-endian), JSON header, raw blob.

Shared by both processes. Nothing is trusted: lengths are bounded before a byte is allocated, and a header that is
not a known message raises FramingError, after which the stream must be given up.
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

import msgspec

MAX_HEADER_BYTES = 4 * 2**20
MAX_BLOB_BYTES = 512 * 2**20
_LENGTHS = struct.Struct(">II")


class FramingError(Exception):
    """The other end does not speak the protocol (babble, half a frame, or sizes beyond the limits)."""


def write_frame(stream: BinaryIO, message: msgspec.Struct, blob: bytes | memoryview = b"") -> None:
    """Write one frame and flush. Raises OSError/ValueError of the stream when the other end is gone."""
    header = msgspec.json.encode(message)
    if len(header) > MAX_HEADER_BYTES or len(blob) > MAX_BLOB_BYTES:
        raise FramingError(f"frame too large: header {len(header)} bytes, blob {len(blob)} bytes")
    stream.write(_LENGTHS.pack(len(header), len(blob)) + header)
    if blob:
        stream.write(blob)
    stream.flush()


def read_frame(stream: BinaryIO, expected: Any) -> tuple[Any, bytes] | None:
    """Read one frame whose message is of the union `expected`. None at a clean end of stream.

    Raises FramingError for half a frame, lengths beyond the limits, and headers that are not of `expected`.
    """
    lengths = _read_exactly(stream, _LENGTHS.size, at_boundary=True)
    if lengths is None:
        return None
    header_length, blob_length = _LENGTHS.unpack(lengths)
    if header_length > MAX_HEADER_BYTES or blob_length > MAX_BLOB_BYTES:
        raise FramingError(f"declared lengths {header_length} and {blob_length} are beyond the limits")
    header = _read_exactly(stream, header_length) or b""
    blob = _read_exactly(stream, blob_length) or b""
    try:
        return msgspec.json.decode(header, type=expected), blob
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FramingError(f"not a message: {error}") from error


def _read_exactly(stream: BinaryIO, size: int, *, at_boundary: bool = False) -> bytes | None:
    parts, missing = [], size
    while missing:
        part = stream.read(min(missing, 2**20))
        if not part:
            if at_boundary and missing == size:
                return None
            raise FramingError(f"the stream ended {missing} bytes before the end of a frame")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
