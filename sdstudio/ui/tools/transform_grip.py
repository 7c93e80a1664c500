"""What the hand holds of a transform's box, and the guides that the held part is drawn to. Must not know documents."""

from __future__ import annotations

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.transform import Transform
from sdstudio.ui.tools.handles import grip_at
from sdstudio.ui.tools.tool import Modifiers, Stage
from sdstudio.ui.tools.transform_box import Grip, handle, kind_for


def grip_under(
    box: Bounds, transform: Transform, stage: Stage, place: Point, pivot: Point, mode: str, modifiers: Modifiers
) -> Grip:
    """What a press at `place` would hold; `mode` is the setting, `pivot` a place of the box before the transform."""
    grip = grip_at(box, transform, stage.camera, place, pivot)
    if grip.kind != "scale":
        return Grip("pivot") if modifiers == Modifiers.AltModifier else grip
    ctrl = bool(modifiers & Modifiers.ControlModifier)
    others = Modifiers.AltModifier | Modifiers.ShiftModifier
    steeply = ctrl and modifiers & others == others
    return Grip(kind_for(mode, grip.across, grip.down, freely=ctrl, steeply=steeply), grip.across, grip.down)


def snapped(box: Bounds, before: Transform, grip: Grip, stage: Stage, start: Point, now: Point) -> Point:
    """Where the pointer would be for the box, or the handle in the hand, to lie on a guide near it.

    `before` is the transform at the beginning of the drag, `start` the place of the press.
    """
    dx, dy = now.x - start.x, now.y - start.y
    if grip.kind == "move":
        x, y = stage.snap_shift(before.bounds(box).translated(round(dx), round(dy)))
        return Point(now.x + x, now.y + y)
    if grip.kind in ("scale", "distort"):
        held = before.map(handle(box, grip.across, grip.down))
        wanted = Point(held.x + dx, held.y + dy)
        there = stage.snap(wanted)
        return Point(now.x + there.x - wanted.x, now.y + there.y - wanted.y)
    return now
