"""The mirrors that strokes are repeated in: which, and where their axes lie. Kept in a document's metadata.

Must not know how axes are shown or dragged.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.document.metadata import SetMetadata
from sdstudio.document.symmetry import Symmetry
from sdstudio.raster.geometry import Extent, Point
from sdstudio.raster.transform import Transform

KEY = "sdstudio:mirrors"
MOST_RAYS = 24
MirrorKind = Literal["none", "left-right", "top-bottom", "both", "rays"]
_TURNED: dict[MirrorKind, MirrorKind] = {"left-right": "top-bottom", "top-bottom": "left-right"}
_Place = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]


class Mirrors(msgspec.Struct, frozen=True, omit_defaults=True):
    """`x` of the upright axis and `y` of the level one, in document pixels; None: the middle of the canvas."""

    kind: MirrorKind = "none"
    rays: Annotated[int, msgspec.Meta(ge=2, le=MOST_RAYS)] = 6
    x: _Place | None = None
    y: _Place | None = None

    def center(self, extent: Extent) -> Point:
        """Where the axes cross."""
        return Point(
            extent.width / 2 if self.x is None else self.x,
            extent.height / 2 if self.y is None else self.y,
        )

    def symmetry(self, extent: Extent) -> Symmetry | None:
        """What a stroke needs to know; None when nothing is mirrored."""
        center = self.center(extent)
        match self.kind:
            case "left-right":
                return Symmetry(center, left_right=True)
            case "top-bottom":
                return Symmetry(center, top_bottom=True)
            case "both":
                return Symmetry(center, left_right=True, top_bottom=True)
            case "rays":
                return Symmetry(center, rays=self.rays)
        return None

    def through(self, transform: Transform, extent: Extent) -> Mirrors:
        """As they lie after the image was put through `transform`; `extent` is that of the canvas before.

        An axis in the middle of the canvas stays there. Axes are upright or level: a quarter turn makes one of the
        other, and a turn by less keeps what they are.
        """
        a, b, _, c, d, *_ = transform.rows
        is_turned = abs(a) + abs(d) < abs(b) + abs(c)
        there = transform.map(self.center(extent))
        keeps_x, keeps_y = (self.y is None, self.x is None) if is_turned else (self.x is None, self.y is None)
        kind = _TURNED.get(self.kind, self.kind) if is_turned else self.kind
        x, y = (None if keeps else round(at, 3) for keeps, at in ((keeps_x, there.x), (keeps_y, there.y)))
        return msgspec.structs.replace(self, kind=kind, x=x, y=y)


def mirrors_of(document: Document) -> Mirrors:
    """What the metadata says; none where it says nothing that can be understood."""
    try:
        return msgspec.json.decode(document.metadata.get(KEY, "{}"), type=Mirrors)
    except msgspec.MsgspecError:
        return Mirrors()


class SetMirrors(SetMetadata):
    """Set the mirrors anew."""

    def __init__(self, mirrors: Mirrors, label: str) -> None:
        text = msgspec.json.encode(mirrors).decode() if mirrors != Mirrors() else None
        super().__init__(KEY, text, label)
        self._mirrors = mirrors

    def merge(self, following: Command) -> bool:
        """Pulling at the number of rays is one step."""
        if not isinstance(following, SetMirrors):
            return False
        rays = following._mirrors.rays
        if self._mirrors.kind != "rays" or following._mirrors != msgspec.structs.replace(self._mirrors, rays=rays):
            return False
        self._mirrors, self._after = following._mirrors, following._after
        return True
