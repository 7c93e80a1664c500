"""Layers brought to a common line, or spread with equal gaps: moves by whole pixels, one undo step.

Must not know tools.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum

from sdstudio.document.commands import TranslateLayer
from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.document.layers import GroupLayer, Layer, PaintLayer
from sdstudio.document.permissions import movable
from sdstudio.document.steps import Steps
from sdstudio.document.transforms import Subject
from sdstudio.errors import StudioError
from sdstudio.raster.geometry import Bounds, Point


class Line(StrEnum):
    """Where layers are brought to. The value is used in the names of actions."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"
    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"


def aligned(document: Document, layer_ids: Sequence[str], line: Line) -> Command:
    """Each layer brought to a line of what is selected, or of the canvas.

    Raises StudioError when a layer may not be moved or nothing is there to be moved.
    """
    frame = document.selection.content_bounds() if not document.selection.is_empty else document.bounds
    areas = _areas(document, layer_ids)
    moves = {layer_id: _way(area, frame, line) for layer_id, area in areas.items()}
    return _moves("Align layers", moves)


def distributed(document: Document, layer_ids: Sequence[str], *, across: bool) -> Command:
    """The outer layers stay, those between them get equal gaps, side to side or up and down.

    Raises StudioError when there are fewer than three, or one may not be moved.
    """
    areas = _areas(document, layer_ids)
    if len(areas) < 3:
        raise StudioError("Choose three or more layers in the layer list to give them equal gaps.")
    order = sorted(areas, key=lambda layer_id: _middle(areas[layer_id], across=across))
    starts = {layer_id: area.x if across else area.y for layer_id, area in areas.items()}
    sizes = {layer_id: area.width if across else area.height for layer_id, area in areas.items()}
    first, last = order[0], order[-1]
    room = starts[last] + sizes[last] - starts[first] - sum(sizes.values())
    gap = room / (len(order) - 1)
    moves, place = {}, float(starts[first])
    for layer_id in order:
        by = round(place) - starts[layer_id]
        moves[layer_id] = (by, 0) if across else (0, by)
        place += sizes[layer_id] + gap
    return _moves("Distribute layers", moves)


def layer_at(document: Document, at: Point) -> Layer | None:
    """The topmost visible layer with pixels that shows something at `at`; None when there is none."""
    pixel = Bounds(math.floor(at.x), math.floor(at.y), 1, 1)
    for layer in _from_top(document.root.children):
        if isinstance(layer, PaintLayer) and layer.surface.read(pixel).pixelColor(0, 0).alpha() > 0:
            return layer
    return None


def _from_top(layers: Sequence[Layer]) -> list[Layer]:
    found: list[Layer] = []
    for layer in reversed(layers):
        if layer.visible:
            found += _from_top(layer.children) if isinstance(layer, GroupLayer) else [layer]
    return found


def _areas(document: Document, layer_ids: Sequence[str]) -> dict[str, Bounds]:
    """What each layer covers. Layers inside of others that are named go with those."""
    if not layer_ids:
        raise StudioError("There is no layer to align. Choose one in the layer list.")
    named = [document.layer(layer_id) for layer_id in layer_ids]
    inside = {one.id for group in named if isinstance(group, GroupLayer) for one in group.walk()}
    areas = {}
    for layer_id in layer_ids:
        if layer_id not in inside:
            movable(document, layer_id)
            areas[layer_id] = Subject((layer_id,)).area(document)
    return areas


def _way(area: Bounds, frame: Bounds, line: Line) -> tuple[int, int]:
    match line:
        case Line.LEFT:
            return frame.x - area.x, 0
        case Line.CENTRE:
            return frame.x + (frame.width - area.width) // 2 - area.x, 0
        case Line.RIGHT:
            return frame.right - area.right, 0
        case Line.TOP:
            return 0, frame.y - area.y
        case Line.MIDDLE:
            return 0, frame.y + (frame.height - area.height) // 2 - area.y
        case Line.BOTTOM:
            return 0, frame.bottom - area.bottom


def _middle(area: Bounds, *, across: bool) -> float:
    return area.x + area.width / 2 if across else area.y + area.height / 2


def _moves(label: str, moves: dict[str, tuple[int, int]]) -> Command:
    parts = [TranslateLayer(layer_id, *by) for layer_id, by in moves.items() if by != (0, 0)]
    return Steps(label, parts)
