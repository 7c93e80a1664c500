"""The bucket: areas of like colour get one colour, all of one drag as one undo step. Must not know tools."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from sdstudio.document.document import Document
from sdstudio.document.edits import EditTiles
from sdstudio.document.history import Command
from sdstudio.document.mask_stroke import grey_of, painted_mask
from sdstudio.document.paint import Paint
from sdstudio.document.permissions import erasable, paintable
from sdstudio.document.seen import Source, reader
from sdstudio.raster.geometry import EMPTY, Bounds, Point
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import Pixels, edit, filled, view
from sdstudio.raster.tiles import TILE, Mask, TileKey, tile_bounds
from sdstudio.raster.wand import Likeness, like_area
from sdstudio.raster.warp import Progress, no_progress, share_of


@dataclass(frozen=True)
class Bucket:
    """What is poured, and where it flows. Without a colour it erases; `opacity` is 0..1."""

    color: QColor | None
    likeness: Likeness = field(default_factory=Likeness)
    source: Source | str = "merged"
    opacity: float = 1.0


class Rim:
    """Pixels that a colour shares with the line beside it get another colour for its share; the line keeps its own.

    To paint over them would leave some of the old colour: a light seam between a line and what is filled up to it.
    """

    def __init__(self, old: Pixels, color: QColor | None, opacity: float, keeps_alpha: bool) -> None:
        """`old` is the colour that is replaced (4,), premultiplied BGRA; None erases it."""
        before = old.astype(np.float32)
        self._change = -before * opacity
        if color is not None:
            new = view(filled(1, 1, color))[0, 0].astype(np.float32) * opacity
            covered = before * (new[3] / 255)
            self._change = new * (before[3] / 255 if keeps_alpha else 1) - covered

    def put_on(self, pixels: Pixels, shares: NDArray[np.float32]) -> Pixels:
        """`pixels` (n, 4), premultiplied, of which `shares` (n,) 0..1 are the old colour, with the new one."""
        changed = np.clip(np.rint(pixels + shares[:, None] * self._change), 0, 255)
        mixed: Pixels = np.minimum(changed, changed[:, 3:]).astype(np.uint8)
        return mixed


class Fill:
    """Fills the areas of one drag. Colours are compared as they were before it.

    Selection and alpha lock are respected. As a stroke it may be ended from elsewhere, and then ignores what comes.
    """

    def __init__(self, document: Document, layer_id: str, bucket: Bucket) -> None:
        """Raises StudioError with the reason when the layer cannot be painted on."""
        self._layer = erasable(document, layer_id) if bucket.color is None else paintable(document, layer_id)
        document.begin_drag(self)
        self._document = document
        self._bucket = bucket
        self._canvas = document.bounds
        self._selection = None if document.selection.is_empty else document.selection.snapshot()
        self._before = self._layer.surface.snapshot()
        self._surface = self._before.snapshot()  # what has been worked out; shown by `show`
        self._paint = Paint(self._surface, document.selection, bucket.color, keep_alpha=self._layer.alpha_locked)
        self._covers = bucket.opacity >= 1 and not self._layer.alpha_locked
        self._whole: QImage | None = None
        if bucket.color is not None:
            self._covers = self._covers and bucket.color.alpha() == 255
            self._whole = filled(TILE, TILE, bucket.color)
        self._seen = reader(document.snapshot(), layer_id, bucket.source)
        self._rim: Rim | None = None
        self._filled = Mask()
        self._hidden: list[TileKey] = []  # tiles that are worked out and not shown yet
        self._is_open = True

    @property
    def likeness(self) -> Likeness:
        """What counts as one area."""
        return self._bucket.likeness

    def wants(self, at: Point) -> bool:
        """Whether there is something to fill: not outside of the canvas, nor where this drag has filled already."""
        pixel = Bounds(int(np.floor(at.x)), int(np.floor(at.y)), 1, 1)
        return self._is_open and self._canvas.contains(pixel) and not self._filled.read(pixel).any()

    def add(self, at: Point) -> None:
        """Fill the area around `at`, when it is wanted."""
        if self.wants(at):
            self.pour(self.find(at), at)

    def find(self, at: Point, progress: Progress = no_progress) -> Mask:
        """The area around `at`, without filling it. Looks at a snapshot, so it may run beside the window."""
        return like_area(self._seen, self._canvas, at, self._bucket.likeness, progress)

    def pour(self, area: Mask, at: Point | None = None, progress: Progress = no_progress) -> None:
        """Fill `area`, which was found around `at`. `progress` hears how far the work is, and may raise to stop."""
        self.work_out(area, at, progress)
        self.show()

    def work_out(self, area: Mask, at: Point | None = None, progress: Progress = no_progress) -> None:
        """The long part of `pour`, which may run beside the window: the document shows nothing of it before `show`."""
        if not self._is_open:
            return
        if at is not None and self._bucket.likeness.antialias and not self._bucket.likeness.grow_px:
            self._rim = Rim(self._color_at(at), self._bucket.color, self._bucket.opacity, self._layer.alpha_locked)
        is_first = not self._filled.keys()
        if is_first:
            self._filled = area.snapshot()
        keys = list(area)
        for index, key in enumerate(keys):
            progress(index / len(keys))
            part = tile_bounds(key).intersected(self._canvas)
            coverage = area.read(part)
            if not is_first:
                coverage = np.maximum(coverage, self._filled.read(part))
                self._filled.write(part, coverage)
            if self._selection is None or self._selection.tile(key) is not None:
                self._pour(key, part, coverage)
                self._hidden.append(key)

    def show(self) -> None:
        """Put what has been worked out on the layer."""
        if not self._is_open:
            return
        keys, self._hidden, changed = self._hidden, [], EMPTY
        for key in keys:
            self._layer.surface.replace(key, self._surface.tile(key))
            changed = changed.united(tile_bounds(key).intersected(self._canvas))
        self._surface.snapshot()  # the layer shares its tiles now: the next area is worked out on copies
        if not changed.is_empty:
            self._document.pixels_changed.emit(self._layer.id, changed)

    def commit(self) -> None:
        """Record one command; none when nothing changed."""
        if not self._is_open:
            return
        edit = self.end()
        if not edit.is_empty:
            self._document.history.record(edit)

    def end(self, progress: Progress = no_progress) -> EditTiles:
        """The step that has happened, without recording it; nothing more can be filled."""
        self._is_open = False
        self._layer.surface.drop_empty(self._filled)
        label = "Erase area" if self._bucket.color is None else "Fill"
        return EditTiles(self._layer.id, self._before, self._layer.surface.snapshot(), label, progress)

    def cancel(self) -> None:
        """Put everything back as it was."""
        if not self._is_open:
            return
        self._is_open = False
        for key in self._filled:
            self._layer.surface.replace(key, self._before.tile(key))
        if self._filled.keys():
            self._document.pixels_changed.emit(self._layer.id, self._filled.bounds().intersected(self._canvas))

    def _pour(self, key: TileKey, part: Bounds, coverage: Pixels) -> None:
        if self._covers and part == tile_bounds(key) and coverage.min() == 255 and self._is_selected(part):
            # Most tiles of a large area are of one colour: they share one tile until they are painted on.
            self._surface.replace(key, self._whole)
            return
        share = coverage
        if self._bucket.opacity < 1:
            coverage = np.rint(coverage * np.float32(self._bucket.opacity)).astype(np.uint8)
        self._paint.put(self._before.tile(key), key, part, coverage)
        if self._rim is not None:
            self._lay_rim(self._rim, key, part, share)

    def _lay_rim(self, rim: Rim, key: TileKey, part: Bounds, share: Pixels) -> None:
        places = np.nonzero((share > 0) & (share < 255))
        if not places[0].size:
            return
        shares = share[places] * np.float32(1 / 255)
        if self._selection is not None:
            shares *= self._selection.read(part)[places] * np.float32(1 / 255)
        y, x = places[0] + part.y - key[1] * TILE, places[1] + part.x - key[0] * TILE
        before = self._before.tile(key)
        old = np.zeros((y.size, 4), np.uint8) if before is None else view(before)[y, x]
        edit(self._surface.editable(key))[y, x] = rim.put_on(old, shares)

    def _color_at(self, at: Point) -> Pixels:
        """The layer's own pixel there, premultiplied."""
        pixel: Pixels = view(self._before.read(Bounds(math.floor(at.x), math.floor(at.y), 1, 1)))[0, 0]
        return pixel

    def _is_selected(self, part: Bounds) -> bool:
        return self._selection is None or bool(self._selection.read(part).min() == 255)


def fill_selection(
    document: Document, layer_id: str, color: QColor, *, on_mask: bool, progress: Progress = no_progress
) -> Command:
    """The command that fills all that is selected (everything, when nothing is) of a layer, or of its mask.

    `document` itself stays as it is. Raises StudioError when the layer cannot be painted on.
    """
    everything = rectangle(document.bounds)
    if on_mask:
        return painted_mask(document, layer_id, everything, grey_of(color), "Fill mask", progress)
    tried = document.snapshot()
    pour = Fill(tried, layer_id, Bucket(color))
    pour.pour(everything, progress=share_of(progress, 0, 2))
    before, after = paintable(document, layer_id).surface, paintable(tried, layer_id).surface
    return pour.end(share_of(progress, 1, 2)).take_over(before, after)


def fill(document: Document, layer_id: str, at: Point, bucket: Bucket) -> None:
    """Fill one area. Raises StudioError when the layer cannot be painted on."""
    pour = Fill(document, layer_id, bucket)
    pour.add(at)
    pour.commit()
