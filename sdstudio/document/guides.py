"""Guides: lines that a person lays over a document to work along. Kept in its metadata, so every copy has them.

Must not know how they are shown or dragged.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from sdstudio.document.document import Document
from sdstudio.document.metadata import SetMetadata

KEY = "sdstudio:guides"
MAX_GUIDES = 500  # of both kinds together
Axis = Literal["x", "y"]


class Guides(msgspec.Struct, frozen=True, omit_defaults=True):
    """Positions in document pixels: `x` of the upright lines, `y` of the level ones."""

    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()
    is_locked: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.x and not self.y

    def along(self, axis: Axis) -> tuple[float, ...]:
        """The positions of the lines at which `axis` is constant."""
        return self.x if axis == "x" else self.y

    def with_line(self, axis: Axis, position: float) -> Guides:
        """One more; the same guides when there are too many already."""
        if len(self.x) + len(self.y) >= MAX_GUIDES:
            return self
        return self._replaced(axis, (*self.along(axis), position))

    def moved(self, axis: Axis, index: int, position: float) -> Guides:
        lines = self.along(axis)
        return self._replaced(axis, (*lines[:index], position, *lines[index + 1 :]))

    def without(self, axis: Axis, index: int) -> Guides:
        lines = self.along(axis)
        return self._replaced(axis, lines[:index] + lines[index + 1 :])

    def cleared(self) -> Guides:
        """No lines; locked as before."""
        return Guides(is_locked=self.is_locked)

    def _replaced(self, axis: Axis, lines: tuple[float, ...]) -> Guides:
        return msgspec.structs.replace(self, x=lines) if axis == "x" else msgspec.structs.replace(self, y=lines)


def guides_of(document: Document) -> Guides:
    """What the metadata says; none where it says nothing that can be understood."""
    try:
        guides = msgspec.json.decode(document.metadata.get(KEY, "{}"), type=Guides)
    except msgspec.MsgspecError:
        return Guides()
    return msgspec.structs.replace(guides, x=guides.x[:MAX_GUIDES], y=guides.y[:MAX_GUIDES])


class SetGuides(SetMetadata):
    """Lay the guides anew."""

    def __init__(self, guides: Guides, label: str = "Guides") -> None:
        super().__init__(KEY, msgspec.json.encode(guides).decode() if guides != Guides() else None, label)
