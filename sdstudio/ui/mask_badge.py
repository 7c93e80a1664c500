"""What the canvas says while brush, eraser and fill work on a layer's mask instead of its pixels."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.ui.editor import Editor
from sdstudio.ui.widgets.labels import IconLabel, label

_MARGIN = 12
_ICON_SIZE = 16
_MOST_LETTERS = 24  # of a layer's name


class MaskBadge(QFrame):
    """At the top of `canvas`, in the middle; a button goes back to the pixels."""

    def __init__(self, canvas: QWidget, editor: Editor) -> None:
        super().__init__(canvas)
        self._canvas, self._editor = canvas, editor
        self.setObjectName("toast")
        self._text = label()
        self._back = back = QPushButton(self.tr("Paint on the layer"))
        back.setToolTip(self.tr("Lets brush, eraser and fill work on the layer's pixels again"))
        back.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        back.clicked.connect(lambda: editor.document.set_paints_mask(False))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 6, 6)
        row.setSpacing(10)
        row.addWidget(IconLabel("venetian-mask", "accent_text", _ICON_SIZE))
        row.addWidget(self._text)
        row.addWidget(back)
        canvas.installEventFilter(self)
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    @property
    def _document(self) -> Document:
        return self._editor.document

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _on_document_replaced(self) -> None:
        self._document.active_changed.connect(self._show)
        self._document.layers_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        layer = self._document.active
        self.setVisible(self._document.paints_mask)
        if layer is not None and self._document.paints_mask:
            name = layer.name if len(layer.name) <= _MOST_LETTERS else f"{layer.name[:_MOST_LETTERS]}…"
            off = "" if layer.mask_enabled else self.tr(", which is switched off")
            self._back.setVisible(isinstance(layer, PaintLayer))  # the others have nothing else to paint on
            self._text.setText(self.tr("Painting on the mask of “{name}”{off}").format(name=name, off=off))
            self._place()

    def _place(self) -> None:
        self.adjustSize()
        self.move(max(0, (self._canvas.width() - self.width()) // 2), _MARGIN)
