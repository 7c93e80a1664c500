"""Documents as OpenRaster files (.ora): what Krita, MyPaint and GIMP read, and beside it what only we know.

The baseline part (stack.xml, data/, mergedimage.png, thumbnail) is complete by itself. `sdstudio/` in the archive holds
the selection, and what layers really are where the baseline can only show how they look; other programs ignore it.
Must not know where files are chosen or shown.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import BinaryIO

import msgspec
from PySide6.QtGui import QImage

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.flatten import piece_side, reach_of
from sdstudio.document.layers import GroupLayer, Layer, PaintLayer
from sdstudio.errors import BadRequest, FileProblem
from sdstudio.formats.archive import Reader, Writer
from sdstudio.formats.atomic import write_atomically
from sdstudio.formats.ora_extras import Extras, restore_mask, store_mask
from sdstudio.formats.ora_layers import LayerReader, LayerWriter
from sdstudio.formats.reading import nothing_to_tell, problems_reading
from sdstudio.formats.stack import Entry, StackError, from_xml, to_xml
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import blank, edit, view
from sdstudio.raster.resample import resize
from sdstudio.raster.tiles import TILE

Progress = Callable[[float], None]

SUFFIX = ".ora"
MAX_TOTAL_PIXELS = 2**31  # of all layers together: 8 GiB
_EXTRAS = "sdstudio/document.json"
_MAX_XML_BYTES, _MAX_EXTRAS_BYTES = 16 * 2**20, 256 * 2**20
_THUMBNAIL_SIDE = 256
_LEAST_ROWS = 512  # of a strip that is composed at once


def write_document(path: Path, document: Document, progress: Progress = nothing_to_tell) -> None:
    """Save, atomically; the version before stays beside it with a "~". Raises FileProblem, and nothing has changed.

    Give a `document.snapshot()` when this runs in a thread. `progress` hears how far it is, 0..1, and may raise to
    stop.
    """
    write_atomically(path, lambda stream: _write(stream, document, progress), keep_previous=True)


def read_document(path: Path, progress: Progress = nothing_to_tell) -> Document:
    """Open a file of ours or of another program. Raises FileProblem with one sentence; `progress` may raise to stop."""
    path = Path(path)
    with problems_reading(path), path.open("rb") as stream:
        return _read(Reader(stream, path.name), path.name, progress)


def _write(stream: BinaryIO, document: Document, progress: Progress) -> None:
    extras = Extras(metadata=dict(document.metadata))
    tell = _Told(progress, document)
    with Writer(stream, tell.again) as writer:
        writer.begin()
        extras.selection = store_mask(writer, "sdstudio/selection.png", document.selection)
        for number, (name, mask) in enumerate(document.channels.items()):
            stored = store_mask(writer, f"sdstudio/channel{number:03}.png", mask, even_if_empty=True)
            assert stored is not None
            extras.channels[name] = stored
        entries = LayerWriter(writer, document, extras, tell.of).write_all()
        writer.add("stack.xml", to_xml(document.extent, entries), compress=True)
        writer.add(_EXTRAS, msgspec.json.encode(extras), compress=True)
        merged = _merged(document, tell.again)
        tell.of(None)
        writer.add_picture("mergedimage.png", merged)
        writer.add_picture("Thumbnails/thumbnail.png", _thumbnail(merged))


class _Told:
    """Tells how far a save is, by what there is to pack: the layers, the composed picture, and that once more."""

    def __init__(self, progress: Progress, document: Document) -> None:
        self._progress = progress
        self._canvas = document.extent.area
        self._weights = {layer.id: _weight(layer, self._canvas) for layer in document.walk()}
        self._total = sum(self._weights.values()) + 2 * self._canvas
        self._done = 0

    def of(self, layer: Layer | None) -> None:
        """A layer is done, or (None) the picture is composed."""
        self._done += self._canvas if layer is None else self._weights[layer.id]
        self.again()

    def again(self) -> None:
        """Nothing new; who listens may stop the save."""
        self._progress(self._done / self._total)


def _merged(document: Document, tell: Callable[[], None]) -> QImage:
    """What is seen of all of it, composed strip by strip."""
    picture = blank(document.extent.width, document.extent.height)
    pixels = edit(picture)
    rows = max(_LEAST_ROWS, piece_side(reach_of(document.root.children)))
    for top in range(0, picture.height(), rows):
        tell()
        strip = Bounds(0, top, picture.width(), min(rows, picture.height() - top))
        pixels[top : top + strip.height] = view(render(document, strip))
    return picture


def _weight(layer: Layer, canvas: int) -> int:
    if isinstance(layer, PaintLayer):
        return len(layer.surface.keys()) * TILE * TILE
    return 0 if isinstance(layer, GroupLayer) else canvas


def _counting(progress: Progress, total: int) -> Callable[[], None]:
    """Tell `progress` of one part after the other."""
    done = count(1)
    return lambda: progress(min(next(done) / max(total, 1), 1.0))


def _thumbnail(merged: QImage) -> QImage:
    width, height = merged.width(), merged.height()
    scale = min(1.0, _THUMBNAIL_SIDE / max(width, height))
    return resize(merged, Extent(max(1, round(width * scale)), max(1, round(height * scale))))


def _read(archive: Reader, name: str, progress: Progress) -> Document:
    try:
        extent, entries = from_xml(archive.read("stack.xml", _MAX_XML_BYTES))
        document = Document(extent)
    except StackError as error:
        raise archive.problem("has a layer stack that cannot be read", str(error)) from error
    except BadRequest as error:
        raise FileProblem(f"“{name}” cannot be opened. {error.message}") from error
    extras = _read_extras(archive)
    _check_total(archive, entries, extras)
    tell = _counting(progress, len(_flat(entries)))
    document.root.children = LayerReader(archive, document, extras, tell).read_all(entries)
    document.metadata = extras.metadata
    if extras.selection is not None:
        document.selection = restore_mask(archive, extras.selection)
    document.channels = {name: restore_mask(archive, stored) for name, stored in extras.channels.items()}
    if document.active_id is None and document.root.children:
        document.active_id = document.root.children[-1].id
    return document


def _read_extras(archive: Reader) -> Extras:
    if not archive.has(_EXTRAS):
        return Extras()
    try:
        return msgspec.json.decode(archive.read(_EXTRAS, _MAX_EXTRAS_BYTES), type=Extras)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise archive.problem("is damaged and cannot be opened", f"{_EXTRAS}: {error}") from error


def _check_total(archive: Reader, entries: list[Entry], extras: Extras) -> None:
    """Refuse before unpacking what would not fit into memory; only headers are read."""
    sources = [entry.source for entry in _flat(entries) if entry.source is not None]
    sources += extras.sources()
    total = 0
    for source in sources:
        total += archive.extent(source).area
        if total > MAX_TOTAL_PIXELS:
            raise archive.problem("holds more pixels than fit into memory")


def _flat(entries: list[Entry]) -> list[Entry]:
    return [one for entry in entries for one in (entry, *_flat(entry.children))]
