"""The finer sampling values and the plot of what they do. Shows and reports fields of Parameters; decides nothing."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from sdstudio.events import Event
from sdstudio.generation.noise_levels import curve
from sdstudio.generation.parameters import Parameters
from sdstudio.models.flow_kinds import FLOW
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.ranges import MAX_CLIP_SKIP, MAX_ETA, MAX_NOISE_SCALE
from sdstudio.protocol.samplers import BETAS, ETA, NOISE_SCALE, PREDICTIONS
from sdstudio.ui.widgets.choice import ChoiceBox
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.number import NumberField
from sdstudio.ui.widgets.schedule_plot import SchedulePlot
from sdstudio.ui.widgets.speed_box import SpeedBox

_USUAL_ETA = -0.05  # one step below the least: as the sampler likes it


class AdvancedSettings(QWidget):
    """`changed` has the fields of Parameters that a person changed."""

    def __init__(self) -> None:
        super().__init__()
        self.changed: Event[dict[str, Any]] = Event()
        self._clip_skip = NumberField(1, MAX_CLIP_SKIP, default=1)
        self._rescale = NumberField(0, 1, default=0, decimals=2, step=0.05)
        self._from = NumberField(0, 100, default=0, step=5, unit="%")
        self._to = NumberField(0, 100, default=100, step=5, unit="%")
        self._eta = NumberField(_USUAL_ETA, MAX_ETA, default=_USUAL_ETA, decimals=2, step=0.05)
        self._eta.setSpecialValueText(self.tr("usual"))
        self._noise = NumberField(0, MAX_NOISE_SCALE, default=1, decimals=3, step=0.005)
        self._betas = ChoiceBox()
        for name, title in BETAS.items():
            self._betas.addItem(title, name)
        self._prediction = ChoiceBox()
        for name, title in PREDICTIONS.items():
            self._prediction.addItem(title, name)
        self._zero_snr = QCheckBox(self.tr("Zero terminal SNR"))
        self._exact = QCheckBox(self.tr("Exact start"))
        self._speed = SpeedBox()
        self.plot = SchedulePlot()
        self._last: tuple[Parameters, ModelInfo | None] = (Parameters(), None)
        self._explain()
        self._connect()
        self._arrange()

    def show_parameters(self, parameters: Parameters, model: ModelInfo | None) -> None:
        """Show them without a signal; what the sampler or the model has no use for is greyed out."""
        eta = _USUAL_ETA if parameters.eta is None else parameters.eta
        shown: list[tuple[NumberField, float]] = [
            (self._clip_skip, parameters.clip_skip),
            (self._rescale, parameters.cfg_rescale),
            (self._from, parameters.cfg_start * 100),
            (self._to, parameters.cfg_end * 100),
            (self._eta, eta),
            (self._noise, parameters.s_noise),
        ]
        for field, value in shown:
            was_blocked = field.blockSignals(True)
            field.setValue(value)
            field.blockSignals(was_blocked)
        self._betas.setCurrentIndex(self._betas.findData(parameters.betas))
        self._prediction.setCurrentIndex(self._prediction.findData(parameters.prediction))
        self._speed.show_speed(parameters.speed)
        for box, is_on in ((self._zero_snr, parameters.zero_snr), (self._exact, parameters.exact_strength)):
            was_blocked = box.blockSignals(True)
            box.setChecked(is_on)
            box.blockSignals(was_blocked)
        self._eta.setEnabled(parameters.sampler in ETA)
        self._noise.setEnabled(parameters.sampler in NOISE_SCALE)
        predicts_noise = model is not None and (parameters.prediction or model.prediction) == "epsilon"
        self._prediction.setEnabled(model is None or model.prediction != FLOW)
        self._zero_snr.setEnabled(not predicts_noise or parameters.zero_snr)
        if self.isVisible():
            self._show_curve(parameters, model)
        self._last = parameters, model

    def showEvent(self, event: object) -> None:
        self._show_curve(*self._last)

    def _show_curve(self, parameters: Parameters, model: ModelInfo | None) -> None:
        found = curve(parameters, model)
        self.plot.show_curve(found.sigmas, found.start, (parameters.cfg_start, parameters.cfg_end))

    # Building

    def _explain(self) -> None:
        self._clip_skip.setToolTip(
            self.tr("Which layer of the text encoder is read, counted from the last. Many drawn styles want 2")
        )
        self._rescale.setToolTip(self.tr("Mends burnt colours at high CFG: 0.7 is a good value. 0 is off"))
        interval = self.tr("CFG works only in this part of the steps; outside of it steps are faster and freer")
        self._from.setToolTip(interval)
        self._to.setToolTip(interval)
        self._eta.setToolTip(self.tr("New noise at each step: 0 is none. For Euler a, DPM++ 2S a, DDIM and TCD"))
        self._noise.setToolTip(self.tr("Scale of the new noise: a little more gives more detail. For SDE and Euler a"))
        self._betas.setToolTip(
            self.tr("The noise that the model is assumed to know. Other than its own is rarely right")
        )
        self._prediction.setToolTip(
            self.tr("What the model learned to predict. Choose the other one where pictures come out as noise")
        )
        self._zero_snr.setToolTip(
            self.tr("Starts from pure noise, for really dark and bright pictures; v-prediction only")
        )
        self._exact.setToolTip(self.tr("Starts exactly where the strength points, not at the whole step below it"))
        self.plot.setToolTip(
            self.tr(
                "Noise at each step; the dashed line is where this strength starts. "
                "Point at a step to see on the canvas what is left of the picture there"
            )
        )

    def _connect(self) -> None:
        tell = self.changed.emit
        self._clip_skip.valueChanged.connect(lambda value: tell({"clip_skip": int(value)}))
        self._rescale.valueChanged.connect(lambda value: tell({"cfg_rescale": round(value, 2)}))
        self._from.valueChanged.connect(self._on_interval)
        self._to.valueChanged.connect(self._on_interval)
        self._eta.valueChanged.connect(lambda value: tell({"eta": None if value < 0 else round(value, 2)}))
        self._noise.valueChanged.connect(lambda value: tell({"s_noise": round(value, 3)}))
        self._betas.activated.connect(lambda index: tell({"betas": self._betas.itemData(index)}))
        self._prediction.activated.connect(lambda index: tell({"prediction": self._prediction.itemData(index)}))
        self._speed.chosen.connect(lambda speed: tell({"speed": speed}))
        self._zero_snr.toggled.connect(lambda is_on: tell({"zero_snr": is_on}))
        self._exact.toggled.connect(lambda is_on: tell({"exact_strength": is_on}))

    def _on_interval(self, value: float) -> None:
        """The end that was not moved gives way."""
        start, end = self._from.value(), self._to.value()
        if start > end:
            start, end = (start, start) if self.sender() is self._from else (end, end)
        self.changed.emit({"cfg_start": round(start) / 100, "cfg_end": round(end) / 100})

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        pairs = (
            (self.tr("CLIP skip"), self._clip_skip, self.tr("Rescale"), self._rescale),
            (self.tr("CFG from"), self._from, self.tr("to"), self._to),
            (self.tr("Eta"), self._eta, self.tr("Noise"), self._noise),
        )
        for row, (first, left, second, right) in enumerate(pairs):
            grid.addWidget(label(first, buddy=left), row, 0)
            grid.addWidget(left, row, 1)
            name = label(second, buddy=right)
            name.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(name, row, 2)
            grid.addWidget(right, row, 3)
        grid.addWidget(label(self.tr("Betas"), buddy=self._betas), 3, 0)
        grid.addWidget(self._betas, 3, 1, 1, 3)
        grid.addWidget(label(self.tr("Predicts"), buddy=self._prediction), 4, 0)
        grid.addWidget(self._prediction, 4, 1, 1, 3)
        grid.addWidget(label(self.tr("Speed"), buddy=self._speed), 5, 0)
        grid.addWidget(self._speed, 5, 1, 1, 3)
        grid.addWidget(self._speed.cost, 6, 1, 1, 3)
        grid.addWidget(self._zero_snr, 7, 0, 1, 2)
        grid.addWidget(self._exact, 7, 2, 1, 2)
        grid.addWidget(self.plot, 8, 0, 1, 4)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
