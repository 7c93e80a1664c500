"""A hand that works on a canvas with real events, aimed at places of the document."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QInputDevice,
    QMouseEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QPointingDeviceUniqueId,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.ui.canvas.view import CanvasView

Button = Qt.MouseButton
Keys = Qt.KeyboardModifier
Place = tuple[float, float]

NO_KEYS = Keys.NoModifier


class Hand:
    def __init__(self, canvas: CanvasView) -> None:
        self.canvas = canvas
        self.tilt: Place = (0, 0)  # of the pen
        self._pens = {kind: _pen(kind) for kind in ("Pen", "Eraser")}

    # The mouse

    def press(self, place: Place, keys: Keys = NO_KEYS, button: Button = Button.LeftButton) -> None:
        self._mouse(QEvent.Type.MouseButtonPress, place, keys, button, button)

    def move(self, place: Place, keys: Keys = NO_KEYS, button: Button = Button.LeftButton) -> None:
        self._mouse(QEvent.Type.MouseMove, place, keys, Button.NoButton, button)
        QApplication.processEvents()

    def hover(self, place: Place) -> None:
        self.move(place, button=Button.NoButton)

    def release(self, place: Place, keys: Keys = NO_KEYS, button: Button = Button.LeftButton) -> None:
        self._mouse(QEvent.Type.MouseButtonRelease, place, keys, button, Button.NoButton)
        QApplication.processEvents()

    def drag(self, *places: Place, keys: Keys = NO_KEYS, button: Button = Button.LeftButton) -> None:
        """Press at the first place, go through the others, release at the last; all in document coordinates."""
        self.press(places[0], keys, button)
        for place in places[1:]:
            self.move(place, keys, button)
        self.release(places[-1], keys, button)

    def click(self, place: Place, keys: Keys = NO_KEYS) -> None:
        self.drag(place, keys=keys)

    def wheel(self, place: Place, notches: float, keys: Keys = NO_KEYS) -> None:
        at = self.in_view(place)
        turned = QPointF(0, notches * 120).toPoint()
        event = QWheelEvent(
            at,
            self._global(at),
            QPointF(0, 0).toPoint(),
            turned,
            Button.NoButton,
            keys,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.canvas, event)

    def pinch(self, gesture: Qt.NativeGestureType, place: Place, value: float) -> None:
        """What a touch pad reports: a share to zoom by, or degrees to turn."""
        at = self.in_view(place)
        everywhere = self._global(at)
        device = QPointingDevice.primaryPointingDevice()
        event = QNativeGestureEvent(gesture, device, 2, at, at, everywhere, value, QPointF(0, 0))
        QApplication.sendEvent(self.canvas, event)

    # The pen

    def pen(self, *reports: tuple[float, float, float], kind: str = "Pen", tilt: Place = (0, 0)) -> None:
        """A stroke with the pen: x, y in the document and pressure for each report; `tilt` in degrees."""
        self.tilt = tilt
        for index, (x, y, pressure) in enumerate(reports):
            is_first = index == 0
            event_type = QEvent.Type.TabletPress if is_first else QEvent.Type.TabletMove
            self.pen_event(event_type, (x, y), pressure, kind, Button.LeftButton if is_first else Button.NoButton)
        self.pen_event(QEvent.Type.TabletRelease, reports[-1][:2], 0.0, kind, Button.LeftButton)

    def pen_event(
        self, kind: QEvent.Type, place: Place, pressure: float, pen: str = "Pen", button: Button = Button.NoButton
    ) -> QTabletEvent:
        event = self.pen_report(kind, place, pressure, pen, button)
        QApplication.sendEvent(self.canvas, event)
        return event

    def pen_report(
        self, kind: QEvent.Type, place: Place, pressure: float, pen: str = "Pen", button: Button = Button.NoButton
    ) -> QTabletEvent:
        """An event that is still to be sent."""
        at = self.in_view(place)
        held = Button.NoButton if kind == QEvent.Type.TabletRelease else Button.LeftButton
        device = self._pens[pen]
        x, y = self.tilt
        return QTabletEvent(kind, device, at, self._global(at), pressure, x, y, 0, 0, 0, NO_KEYS, button, held)

    # Keys

    def key(self, key: Qt.Key, keys: Keys = NO_KEYS) -> None:
        QTest.keyClick(self.canvas, key, keys)
        QApplication.processEvents()

    # Where and what

    def in_view(self, place: Place) -> QPointF:
        return self.canvas.camera.to_view(Point(*place))

    def seen_at(self, place: Place) -> QColor:
        """The colour on the screen above a place of the document."""
        QApplication.processEvents()
        return self.canvas.grab().toImage().pixelColor(self.in_view(place).toPoint())

    def _global(self, at: QPointF) -> QPointF:
        return QPointF(self.canvas.mapToGlobal(at))

    def _mouse(self, kind: QEvent.Type, place: Place, keys: Keys, button: Button, held: Button) -> None:
        at = self.in_view(place)
        QApplication.sendEvent(self.canvas, QMouseEvent(kind, at, self._global(at), button, held, keys))


def color_at(document: Document, x: int, y: int) -> QColor:
    """The colour of one pixel of the composed document."""
    return render(document, Bounds(x, y, 1, 1)).pixelColor(0, 0)


def _pen(kind: str) -> QPointingDevice:
    return QPointingDevice(
        f"test {kind}",
        1,
        QInputDevice.DeviceType.Stylus,
        QPointingDevice.PointerType[kind],
        QInputDevice.Capability.Position
        | QInputDevice.Capability.Pressure
        | QInputDevice.Capability.XTilt
        | QInputDevice.Capability.YTilt,
        1,
        3,
        "",
        QPointingDeviceUniqueId(),
    )
