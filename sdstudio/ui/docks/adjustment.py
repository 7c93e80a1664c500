"""The Adjustment panel: how the active adjustment or fill layer is set, changed live; one drag is one undo step."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from sdstudio.document.commands import SetLayer
from sdstudio.document.document import Document
from sdstudio.document.flatten import flatten
from sdstudio.document.layers import AdjustmentLayer, FillLayer, Layer
from sdstudio.raster.fills import GradientFill, SolidFill
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import Pixels, view
from sdstudio.ui.docks.adjustment_forms import FillForm, Form, form_for
from sdstudio.ui.docks.gradient_form import GradientForm, default_gradient
from sdstudio.ui.editor import Editor
from sdstudio.ui.widgets.labels import ElidedLabel, label

_COUNT_DELAY_MS = 200
_PATCHES, _PATCH = 6, 48  # so many squares of so many pixels a side stand for the whole picture


class AdjustmentPanel(QWidget):
    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self._layer: AdjustmentLayer | FillLayer | None = None
        self.form: Form | None = None
        self._gesture: object | None = None
        self._title = ElidedLabel(role="heading")
        self._reset = QPushButton(self.tr("Reset"))
        self._reset.setToolTip(self.tr("Sets everything here back to where it was when the layer was new"))
        self._reset.setAutoDefault(False)
        self._reset.clicked.connect(self._on_reset)
        self._nothing = label(
            self.tr("Choose an adjustment or fill layer to set it here, or add one: Layer, New Adjustment Layer."),
            "muted",
        )
        self._nothing.setWordWrap(True)
        self._clock = QTimer(self, singleShot=True, interval=_COUNT_DELAY_MS)
        self._clock.timeout.connect(self._count)
        self._arrange()
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._reset)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 8, 12, 8)
        self._column.setSpacing(8)
        self._column.addLayout(head)
        self._column.addWidget(self._nothing)
        self._column.addStretch(1)

    # What the document tells

    def _on_document_replaced(self) -> None:
        document = self._editor.document
        document.active_changed.connect(self._show)
        document.layers_changed.connect(self._show)
        document.pixels_changed.connect(self._on_pixels_changed)
        self._show()

    def _on_pixels_changed(self, layer_id: str, area: Bounds) -> None:
        self._clock.start()

    def _show(self) -> None:
        active = self._editor.document.active
        layer = active if isinstance(active, AdjustmentLayer | FillLayer) else None
        if self._kind_of(layer) is not self._kind_of(self._layer):
            self._replace_form(layer)
        self._layer = layer
        self._nothing.setVisible(layer is None)
        self._title.setVisible(layer is not None)
        self._reset.setVisible(layer is not None)
        if layer is None or self.form is None:
            return
        self._title.setText(layer.name)
        self.form.setEnabled(not layer.locked)
        self._reset.setEnabled(not layer.locked)
        self.form.show_value(layer.fill if isinstance(layer, FillLayer) else layer.adjustment)
        self._clock.start()

    def _kind_of(self, layer: Layer | None) -> type | None:
        if isinstance(layer, FillLayer):
            return type(layer.fill)
        return type(layer.adjustment) if isinstance(layer, AdjustmentLayer) else None

    def _replace_form(self, layer: AdjustmentLayer | FillLayer | None) -> None:
        if self.form is not None:
            self._column.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        if layer is None:
            return
        self.form = self._form_for(layer)
        self.form.changed.connect(self._on_changed)
        self._column.insertWidget(2, self.form, 10)
        for control in self.form.findChildren(QWidget):
            control.installEventFilter(self)

    def _form_for(self, layer: AdjustmentLayer | FillLayer) -> Form:
        if isinstance(layer, AdjustmentLayer):
            return form_for(type(layer.adjustment))
        return GradientForm(self._editor) if isinstance(layer.fill, GradientFill) else FillForm(self._editor)

    def _count(self) -> None:
        if self.form is not None and self.form.histogram is not None and self.isVisible() and self._layer is not None:
            self.form.histogram.show_pixels(_pixels_below(self._editor.document, self._layer))

    # What a person does

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """All that changes between press and release is one step."""
        if event.type() == QEvent.Type.MouseButtonPress:
            self._gesture = object()
        elif event.type() == QEvent.Type.MouseButtonRelease:
            QTimer.singleShot(0, self, self._end_gesture)
        return super().eventFilter(watched, event)

    def _end_gesture(self) -> None:
        self._gesture = None

    def _on_changed(self, value: object) -> None:
        layer = self._layer
        if isinstance(layer, FillLayer):
            self._editor.document.run(SetLayer(layer.id, gesture=self._gesture, fill=value))
        elif layer is not None:
            self._editor.document.run(SetLayer(layer.id, gesture=self._gesture, adjustment=value))

    def _on_reset(self) -> None:
        editor = self._editor
        if isinstance(self._layer, FillLayer) and isinstance(self._layer.fill, GradientFill):
            self._on_changed(default_gradient(editor.foreground, editor.background, editor.document.extent))
        elif isinstance(self._layer, FillLayer):
            self._on_changed(SolidFill.of(editor.foreground))
        elif self._layer is not None:
            self._on_changed(type(self._layer.adjustment)())


def _pixels_below(document: Document, layer: Layer) -> Pixels:
    """A sample of what the layer works on: straight B, G, R, A, (n, 4)."""
    siblings = document.parent_of(layer.id).children
    index = siblings.index(layer)
    first = 0
    if layer.clipped:
        first = next((i for i in range(index - 1, -1, -1) if not siblings[i].clipped), 0)
    canvas, samples = document.bounds, []
    for row in range(_PATCHES):
        for column in range(_PATCHES):
            x = (canvas.width - _PATCH) * column // (_PATCHES - 1)
            y = (canvas.height - _PATCH) * row // (_PATCHES - 1)
            patch = Bounds(x, y, _PATCH, _PATCH).intersected(canvas)
            if patch.is_empty:
                continue
            picture = flatten(siblings[first:index], patch, canvas)
            samples.append(view(picture.convertToFormat(QImage.Format.Format_ARGB32)).reshape(-1, 4))
    return np.concatenate(samples) if samples else np.zeros((0, 4), np.uint8)
