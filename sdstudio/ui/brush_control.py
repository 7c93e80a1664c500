"""What the menus and the Brushes panel do with brushes, apart from painting: settings, hardness, taking in files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QMainWindow

from sdstudio.brushes.library import Library
from sdstudio.settings import Settings
from sdstudio.ui.actions import Actions
from sdstudio.ui.brush_popup import BrushPopup
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.docks.brushes import BrushesPanel
from sdstudio.ui.editor import Editor
from sdstudio.ui.notices import Notices
from sdstudio.ui.tools.toolbox import Toolbox

if TYPE_CHECKING:
    from sdstudio.ui.dialogs.brush_editor import BrushEditor

_HARDNESS_STEP = 0.1


class BrushControl(QObject):
    def __init__(
        self,
        window: QMainWindow,
        canvas: CanvasView,
        editor: Editor,
        toolbox: Toolbox,
        library: Library,
        panel: BrushesPanel,
        actions: Actions,
        notices: Notices,
        settings: Settings,
    ) -> None:
        super().__init__(window)
        self._window, self._editor, self._toolbox = window, editor, toolbox
        self._library, self._notices, self._settings = library, notices, settings
        self._dialog: BrushEditor | None = None
        self._panel = panel
        panel.failed.connect(notices.error)
        panel.editor_wanted.connect(self.show_settings)
        canvas.brushes_wanted.connect(self.show_brushes)
        actions.on("edit.brush_settings", self.show_settings)
        actions.on("edit.harder", lambda: self._change_hardness(_HARDNESS_STEP))
        actions.on("edit.softer", lambda: self._change_hardness(-_HARDNESS_STEP))

    def show_settings(self) -> None:
        """Open the brush editor beside the canvas, or bring it to the front."""
        if self._dialog is None:
            from sdstudio.ui.dialogs.brush_editor import BrushEditor  # much to import before the first window

            dialog = BrushEditor(self._editor, self._toolbox, self._library, self._settings, self._window)
            dialog.failed.connect(self._notices.error)
            self._dialog = dialog
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def show_brushes(self, place: QPoint) -> None:
        """The brushes for the tool in the hand, at the pointer."""
        kind = self._toolbox.active.brush_kind
        if kind is not None:
            popup = BrushPopup(self._editor, self._panel.model, kind, self._window)
            popup.chosen.connect(self._panel.take)
            popup.show_at(place)

    def _change_hardness(self, by: float) -> None:
        kind = self._toolbox.active.brush_kind
        if kind is not None:
            self._editor.set_brush(kind, hardness=self._editor.brushes[kind].hardness + by)
