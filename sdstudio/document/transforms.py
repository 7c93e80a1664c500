"""Layers put through a transform, as one undo step: what takes part, what is refused, and the command itself.

Works on a document without changing it, so that a snapshot can be worked on beside the window; the command that comes
out is run on the document itself. Must not know tools.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from PySide6.QtGui import QImage, QPainter

from sdstudio.document.commands import SetLayer, TranslateLayer, with_insides
from sdstudio.document.document import MAX_PIXELS, Document
from sdstudio.document.edits import EditSelection, EditTiles
from sdstudio.document.history import Command
from sdstudio.document.layer_masks import EditMask
from sdstudio.document.layers import FillLayer, Layer, PaintLayer
from sdstudio.document.permissions import erasable, movable
from sdstudio.document.steps import Steps
from sdstudio.document.text_layers import transformed_text
from sdstudio.errors import StudioError
from sdstudio.raster.fills import GradientFill
from sdstudio.raster.geometry import EMPTY, Bounds
from sdstudio.raster.pixels import Pixels, edit
from sdstudio.raster.tiles import Mask, Surface, tile_bounds
from sdstudio.raster.transform import Transform
from sdstudio.raster.warp import Filter, Progress, no_progress, share_of, warped

_FARTHEST = 1e6  # pixels that a gradient may lie from the origin
_FAR = 256  # pixels around the canvas that are kept of a result that is too large to keep whole


@dataclass(frozen=True)
class Subject:
    """What a transform works on: the layers with all that is inside of them, or only their selected pixels."""

    layer_ids: tuple[str, ...]
    only_selected: bool = False
    only_mask: bool = False

    @staticmethod
    def of(document: Document, layer_ids: Sequence[str]) -> Subject:
        """The selected pixels of these layers when something is selected, else all of them.

        While tools paint on the active layer's mask it is that mask alone.

        Raises StudioError when there is no layer, or one may not be moved (or its selected part not taken away).
        """
        if not layer_ids:
            raise StudioError("There is no layer to transform. Choose one in the layer list.")
        for layer_id in layer_ids:
            movable(document, layer_id)
        if document.paints_mask and list(layer_ids) == [document.active_id]:
            return Subject(tuple(layer_ids), only_mask=True)
        only_selected = not document.selection.is_empty
        subject = Subject(tuple(layer_ids), only_selected)
        if only_selected:
            for layer in subject.paint_layers(document):
                erasable(document, layer.id)
        return subject

    def layers(self, document: Document) -> list[Layer]:
        """All layers that take part, bottom first."""
        if self.only_mask:
            return [document.layer(layer_id) for layer_id in self.layer_ids]
        return with_insides(document, self.layer_ids)

    def paint_layers(self, document: Document) -> list[PaintLayer]:
        """Those of them whose pixels take part."""
        return [layer for layer in self.layers(document) if isinstance(layer, PaintLayer) and not self.only_mask]

    def area(self, document: Document) -> Bounds:
        """What is to be transformed lies in here. Raises StudioError when there is nothing."""
        area = EMPTY
        for layer in self.paint_layers(document):
            surface = lifted(layer.surface, document.selection) if self.only_selected else layer.surface
            area = area.united(surface.content_bounds())
        if area.is_empty and not self.only_selected:
            masks = [layer.mask for layer in self.layers(document) if layer.mask is not None]
            for mask in masks:
                area = area.united(mask.content_bounds())
        if area.is_empty:
            raise StudioError(self._sentence(document))
        return area

    def _sentence(self, document: Document) -> str:
        if self.only_selected:
            return "There is nothing to transform inside the selection. Deselect it to transform the whole layer."
        names = ", ".join(f"“{document.layer(layer_id).name}”" for layer_id in self.layer_ids)
        return f"There is nothing to transform: {names} holds no pixels."


def transformed(
    document: Document, subject: Subject, transform: Transform, kind: Filter, progress: Progress = no_progress
) -> Command:
    """The command that puts `transform` on the subject; `document` itself stays as it is.

    Raises StudioError when there is nothing to transform or the result would have no size.
    """
    area, way = subject.area(document), transform.whole_move
    if way is not None and not subject.only_selected and not subject.only_mask:
        return TranslateLayer(subject.layer_ids, *way)
    parts: list[Command] = []
    if not transform.is_identity:
        limits = kept_area(document.bounds, transform, area)
        try:
            parts = _all_parts(document, subject, transform, kind, limits, progress)
        except ValueError as error:
            raise StudioError("This would squeeze the picture flat. Choose another shape.") from error
    return Steps("Transform", parts)


def _all_parts(
    document: Document, subject: Subject, transform: Transform, kind: Filter, limits: Bounds, progress: Progress
) -> list[Command]:
    parts: list[Command] = []
    if subject.only_selected:
        painted = subject.paint_layers(document)
        for index, layer in enumerate(painted):
            tell = share_of(progress, index, len(painted))
            parts.append(_lifted_part(document, layer, transform, kind, limits, tell))
        return [
            *parts,
            EditSelection(turned_selection(document.selection, document.bounds, transform, kind), "Transform"),
        ]
    layers = subject.layers(document)
    for index, one in enumerate(layers):
        tell = share_of(progress, index, len(layers))
        parts += layer_parts(one, transform, kind, limits, "Transform", tell, only_mask=subject.only_mask)
    return parts


def turned_selection(
    selection: Mask, canvas: Bounds, transform: Transform, kind: Filter, progress: Progress = no_progress
) -> Mask:
    """A selection after a transform; what leaves the canvas is lost. Raises ValueError for a flat transform."""
    return cut_to(warped(selection, transform, kind, canvas, progress), canvas)


def around_middle(transform: Transform, area: Bounds) -> Transform:
    """A quarter turn or mirror around the middle of `area`, or half a pixel beside it where pixels demand that."""
    place = transform.bounds(area)
    dx = area.x + (area.width - place.width) // 2 - place.x
    dy = area.y + (area.height - place.height) // 2 - place.y
    return transform.then(Transform.move(dx, dy))


def kept_area(canvas: Bounds, transform: Transform, area: Bounds) -> Bounds:
    """How far from the canvas the result is kept: everything, unless it is so large that memory would be at risk."""
    whole = transform.bounds(area) if transform.shows(area) else canvas
    if whole.width * whole.height <= 2 * MAX_PIXELS:
        return whole.united(canvas)
    return canvas.padded(_FAR)


def lifted(surface: Surface, selection: Mask) -> Surface:
    """The part of `surface` that is selected."""
    return _times(surface, selection, invert=False)


def without(surface: Surface, selection: Mask) -> Surface:
    """`surface` with what is selected taken away."""
    return _times(surface, selection, invert=True)


def laid_over(below: Surface, above: Surface) -> Surface:
    """Both on one surface."""
    result = below.snapshot()
    for key in above:
        tile = above.tile(key)
        assert tile is not None
        if result.tile(key) is None:
            result.replace(key, tile)
            continue
        painter = QPainter(result.editable(key))
        painter.drawImage(0, 0, tile)
        painter.end()
    return result


def cut_to(mask: Mask, canvas: Bounds) -> Mask:
    """`mask` without what lies outside of the canvas, for selections never reach beyond it."""
    if canvas.contains(mask.content_bounds()):
        return mask
    cut = Mask(mask.outside)
    cut.write(canvas, mask.read(canvas))
    cut.drop_empty()
    return cut


def layer_parts(
    layer: Layer,
    transform: Transform,
    kind: Filter,
    limits: Bounds,
    label: str,
    progress: Progress,
    *,
    only_mask: bool = False,
) -> list[Command]:
    """What puts one layer's own pixels and mask through a transform."""
    parts: list[Command] = []
    if isinstance(layer, PaintLayer) and not only_mask:
        exact = warped(layer.surface.snapshot(), transform, kind, limits) if transform.is_exact else None
        words = transformed_text(layer, transform, exact, limits)
        if words is not None:
            parts.append(words)
        else:
            before = layer.surface.snapshot()
            after = exact if exact is not None else warped(before, transform, kind, limits, progress)
            parts.append(EditTiles(layer.id, before, after, label))
    gradient = gradient_through(layer, transform)
    if gradient is not None and not only_mask:
        parts.append(SetLayer(layer.id, fill=gradient, label=label))
    if layer.mask is not None:
        mask = layer.mask.snapshot()
        parts.append(EditMask(layer.id, mask, warped(mask, transform, kind, limits), label))
    return parts


