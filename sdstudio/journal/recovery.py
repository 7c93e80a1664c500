"""A journal of an earlier run becomes a document again, with its undo steps.

Must not know widgets or who chose the journal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage

from sdstudio.document.document import Document, check_extent
from sdstudio.document.history import Command
from sdstudio.errors import BadRequest
from sdstudio.journal.damage import JournalDamaged
from sdstudio.journal.squashing import content
from sdstudio.journal.state import Plane, describe, restore
from sdstudio.journal.store import Row, Store
from sdstudio.journal.tiles import Values, is_patch
from sdstudio.raster.geometry import EMPTY, Bounds, Extent
from sdstudio.raster.pixels import over
from sdstudio.raster.tiles import TILE, Mask, Surface, TileKey, tile_bounds

_FARTHEST = 2**14  # tiles from the origin
_MOST_TILES = 2**31 // TILE**2  # 8 GiB, as in a file
Places = dict[str, set[TileKey]]


@dataclass(frozen=True)
class About:
    """What a person is told of a journal before it is restored."""

    name: str
    path: Path | None
    changed_s: float  # seconds since 1970
    is_modified: bool  # whether it holds more than the document's file
    file_state: str = ""  # of the file when the document was closed; empty after a crash


class Past:
    """The states of a document that a journal holds; tiles stay packed until they are asked for."""

    def __init__(self, store: Store) -> None:
        """Raises JournalDamaged."""
        steps = store.steps()
        if not steps or [step.position for step in steps] != list(
            range(steps[0].position, steps[0].position + len(steps))
        ):
            raise JournalDamaged("steps are missing")
        self.base = steps[0].position
        self.labels = [step.label for step in steps[1:]]
        self._trees: list[bytes] = []
        for step in steps:
            tree = step.tree if step.tree is not None else (self._trees[-1] if self._trees else None)
            if tree is None:
                raise JournalDamaged("the base has no layers")
            self._trees.append(tree)
        self._versions: dict[str, dict[TileKey, list[Row]]] = {}
        self.touched: list[Places] = [{} for _ in steps]  # by step, counted from the base: the tiles it changes
        self.nbytes = [256] * len(steps)
        for (plane, x, y), rows in groupby(store.rows(), key=lambda row: (row.plane, row.x, row.y)):
            self._add(plane, (x, y), list(rows))
        if sum(len(places) for places in self._versions.values()) > _MOST_TILES:
            raise JournalDamaged("more tiles than fit into memory")

    def _add(self, plane: str, key: TileKey, versions: list[Row]) -> None:
        if max(abs(key[0]), abs(key[1])) > _FARTHEST:
            raise JournalDamaged(f"a tile at {key}")
        if any(row.position >= self.base + len(self._trees) for row in versions):
            raise JournalDamaged("a tile of a step that is not there")
        self._versions.setdefault(plane, {})[key] = versions
        for row in versions:
            if row.position > self.base:
                step = row.position - self.base
                self.touched[step].setdefault(plane, set()).add(key)
                self.nbytes[step] += len(row.data)

    @property
    def everywhere(self) -> Places:
        """Every tile of every plane that was ever there."""
        return {plane: set(places) for plane, places in self._versions.items()}

    def tree(self, step: int) -> bytes:
        return self._trees[step]

    def places(self, plane: str) -> set[TileKey]:
        return set(self._versions.get(plane, {}))

    def values(self, plane: str, key: TileKey, step: int) -> Values | None:
        """The content of a tile at a step. Raises JournalDamaged."""
        versions = [row for row in self._versions.get(plane, {}).get(key, []) if row.position <= self.base + step]
        first = len(versions) - 1
        while first > 0 and is_patch(versions[first].data):
            first -= 1
        return content(versions[first:]) if versions else None


class PastStep(Command):
    """A step of an earlier run: brings the document to the state after it, or before it."""

    def __init__(self, past: Past, step: int) -> None:
        self.label = past.labels[step - 1]
        self._past, self._step = past, step

    def apply(self, document: Document) -> None:
        bring(document, self._past, self._step, self._past.touched[self._step])

    def revert(self, document: Document) -> None:
        bring(document, self._past, self._step - 1, self._past.touched[self._step])

    @property
    def nbytes(self) -> int:
        return self._past.nbytes[self._step]


def about(store: Store) -> About:
    """Raises JournalDamaged."""
    words = store.about()
    try:
        changed_s = float(words.get("changed", "0"))
    except ValueError as error:
        raise JournalDamaged(str(error)) from error
    path = Path(words["path"]) if words.get("path") else None
    return About(
        words.get("name", ""),
        path,
        changed_s,
        words.get("position") != words.get("saved_at"),
        words.get("file_state", ""),
    )


def recover(store: Store) -> Document:
    """The document as it was when the journal was last written, with its steps. Raises JournalDamaged."""
    past, words = Past(store), store.about()
    try:
        at = int(words["position"]) - past.base
        saved_at = int(words["saved_at"]) - past.base if words.get("saved_at") else None
    except (KeyError, ValueError) as error:
        raise JournalDamaged(f"no position: {error!r}") from error
    if not 0 <= at <= len(past.labels):
        raise JournalDamaged(f"position {at} of {len(past.labels)}")
    document = Document(Extent(1, 1))
    bring(document, past, at, past.everywhere)
    _check(document)
    document.history.resume([PastStep(past, step) for step in range(1, len(past.labels) + 1)], at, saved_at)
    return document


def bring(document: Document, past: Past, step: int, places: Places) -> None:
    """Make `document` the state at `step`, of which it differs at `places` at most, and tell of it.

    Raises JournalDamaged; the document is then untouched.
    """
    before, planes = describe(document)
    extent, active_id = document.extent, document.active_id
    images: dict[int, QImage] = {}

    def plane_of(name: str, fresh: Plane) -> Plane:
        plane = planes.get(name)
        if type(plane) is not type(fresh):
            made, changed = fresh, past.places(name)
        elif name in places:
            made, changed = plane.snapshot(), places[name]  # others may hold the plane as it was
        else:
            return plane
        for key in changed:
            _put(made, key, past.values(name, key, step), images)
        return made

    restore(document, past.tree(step), plane_of)
    if document.extent != extent:
        document.extent_changed.emit()
    if describe(document)[0] != before:
        document.layers_changed.emit()
    for layer in document.walk():
        area = _area(key for name in places if name.startswith(f"{layer.id}.") for key in places[name])
        if not area.is_empty:
            document.pixels_changed.emit(layer.id, area)
    if "selection" in places or document.extent != extent:
        document.selection_changed.emit(document.bounds.united(_area(places.get("selection", ()))))
    document.channels_changed.emit()
    if document.active_id != active_id:
        document.active_changed.emit()


def _put(plane: Plane, key: TileKey, values: Values | None, images: dict[int, QImage]) -> None:
    """Tiles of one value share their picture, by `images`."""
    if values is not None and values.dtype.itemsize != (4 if isinstance(plane, Surface) else 1):
        raise JournalDamaged("a tile of the wrong kind")
    if isinstance(plane, Mask):
        plane.replace(key, None if values is None else values ^ np.uint8(plane.outside))
    elif values is None:
        plane.replace(key, None)
    else:
        first = int(values.flat[0])
        is_uniform = bool((values == first).all())
        image = images.get(first) if is_uniform else None
        if image is None:
            image = over(values.view(np.uint8).reshape(*values.shape, 4)).copy()
        if is_uniform:
            images[first] = image
        plane.replace(key, image)


def _area(keys: Iterable[TileKey]) -> Bounds:
    area = EMPTY
    for key in keys:
        area = area.united(tile_bounds(key))
    return area


def _check(document: Document) -> None:
    """What a document may rely on, though a journal may say anything."""
    try:
        check_extent(document.extent)
    except BadRequest as error:
        raise JournalDamaged(error.message) from error
    ids = [layer.id for layer in document.walk()]
    if len(set(ids)) != len(ids) or document.root.id in ids:
        raise JournalDamaged("two layers have the same id")
    if document.active_id is not None and document.active_id not in ids:
        raise JournalDamaged("the active layer is not there")
