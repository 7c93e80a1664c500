"""The whole image put through a transform: every layer, mask, saved selection and the selection, with a new canvas.

Locks do not count here, for all of the picture changes together. Must not know dialogs.
"""

from __future__ import annotations

import math

import msgspec

from sdstudio.document.commands import ResizeCanvas
from sdstudio.document.document import Document, check_extent
from sdstudio.document.edits import EditSelection
from sdstudio.document.flatten import flatten
from sdstudio.document.guides import Guides, SetGuides, guides_of
from sdstudio.document.history import Command
from sdstudio.document.layers import FillLayer, Layer, PaintLayer
from sdstudio.document.mirrors import SetMirrors, mirrors_of
from sdstudio.document.prepared import PreparedLayer
from sdstudio.document.steps import Steps
from sdstudio.document.text_layers import text_of, with_text
from sdstudio.document.transforms import cut_to, gradient_through, kept_area, layer_parts
from sdstudio.raster.fills import GradientFill
from sdstudio.raster.geometry import EMPTY, Bounds, Extent, Point
from sdstudio.raster.tiles import TILE, Mask, Surface, keys_over, tile_bounds
from sdstudio.raster.transform import Transform
from sdstudio.raster.warp import Filter, Progress, no_progress, share_of, warped

_STRAIGHT = 1e-9


def resized(document: Document, extent: Extent, kind: Filter, progress: Progress = no_progress) -> Command:
    """The command that scales everything so that the canvas has `extent`. Raises BadRequest for an impossible size."""
    before = document.extent
    scale = Transform.scale(extent.width / before.width, extent.height / before.height)
    return _resampled(document, scale, extent, kind, "Image size", progress)


def turned_image(document: Document, degrees: float, kind: Filter, progress: Progress = no_progress) -> Command:
    """The command that turns everything clockwise; the canvas grows so that it holds all of the old one.

    Quarter turns are exact. Raises BadRequest when the new canvas would be too large.
    """
    before = document.extent
    if degrees % 90 == 0:
        turn = Transform.rotate(degrees)
        place = turn.bounds(document.bounds)
        check_extent(place.extent)
        way = turn.then(Transform.move(-place.x, -place.y))
        return _with_aids(document, way, place.extent, TurnImage(way, "Turn image"))
    middle = Point(before.width / 2, before.height / 2)
    c, s = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    extent = Extent(_whole(c * before.width + s * before.height), _whole(s * before.width + c * before.height))
    to_middle = Transform.move(extent.width / 2 - middle.x, extent.height / 2 - middle.y)
    way = Transform.rotate(degrees, middle).then(to_middle)
    return _resampled(document, way, extent, kind, "Turn image", progress)


def flipped_image(document: Document, *, across: bool) -> Command:
    """The command that mirrors everything left to right (`across`), or top to bottom."""
    scale = Transform.scale(-1 if across else 1, 1 if across else -1)
    place = scale.bounds(document.bounds)
    way = scale.then(Transform.move(-place.x, -place.y))
    return _with_aids(document, way, place.extent, TurnImage(way, "Flip image"))


def recut(document: Document, area: Bounds) -> Command:
    """The command that makes `area` (in present pixels) the canvas; what lies outside is kept. Raises BadRequest."""
    return _with_aids(document, Transform.move(-area.x, -area.y), area.extent, ResizeCanvas(area))


def shown_area(document: Document, progress: Progress = no_progress) -> Bounds:
    """The smallest part of the canvas that holds everything that is seen; empty when nothing is."""
    area, keys = EMPTY, list(keys_over(document.bounds))
    for index, key in enumerate(keys):
        progress(index / len(keys))
        part = tile_bounds(key).intersected(document.bounds)
        if not area.contains(part):
            tile = Surface()
            tile.write(part, flatten(document.root.children, part))
            area = area.united(tile.content_bounds())
    return area


