"""A Photoshop file as a document. What we have no layer for becomes pixels or is left out, and `notes` says so.

Must not know where files are chosen or shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PySide6.QtGui import QImage

from sdstudio.document.document import Document
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer, PaintLayer
from sdstudio.errors import FileProblem
from sdstudio.formats.color import kept_profile, to_srgb
from sdstudio.formats.psd.channels import Plane, eight_bits, read_channel, unpacked
from sdstudio.formats.psd.modes import MODES, PASS_THROUGH, adjustment_of, fill_of
from sdstudio.formats.psd.records import ALPHA, MASK, Contents, LayerRecord, TooLarge, read_contents
from sdstudio.formats.psd.source import Damaged, Source
from sdstudio.formats.reading import nothing_to_tell, problems_reading
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.resample import from_rgba
from sdstudio.raster.tiles import Mask, Surface

_ICC_PROFILE = 1039
_COLORS = {"bitmap": 1, "grey": 1, "duotone": 1, "indexed": 1, "rgb": 3, "cmyk": 4, "lab": 3}
_NOT_KEPT = {
    b"TySh": "text",
    b"SoLd": "smart object",
    b"PlLd": "smart object",
    b"vmsk": "shape",
    b"vsms": "shape",
}
_EFFECTS = {b"lfx2", b"lrFX", b"lmfx"}
_NO_PIXELS = (
    {b"GdFl": "gradient fill", b"PtFl": "pattern fill", b"mixr": "channel mixer", b"blnc": "colour balance"}
    | {
        b"expA": "exposure",
        b"vibA": "vibrance",
        b"phfl": "photo filter",
        b"selc": "selective colour",
        b"grdm": "gradient map",
    }
    | {b"blwh": "black and white", b"clrL": "colour lookup", b"hue2": "colourising"}
)


@dataclass
class Opened:
    """A document, and in full sentences what of its file is not in it."""

    document: Document
    notes: list[str] = field(default_factory=list)


def read_psd(path: Path, progress: Callable[[float], None] = nothing_to_tell) -> Opened:
    """Open a .psd or .psb. Raises FileProblem with one sentence; `progress` may raise to stop."""
    path = Path(path)
    with problems_reading(path), path.open("rb") as stream:
        try:
            return _Reader(stream, path.stat().st_size, progress).read()
        except TooLarge as error:
            raise FileProblem(
                f"“{path.name}” has a canvas of {error.extent} pixels, which is too large to be opened."
            ) from error
        except Damaged as error:
            raise FileProblem(
                f"“{path.name}” is damaged or not a Photoshop document, and cannot be opened.", detail=str(error)
            ) from error


class _Reader:
    def __init__(self, stream: BinaryIO, size: int, progress: Callable[[float], None]) -> None:
        self._source = Source(stream, size)
        self._stream, self._size, self._progress = stream, size, progress
        self._as_pixels: dict[str, list[str]] = {}
        self._left_out: dict[str, list[str]] = {}
        self._strange_modes: set[str] = set()

    def read(self) -> Opened:
        contents = read_contents(self._source)
        header = contents.header
        if header.mode == "multichannel":
            raise Damaged("multichannel pictures have no colours")
        self._header, self._profile = header, contents.resources.get(_ICC_PROFILE)
        document = Document(header.extent)
        if self._profile and header.mode != "indexed":
            document.metadata |= kept_profile(self._profile)
        records = contents.layers
        if records:
            document.root.children = self._tree(records)
        else:
            document.root.children = [self._merged(contents)]
        document.active_id = document.root.children[-1].id if document.root.children else None
        return Opened(document, self._notes())

    def _tree(self, records: list[LayerRecord]) -> list[Layer]:
        """Groups begin with their lower end and end with the record that has their name."""
        stacks: list[list[Layer]] = [[]]
        for index, record in enumerate(records):
            self._progress(index / len(records))
            if record.section == 3:
                if len(stacks) > 100:
                    raise Damaged("groups are nested too deeply")
                stacks.append([])
            elif record.section in (1, 2):
                children = stacks.pop() if len(stacks) > 1 else []
                group = GroupLayer(children=children, isolated=record.mode != PASS_THROUGH)
                stacks[-1].append(self._dressed(group, record))
            else:
                stacks[-1].append(self._dressed(self._layer(record), record))
        while len(stacks) > 1:  # a group whose upper end is missing
            rest = stacks.pop()
            stacks[-1] += rest
        return stacks[0]

    def _layer(self, record: LayerRecord) -> Layer:
        fill, adjustment = fill_of(record.blocks), adjustment_of(record.blocks)
        if fill is not None:
            return FillLayer(fill=fill)
        if adjustment is not None:
            return AdjustmentLayer(adjustment=adjustment)
        has_pixels = not record.bounds.is_empty
        for key, kind in _NOT_KEPT.items():
            if key in record.blocks and has_pixels:
                self._as_pixels.setdefault(kind, []).append(record.name)
        for key, kind in _NO_PIXELS.items():
            if key in record.blocks and not has_pixels:
                self._left_out.setdefault(kind, []).append(record.name)
        if record.blocks.keys() & _EFFECTS:
            self._left_out.setdefault("effects", []).append(record.name)
        layer = PaintLayer()
        if has_pixels:
            at = Point(record.bounds.x, record.bounds.y)
            layer.surface = Surface.from_image(self._pixels(record), at)
        return layer

    def _dressed(self, layer: Layer, record: LayerRecord) -> Layer:
        layer.name, layer.visible, layer.clipped = record.name, record.visible, record.clipped
        fill_opacity = record.blocks.get(b"iOpa", b"\xff")[:1] or b"\xff"
        layer.opacity = record.opacity / 255 * fill_opacity[0] / 255
        divider = record.blocks.get(b"lsct", b"")
        key = divider[8:12] if isinstance(layer, GroupLayer) and len(divider) >= 12 else record.mode
        if isinstance(layer, GroupLayer):
            layer.isolated = key != PASS_THROUGH
        if key not in MODES and key != PASS_THROUGH:
            self._strange_modes.add(key.decode("ascii", "replace").strip())
        layer.mode = MODES.get(key, BlendMode.NORMAL)
        locks = int.from_bytes(record.blocks.get(b"lspf", b"")[:4], "big")
        layer.alpha_locked = bool(locks & 1) or (record.alpha_locked and not locks)
        layer.position_locked = bool(locks & 4)
        layer.locked = bool(locks & 2) or bool(locks & 0x80000000)
        if record.mask is not None and MASK in record.offsets:
            layer.mask = self._mask(record)
            layer.mask_enabled = record.mask.is_enabled
        return layer

    # Pixels

    def _pixels(self, record: LayerRecord) -> QImage:
        bounds, wanted = record.bounds, _COLORS[self._header.mode]
        missing = [number for number in range(wanted) if number not in record.offsets]
        if missing:
            raise Damaged(f"a layer without its channels {missing}")
        planes = [self._channel(record, number, bounds) for number in range(wanted)]
        alpha = self._channel(record, ALPHA, bounds) if ALPHA in record.offsets else None
        return self._image(planes, alpha)

    def _channel(self, record: LayerRecord, number: int, bounds: Bounds) -> Plane:
        self._stream.seek(record.offsets[number])
        length, header = record.sizes[number], self._header
        return read_channel(self._source, length, bounds.width, bounds.height, header.depth, is_wide=header.is_wide)

    def _mask(self, record: LayerRecord) -> Mask:
        assert record.mask is not None
        mask, bounds = Mask(record.mask.outside), record.mask.bounds
        if not bounds.is_empty:
            mask.write(bounds, eight_bits(self._channel(record, MASK, bounds)))
            mask.drop_empty()
        return mask

    def _image(self, planes: list[Plane], alpha: Plane | None) -> QImage:
        colors = [eight_bits(plane) for plane in planes]
        coverage = eight_bits_of_coverage(alpha) if alpha is not None else None
        return from_rgba(to_srgb(self._header.mode, colors, coverage, self._profile))

    def _merged(self, contents: Contents) -> Layer:
        """The picture of a file without layers."""
        header, (width, height) = contents.header, (contents.header.extent.width, contents.header.extent.height)
        self._stream.seek(contents.merged_at)
        packing = self._source.number("H")
        count = min(header.channels, _COLORS[header.mode] + 1)
        if header.depth == 1:
            planes = [_bits(self._source, packing, header.extent)]
        else:
            planes = unpacked(
                self._source, packing, width, height, header.depth, is_wide=header.is_wide, count=header.channels
            )[:count]
        wanted = _COLORS[header.mode]
        if len(planes) < wanted:
            raise Damaged(f"{len(planes)} channels")
        layer = PaintLayer(name="Background")
        if header.mode == "indexed":
            palette = np.frombuffer(contents.palette[:768].ljust(768, b"\0"), np.uint8).reshape(3, 256).T
            rgba = np.dstack([palette[planes[0]], np.full((height, width), 255, np.uint8)])
            layer.surface = Surface.from_image(from_rgba(rgba))
        else:
            alpha = planes[wanted] if len(planes) > wanted else None
            layer.surface = Surface.from_image(self._image(planes[:wanted], alpha))
        return layer

    def _notes(self) -> list[str]:
        notes = []
        if self._as_pixels:
            kinds = ", ".join(f"{kind} ({_names(names)})" for kind, names in self._as_pixels.items())
            notes.append(f"Opened as pixels: {kinds}.")
        if self._left_out:
            kinds = ", ".join(f"{kind} ({_names(names)})" for kind, names in self._left_out.items())
            notes.append(f"Left out, because SD Studio has nothing like it: {kinds}.")
        if self._strange_modes:
            notes.append(f"Blend modes shown as normal: {', '.join(sorted(self._strange_modes))}.")
        if self._header.depth > 8:
            notes.append(f"The {self._header.depth} bits of each channel were reduced to 8.")
        if self._header.mode in ("cmyk", "lab"):
            notes.append(f"The colours were converted from {self._header.mode.upper()} to sRGB.")
        return notes


def eight_bits_of_coverage(plane: Plane) -> np.ndarray:
    """Coverage is linear in every depth."""
    if plane.dtype.itemsize == 4:
        return np.rint(np.clip(np.nan_to_num(plane.astype(np.float32)), 0, 1) * 255).astype(np.uint8)
    return eight_bits(plane)


def _bits(source: Source, packing: int, extent: Extent) -> Plane:
    """A picture of black and white, one bit a pixel; 1 is black."""
    rows = -(-extent.width // 8)
    [plane] = unpacked(source, packing, rows, extent.height, 8, is_wide=False)
    return np.where(np.unpackbits(plane, axis=1)[:, : extent.width] > 0, 0, 255).astype(np.uint8)


def _names(names: list[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
