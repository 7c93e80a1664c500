"""What the Edit menu does to the document. Every change is a command, so that it can be undone."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from sdstudio.document.commands import ClearPixels
from sdstudio.document.document import Document
from sdstudio.document.fill import fill_selection
from sdstudio.document.mask_stroke import clear_mask
from sdstudio.ui import long_edits
from sdstudio.ui.actions import Actions, with_keys
from sdstudio.ui.editor import Editor
from sdstudio.ui.notices import Notices
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
        self._on_document_replaced()

    @property
    def _document(self) -> Document:
        return self._editor.document

    def _on_document_replaced(self) -> None:
        self._document.history.changed.connect(self._on_history_changed)
        self._on_history_changed()

    def _on_history_changed(self) -> None:
        history = self._document.history
        for id, can, text, what in (
            ("edit.undo", history.can_undo, self.tr("&Undo"), history.undo_label),
            ("edit.redo", history.can_redo, self.tr("&Redo"), history.redo_label),
        ):
            action = self._actions[id]
            action.setEnabled(can)
            action.setText(f"{text} {what}" if what else text)
            action.setToolTip(with_keys(action.statusTip(), action.shortcuts()))

    # Edit

    def _undo(self) -> None:
        if self._toolbox.active.is_active:
            self._toolbox.active.cancel()  # a stroke that is not done yet is what a person wants to take back
        else:
            with self._notices.caught():
                long_edits.undo(self._document)

    def _redo(self) -> None:
        if not self._toolbox.active.is_active:
            with self._notices.caught():
                long_edits.redo(self._document)

    def _clear(self) -> None:
        with self._notices.caught():
            if self._document.active_id is not None and self._document.paints_mask:
                clear_mask(self._document, self._document.active_id)
            elif self._document.active_id is not None:
                self._document.run(ClearPixels(self._document.active_id))

    def _fill(self, color: QColor) -> None:
        with self._notices.caught():
            if self._document.active_id is not None:
                fill_selection(self._document, self._document.active_id, color)

    def _scale_brush(self, factor: float) -> None:
        kind = self._toolbox.active.brush_kind
        if kind is not None:
            self._editor.scale_brush(kind, factor)

    def _set_opacity(self, percent: int) -> None:
        kind = self._toolbox.active.brush_kind
        if kind is not None:
            self._editor.set_brush(kind, opacity=percent / 100)
