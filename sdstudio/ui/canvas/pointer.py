"""From mouse, pen and keys to the tools: decides which tool a press is for and feeds it samples.

Reports are only noted when they arrive and handed on when all that wait have been read, so that a slow tool loses none
and a tool that wants just the newest gets just that. Must not know how anything is painted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from PySide6.QtCore import QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QPointingDevice, QTabletEvent, QWindow

from sdstudio.errors import StudioError, enough_memory
from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Point
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.tool import Modifiers, Tool
from sdstudio.ui.tools.toolbox import Toolbox

_PEN_KINDS = (QPointingDevice.PointerType.Pen, QPointingDevice.PointerType.Eraser)
_PLACES = 6  # digits of a pixel's fraction that count
_TRACKED = {
    Qt.Key.Key_Shift: Modifiers.ShiftModifier,
    Qt.Key.Key_Control: Modifiers.ControlModifier,
    Qt.Key.Key_Alt: Modifiers.AltModifier,
}


@dataclass(frozen=True)
class Report:
    """What a pointing device said: a place in view coordinates and how the pen was held."""

    position: QPointF
    modifiers: Modifiers
    pressure: float = 1.0
    tilt_x: float = 0.0
    tilt_y: float = 0.0
    time_ms: float = 0.0


class Pointer(QObject):
    """Owns the drag in progress. `to_document` maps view coordinates as the camera shows the document at the moment."""

    def __init__(self, editor: Editor, toolbox: Toolbox, to_document: Callable[[QPointF], Point]) -> None:
        super().__init__()
        self._editor = editor
        self._toolbox = toolbox
        self._to_document = to_document
        self._tool: Tool | None = None
        self._button = Qt.MouseButton.NoButton
        self._pen_is_down = False
        self._is_mouse = False  # that made the last press
        self.knows_a_pen = False  # one has been used: fingers then only move the view
        self._space_held = False
        self._modifiers = Modifiers.NoModifier
        self._chosen_by = Modifiers.NoModifier
        self._waiting: list[Report] = []
        self._latest: Report | None = None
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.deliver)
        editor.document_replaced.connect(self._on_document_replaced)
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.focusWindowChanged.connect(self._on_focus_window_changed)

    @property
    def is_dragging(self) -> bool:
        return self._tool is not None

    @property
    def tool(self) -> Tool:
        """The tool of the drag in progress, or the one that a press would use now."""
        return self._tool or self._tool_for(Qt.MouseButton.LeftButton, self._modifiers)[0] or self._toolbox.active

    @property
    def modifiers(self) -> Modifiers:
        return self._modifiers

    # Mouse and pen

    def mouse_pressed(self, event: QMouseEvent) -> None:
        if not self._is_echo_of_pen(event):
            self._is_mouse = True
            self._press(event.button(), _mouse_report(event), is_eraser_end=False)

    def mouse_moved(self, event: QMouseEvent) -> None:
        if self._is_echo_of_pen(event):
            return
        if self.is_dragging and not event.buttons() & self._button:
            self._end_lost_drag()
        self._move(_mouse_report(event))

    def mouse_released(self, event: QMouseEvent) -> None:
        if not self._is_echo_of_pen(event):
            self._release(event.button(), _mouse_report(event))

    def pen_pressed(self, event: QTabletEvent) -> None:
        self._is_mouse, self._pen_is_down, self.knows_a_pen = False, True, True
        is_eraser_end = event.pointerType() == QPointingDevice.PointerType.Eraser
        self._press(event.button(), _pen_report(event), is_eraser_end=is_eraser_end)

    def pen_moved(self, event: QTabletEvent) -> None:
        self._move(_pen_report(event))

    def pen_released(self, event: QTabletEvent) -> None:
        self._release(event.button(), _pen_report(event))
        self._pen_is_down = False

    # A finger, as Fingers says

    def finger_pressed(self, at: QPointF, time_ms: float) -> None:
        self._is_mouse = False
        self._press(Qt.MouseButton.LeftButton, Report(at, self._modifiers, time_ms=time_ms), is_eraser_end=False)

    def finger_moved(self, at: QPointF, time_ms: float) -> None:
        self._move(Report(at, self._modifiers, time_ms=time_ms))

    def finger_released(self, at: QPointF, time_ms: float) -> None:
        self._release(Qt.MouseButton.LeftButton, Report(at, self._modifiers, time_ms=time_ms))

    def deliver(self) -> None:
        """Hand what was noted to the tool."""
        self._soon.stop()
        waiting, self._waiting = self._waiting, []
        tool = self._tool
        if tool is None:
            return
        if not tool.wants_every_sample:
            waiting = waiting[-1:]
        for modifiers, reports in groupby(waiting, key=lambda report: report.modifiers):
            samples = [self._sample(report) for report in reports]
            if self._tool is tool:  # it may have refused what came before
                self._guarded(partial(tool.moves, samples, modifiers & ~self._chosen_by))

    def cancel(self) -> None:
        """End the drag as if it had never been."""
        self._waiting.clear()
        tool, self._tool = self._tool, None
        if tool is not None:
            tool.cancel()

    # Keys

    def key_is_ours(self, event: QKeyEvent) -> bool:
        """Whether this key must not become a shortcut: everything during a drag, Space, and what the tool claims."""
        if self.is_dragging or event.key() == Qt.Key.Key_Space:
            return True
        return self._toolbox.active.claims(Qt.Key(event.key()), event.modifiers())

    def key_pressed(self, event: QKeyEvent) -> bool:
        """True when the key has been used."""
        if event.key() in _TRACKED:
            self._modifiers = event.modifiers() | _TRACKED[Qt.Key(event.key())]
            return False
        if self.is_dragging:
            if event.key() == Qt.Key.Key_Escape or event.matches(QKeySequence.StandardKey.Undo):
                self.cancel()
            return True
        if event.key() == Qt.Key.Key_Space:
            self._space_held = True
            return True
        return self._key_to_tool(Qt.Key(event.key()), event.modifiers())

    def key_released(self, event: QKeyEvent) -> bool:
        if event.key() in _TRACKED:
            self._modifiers = event.modifiers() & ~_TRACKED[Qt.Key(event.key())]
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space_held = False
            return True
        return False

    def keys_lost(self) -> None:
        """The keyboard belongs to another widget: what was held may be released without our knowing."""
        self._space_held = False
        self._modifiers = Modifiers.NoModifier

    # Within

    def _tool_for(self, button: Qt.MouseButton, modifiers: Modifiers) -> tuple[Tool | None, Modifiers]:
        """The tool that a press is for, and the keys that chose it: to that tool they mean nothing more."""
        tools = self._toolbox
        if button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and self._space_held):
            if modifiers & Modifiers.ShiftModifier:
                return tools.tool("rotate"), Modifiers.ShiftModifier
            if modifiers & Modifiers.ControlModifier:
                return tools.tool("zoom"), Modifiers.ControlModifier
            return tools.tool("pan"), Modifiers.NoModifier
        if button == Qt.MouseButton.RightButton and modifiers & Modifiers.AltModifier:
            return tools.adjuster(), modifiers
        if button != Qt.MouseButton.LeftButton:
            return None, Modifiers.NoModifier
        tool = tools.in_hand(modifiers)
        return tool, Modifiers.NoModifier if tool is tools.active else modifiers

    def _press(self, button: Qt.MouseButton, report: Report, *, is_eraser_end: bool) -> None:
        self._modifiers = report.modifiers
        if self.is_dragging and button == self._button:
            self._end_lost_drag()
        if self.is_dragging:
            return  # a second button during a drag
        tool, self._chosen_by = self._tool_for(button, report.modifiers)
        if is_eraser_end and tool is self._toolbox.active:
            tool = self._toolbox.tool("eraser")
        if tool is None:
            return
        self._button = button
        self._tool = tool
        self._latest = report
        self._call(tool.press, report)

    def _move(self, report: Report) -> None:
        self._modifiers = report.modifiers
        if self.is_dragging:
            self._latest = report
            self._waiting.append(report)
            self._soon.start()

    def _release(self, button: Qt.MouseButton, report: Report) -> None:
        if self._tool is None or button != self._button:
            return
        self.deliver()
        if self._tool is not None:  # it may have refused what was just delivered
            self._call(self._tool.release, report)
            self._tool = None

    def _end_lost_drag(self) -> None:
        """The button is up and nobody told us (the window had lost the mouse): keep what was drawn until then."""
        if self._latest is not None:
            self._release(self._button, self._latest)

    def _call(self, action: Callable[[Sample, Modifiers], None], report: Report) -> None:
        self._guarded(partial(action, self._sample(report), report.modifiers & ~self._chosen_by))

    def _sample(self, report: Report) -> Sample:
        place = self._to_document(report.position)
        # Without what the camera's arithmetic leaves, a stroke has the same pixels through every view.
        position = Point(round(place.x, _PLACES), round(place.y, _PLACES))
        return Sample(position, report.pressure, report.tilt_x, report.tilt_y, report.time_ms)

    def _guarded(self, act: Callable[[], None]) -> None:
        """Nothing that a tool refuses may leave an event handler: it becomes a sentence for the person."""
        try:
            with enough_memory():
                act()
        except StudioError as error:
            self.cancel()
            self._editor.message.emit(error.message)

    def _key_to_tool(self, key: Qt.Key, modifiers: Modifiers) -> bool:
        tool = self._toolbox.active
        if not tool.claims(key, modifiers):
            return False
        try:
            with enough_memory():
                tool.key_press(key, modifiers)
        except StudioError as error:
            self._editor.message.emit(error.message)
        return True

    def _is_echo_of_pen(self, event: QMouseEvent) -> bool:
        """Some systems report a pen a second time, as a mouse."""
        return self._pen_is_down or event.pointingDevice().pointerType() in _PEN_KINDS

    def _on_focus_window_changed(self, window: QWindow | None) -> None:
        """Another window is in front: the button may have been released over a dialog, and nobody told us."""
        is_up = not QGuiApplication.mouseButtons() & self._button
        if window is not None and self.is_dragging and self._is_mouse and is_up:
            self._end_lost_drag()

    def _on_document_replaced(self) -> None:
        self._waiting.clear()
        self._tool = None


def _mouse_report(event: QMouseEvent) -> Report:
    return Report(event.position(), event.modifiers(), time_ms=float(event.timestamp()))


def _pen_report(event: QTabletEvent) -> Report:
    return Report(
        event.position(),
        event.modifiers(),
        event.pressure(),
        float(event.xTilt()),
        float(event.yTilt()),
        float(event.timestamp()),
    )
