"""A document as a Photoshop file with its layers. Must not know where files are chosen."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer, PaintLayer
from sdstudio.errors import FileProblem
from sdstudio.formats.atomic import write_atomically
from sdstudio.formats.color import srgb_profile
from sdstudio.formats.psd.channels import PACKBITS, RAW, packed
from sdstudio.formats.psd.modes import KEYS, PASS_THROUGH, block_of, fill_block
from sdstudio.formats.psd.records import ALPHA, MASK, MOST_LAYERS
from sdstudio.formats.reading import nothing_to_tell
from sdstudio.formats.straight import straight
from sdstudio.raster.fills import SolidFill, draw_fill
from sdstudio.raster.geometry import EMPTY, Bounds
from sdstudio.raster.pixels import filled

_MOST_BYTES = 2**31 - 1  # of a .psd; more needs .psb
Plane = NDArray[np.uint8]


@dataclass
class _Record:
    """One layer record and the channels that go with it."""

    name: str
    key: bytes = b"norm"
    area: Bounds = EMPTY
    opacity: int = 255
    clipped: bool = False
    visible: bool = True
    channels: list[tuple[int, tuple[bytes, ...]]] = field(default_factory=list)
    mask: bytes = b""
    blocks: list[tuple[bytes, bytes]] = field(default_factory=list)


def write_psd(path: Path, document: Document, progress: Callable[[float], None] = nothing_to_tell) -> None:
    """Write all layers, atomically. Raises FileProblem, and nothing has changed. Give a snapshot from a thread.

    `progress` hears how far it is, 0..1, and may raise to stop.
    """
    write_atomically(Path(path), lambda stream: _write(stream, Path(path), document, progress))


def _write(stream: BinaryIO, path: Path, document: Document, progress: Callable[[float], None]) -> None:
    count = max(1, len(list(document.walk())))
    done = 0

    def tell() -> None:
        nonlocal done
        done += 1
        progress(0.9 * done / count)

    records = [record for layer in document.root.children for record in _records(layer, document, tell)]
    if len(records) > MOST_LAYERS:
        raise FileProblem(f"“{path.name}” cannot hold more than {MOST_LAYERS} layers and ends of groups.")
    stream.write(struct.pack(">4sH6xHIIHH", b"8BPS", 1, 4, document.extent.height, document.extent.width, 8, 3))
    stream.write(struct.pack(">I", 0))
    resources = _resource(1039, srgb_profile()) + _resource(
        1005, struct.pack(">IHHIHH", 72 << 16, 1, 1, 72 << 16, 1, 1)
    )
    stream.write(struct.pack(">I", len(resources)) + resources)
    info = _layer_info(records)
    length = sum(map(len, info))
    if length + 8 > _MOST_BYTES:
        raise FileProblem(f"“{path.name}” would be larger than a .psd may be. Save as .ora instead.")
    stream.write(struct.pack(">II", length + 8, length))
    for part in (*info, struct.pack(">I", 0), *_merged(_planes(render(document, document.bounds)))):
        stream.write(part)
        progress(0.95)


def _records(layer: Layer, document: Document, tell: Callable[[], None]) -> list[_Record]:
    """Bottom first. A group is its lower end, what it holds, and the record that has its name."""
    record = _Record(layer.name, KEYS[layer.mode], opacity=round(layer.opacity * 255), visible=layer.visible)
    record.clipped = layer.clipped
    locks = layer.alpha_locked | layer.locked << 1 | layer.position_locked << 2
    record.blocks.append((b"lspf", struct.pack(">I", locks)))
    below: list[_Record] = []
    if isinstance(layer, GroupLayer):
        key = record.key if layer.isolated else PASS_THROUGH  # in the divider only: Krita opens no other file
        lower_end = (b"lsct", struct.pack(">I4s4s", 3, b"8BIM", key))
        end = _Record("</Layer group>", channels=_no_channels(), blocks=[lower_end])
        end.opacity, end.visible = record.opacity, record.visible  # where Krita looks for them
        below = [end]
        below += [one for child in layer.children for one in _records(child, document, tell)]
        record.blocks.append((b"lsct", struct.pack(">I4s4s", 1, b"8BIM", key)))
    elif isinstance(layer, AdjustmentLayer):
        block = block_of(layer.adjustment)
        record.blocks += [block] if block is not None else []
    elif isinstance(layer, FillLayer) and isinstance(layer.fill, SolidFill):
        record.blocks.append((b"SoCo", fill_block(layer.fill)))
        record.area = document.bounds
        opaque = QColor(layer.fill.color)
        record.opacity = round(layer.opacity * opaque.alpha())
        opaque.setAlpha(255)
        record.channels = _channels(filled(record.area.width, record.area.height, opaque))
    elif isinstance(layer, FillLayer):  # as pixels
        record.area = document.bounds
        record.channels = _channels(draw_fill(layer.fill, record.area))
    elif isinstance(layer, PaintLayer):
        record.area = layer.surface.content_bounds()
        if not record.area.is_empty:
            record.channels = _channels(layer.surface.read(record.area))
    record.channels = record.channels or _no_channels()
    if layer.mask is not None:
        _add_mask(record, layer)
    tell()
    return [*below, record]


def _add_mask(record: _Record, layer: Layer) -> None:
    assert layer.mask is not None
    area = layer.mask.content_bounds()
    flags = 0 if layer.mask_enabled else 2
    record.mask = struct.pack(">iiiiBBxx", area.y, area.x, area.bottom, area.right, layer.mask.outside, flags)
    data = () if area.is_empty else packed(layer.mask.read(area))
    record.channels.append((MASK, data))


def _no_channels() -> list[tuple[int, tuple[bytes, ...]]]:
    """What Photoshop writes for layers without pixels."""
    return [(number, ()) for number in (ALPHA, 0, 1, 2)]


def _channels(image: QImage) -> list[tuple[int, tuple[bytes, ...]]]:
    red, green, blue, alpha = _planes(image)
    return [(ALPHA, packed(alpha)), (0, packed(red)), (1, packed(green)), (2, packed(blue))]


def _planes(image: QImage) -> list[Plane]:
    """Red, green, blue and alpha, straight."""
    rgba = straight(image)
    return [np.ascontiguousarray(rgba[:, :, channel]) for channel in range(4)]


def _layer_info(records: list[_Record]) -> list[bytes]:
    """In parts, as it may be as large as memory."""
    # A count below 0 says that the first spare channel of the merged picture is its transparency.
    parts = [struct.pack(">h", -len(records)), *(_head(record) for record in records)]
    for record in records:
        for _, data in record.channels:
            parts += [struct.pack(">H", PACKBITS if data else RAW), *data]
    return [*parts, bytes(-sum(map(len, parts)) % 4)]


def _head(record: _Record) -> bytes:
    area = record.area
    head = struct.pack(">iiiiH", area.y, area.x, area.bottom, area.right, len(record.channels))
    head += b"".join(struct.pack(">hI", number, sum(map(len, data)) + 2) for number, data in record.channels)
    flags = (0 if record.visible else 2) | 8 | (16 if area.is_empty else 0)
    head += struct.pack(">4s4sBBBx", b"8BIM", record.key, record.opacity, record.clipped, flags)
    short = record.name.encode("mac-roman", "replace")[:255]
    name = bytes([len(short)]) + short
    extra = struct.pack(">I", len(record.mask)) + record.mask + struct.pack(">I", 0)
    extra += name + b"\0" * (-len(name) % 4)
    long_name = record.name.encode("utf-16-be", "surrogatepass")
    extra += _block(b"luni", struct.pack(">I", len(long_name) // 2) + long_name)
    extra += b"".join(_block(key, data) for key, data in record.blocks)
    return head + struct.pack(">I", len(extra)) + extra


def _block(key: bytes, data: bytes) -> bytes:
    data += b"\0" * (-len(data) % 4)
    return struct.pack(">4s4sI", b"8BIM", key, len(data)) + data


def _resource(number: int, data: bytes) -> bytes:
    return struct.pack(">4sHxxI", b"8BIM", number, len(data)) + data + b"\0" * (len(data) % 2)


def _merged(planes: list[Plane]) -> list[bytes]:
    """All rows' lengths of all channels come first."""
    parts = [packed(plane) for plane in planes]
    return [struct.pack(">H", PACKBITS), *(lengths for lengths, _ in parts), *(rows for _, rows in parts)]
