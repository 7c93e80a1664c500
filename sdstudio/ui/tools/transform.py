"""Move, scale, turn, slant and distort by the handles of a box: layers, what is selected of them, or the selection."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QCursor, QPainter

from sdstudio.document.transforms import around_middle
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.transform import IDENTITY, Transform
from sdstudio.raster.warp import Filter
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.box_numbers import number, with_number
from sdstudio.ui.tools.handles import cursor_for, paint_box
from sdstudio.ui.tools.pivot import Pivot
from sdstudio.ui.tools.tool import Modifiers, Tool
from sdstudio.ui.tools.trail import Trail
from sdstudio.ui.tools.transform_box import Grip, Pull, dragged, on_whole_pixels
from sdstudio.ui.tools.transform_grip import grip_under, snapped
from sdstudio.ui.tools.transform_options import (
    buttons,
    filter_option,
    linked_option,
    mode_option,
    numbers,
    target_option,
)
from sdstudio.ui.tools.transform_subject import TransformSubject

translate = QCoreApplication.translate

_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
_LARGE_STEP = 10  # pixels, with Shift
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_State = tuple[Transform, Point | None]  # with the pivot's place


class TransformTool(Tool):
    """Nothing is changed before it is applied: by Enter, by the button, or by taking another tool or layer."""

    id = "transform"
    icon = "scaling"
    shortcut = "Ctrl+T"
    wants_every_sample = False

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Transform")
        self.hint = translate(
            "Tool",
            "Drag inside: move, handles: scale, outside: turn. Shift keeps proportions or turns by 15°, "
            "Alt: about the pivot, Ctrl+handle: distort or slant. Drag the ring, or Alt+click, to move the pivot. "
            "Enter applies, Ctrl+Z takes the last step back, Escape cancels all.",
        )
        self.options = (target_option(), mode_option())
        self.live = numbers(self) + buttons(self)
        self.later_options = (linked_option(), filter_option())
        self._subject = TransformSubject(editor)
        self._pivot = Pivot()
        self._grip: Grip | None = None
        self._start = Point(0, 0)
        self._before: _State = (IDENTITY, None)
        self._trail: Trail[_State] = Trail()
        self._hovered: Point | None = None
        self._is_applying = False
        editor.document_replaced.connect(self._on_document_replaced)
        editor.option_changed.connect(self._on_option_changed)
        self._on_document_replaced()

    @property
    def is_active(self) -> bool:
        return self._subject.floating is not None

    @property
    def transform(self) -> Transform:
        return self._subject.transform

    # In the hand

    def take_up(self) -> None:
        self._subject.is_in_hand = True
        self._rest()
        try:
            self._subject.area()
        except StudioError as error:
            self.editor.message.emit(error.message)

    def settle(self) -> None:
        """What was done so far is applied; what is refused is said."""
        try:
            self.apply()
        except StudioError as error:
            self.cancel()
            self.editor.message.emit(error.message)

    def put_down(self) -> None:
        super().put_down()
        self._subject.is_in_hand = False
        self.editor.set_setting(transform_target="layers")

    def cursor(self, modifiers: Modifiers) -> QCursor:
        box = self._subject.box
        if box is None or self.stage is None or self._hovered is None:
            return QCursor(Qt.CursorShape.ArrowCursor)
        grip = self._grip or self._grip_at(self._hovered, modifiers)
        return QCursor(cursor_for(grip, box, self.transform, self.stage.camera))

    def hover(self, position: Point | None, modifiers: Modifiers) -> None:
        self._hovered = position

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        self._subject.lift()
        self._grip = self._grip_at(sample.position, modifiers)
        self._start, self._before = sample.position, self._state

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        floating, grip = self._subject.floating, self._grip
        if floating is None or grip is None or self.stage is None:
            return
        if grip.kind == "pivot":
            self._pivot.put(floating.area, floating.transform, sample.position, self.stage)
            self.update_overlay()
            return
        shift = bool(modifiers & Modifiers.ShiftModifier)
        keeps = shift != (self.editor.settings.transform_linked and grip.kind == "scale")
        now = sample.position
        if not keeps:
            now = snapped(floating.area, self._before[0], grip, self.stage, self._start, now)
        alt = bool(modifiers & Modifiers.AltModifier)
        self._show(
            dragged(
                floating.area,
                self._before[0],
                grip,
                Pull(self._start, now, keeps, alt, self._pivot.of(floating.area)),
            )
        )

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        self.move(sample, modifiers)
        self._grip = None
        if self._state != self._before and not (self.transform.is_identity and self._before[0].is_identity):
            self._trail.leave(self._before)
        if self.transform.is_identity:
            self._put_away()
        self.tell_live()
        self.update_overlay()

    def cancel(self) -> None:
        """In the middle of a drag only that drag; else everything that is not applied yet."""
        if self._grip is not None and not self._before[0].is_identity:
            self._put(self._before)
        else:
            self._rest()
        self.tell_live()
        self.update_overlay()

    @property
    def can_redo(self) -> bool:
        return self._trail.can_go_on

    def undo(self) -> None:
        if self._grip is None and self._trail.can_go_back:
            self._put(self._trail.back(self._state))
        else:
            self.cancel()

    def redo(self) -> None:
        self._subject.lift()
        self._put(self._trail.on(self._state))

    def claims(self, key: Qt.Key, modifiers: Modifiers) -> bool:
        plain = modifiers & ~Modifiers.KeypadModifier
        if key in _ENTER or key == Qt.Key.Key_Escape:
            return self.is_active and plain == Modifiers.NoModifier
        return key in _ARROWS and plain in (Modifiers.NoModifier, Modifiers.ShiftModifier)

    def key_press(self, key: Qt.Key, modifiers: Modifiers) -> None:
        if key in _ENTER:
            self.apply()
        elif key == Qt.Key.Key_Escape:
            self.cancel()
        else:
            step = _LARGE_STEP if modifiers & Modifiers.ShiftModifier else 1
            dx, dy = _ARROWS[key]
            self.change(Transform.move(dx * step, dy * step), "arrows")

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        box, floating = self._subject.box, self._subject.floating
        if box is None or self.stage is None:
            return
        if floating is not None and not floating.transform.is_identity:
            floating.paint(painter, camera, self.stage.middle)
        note = self._note() if self._grip is not None and self._grip.kind != "pivot" else ""
        paint_box(painter, camera, box, self.transform, note, self._pivot.of(box))

    # What can be done with it

    def change(self, following: Transform, kind: str = "") -> None:
        """Put one more transform, in document coordinates, on what is floating. `kind` as `Trail.leave` has it."""
        self._step(self._subject.lift().transform.then(following), kind)

    def apply(self) -> None:
        """Put it down as one undo step. Raises StudioError when it is refused; it keeps floating then."""
        floating = self._subject.floating
        if floating is None or self._is_applying:
            return
        self._is_applying = True
        try:
            floating.apply(Filter(self.editor.settings.transform_filter))
        finally:
            self._is_applying = False
        self._rest()
        self.update_overlay()

    def flip(self, x: float, y: float) -> None:
        """Around the pivot; on whole pixels where that can be, so that it is exact."""
        self._change_neatly(Transform.scale(x, y, self._pivot_place))

    def turn(self, degrees: float) -> None:
        """Around the pivot; quarter turns are on whole pixels where that can be, so that they are exact."""
        box = self._subject.box
        if degrees % 90 == 0 and box is not None and self.transform.is_exact and self._pivot.is_in_middle:
            self.change(around_middle(Transform.rotate(degrees), self.transform.bounds(box)))
        else:
            self._change_neatly(Transform.rotate(degrees, self._pivot_place))

    def reset_pivot(self) -> None:
        """Back to the middle of the box."""
        self._pivot.reset()
        self.update_overlay()

    def number(self, name: str) -> float | None:
        """One of `box_numbers.NAMES`; None when there is no box."""
        box = self._subject.box
        return None if box is None else number(box, self.transform, name)

    def set_number(self, name: str, value: float) -> None:
        now, box = self.number(name), self._subject.box
        if now is None or box is None or math.isclose(now, value, abs_tol=1e-3):
            return
        self._subject.lift()
        linked = self.editor.settings.transform_linked
        self._step(with_number(box, self.transform, self._pivot.of(box), name, value, linked=linked), name)

    # Within

    @property
    def _pivot_place(self) -> Point:
        box = self._subject.box
        return self.transform.map(self._pivot.of(box)) if box is not None else Point(0, 0)

    @property
    def _state(self) -> _State:
        return self.transform, self._pivot.place

    def _change_neatly(self, following: Transform) -> None:
        self.change(on_whole_pixels(following) if self.transform.is_exact else following)

    def _step(self, transform: Transform | None, kind: str) -> None:
        """Let it float that way, as a step of its own."""
        before = self._state
        self._show(transform)
        if self._state != before:
            self._trail.leave(before, kind)
        if self.transform.is_identity:
            self._put_away()
        self.tell_live()

    def _put(self, state: _State) -> None:
        """Back or forward to a state."""
        self._grip = None
        transform, self._pivot.place = state
        if transform.is_identity:
            self._put_away()
        elif self._subject.floating is not None:
            self._subject.floating.transform = transform
        self.tell_live()
        self.update_overlay()

    def _show(self, transform: Transform | None) -> None:
        """Let it float that way; None and shapes without a picture leave it as it is."""
        if self._subject.show(transform):
            self.tell_live()
            self.update_overlay()

    def _put_away(self) -> None:
        """Nothing floats any more; what was not applied is as it was."""
        self._grip = None
        self._subject.drop()
        self._forget_box()

    def _rest(self) -> None:
        """The same, and the next transform begins with the pivot in the middle."""
        self._put_away()
        self._pivot.reset()
        self._trail.clear()

    def _forget_box(self) -> None:
        self._subject.forget_box()
        self.tell_live()

    def _grip_at(self, place: Point, modifiers: Modifiers) -> Grip:
        box = self._subject.box
        assert box is not None
        assert self.stage is not None, "a tool works only on a canvas"
        mode = self.editor.settings.transform_mode
        return grip_under(box, self.transform, self.stage, place, self._pivot.of(box), mode, modifiers)

    def _note(self) -> str:
        width, height, angle = (self.number(name) or 0.0 for name in ("width", "height", "angle"))
        return f"{width:.0f} × {height:.0f}" + (f", {angle:.1f}°" if abs(angle) > 0.05 else "")

    # What the document tells

    def _on_document_replaced(self) -> None:
        document = self.editor.document
        document.history.changed.connect(self._on_history_changed)
        document.active_changed.connect(self._on_active_changed)
        document.selection_changed.connect(self._on_selection_changed)
        self._rest()

    def _on_history_changed(self) -> None:
        floating = self._subject.floating
        if floating is not None and not self._is_applying and not floating.follows():
            self._rest()
        elif floating is None:
            self._rest()  # pivot and steps were meant for what was there
        self._forget_box()
        self.update_overlay()

    def _on_selection_changed(self, _area: Bounds) -> None:
        self._forget_box()

    def _on_option_changed(self, key: str) -> None:
        """Something else is to be transformed: what floats is put down first."""
        if key == "transform_target" and self._subject.is_in_hand:
            self.settle()
            self._rest()
            self.update_overlay()

    def _on_active_changed(self) -> None:
        """Another layer: what floats is put down, unless it went with its layer."""
        if self._subject.floating is not None and not self._subject.floating.follows():
            self._rest()
        self.settle()
        self._forget_box()
        self.update_overlay()
