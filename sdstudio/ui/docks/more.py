"""The settings that a beginner never opens: model, size, steps, guidance, sampler, schedule, seed, batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from sdstudio.events import Event
from sdstudio.generation.parameters import (
    MAX_BATCH_COUNT,
    MAX_CFG_SCALE,
    MAX_NATIVE_SIZE,
    MIN_NATIVE_SIZE,
    Parameters,
    for_sampler,
)
from sdstudio.models.distilled import FAMILIES, WORDS
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import MAX_STEPS
from sdstudio.protocol.samplers import SCHEDULES, samplers_for, schedules_for
from sdstudio.ui.cards.card import explained
from sdstudio.ui.widgets.choice import ChoiceBox
from sdstudio.ui.widgets.labels import ElidedLabel, label
from sdstudio.ui.widgets.number import NumberField
from sdstudio.ui.widgets.seed import SeedField


class MoreSettings(QWidget):
    """`changed` has the fields of Parameters a person changed; an Event, since Qt's signals cut large seeds off.

    `few_steps_told(id, kind)` when a person says what a model's file does not: see models.distilled.
    """

    model_chosen = Signal(str)
    few_steps_told = Signal(str, str)  # a model's id, and how it was distilled

    def __init__(self) -> None:
        super().__init__()
        self.changed: Event[dict[str, Any]] = Event()
        self._models: Sequence[ModelInfo] = ()
        self._parameters = Parameters()
        self._model = ChoiceBox(self.tr("The network that paints. Each knows other things and styles"))
        self._about = ElidedLabel(role="small")
        self._few_steps = ChoiceBox(
            self.tr("Some models need only few steps, but do not say so. Steps, CFG and sampler follow what you choose")
        )
        self._fill(self._few_steps, [("", self.tr("The usual way")), *WORDS.items()])
        self._steps = self._number("steps", NumberField(1, MAX_STEPS, default=20))
        self._cfg = self._number("cfg_scale", NumberField(0, MAX_CFG_SCALE, default=7, decimals=1, step=0.5))
        self._size = NumberField(MIN_NATIVE_SIZE, MAX_NATIVE_SIZE, default=512, step=64, unit="px")
        self._batch = self._number("batch_count", NumberField(1, MAX_BATCH_COUNT, default=1))
        self._sampler = ChoiceBox(self.tr("The method that turns noise into a picture"))
        self._schedule = ChoiceBox(self.tr("How the steps are spread between coarse and fine"))
        self._seed = SeedField()
        self._explain()
        self._connect()
        self._arrange()

    # Showing

    def show_models(self, models: Sequence[ModelInfo]) -> None:
        self._models = models
        self._fill(self._model, [(model.id, model.title) for model in models])

    def show_parameters(self, parameters: Parameters) -> None:
        """Show them without a signal."""
        self._parameters = parameters
        model = next((model for model in self._models if model.id == parameters.model_id), None)
        if model is not None:
            self._size.default, self._steps.default = model.native_size, model.defaults.steps
            self._cfg.default = model.defaults.cfg_scale
        self._few_steps.setEnabled(model is not None and model.family in FAMILIES)
        self._select(self._few_steps, "" if model is None else model.few_steps)
        self._about.setText(_facts(model) if model is not None else self.tr("No such model on this machine"))
        self._select(self._model, parameters.model_id)
        self._fill(self._sampler, list(samplers_for(model.prediction if model is not None else "").items()))
        self._select(self._sampler, parameters.sampler)
        self._fill(self._schedule, [(name, SCHEDULES[name]) for name in schedules_for(parameters.sampler)])
        self._select(self._schedule, parameters.schedule)
        self._show(self._steps, parameters.steps)
        self._show(self._cfg, parameters.cfg_scale)
        self._show(self._batch, parameters.batch_count)
        self._show(self._size, parameters.native_size or self._size.default)
        self._seed.show_values(parameters.seed, parameters.seed_locked)

    def halve_size(self) -> None:
        """Let the model work on a quarter of the pixels, for a machine with too little memory."""
        self._size.setValue(max(self._size.value() // 2 // 64 * 64, MIN_NATIVE_SIZE))

    @staticmethod
    def _show(field: NumberField, value: float) -> None:
        was_blocked = field.blockSignals(True)
        field.setValue(value)
        field.blockSignals(was_blocked)

    @staticmethod
    def _fill(box: QComboBox, items: list[tuple[str, str]]) -> None:
        present = [(box.itemData(index), box.itemText(index)) for index in range(box.count())]
        if present != items:
            box.clear()
            for value, text in items:
                box.addItem(text, value)

    @staticmethod
    def _select(box: QComboBox, value: str) -> None:
        box.setCurrentIndex(box.findData(value))

    # Building

    def _number(self, field: str, number: NumberField) -> NumberField:
        whole = number.decimals() == 0
        number.valueChanged.connect(lambda value: self.changed.emit({field: int(value) if whole else value}))
        return number

    def _explain(self) -> None:
        self._steps.setToolTip(
            self.tr("How often the picture is refined. More is slower and, beyond about 30, rarely better")
        )
        self._cfg.setToolTip(self.tr("How closely the picture follows the prompt. Very high values burn the colours"))
        self._size.setToolTip(self.tr("The size at which the model paints; the result is fitted to the canvas"))
        self._batch.setToolTip(self.tr("How many pictures one click makes, each with its own seed"))

    def _connect(self) -> None:
        self._model.activated.connect(lambda index: self.model_chosen.emit(self._model.itemData(index)))
        self._few_steps.activated.connect(self._on_few_steps_chosen)
        self._sampler.activated.connect(self._on_sampler_chosen)
        self._schedule.activated.connect(lambda i: self.changed.emit({"schedule": self._schedule.itemData(i)}))
        self._size.valueChanged.connect(self._on_size_changed)
        self._seed.changed.connect(self._on_seed_changed)
        self._seed.lock_changed.connect(lambda is_locked: self.changed.emit({"seed_locked": is_locked}))

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        self._row(grid, 0, self.tr("Model"), self._model)
        grid.addWidget(self._about, 1, 1, 1, 3)
        self._row(grid, 2, self.tr("Trained"), self._few_steps)
        self._row(grid, 3, self.tr("Steps"), self._steps, self.tr("CFG"), self._cfg)
        self._row(grid, 4, self.tr("Size"), self._size, self.tr("Count"), self._batch)
        self._row(grid, 5, self.tr("Sampler"), self._sampler)
        self._row(grid, 6, self.tr("Schedule"), self._schedule)
        self._row(grid, 7, self.tr("Seed"), self._seed)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)

    def _row(self, grid: QGridLayout, row: int, *parts: Any) -> None:
        topics = {self._steps: "steps", self._cfg: "cfg", self._sampler: "sampler", self._schedule: "schedule"}
        topics[self._seed] = "seed"
        pairs = list(zip(parts[::2], parts[1::2], strict=True))
        for index, (text, field) in enumerate(pairs):
            name = label(text, buddy=field)
            if index:
                name.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(explained(name, topics[field]) if field in topics else name, row, 2 * index)
            grid.addWidget(field, row, 2 * index + 1, 1, 1 if len(pairs) > 1 else 3)

    # What a person does

    def _on_few_steps_chosen(self, index: int) -> None:
        self.few_steps_told.emit(self._parameters.model_id, self._few_steps.itemData(index))

    def _on_sampler_chosen(self, index: int) -> None:
        chosen = for_sampler(self._parameters, self._sampler.itemData(index))
        names = ("sampler", "schedule", "eta", "s_noise")
        self.changed.emit({name: getattr(chosen, name) for name in names})

    def _on_seed_changed(self) -> None:
        self.changed.emit({"seed": self._seed.value})

    def _on_size_changed(self, value: float) -> None:
        self.changed.emit({"native_size": None if value == self._size.default else int(value)})


def _facts(model: ModelInfo) -> str:
    size = f"{model.native_size} px"
    weight = f"{model.bytes / 2**20:,.0f} MiB" if model.bytes < 2**30 else f"{model.bytes / 2**30:.1f} GiB"
    return " · ".join([size, weight, *([model.note] if model.note else [])]) if model.bytes else size