def painted_area(document: Document) -> Bounds:
    """Everything that any layer holds, also beyond the canvas."""
    area = EMPTY
    for layer in document.walk():
        if isinstance(layer, PaintLayer):
            area = area.united(layer.surface.content_bounds())
    return area


class TurnImage(Command):
    """Quarter turns and mirrors of everything: taken back by the opposite, so nothing need be remembered."""

    def __init__(self, transform: Transform, label: str) -> None:
        """`transform` is exact and takes the canvas to one whose corner is at 0, 0."""
        self.label = label
        self._transform = transform
        self._metadata_before: dict[str, dict[str, str]] = {}
        self._gradients_before: dict[str, GradientFill] = {}
        self._ready: dict[str, PreparedLayer] = {}

    def work_px(self, document: Document) -> int:
        return TILE * TILE * sum(len(one.surface.keys()) for one in document.walk() if isinstance(one, PaintLayer))

    def get_ready(self, document: Document, progress: Progress, *, back: bool) -> None:
        transform = self._transform.inverse if back else self._transform
        ready, layers = {}, list(document.walk())
        for index, layer in enumerate(layers):
            progress(index / len(layers))
            surface, mask = self._turned(layer, transform, transform.bounds(document.bounds))
            ready[layer.id] = PreparedLayer(transform, layer, surface, mask)
        self._ready = ready

    def apply(self, document: Document) -> None:
        document.end_drag()
        texts = {layer: text for layer in document.walk() if (text := text_of(layer)) is not None}
        for one in document.walk():
            gradient = gradient_through(one, self._transform)
            if gradient is not None and isinstance(one, FillLayer) and isinstance(one.fill, GradientFill):
                self._gradients_before[one.id], one.fill = one.fill, gradient
        self._turn(document, self._transform)
        for layer, text in texts.items():
            assert isinstance(layer, PaintLayer)
            self._metadata_before[layer.id] = layer.metadata
            turned = msgspec.structs.replace(text, place=text.transform.then(self._transform).rows)
            layer.metadata = with_text(layer, turned, layer.surface)

    def revert(self, document: Document) -> None:
        for layer_id, gradient in self._gradients_before.items():
            layer = document.layer(layer_id)
            assert isinstance(layer, FillLayer)
            layer.fill = gradient
        self._turn(document, self._transform.inverse)
        for layer_id, metadata in self._metadata_before.items():
            document.layer(layer_id).metadata = metadata

    def _turn(self, document: Document, transform: Transform) -> None:
        canvas = transform.bounds(document.bounds)
        document.extent = canvas.extent
        document.selection = _put(document.selection, transform, canvas)
        document.channels = {name: _put(mask, transform, canvas) for name, mask in document.channels.items()}
        ready, self._ready = self._ready, {}
        for layer in document.walk():
            known = ready.get(layer.id)
            if known is None or not known.fits(layer, transform):
                surface, layer.mask = self._turned(layer, transform, canvas)
            else:
                surface, layer.mask = known.surface, known.mask
            if isinstance(layer, PaintLayer) and surface is not None:
                layer.surface = surface
        _tell(document)

    def _turned(self, layer: Layer, transform: Transform, canvas: Bounds) -> tuple[Surface | None, Mask | None]:
        surface = None
        if isinstance(layer, PaintLayer):
            surface = warped(layer.surface, transform, Filter.NEAREST, canvas)
        mask = warped(layer.mask, transform, Filter.NEAREST, canvas) if layer.mask is not None else None
        return surface, mask


class _PutCanvas(Command):
    """Another size of the canvas and other saved selections."""

    label = "Canvas"

    def __init__(self, extent: Extent, channels: dict[str, Mask]) -> None:
        check_extent(extent)
        self._after = (extent, channels)
        self._before = self._after

    def apply(self, document: Document) -> None:
        self._before = (document.extent, document.channels)
        self._put(document, *self._after)

    def revert(self, document: Document) -> None:
        self._put(document, *self._before)

    @property
    def is_empty(self) -> bool:
        return self._before[0] == self._after[0]

    @property
    def nbytes(self) -> int:
        return 256 + sum(mask.nbytes for mask in self._before[1].values())

    def _put(self, document: Document, extent: Extent, channels: dict[str, Mask]) -> None:
        document.extent, document.channels = extent, channels
        _tell(document)


