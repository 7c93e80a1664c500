"""The place that turns go around: the middle of the box unless a person has put it elsewhere. Must not know tools."""

from __future__ import annotations

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.transform import Transform
from sdstudio.ui.tools.tool import Stage
from sdstudio.ui.tools.transform_box import HANDLES, handle

_REACH = 8.0  # view pixels within which it is drawn to a handle or the middle
_MIDDLE = (0, 0)


class Pivot:
    """Kept as a place of the box before the transform, so that it goes wherever the box goes."""

    def __init__(self) -> None:
        self._place: Point | None = None

    @property
    def is_in_middle(self) -> bool:
        return self._place is None

    def of(self, area: Bounds) -> Point:
        """Where it is in the box around `area`, before the transform."""
        return handle(area, *_MIDDLE) if self._place is None else self._place

    @property
    def place(self) -> Point | None:
        """In the box before the transform; None in its middle."""
        return self._place

    @place.setter
    def place(self, place: Point | None) -> None:
        self._place = place

    def reset(self) -> None:
        """Back to the middle."""
        self._place = None

    def put(self, area: Bounds, transform: Transform, at: Point, stage: Stage) -> None:
        """Bring it to a place of the document: to the middle or a handle near it, else to a guide near it.

        It is on whole pixels, so that quarter turns and mirrors around it are exact.
        """
        reach = _REACH / stage.camera.scale
        distances = {key: transform.map(handle(area, *key)).distance(at) for key in (_MIDDLE, *HANDLES)}
        nearest = min(distances, key=lambda key: distances[key])
        if distances[nearest] > reach:
            there = stage.snap(at)
            self._place = transform.inverse.map(Point(round(there.x), round(there.y)))
        else:
            self._place = None if nearest == _MIDDLE else handle(area, *nearest)
