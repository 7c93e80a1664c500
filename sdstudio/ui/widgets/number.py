"""A number that can be dragged, typed (sums too), stepped with the wheel and reset with a double click."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QMouseEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QWidget

from sdstudio.ui.widgets.arithmetic import evaluate

_PIXELS_PER_STEP = 3  # of dragging
_FINE = 0.1  # with Shift held


class NumberField(QDoubleSpinBox):
    """`valueChanged(float)` as of any spin box. `default` is what a double click brings back."""

    def __init__(
        self,
        low: float,
        high: float,
        *,
        default: float,
        decimals: int = 0,
        step: float = 1.0,
        unit: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.default = default
        self._drag_from: QPointF | None = None
        self._drag_value = 0.0
        self._dragging = False
        self._doubled_ms = 0  # when the last double click was
        self.setDecimals(decimals)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if unit:
            self.setSuffix(f" {unit}")
        self.setValue(default)
        line = self.lineEdit()
        line.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # which Qt hands on to the field, so its own comes afterwards
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a press may become a drag, and that must not take the focus
        line.installEventFilter(self)
        line.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        line.setCursor(Qt.CursorShape.SizeHorCursor)

    # Typing

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        number = self._without_suffix(text)
        state = QValidator.State.Intermediate if evaluate(number) is None else QValidator.State.Acceptable
        return state, text, position

    def valueFromText(self, text: str) -> float:
        value = evaluate(self._without_suffix(text))
        return self.value() if value is None else min(max(value, self.minimum()), self.maximum())

    def textFromValue(self, value: float) -> str:
        text = self.locale().toString(value, "f", self.decimals())
        return text.replace(self.locale().groupSeparator(), "")

    def _without_suffix(self, text: str) -> str:
        return text.removesuffix(self.suffix()).removesuffix(self.suffix().strip())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.lineEdit().setCursor(Qt.CursorShape.SizeHorCursor)

    # Dragging, resetting

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.lineEdit() and isinstance(event, QMouseEvent) and self.isEnabled():
            return self._on_mouse(event)
        return super().eventFilter(watched, event)

    def _on_mouse(self, event: QMouseEvent) -> bool:
        left = event.button() == Qt.MouseButton.LeftButton
        match event.type():
            case QEvent.Type.MouseButtonDblClick if left:
                self.setValue(self.default)
                self.selectAll()
                self._doubled_ms = event.timestamp()
                return True
            case QEvent.Type.MouseButtonPress if left and self._is_third(event):
                self.selectAll()
                return True
            case QEvent.Type.MouseButtonPress if left and not self.hasFocus():
                self._drag_from, self._drag_value, self._dragging = event.globalPosition(), self.value(), False
                return True
            case QEvent.Type.MouseMove if self._drag_from is not None:
                self._drag_to(event)
                return True
            case QEvent.Type.MouseButtonRelease if left and self._drag_from is not None:
                self._drag_from = None
                if not self._dragging:
                    self.setFocus(Qt.FocusReason.MouseFocusReason)
                    self.lineEdit().setCursor(Qt.CursorShape.IBeamCursor)
                    self.selectAll()
                return True
        return False

    def _is_third(self, event: QMouseEvent) -> bool:
        """Of three clicks, with which many select a whole number; it must not put the caret into it."""
        return bool(self._doubled_ms) and event.timestamp() - self._doubled_ms < QApplication.doubleClickInterval()

    def _drag_to(self, event: QMouseEvent) -> None:
        assert self._drag_from is not None
        distance = event.globalPosition().x() - self._drag_from.x()
        if not self._dragging and abs(distance) < QApplication.startDragDistance():
            return
        self._dragging = True
        factor = _FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        steps = round(distance / _PIXELS_PER_STEP) * factor
        self.setValue(self._drag_value + steps * self.singleStep())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Only with the focus: a wheel that scrolls the panel must not change numbers on its way."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
