"""Rows of the Extras panel: a file for each text encoder that the model reads, instead of its own or where it has none.

Must not know files or the engine.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from sdstudio.generation.parameters import Parameters
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.models.parts import ENCODERS, encoders_for
from sdstudio.ui.widgets.choice import ChoiceBox
from sdstudio.ui.widgets.labels import label

_SHORT = {
    "clip_l": "CLIP L",
    "clip_h": "CLIP H",
    "clip_g": "CLIP G",
    "t5": "T5",
    "qwen2_vl": "Qwen2.5-VL",
    "qwen3": "Qwen3",
}


class ModelParts(QWidget):
    """`changed` has the field of Parameters that a person changed. Empty where there is nothing to choose."""

    changed = Signal(dict)

    def __init__(self, model: ModelInfo | None, known: Sequence[ExtraInfo]) -> None:
        super().__init__()
        self.boxes: dict[str, QComboBox] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setColumnStretch(1, 1)
        if model is None:
            return
        choices = encoders_for(model, known)
        for role in ENCODERS.get(model.family, ()):
            fitting = [extra for extra in choices if extra.role == role]
            if fitting or role in model.lacks:
                box = self._box(fitting, lacks=role in model.lacks)
                grid.addWidget(label(self.tr("Text ({kind})").format(kind=_SHORT[role]), buddy=box), len(self.boxes), 0)
                grid.addWidget(box, len(self.boxes), 1)
                self.boxes[role] = box

    def _box(self, fitting: Sequence[ExtraInfo], *, lacks: bool) -> QComboBox:
        box = ChoiceBox(self.tr("The part that reads the prompt, from a file of its own"))
        box.addItem(self.tr("None: choose one") if lacks else self.tr("The model's own"), "")
        for extra in fitting:
            box.addItem(extra.title, extra.id)
        box.activated.connect(lambda _index: self._tell())
        return box

    def show_parameters(self, parameters: Parameters) -> None:
        """Show them without a signal."""
        for box in self.boxes.values():
            found = [name for name in parameters.text_encoders if box.findData(name) > 0]
            box.setCurrentIndex(box.findData(found[0]) if found else 0)

    def _tell(self) -> None:
        """A name that is not among the choices goes: it was missing, or of another family."""
        names = tuple(box.currentData() for box in self.boxes.values() if box.currentData())
        self.changed.emit({"text_encoders": names})
