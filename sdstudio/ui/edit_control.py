"""What the Edit menu does to the document. Every change is a command, so that it can be undone."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from sdstudio.document.commands import cleared
from sdstudio.document.document import Document
from sdstudio.document.fill import fill_selection
from sdstudio.document.mask_stroke import painted_mask
from sdstudio.raster.masks import rectangle
from sdstudio.ui import long_edits
from sdstudio.ui.actions import Actions, with_keys
from sdstudio.ui.editor import Editor
from sdstudio.ui.notices import Notices
from sdstudio.ui.tools.option import LIVE
from sdstudio.ui.tools.toolbox import Toolbox

_BRUSH_FACTOR = 1.15


class EditControl(QObject):
    def __init__(self, canvas: QWidget, editor: Editor, toolbox: Toolbox, actions: Actions, notices: Notices) -> None:
        super().__init__(canvas)
        self._editor, self._toolbox = editor, toolbox
        self._actions, self._notices = actions, notices
        actions.on("edit.undo", self._undo)
        actions.on("edit.redo", self._redo)
        actions.on("edit.clear", self._clear)
        actions.on("edit.fill", lambda: self._fill(editor.foreground))
        actions.on("edit.fill_second", lambda: self._fill(editor.background))
        actions.on("edit.swap_colors", editor.swap)
        actions.on("edit.default_colors", editor.reset)
        actions.on("edit.larger", lambda: self._scale_brush(_BRUSH_FACTOR))
        actions.on("edit.smaller", lambda: self._scale_brush(1 / _BRUSH_FACTOR))
        for digit in range(10):  # 1 is 10 %, 0 is 100 %, while the canvas has the focus
            key = QShortcut(QKeySequence(str(digit)), canvas, context=Qt.ShortcutContext.WidgetShortcut)
            key.activated.connect(lambda percent=10 * (digit or 10): self._set_opacity(percent))
        editor.document_replaced.connect(self._on_document_replaced)
        editor.option_changed.connect(self._on_option_changed)
        toolbox.tool_changed.connect(self._show_steps)
        self._on_document_replaced()

    @property
    def _document(self) -> Document:
        return self._editor.document

    def _on_document_replaced(self) -> None:
        self._document.history.changed.connect(self._show_steps)
        self._show_steps()

    def _on_option_changed(self, key: str) -> None:
        if key == LIVE:
            self._show_steps()

    def _show_steps(self) -> None:
        """What the two entries would do: to what the tool has begun, or else to the document."""
        history, tool = self._document.history, self._toolbox.active
        undo = (True, tool.label) if tool.is_active else (history.can_undo, history.undo_label)
        can_redo = history.can_redo and not tool.is_active
        redo = (True, tool.label) if tool.can_redo else (can_redo, history.redo_label)
        for id, text, (can, what) in (
            ("edit.undo", self.tr("&Undo"), undo),
            ("edit.redo", self.tr("&Redo"), redo),
        ):
            action = self._actions[id]
            action.setEnabled(can)
            action.setText(f"{text} {what}" if what else text)
            action.setToolTip(with_keys(action.statusTip(), action.shortcuts()))

    # Edit

    def _undo(self) -> None:
        tool = self._toolbox.active
        with self._notices.caught():
            if tool.is_active:
                tool.undo()  # what is not done yet is what a person wants to take back
            else:
                long_edits.undo(self._document)

    def _redo(self) -> None:
        tool = self._toolbox.active
        with self._notices.caught():
            if tool.can_redo:
                tool.redo()
            elif not tool.is_active:
                long_edits.redo(self._document)

    def _clear(self) -> None:
        with self._notices.caught():
            document, layer_id = self._document, self._document.active_id
            if layer_id is not None and document.paints_mask:
                everything = rectangle(document.bounds)
                self._run(
                    self.tr("Clearing…"),
                    lambda snapshot, tell: painted_mask(snapshot, layer_id, everything, 0, "Clear mask", tell),
                )
            elif layer_id is not None:
                self._run(self.tr("Clearing…"), lambda snapshot, tell: cleared(snapshot, layer_id, tell))

    def _fill(self, color: QColor) -> None:
        with self._notices.caught():
            layer_id, on_mask = self._document.active_id, self._document.paints_mask
            if layer_id is not None:
                self._run(
                    self.tr("Filling…"),
                    lambda snapshot, tell: fill_selection(snapshot, layer_id, color, on_mask=on_mask, progress=tell),
                )

    def _run(self, sentence: str, make: long_edits.Make) -> None:
        is_quick = self._document.extent.area <= long_edits.QUICK_PX
        long_edits.run_long(self._document, sentence, make, is_quick=is_quick)

    def _scale_brush(self, factor: float) -> None:
        kind = self._toolbox.active.brush_kind
        if kind is not None:
            self._editor.scale_brush(kind, factor)

    def _set_opacity(self, percent: int) -> None:
        kind = self._toolbox.active.brush_kind
        if kind is not None:
            self._editor.set_brush(kind, opacity=percent / 100)
