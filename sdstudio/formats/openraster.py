"""Documents as OpenRaster files (.ora): what Krita, MyPaint and GIMP read, and beside it what only we know.

The baseline part (stack.xml, data/, mergedimage.png, thumbnail) is complete by itself. `sdstudio/` in the archive holds
the selection, layer masks and requests; other programs ignore it. Must not know where files are chosen or shown.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
from PySide6.QtGui import QImage

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.layers import GroupLayer, Layer, PaintLayer
from sdstudio.errors import BadRequest, FileProblem
from sdstudio.formats.archive import Reader, Writer
from sdstudio.formats.atomic import write_atomically
from sdstudio.formats.stack import Entry, StackError, from_xml, to_xml
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.pixels import blank
from sdstudio.raster.resample import resize
from sdstudio.raster.tiles import Mask, Surface

SUFFIX = ".ora"
MAX_TOTAL_PIXELS = 2**31  # of all layers together: 8 GiB
_EXTRAS = "sdstudio/document.json"
_MAX_XML_BYTES, _MAX_EXTRAS_BYTES = 16 * 2**20, 256 * 2**20
_THUMBNAIL_SIDE = 256
# The specification has no exclusion; Krita knows it by this name, others show such a layer as normal either way.
_NAMES = {mode: mode.value for mode in BlendMode} | {BlendMode.EXCLUSION: "krita:exclusion"}
_MODES = {mode.value: mode for mode in BlendMode} | {name: mode for mode, name in _NAMES.items()}


class _StoredMask(msgspec.Struct, frozen=True):
    """Coverage: a grey PNG in the archive and its place."""

    source: str
    x: Annotated[int, msgspec.Meta(ge=-999_999, le=999_999)]
    y: Annotated[int, msgspec.Meta(ge=-999_999, le=999_999)]


class _LayerExtras(msgspec.Struct, omit_defaults=True):
    """What OpenRaster cannot say of a layer."""

    metadata: dict[str, str] = {}
    mask: _StoredMask | None = None
    alpha_locked: bool = False
    clipped: bool = False


class _Extras(msgspec.Struct, omit_defaults=True):
    """What OpenRaster cannot say of a document; layers by id."""

    version: int = 1
    metadata: dict[str, str] = {}
    selection: _StoredMask | None = None
    layers: dict[str, _LayerExtras] = {}


def write_document(path: Path, document: Document) -> None:
    """Save, atomically; the version before stays beside it with a "~". Raises FileProblem, and nothing has changed.

    Give a `document.snapshot()` when this runs in a thread.
    """
    write_atomically(path, lambda stream: _write(stream, document), keep_previous=True)


def read_document(path: Path) -> Document:
    """Open a file of ours or of another program. Raises FileProblem with one sentence."""
    path = Path(path)
    try:
        with path.open("rb") as stream:
            return _read(Reader(stream, path.name), path.name)
    except FileNotFoundError as error:
        raise FileProblem(f"There is no file “{path}”.", detail=str(error)) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FileProblem(f"“{path.name}” could not be read: {reason}.", detail=repr(error)) from error


def _write(stream: BinaryIO, document: Document) -> None:
    extras = _Extras(metadata=dict(document.metadata))
    with Writer(stream) as writer:
        writer.begin()
        extras.selection = _store_mask(writer, "sdstudio/selection.png", document.selection)
        entries = [_store(writer, layer, document, extras) for layer in reversed(document.root.children)]
        writer.add("stack.xml", to_xml(document.extent, entries), compress=True)
        writer.add(_EXTRAS, msgspec.json.encode(extras), compress=True)
        merged = render(document, document.bounds)
        writer.add_picture("mergedimage.png", merged)
        writer.add_picture("Thumbnails/thumbnail.png", _thumbnail(merged))


def _thumbnail(merged: QImage) -> QImage:
    width, height = merged.width(), merged.height()
    scale = min(1.0, _THUMBNAIL_SIDE / max(width, height))
    return resize(merged, Extent(max(1, round(width * scale)), max(1, round(height * scale))))


def _store(writer: Writer, layer: Layer, document: Document, extras: _Extras) -> Entry:
    """Write what `layer` holds and return its line in the stack."""
    entry = Entry(
        name=layer.name,
        opacity=layer.opacity,
        visible=layer.visible,
        mode=_NAMES[layer.mode],
        locked=layer.locked,
        selected=layer.id == document.active_id,
        id=layer.id,
    )
    more = _LayerExtras(dict(layer.metadata), None, layer.alpha_locked, layer.clipped)
    number = len(extras.layers)
    extras.layers[layer.id] = more
    if isinstance(layer, GroupLayer):
        entry.isolated = layer.isolated
        entry.children = [_store(writer, child, document, extras) for child in reversed(layer.children)]
    elif isinstance(layer, PaintLayer):
        entry.source = f"data/layer{number:03}.png"
        area = layer.surface.content_bounds()
        entry.x, entry.y = area.x, area.y
        # A layer must have a picture, so an empty one gets a transparent pixel.
        writer.add_picture(entry.source, blank(1, 1) if area.is_empty else layer.surface.read(area))
        if layer.mask is not None:
            more.mask = _store_mask(writer, f"sdstudio/mask{number:03}.png", layer.mask, even_if_empty=True)
    return entry


def _store_mask(writer: Writer, name: str, mask: Mask, *, even_if_empty: bool = False) -> _StoredMask | None:
    area = mask.content_bounds()
    if area.is_empty:
        if not even_if_empty:
            return None
        area = Bounds(0, 0, 1, 1)
    writer.add_coverage(name, mask.read(area))
    return _StoredMask(name, area.x, area.y)


def _read(archive: Reader, name: str) -> Document:
    try:
        extent, entries = from_xml(archive.read("stack.xml", _MAX_XML_BYTES))
        document = Document(extent)
    except StackError as error:
        raise archive.problem("has a layer stack that cannot be read", str(error)) from error
    except BadRequest as error:
        raise FileProblem(f"“{name}” cannot be opened. {error.message}") from error
    extras = _read_extras(archive)
    _check_total(archive, entries, extras)
    taken = {document.root.id}
    document.root.children = [_restore(archive, entry, document, extras, taken) for entry in reversed(entries)]
    document.metadata = extras.metadata
    if extras.selection is not None:
        document.selection = _restore_mask(archive, extras.selection)
    if document.active_id is None and document.root.children:
        document.active_id = document.root.children[-1].id
    return document


def _read_extras(archive: Reader) -> _Extras:
    if not archive.has(_EXTRAS):
        return _Extras()
    try:
        return msgspec.json.decode(archive.read(_EXTRAS, _MAX_EXTRAS_BYTES), type=_Extras)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise archive.problem("is damaged and cannot be opened", f"{_EXTRAS}: {error}") from error


def _check_total(archive: Reader, entries: list[Entry], extras: _Extras) -> None:
    """Refuse before unpacking what would not fit into memory; only headers are read."""
    masks = [extras.selection, *(layer.mask for layer in extras.layers.values())]
    sources = [entry.source for entry in _flat(entries) if entry.source is not None]
    sources += [mask.source for mask in masks if mask is not None]
    total = 0
    for source in sources:
        total += archive.extent(source).area
        if total > MAX_TOTAL_PIXELS:
            raise archive.problem("holds more pixels than fit into memory")


def _flat(entries: list[Entry]) -> list[Entry]:
    return [one for entry in entries for one in (entry, *_flat(entry.children))]


def _restore(archive: Reader, entry: Entry, document: Document, extras: _Extras, taken: set[str]) -> Layer:
    """The layer of a line in the stack. `taken` are the ids that the document has already."""
    more = extras.layers.pop(entry.id, None) or _LayerExtras()
    layer: PaintLayer | GroupLayer
    if entry.source is None:
        children = [_restore(archive, child, document, extras, taken) for child in reversed(entry.children)]
        layer = GroupLayer(children=children, isolated=entry.isolated)
    else:
        picture = archive.picture(entry.source)
        layer = PaintLayer(surface=Surface.from_image(picture, Point(entry.x, entry.y)))
        layer.mask = _restore_mask(archive, more.mask) if more.mask is not None else None
    if entry.id and entry.id not in taken:
        layer.id = entry.id
    taken.add(layer.id)
    layer.name, layer.visible, layer.opacity, layer.locked = entry.name, entry.visible, entry.opacity, entry.locked
    layer.mode = _MODES.get(entry.mode, BlendMode.NORMAL)
    layer.alpha_locked, layer.clipped, layer.metadata = more.alpha_locked, more.clipped, more.metadata
    if entry.selected and document.active_id is None:
        document.active_id = layer.id
    return layer


def _restore_mask(archive: Reader, stored: _StoredMask) -> Mask:
    coverage = archive.coverage(stored.source)
    mask = Mask()
    mask.write(Bounds(stored.x, stored.y, coverage.shape[1], coverage.shape[0]), coverage)
    mask.drop_empty()
    return mask
