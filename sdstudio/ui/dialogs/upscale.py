"""How much larger, what draws it, and whether the whole picture or one layer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QWidget

from sdstudio.errors import BadRequest
from sdstudio.generation.upscaling import target_of
from sdstudio.models.extras import ExtraInfo
from sdstudio.raster.geometry import Extent
from sdstudio.ui.dialogs.frame import arrange, form, ok_and_cancel
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.number import NumberField

_MOST = 8.0


class UpscaleDialog(QDialog):
    """After `exec`: `factor`, `upscaler` (None: resampled) and `is_layer`."""

    def __init__(
        self, canvas: Extent, layer: Extent | None, upscalers: Sequence[ExtraInfo], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Upscale"))
        self._canvas, self._layer, self._upscalers = canvas, layer, {one.id: one for one in upscalers}
        self.what = QComboBox()
        self.what.addItem(self.tr("The whole picture"), False)
        if layer is not None:
            self.what.addItem(self.tr("The current layer alone"), True)
        self.factor_field = NumberField(1, _MOST, default=2.0, decimals=2, step=0.5, unit="×")
        self.factor_field.setValue(2.0)
        self.by = QComboBox()
        for one in upscalers:
            self.by.addItem(one.title, one.id)
        self.by.addItem(self.tr("Plain resampling (Lanczos)"), "")
        self._note = label("", "small")
        self._note.setWordWrap(True)
        self._buttons = ok_and_cancel(self, self.tr("Upscale"))
        self._arrange()
        self.factor_field.valueChanged.connect(lambda _value: self._show_note())
        self.what.currentIndexChanged.connect(lambda _index: self._show_note())
        self._show_note()

    @property
    def factor(self) -> float:
        return float(self.factor_field.value())

    @property
    def upscaler(self) -> ExtraInfo | None:
        return self._upscalers.get(self.by.currentData())

    @property
    def is_layer(self) -> bool:
        return bool(self.what.currentData())

    def _arrange(self) -> None:
        rows = (
            (self.tr("What"), self.what),
            (self.tr("Scale"), self.factor_field),
            (self.tr("Drawn by"), self.by),
        )
        arrange(self, form(rows), self._note, self._buttons, width=360)

    def _show_note(self) -> None:
        extent = self._layer if self.is_layer and self._layer is not None else self._canvas
        ok = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        try:
            target = target_of(extent, self.factor)
        except BadRequest as problem:
            self._note.setText(problem.message)
            ok.setEnabled(False)
            return
        words = self.tr("{before} becomes {after} pixels.").format(before=extent, after=target)
        if not self._upscalers:
            words += " " + self.tr("An upscaler model in the models folder would draw details anew.")
        self._note.setText(words)
        ok.setEnabled(self.factor > 1)
