"""Layers between a document and the stack of an OpenRaster file, one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtGui import QColor, QImage

from sdstudio.document.document import Document
from sdstudio.document.flatten import flatten, layer_pixels
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer, PaintLayer
from sdstudio.formats.archive import Reader, Writer
from sdstudio.formats.ora_extras import Extras, LayerExtras, StoredPicture, restore_mask, store_mask
from sdstudio.formats.stack import Entry
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.fills import draw_fill
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.pixels import Pixels, blank, edit, filled, view
from sdstudio.raster.tiles import Mask, Surface

# The specification has no exclusion; Krita knows it by this name, others show such a layer as normal either way.
_NAMES = {mode: mode.value for mode in BlendMode} | {BlendMode.EXCLUSION: "krita:exclusion"}
_MODES = {mode.value: mode for mode in BlendMode} | {name: mode for mode, name in _NAMES.items()}


class LayerWriter:
    """Writes the layers of one document; `extras` gathers what the stack cannot say, `tell` hears of each."""

    def __init__(
        self, writer: Writer, document: Document, extras: Extras, tell: Callable[[Layer], None] = lambda _layer: None
    ) -> None:
        self._writer, self._document, self._extras, self._tell = writer, document, extras, tell
        self._canvas = document.bounds

    def write_all(self) -> list[Entry]:
        """The entries of the stack, top first."""
        return self._write_group(self._document.root, [])

    def _write_group(self, group: GroupLayer, limits: list[Layer | Mask]) -> list[Entry]:
        entries = []
        for index, layer in enumerate(group.children):
            base = _base_of(group.children, index) if layer.clipped else None
            entries.append(self._write(layer, base, [*limits, base] if base is not None else limits))
        return entries[::-1]

    def _write(self, layer: Layer, base: Layer | None, limits: list[Layer | Mask]) -> Entry:
        """`limits` are what else hides parts of the layer: masks of groups around it, and bases of clippings."""
        entry = Entry(
            name=layer.name,
            opacity=layer.opacity,
            visible=layer.visible,
            mode=_NAMES[layer.mode],
            locked=layer.locked,
            selected=layer.id == self._document.active_id,
            id=layer.id,
        )
        more = LayerExtras(
            metadata=dict(layer.metadata),
            mask_enabled=layer.mask_enabled,
            alpha_locked=layer.alpha_locked,
            position_locked=layer.position_locked,
            clipped=layer.clipped,
        )
        number = len(self._extras.layers)
        self._extras.layers[layer.id] = more
        if layer.mask is not None:
            more.mask = store_mask(self._writer, f"sdstudio/mask{number:03}.png", layer.mask, even_if_empty=True)
        if base is not None and not base.visible:
            more.visible, entry.visible = layer.visible, False
        inner = limits if layer.shown_mask is None else [*limits, layer.shown_mask]
        if isinstance(layer, GroupLayer):
            entry.isolated = layer.isolated
            entry.children = self._write_group(layer, inner)
        else:
            entry.source = f"data/layer{number:03}.png"
            area, picture = self._picture(layer, more, number, inner)
            # What adjusts, or is clipped to a layer that mixes with those below, can only be shown by what comes of it.
            mixes = base is not None and (base.opacity < 1 or base.mode is not BlendMode.NORMAL)
            if isinstance(layer, AdjustmentLayer) or (mixes and entry.visible):
                more.opacity, more.mode = layer.opacity, _NAMES[layer.mode]
                entry.opacity, entry.mode = 1.0, _NAMES[BlendMode.NORMAL]
                if entry.visible:
                    picture = self._seen_up_to(layer, area, picture)
            entry.x, entry.y = area.x, area.y
            self._writer.add_picture(entry.source, picture)
        self._tell(layer)
        return entry

    def _picture(
        self, layer: Layer, more: LayerExtras, number: int, limits: list[Layer | Mask]
    ) -> tuple[Bounds, QImage]:
        """How the layer looks by itself for programs that know nothing of masks and clipping.

        For an adjustment: where it works.
        """
        area = self._canvas
        if isinstance(layer, AdjustmentLayer):
            more.adjustment = layer.adjustment
            if not layer.visible:
                return Bounds(0, 0, 1, 1), blank(1, 1)
            picture = filled(area.width, area.height, QColor("white"))
        elif isinstance(layer, FillLayer):
            more.fill = layer.fill
            picture = draw_fill(layer.fill, area)
        else:
            assert isinstance(layer, PaintLayer)
            area = layer.surface.content_bounds()
            if area.is_empty:
                return Bounds(0, 0, 1, 1), blank(1, 1)  # a layer must have a picture
            picture = layer.surface.read(area)
            if limits:
                more.pixels = StoredPicture(f"sdstudio/layer{number:03}.png", area.x, area.y)
                self._writer.add_picture(more.pixels.source, picture)
        return area, self._limited(picture, area, limits)

    def _limited(self, picture: QImage, area: Bounds, limits: list[Layer | Mask]) -> QImage:
        if not limits:
            return picture
        shown = np.full((area.height, area.width), 255, np.uint8)
        for limit in limits:
            shown = _times(shown, limit.read(area) if isinstance(limit, Mask) else self._alpha(limit, area))
        pixels = edit(picture)
        pixels[...] = _times(pixels, shown[:, :, None])
        return picture

    def _alpha(self, layer: Layer, area: Bounds) -> Pixels:
        return view(layer_pixels(layer, area, self._canvas))[:, :, 3]

    def _seen_up_to(self, layer: Layer, area: Bounds, where: QImage) -> QImage:
        """The picture with the layer and nothing above it, in those places of `area` where `where` has something."""
        parent = self._document.parent_of(layer.id)
        layers = parent.children[: parent.children.index(layer) + 1]
        while parent is not self._document.root and not parent.isolated:
            around = self._document.parent_of(parent.id)
            index = around.children.index(parent)
            layers, parent = [*around.children[:index], replace(parent, children=layers)], around
        picture = flatten(layers, area, self._canvas)
        edit(picture)[view(where)[:, :, 3] == 0] = 0
        return picture


class LayerReader:
    """Makes the layers of one document out of an archive; `tell` is called after each of them."""

    def __init__(
        self, archive: Reader, document: Document, extras: Extras, tell: Callable[[], None] = lambda: None
    ) -> None:
        self._archive, self._document, self._extras, self._tell = archive, document, extras, tell
        self._taken = {document.root.id}  # ids that layers have already

    def read_all(self, entries: list[Entry]) -> list[Layer]:
        """The layers of entries that are listed top first, bottom first. Raises FileProblem."""
        return [self._read(entry) for entry in reversed(entries)]

    def _read(self, entry: Entry) -> Layer:
        more = self._extras.layers.pop(entry.id, None) or LayerExtras()
        layer = self._read_kind(entry, more)
        layer.mask = restore_mask(self._archive, more.mask) if more.mask is not None else None
        if entry.id and entry.id not in self._taken:
            layer.id = entry.id
        self._taken.add(layer.id)
        layer.name, layer.locked = entry.name, entry.locked
        layer.visible = entry.visible if more.visible is None else more.visible
        layer.opacity = entry.opacity if more.opacity is None else min(max(more.opacity, 0.0), 1.0)
        layer.mode = _MODES.get(more.mode or entry.mode, BlendMode.NORMAL)
        layer.mask_enabled, layer.position_locked = more.mask_enabled, more.position_locked
        layer.alpha_locked, layer.clipped, layer.metadata = more.alpha_locked, more.clipped, more.metadata
        if entry.selected and self._document.active_id is None:
            self._document.active_id = layer.id
        self._tell()
        return layer

    def _read_kind(self, entry: Entry, more: LayerExtras) -> Layer:
        if entry.source is None:
            return GroupLayer(children=self.read_all(entry.children), isolated=entry.isolated)
        if more.adjustment is not None:
            return AdjustmentLayer(adjustment=more.adjustment)
        if more.fill is not None:
            return FillLayer(fill=more.fill)
        stored = more.pixels or StoredPicture(entry.source, entry.x, entry.y)
        return PaintLayer(surface=Surface.from_image(self._archive.picture(stored.source), Point(stored.x, stored.y)))


def _base_of(siblings: list[Layer], index: int) -> Layer | None:
    """What the layer at `index` is clipped to; None when there is nothing with edges below it."""
    base = next((layer for layer in reversed(siblings[:index]) if not layer.clipped), None)
    return None if isinstance(base, AdjustmentLayer) else base


def _times(a: Pixels, b: Pixels) -> Pixels:
    """a * b / 255, rounded."""
    product = a.astype(np.uint16) * b + np.uint16(128)
    return ((product + (product >> 8)) >> 8).astype(np.uint8)