class _PutDropped(Command):
    """The selection that "Reselect" brings back, where it lies now."""

    label = "Canvas"

    def __init__(self, mask: Mask) -> None:
        self._other = mask

    def apply(self, document: Document) -> None:
        self._swap(document)

    def revert(self, document: Document) -> None:
        self._swap(document)

    @property
    def nbytes(self) -> int:
        return 256 + self._other.nbytes

    def _swap(self, document: Document) -> None:
        self._other, document.dropped_selection = document.dropped_selection, self._other


def _resampled(
    document: Document, transform: Transform, extent: Extent, kind: Filter, label: str, progress: Progress
) -> Command:
    check_extent(extent)
    canvas = Bounds.of(extent)
    channels = {name: _put(mask, transform, canvas, kind) for name, mask in document.channels.items()}
    parts: list[Command] = [_PutCanvas(extent, channels)]
    if not transform.is_identity:
        layers = list(document.walk())
        for index, layer in enumerate(layers):
            content = layer.surface.content_bounds() if isinstance(layer, PaintLayer) else EMPTY
            limits = kept_area(canvas, transform, content)
            parts += layer_parts(layer, transform, kind, limits, label, share_of(progress, index, len(layers)))
        parts.append(EditSelection(_put(document.selection, transform, canvas, kind), label))
    return _with_aids(document, transform, extent, Steps(label, parts))


def _with_aids(document: Document, transform: Transform, canvas: Extent, command: Command) -> Command:
    """`command`, and what lies over the picture brought along: guides, mirrors, the selection that can come back.

    `canvas` is the one after it.
    """
    parts = [command]
    guides, mirrors, dropped = _turned_guides(document, transform), mirrors_of(document), document.dropped_selection
    if guides is not None:
        parts.append(SetGuides(guides))
    moved = mirrors.through(transform, document.extent)
    if moved != mirrors:
        parts.append(SetMirrors(moved, command.label))
    if not dropped.is_empty:
        parts.append(_PutDropped(_put(dropped, transform, Bounds.of(canvas))))
    return command if len(parts) == 1 else Steps(command.label, parts)


def _turned_guides(document: Document, transform: Transform) -> Guides | None:
    """None when there are none. Those that a free turn would make lean stay upright, and go with the middle: who
    straightens a picture by a guide still finds it as far from the middle as it was.
    """
    guides = guides_of(document)
    if guides.is_empty:
        return None
    a, b, dx, c, d, dy = transform.rows[:6]
    if abs(b) + abs(c) < _STRAIGHT:
        x, y = tuple(a * at + dx for at in guides.x), tuple(d * at + dy for at in guides.y)
    elif abs(a) + abs(d) < _STRAIGHT:
        x, y = tuple(b * at + dx for at in guides.y), tuple(c * at + dy for at in guides.x)
    else:
        middle = Point(document.extent.width / 2, document.extent.height / 2)
        there = transform.map(middle)
        x = tuple(at + there.x - middle.x for at in guides.x)
        y = tuple(at + there.y - middle.y for at in guides.y)
    return msgspec.structs.replace(guides, x=x, y=y)


def _whole(length: float) -> int:
    return math.ceil(length - 1e-6)


def _put(mask: Mask, transform: Transform, canvas: Bounds, kind: Filter = Filter.NEAREST) -> Mask:
    return cut_to(warped(mask, transform, kind, canvas), canvas)


def _tell(document: Document) -> None:
    document.extent_changed.emit()
    document.selection_changed.emit(document.bounds)
    document.channels_changed.emit()
