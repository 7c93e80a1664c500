"""The canvas: the screen together with the hand that works on it.

Feeds mouse, pen, wheel and keys to the pointer and keeps the cursor and the brush's outline true. How the document is
shown is the screen's business, what a press does is the tools'.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QCursor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QTabletEvent,
    QTouchEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from sdstudio.raster.geometry import Bounds, Point
from sdstudio.ui.canvas.aids import SNAP_REACH, Snapping
from sdstudio.ui.canvas.brush_outline import outline_of
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.guest import Guest
from sdstudio.ui.canvas.pointer import Pointer
from sdstudio.ui.canvas.screen import Screen
from sdstudio.ui.canvas.touch import Fingers
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox

_TOUCHES = (QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.TouchEnd, QEvent.Type.TouchCancel)
_PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.TabletPress)
_RELEASES = (QEvent.Type.MouseButtonRelease, QEvent.Type.TabletRelease)
_WHEEL_STEP = 1.2  # zoom for one notch of the wheel


class CanvasView(Screen):
    """Shows `editor.document` and lets the tools of `toolbox` work on it."""

    brushes_wanted = Signal(QPoint)  # a right click with a brush in the hand, at this place of the screen
    cursor_moved = Signal(object)  # Point in document coordinates, or None when the pointer has left

    def __init__(self, editor: Editor, toolbox: Toolbox, parent: QWidget | None = None) -> None:
        super().__init__(editor, parent)
        self._toolbox = toolbox
        self._pointer = Pointer(editor, toolbox, lambda position: self._place_for_tool(position))
        self._is_press = False  # what is mapped to the document now is a press
        self._held_guest: Guest | None = None
        self._snapping: Callable[[float], Snapping] | None = None
        self.setAccessibleName(self.tr("Canvas"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self._fingers = Fingers(self._pointer, lambda: self.camera, self.look_through)
        toolbox.attach(self)
        toolbox.tool_changed.connect(self._on_tool_changed)
        editor.brush_changed.connect(self._on_hand_changed)
        editor.option_changed.connect(self._on_hand_changed)
        self._on_tool_changed()

    # What the window asks for

    def zoom_to(self, scale: float) -> None:
        """1 shows one pixel of the document on one pixel of the screen. The middle of the canvas stays."""
        self.look_through(self.camera.with_zoom(scale, self.middle))

    def zoom_in(self) -> None:
        self.zoom_to(self.camera.next_stop(1))

    def zoom_out(self) -> None:
        self.zoom_to(self.camera.next_stop(-1))

    def rotate_by(self, degrees: float) -> None:
        """Turn the view clockwise around its middle."""
        self.look_through(self.camera.rotated_by(degrees, self.middle))

    def reset_rotation(self) -> None:
        """Upright again; a mirrored view stays mirrored."""
        self.rotate_by(-self.camera.rotation)

    def mirror(self) -> None:
        """Turn the view over, left to right; the document stays as it is."""
        self.look_through(self.camera.flipped(self.middle.x()))

    # Snapping

    def snap_with(self, snapping: Callable[[float], Snapping]) -> None:
        """`snapping(reach)` says from now on what points are drawn to, within `reach` document pixels."""
        self._snapping = snapping

    def snap(self, point: Point) -> Point:
        """The point, drawn to a guide, the grid or an edge near it, where a person wants that."""
        return point if self._snapping is None else self._snapping(SNAP_REACH / self.camera.scale).snap(point)

    def snap_shift(self, area: Bounds) -> tuple[int, int]:
        """How far to move a rectangle for one of its edges, or its middle, to lie on such a line."""
        return (0, 0) if self._snapping is None else self._snapping(SNAP_REACH / self.camera.scale).shift(area)

    def _place_for_tool(self, position: QPointF) -> Point:
        place = self.camera.to_document(position)
        snaps = self._pointer.tool.snaps
        return self.snap(place) if snaps == "always" or (snaps == "drags" and not self._is_press) else place

    # Tools and guests

    def update_overlay(self) -> None:
        """The active tool has something else to paint over the picture."""
        self.update()

    def host(self, widget: QWidget) -> None:
        """Let a small widget of a tool live on the canvas."""
        widget.setParent(self)
        widget.show()

    # The pointer

    def look_through(self, camera: Camera) -> None:
        self._pointer.deliver()  # what was drawn before belongs to the view as it was
        super().look_through(camera)
        self._place_pointer(self._overlays.pointer)

    def _on_tool_changed(self) -> None:
        self.show_mask_strongly(self._toolbox.active.id == "mask")
        self._on_hand_changed()

    def _on_hand_changed(self, _what: str = "") -> None:
        """Another tool, brush or modifier key: another cursor, another outline."""
        tool = self._pointer.tool
        self.setCursor(tool.cursor(self._pointer.modifiers))
        self._overlays.tool = tool
        self._place_pointer(self._overlays.pointer)

    def _place_pointer(self, at: QPointF | None) -> None:
        overlays, tool = self._overlays, self._pointer.tool
        before = overlays.outline_rect()
        overlays.pointer = at
        brush = self._editor.brushes[tool.brush_kind] if tool.brush_kind else None
        overlays.diameter = brush.size * self.camera.scale if brush is not None else 0.0
        overlays.shape = outline_of(brush, self.camera) if brush is not None else None
        overlays.takes_away = tool.takes_away(self._pointer.modifiers)
        for rect in (before, overlays.outline_rect()):
            self._update_rect(rect)

    def _hover(self, at: QPointF | None) -> None:
        self._place_pointer(at)
        place = None if at is None else self.camera.to_document(at)
        tool = self._pointer.tool
        tool.hover(place, self._pointer.modifiers)
        guest = None if at is None or self._pointer.is_dragging else self._guest_at(at)
        cursor = tool.cursor(self._pointer.modifiers) if guest is None else guest[1]
        if cursor.shape() != self.cursor().shape():
            self.setCursor(cursor)
        self.cursor_moved.emit(place)

    def _guest_at(self, at: QPointF) -> tuple[Guest, QCursor] | None:
        """The guest whose a press there would be, and what the pointer looks like; the topmost comes first."""
        for guest in reversed(self._overlays.guests):
            cursor = guest.cursor_at(at, self.camera)
            if cursor is not None:
                return guest, cursor
        return None

    def _to_guest(self, event: QMouseEvent | QTabletEvent) -> bool:
        """Whether the event was for a guest."""
        at = event.position()
        if event.type() in _PRESSES and event.button() == Qt.MouseButton.LeftButton:
            found = None if self._pointer.is_dragging else self._guest_at(at)
            if found is not None:
                self._held_guest = found[0]
                found[0].press(at)
        elif self._held_guest is not None and event.type() in _RELEASES:
            guest, self._held_guest = self._held_guest, None
            guest.release(at)
            return True
        elif self._held_guest is not None:
            self._held_guest.move(at)
        return self._held_guest is not None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._to_guest(event):
            return
        if self._asks_for_brushes(event):
            self.brushes_wanted.emit(event.globalPosition().toPoint())
            return
        self._is_press = True  # a tool with handles must find what was pressed on
        self._pointer.mouse_pressed(event)
        self._is_press = False
        self._on_hand_changed()

    def _asks_for_brushes(self, event: QMouseEvent) -> bool:
        is_plain = event.button() == Qt.MouseButton.RightButton and event.modifiers() == Qt.KeyboardModifier.NoModifier
        return is_plain and not self._pointer.is_dragging and self._toolbox.active.brush_kind is not None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)  # two quick dabs are two dabs

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._to_guest(event):
            self.cursor_moved.emit(self.camera.to_document(event.position()))
            return
        held = self._pointer.modifiers
        self._pointer.mouse_moved(event)
        self._hover(event.position())
        if self._pointer.modifiers != held:
            self._on_hand_changed()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._to_guest(event):
            return
        self._pointer.mouse_released(event)
        self._on_hand_changed()

    def tabletEvent(self, event: QTabletEvent) -> None:
        if self._to_guest(event):
            event.accept()
            return
        match event.type():
            case QEvent.Type.TabletPress:
                self.setFocus(Qt.FocusReason.MouseFocusReason)
                self._is_press = True
                self._pointer.pen_pressed(event)
                self._is_press = False
            case QEvent.Type.TabletRelease:
                self._pointer.pen_released(event)
            case _:
                self._pointer.pen_moved(event)
        self._hover(event.position())
        event.accept()  # or Qt would send it again as a mouse event

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        before = self.camera.zoom
        zoom = before * math.pow(_WHEEL_STEP, event.angleDelta().y() / 120)
        if min(before, zoom) < 1 < max(before, zoom):
            zoom = 1.0  # stop where pixels are shown exactly
        self.look_through(self.camera.with_zoom(zoom, event.position()))
        event.accept()

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._pointer.key_pressed(event):
            super().keyPressEvent(event)
        self._on_hand_changed()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self._pointer.key_released(event):
            super().keyReleaseEvent(event)
        self._on_hand_changed()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._pointer.keys_lost()
        self._on_hand_changed()

    # The widget

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and self._pointer.key_is_ours(cast(QKeyEvent, event)):
            event.accept()
            return True
        if event.type() in _TOUCHES:
            self._fingers.touched(cast(QTouchEvent, event))
            self._on_hand_changed()
            event.accept()  # or Qt would send it again as a mouse event
            return True
        if event.type() == QEvent.Type.NativeGesture:
            return self._gesture(cast(QNativeGestureEvent, event))
        return super().event(event)

    def _gesture(self, event: QNativeGestureEvent) -> bool:
        match event.gestureType():
            case Qt.NativeGestureType.ZoomNativeGesture:
                camera = self.camera.with_zoom(self.camera.zoom * (1 + event.value()), event.position())
            case Qt.NativeGestureType.RotateNativeGesture:
                camera = self.camera.rotated_by(event.value(), event.position())
            case _:
                return False
        self.look_through(camera)
        return True
