"""What the menus do with the transform tool: take it into the hand for something special."""

from __future__ import annotations

from PySide6.QtCore import QObject

from sdstudio.raster.geometry import Bounds
from sdstudio.ui.actions import Actions
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox

_ON_CANVAS = "select.transform_on_canvas"


class TransformControl(QObject):
    def __init__(self, canvas: CanvasView, editor: Editor, toolbox: Toolbox, actions: Actions) -> None:
        super().__init__(canvas)
        self._canvas, self._editor, self._toolbox, self._actions = canvas, editor, toolbox, actions
        actions.on(_ON_CANVAS, self._transform_selection)
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    def _transform_selection(self) -> None:
        """With the same handles as a picture; the tool is about pictures again when it is put down."""
        self._editor.set_setting(transform_target="selection")
        self._toolbox.set_active("transform")
        self._canvas.setFocus()

    def _on_document_replaced(self) -> None:
        self._editor.document.selection_changed.connect(self._on_selection_changed)
        self._on_selection_changed(self._editor.document.bounds)

    def _on_selection_changed(self, _area: Bounds) -> None:
        self._actions[_ON_CANVAS].setEnabled(not self._editor.document.selection.is_empty)
