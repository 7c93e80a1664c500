"""What the selection tools share: how a new shape meets the selection, moving its outline, and clicking it away.

Shift adds to the selection, Alt takes away from it, both together keep what is in both; without a key the options bar
decides. A drag that begins inside of the selection moves its outline. What is selected is also the mask of a
generation.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPen, QPolygonF

from sdstudio.document.commands import EditSelection
from sdstudio.document.selecting import joined
from sdstudio.document.selection_draft import SelectionDraft
from sdstudio.errors import StudioError
from sdstudio.raster import contour, masks
from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.tiles import Mask
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.option import Option
from sdstudio.ui.tools.tool import Modifiers, Tool

translate = QCoreApplication.translate

CLICK_DISTANCE = 3.0  # view pixels
_CHOOSING = Modifiers.ShiftModifier | Modifiers.AltModifier
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_LARGE_STEP = 10  # pixels, with Shift


class SelectionTool(Tool):
    """A press outside of the selection begins something new: what, is the business of each tool."""

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.options = (mode_option(), antialias_option(), feather_option())
        self._mode = "replace"
        self._choosing = Modifiers.NoModifier  # keys that have chosen the mode and are still held
        self._grip: Point | None = None  # where the outline was taken hold of
        self._draft: SelectionDraft | None = None
        self._hovered: Point | None = None
        self._is_all: bool | None = None  # whether everything is selected; None: not looked at yet
        editor.document.selection_changed.connect(self._on_selection_changed)
        editor.document_replaced.connect(self._on_document_replaced)

    # What each tool does its own way

    def begin(self, sample: Sample, modifiers: Modifiers) -> None:
        """A press that does not take hold of the outline. `modifiers` has only keys that did not choose the mode."""

    def go_on(self, sample: Sample, modifiers: Modifiers) -> None:
        """The drag goes on."""

    def end(self, sample: Sample, modifiers: Modifiers) -> None:
        """The button goes up."""

    def click_inside(self, sample: Sample) -> None:
        """A press inside of the selection that was no drag."""

    # The drag

    @property
    def is_active(self) -> bool:
        return self._grip is not None

    def cursor(self, modifiers: Modifiers) -> QCursor:
        would_move = self._grip is not None
        if not self.is_active and self._hovered is not None and not modifiers & _CHOOSING:
            would_move = self.editor.settings.selection_mode == "replace" and self._is_movable(self._hovered)
        return QCursor(Qt.CursorShape.SizeAllCursor) if would_move else super().cursor(modifiers)

    def hover(self, position: Point | None, modifiers: Modifiers) -> None:
        self._hovered = position

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        has_selection = not self.editor.document.selection.is_empty
        self._choosing = modifiers & _CHOOSING if has_selection else Modifiers.NoModifier
        self._mode = self._mode_for(self._choosing)
        if self._mode == "replace" and self._is_movable(sample.position):
            self._grip = sample.position
        else:
            self.begin(sample, modifiers & ~self._choosing)

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        self._choosing &= modifiers  # a key that was let go may be pressed again for the shape
        if self._grip is not None:
            self._move_outline(sample.position)
        else:
            self.go_on(sample, modifiers & ~self._choosing)

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._grip is None:
            self.end(sample, modifiers & ~self._choosing)
            return
        self._move_outline(sample.position)
        draft, self._grip, self._draft = self._draft, None, None
        if draft is not None:
            draft.commit()
        else:
            self.click_inside(sample)

    def cancel(self) -> None:
        self._grip = None
        if self._draft is not None:
            draft, self._draft = self._draft, None
            draft.cancel()
        self.update_overlay()

    # Keys

    def claims(self, key: Qt.Key, modifiers: Modifiers) -> bool:
        plain = modifiers & ~Modifiers.KeypadModifier
        is_step = key in _ARROWS and plain in (Modifiers.NoModifier, Modifiers.ShiftModifier)
        return is_step and not self.editor.document.selection.is_empty

    def key_press(self, key: Qt.Key, modifiers: Modifiers) -> None:
        step = _LARGE_STEP if modifiers & Modifiers.ShiftModifier else 1
        dx, dy = _ARROWS[key]
        document = self.editor.document
        moved = self._moved(document.selection, dx * step, dy * step)
        document.run(EditSelection(moved, translate("Tool", "Move selection")))

    # For the tools

    def select(self, shape: Mask) -> None:
        """Put `shape` to the selection as keys and options say: one undo step."""
        document = self.editor.document
        feather_px = self.editor.settings.selection_feather
        if feather_px:
            shape = contour.reworked(
                shape, document.bounds, feather_px, lambda coverage: contour.feather(coverage, feather_px)
            )
        was_empty = document.selection.is_empty
        if was_empty and self._mode == "subtract" and not shape.is_empty:
            sentence = translate("Tool", "Nothing is selected yet, so there is nothing to take away from.")
            raise StudioError(sentence)
        selection = joined(document.selection, shape, self._mode, document.bounds)
        if self._mode == "intersect" and selection.is_empty and not was_empty:
            sentence = translate("Tool", "The shape lies outside of the selection, so the selection stays as it is.")
            raise StudioError(sentence)
        if not (selection.is_empty and was_empty):
            document.run(EditSelection(selection, translate("Tool", "Select")))

    def is_click(self, *points: Point) -> bool:
        """Whether the points lie so near to the first one that no drag was meant."""
        assert self.stage is not None, "a tool works only on a canvas"
        return max(points[0].distance(point) for point in points) * self.stage.camera.scale < CLICK_DISTANCE

    def deselect_around(self, at: Point) -> None:
        """A click beside the selection takes it away, unless the click was meant to add or subtract."""
        document = self.editor.document
        if self._mode == "replace" and not document.selection.is_empty and not self._is_selected(at):
            document.run(EditSelection(Mask(), translate("Tool", "Deselect")))

    # Within

    def _mode_for(self, keys: Modifiers) -> str:
        shift, alt = bool(keys & Modifiers.ShiftModifier), bool(keys & Modifiers.AltModifier)
        if not shift and not alt:
            return self.editor.settings.selection_mode
        return "intersect" if shift and alt else "add" if shift else "subtract"

    def _is_selected(self, at: Point) -> bool:
        return bool(self.editor.document.selection.read(Bounds(math.floor(at.x), math.floor(at.y), 1, 1)).any())

    def _is_movable(self, at: Point) -> bool:
        """Not when everything is selected: then a person wants to draw a smaller selection."""
        if not self._is_selected(at):
            return False
        if self._is_all is None:
            document = self.editor.document
            self._is_all = document.selection.content_bounds().contains(document.bounds)
        return not self._is_all

    def _move_outline(self, to: Point) -> None:
        if self._grip is None or (self._draft is None and self.is_click(self._grip, to)):
            return
        if self._draft is None:
            self._draft = SelectionDraft(self.editor.document, translate("Tool", "Move selection"))
        dx, dy = round(to.x - self._grip.x), round(to.y - self._grip.y)
        self._draft.show(self._moved(self._draft.before, dx, dy))

    def _moved(self, selection: Mask, dx: int, dy: int) -> Mask:
        """`selection` elsewhere; one that would leave the canvas altogether stays at its edge."""
        bounds, area = self.editor.document.bounds, selection.content_bounds()
        dx = min(max(dx, 1 - area.right), bounds.right - 1 - area.x)
        dy = min(max(dy, 1 - area.bottom), bounds.bottom - 1 - area.y)
        return masks.combined(Mask(), selection.translated(dx, dy), "replace", bounds)

    def _on_selection_changed(self, _area: Bounds) -> None:
        self._is_all = None

    def _on_document_replaced(self) -> None:
        self.editor.document.selection_changed.connect(self._on_selection_changed)
        self._is_all = None
        self._grip = self._draft = None
        self.cancel()


def paint_line(painter: QPainter, line: QPolygonF) -> None:
    """The line of a shape that is being drawn, to be seen on any picture."""
    for color, style in ((QColor(0, 0, 0, 200), Qt.PenStyle.SolidLine), (QColor("white"), Qt.PenStyle.DashLine)):
        painter.setPen(QPen(color, 1, style))
        painter.drawPolyline(line)


def outline(camera: Camera, points: list[Point]) -> QPolygonF:
    """`points` in view coordinates."""
    return QPolygonF([camera.to_view(point) for point in points])


def mode_option() -> Option:
    return Option(
        "choice",
        "selection_mode",
        translate("Option", "Mode"),
        choices=(
            ("replace", translate("Option", "Replace")),
            ("add", translate("Option", "Add")),
            ("subtract", translate("Option", "Subtract")),
            ("intersect", translate("Option", "Intersect")),
        ),
        help=translate("Option", "What a new shape does to the selection that is there (Shift adds, Alt subtracts)"),
    )


def antialias_option() -> Option:
    label = translate("Option", "Smooth edge")
    return Option("toggle", "selection_antialias", label, help=translate("Option", "Edges without visible steps"))


def feather_option() -> Option:
    return Option(
        "number",
        "selection_feather",
        translate("Option", "Feather"),
        (0, 250),
        "px",
        help=translate("Option", "How far the edge of a new shape fades out on each side"),
    )
