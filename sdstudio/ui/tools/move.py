"""Move the active layer: seen at once, one undo step for the whole drag."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QCursor

from sdstudio.document.commands import TranslateLayer
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Point
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.tool import Modifiers, Tool

translate = QCoreApplication.translate

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_LARGE_STEP = 10  # pixels, with Shift


class MoveTool(Tool):
    id = "move"
    icon = "move"
    shortcut = "V"
    wants_every_sample = False

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Move layer")
        self.hint = translate(
            "Tool", "Drag to move the active layer. Arrow keys: 1 pixel, with Shift 10. Shift+drag: straight."
        )
        self._layer_id: str | None = None
        self._grabbed = Point(0, 0)
        self._shown: TranslateLayer | None = None
        self._way = (0, 0)
        editor.document_replaced.connect(self._on_document_replaced)

    @property
    def is_active(self) -> bool:
        return self._layer_id is not None

    def cursor(self, modifiers: Modifiers) -> QCursor:
        return QCursor(Qt.CursorShape.SizeAllCursor)

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        self._layer_id = self._movable_layer()
        self._grabbed = sample.position
        self._way = (0, 0)

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._layer_id is None:
            return
        dx = round(sample.position.x - self._grabbed.x)
        dy = round(sample.position.y - self._grabbed.y)
        if modifiers & Modifiers.ShiftModifier:
            dx, dy = (dx, 0) if abs(dx) >= abs(dy) else (0, dy)
        if (dx, dy) == self._way:
            return
        self._take_back()
        if (dx, dy) != (0, 0):
            step = TranslateLayer(self._layer_id, dx, dy)
            step.apply(self.editor.document)
            self._shown = step
        self._way = (dx, dy)

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        self.move(sample, modifiers)
        if self._shown is not None:
            self.editor.document.history.record(self._shown)
        self._shown = self._layer_id = None

    def cancel(self) -> None:
        self._take_back()
        self._layer_id = None

    def claims(self, key: Qt.Key, modifiers: Modifiers) -> bool:
        plain = modifiers & ~Modifiers.KeypadModifier
        return key in _ARROWS and plain in (Modifiers.NoModifier, Modifiers.ShiftModifier)

    def key_press(self, key: Qt.Key, modifiers: Modifiers) -> None:
        step = _LARGE_STEP if modifiers & Modifiers.ShiftModifier else 1
        dx, dy = _ARROWS[key]
        self.editor.document.run(TranslateLayer(self._movable_layer(), dx * step, dy * step))

    def _take_back(self) -> None:
        if self._shown is not None:
            self._shown.revert(self.editor.document)
            self._shown = None

    def _movable_layer(self) -> str:
        layer = self.editor.document.active
        if layer is None:
            sentence = translate("Tool", "There is no layer to move. Choose one in the layer list.")
            raise StudioError(sentence)
        return layer.id

    def _on_document_replaced(self) -> None:
        self._shown = self._layer_id = None