def gradient_through(layer: Layer, transform: Transform) -> GradientFill | None:
    """The layer's gradient as it lies after a transform; None when it has none."""
    if not isinstance(layer, FillLayer) or not isinstance(layer.fill, GradientFill):
        return None
    ends = transform.map_all([layer.fill.start, layer.fill.end]).clip(-_FARTHEST, _FARTHEST)
    (x0, y0), (x1, y1) = ((float(x), float(y)) for x, y in ends)
    return msgspec.structs.replace(layer.fill, start=(x0, y0), end=(x1, y1))


def _lifted_part(
    document: Document, layer: PaintLayer, transform: Transform, kind: Filter, limits: Bounds, progress: Progress
) -> Command:
    """What puts the selected pixels of one layer through a transform."""
    before = layer.surface.snapshot()
    moved = warped(lifted(before, document.selection), transform, kind, limits, progress)
    return EditTiles(layer.id, before, laid_over(without(before, document.selection), moved), "Transform")


def _times(surface: Surface, selection: Mask, *, invert: bool) -> Surface:
    result = Surface()
    for key in surface:
        tile = surface.tile(key)
        assert tile is not None
        coverage = selection.read(tile_bounds(key)) ^ np.uint8(255 if invert else 0)
        if coverage.min() == 255:
            result.replace(key, tile)
        elif coverage.any():
            result.replace(key, _faded(tile, coverage))
    result.drop_empty()
    return result


def _faded(tile: QImage, coverage: Pixels) -> QImage:
    faded = tile.copy()
    pixels = edit(faded)
    product = pixels * coverage[:, :, None].astype(np.uint16) + np.uint16(128)
    pixels[...] = (product + (product >> 8)) >> 8
    return faded
