"""What the transform tool has taken up, or would take: layers, what is selected of them, or the selection's outline.

Must not know gestures, keys or what is drawn.
"""

from __future__ import annotations

from sdstudio.document.transforms import Subject
from sdstudio.errors import StudioError
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.transform import IDENTITY, Transform, is_convex
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.floating import Floating
from sdstudio.ui.tools.floating_selection import FloatingSelection

_FLAT = 1e-3  # a corner that folds the box by less than this is a rounding error


class TransformSubject:
    """`is_in_hand` while the tool is: nothing else has a box. `floating` is what was taken up; None while it rests."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self.floating: Floating | FloatingSelection | None = None
        self.is_in_hand = False
        self._resting: Bounds | None = None  # the box while nothing is floating
        self._is_known = False

    @property
    def transform(self) -> Transform:
        return self.floating.transform if self.floating is not None else IDENTITY

    @property
    def box(self) -> Bounds | None:
        """Before any transform, in document pixels; None when there is nothing to take."""
        if self.floating is not None:
            return self.floating.area
        if not self._is_known:
            self._resting, self._is_known = self._look(), True
        return self._resting

    def area(self) -> Bounds:
        """Of what a press would take. Raises StudioError when it would be refused."""
        document = self._editor.document
        if self._takes_selection:
            return FloatingSelection(document).area
        return Subject.of(document, [layer.id for layer in document.chosen]).area(document)

    def lift(self) -> Floating | FloatingSelection:
        """Take it up, if it is not yet. Raises StudioError when it is refused."""
        if self.floating is None:
            document = self._editor.document
            self.floating = FloatingSelection(document) if self._takes_selection else Floating(document)
        return self.floating

    def show(self, transform: Transform | None) -> bool:
        """Let it float that way. False for None and for shapes without a picture: it stays as it is."""
        floating = self.floating
        if floating is None or transform is None or not transform.shows(floating.area):
            return False
        if is_convex(transform.quad(floating.area), _FLAT):
            floating.transform = transform
        return True

    def drop(self) -> None:
        """Nothing floats any more; what was not applied is as it was."""
        floating, self.floating = self.floating, None
        if floating is not None:
            floating.drop()

    def forget_box(self) -> None:
        """The document has changed: where the box lies is to be looked up again."""
        self._is_known = False

    @property
    def _takes_selection(self) -> bool:
        return self._editor.settings.transform_target == "selection"

    def _look(self) -> Bounds | None:
        if not self.is_in_hand:
            return None
        try:
            return self.area()
        except StudioError:
            return None  # it was said when the tool was taken, and is said again by a press
