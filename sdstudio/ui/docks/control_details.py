"""What only some controls have: the kind of picture of a union, the part of an IP-Adapter, the fidelity of a reference.

And what all have: where on the canvas they count. Must not know documents.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from sdstudio.models.extras import ExtraInfo
from sdstudio.protocol.request import READ_BY_MODELS, REFERENCE, ControlUse
from sdstudio.protocol.unions import FLUX_MODES
from sdstudio.ui.widgets.choice import ChoiceBox
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.number import NumberField

LABEL_WIDTH = 52  # of the names in front of the fields, here and in the card around


class ControlDetails(QWidget):
    """`changed(dict)`: fields of ControlUse, by hand only."""

    changed = Signal(dict)

    def __init__(self) -> None:
        super().__init__()
        self.kind = ChoiceBox(self.tr("What the guiding picture shows, for a model that can follow several kinds"))
        self.part = ChoiceBox(self.tr("What the picture takes over from the one it looks at"))
        self.within = ChoiceBox(self.tr("Where on the canvas it guides"))
        self.fidelity = NumberField(0, 100, default=50, unit="%")
        self.fidelity.setToolTip(self.tr("How closely the reference's style is kept; at 0 % the prompt decides more"))
        self._fill()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        self._labels: dict[QWidget, QLabel] = {}
        for row, (text, field) in enumerate(
            (
                (self.tr("Shows"), self.kind),
                (self.tr("Part"), self.part),
                (self.tr("Fidelity"), self.fidelity),
                (self.tr("Within"), self.within),
            )
        ):
            self._labels[field] = label(text, buddy=field)
            self._grid.addWidget(self._labels[field], row, 0)
            self._grid.addWidget(field, row, 1)
        for name, box in (("kind", self.kind), ("part", self.part), ("mask", self.within)):
            box.activated.connect(lambda index, name=name, box=box: self.changed.emit({name: box.itemData(index)}))
        self.fidelity.valueChanged.connect(lambda value: self.changed.emit({"fidelity": value / 100}))

    def show_model(self, model: ExtraInfo | None, use: ControlUse) -> None:
        """Show the fields that `use` of this model has, and their values, without a signal."""
        has = {
            self.kind: model is not None and model.control_types > 0,
            self.part: model is not None and model.kind == "ip_adapter" and model.family != "flux",
            self.fidelity: use.model == REFERENCE,
            self.within: use.model != REFERENCE and use.model not in READ_BY_MODELS,
        }
        for field, is_shown in has.items():
            field.setVisible(is_shown)
            self._labels[field].setVisible(is_shown)
        if model is not None:
            places = self.kind.count() - 1  # the first one is no place
            for place in range(places):
                is_known = place < model.control_types
                if model.family == "flux":
                    is_known = FLUX_MODES.get(self.kind.itemData(place + 1), model.control_types) < model.control_types
                self.kind.view().setRowHidden(place + 1, not is_known)  # type: ignore[attr-defined]
        for box, value in ((self.kind, use.kind), (self.part, use.part), (self.within, use.mask)):
            box.setCurrentIndex(box.findData(value))
        was_blocked = self.fidelity.blockSignals(True)
        self.fidelity.setValue(100 * use.fidelity)
        self.fidelity.blockSignals(was_blocked)

    def show_masks(self, layers: list[tuple[str, str]], chosen: str) -> None:
        """What it can be kept within: the whole canvas, the selection, or one of `layers` (id, name)."""
        items = [("", self.tr("The whole canvas")), ("selection", self.tr("The selection")), *layers]
        if chosen not in dict(items):
            items.append((chosen, self.tr("A layer that is gone")))
        if items != [
            (self.within.itemData(index), self.within.itemText(index)) for index in range(self.within.count())
        ]:
            self.within.clear()
            for value, text in items:
                self.within.addItem(text, value)
        self.within.setCurrentIndex(self.within.findData(chosen))

    def _fill(self) -> None:
        kinds = {
            "": self.tr("What was made of it"),
            "pose": self.tr("A pose"),
            "depth": self.tr("Depth"),
            "soft": self.tr("Soft edges, a scribble"),
            "lines": self.tr("Lines, hard edges"),
            "normals": self.tr("Surface normals"),
            "segments": self.tr("Segments"),
            "tile": self.tr("A blurred picture (tile)"),
            "repaint": self.tr("A picture with a hole"),
        }
        parts = {
            "all": self.tr("Everything"),
            "style": self.tr("Style only"),
            "composition": self.tr("Composition only"),
            "style_and_composition": self.tr("Style and composition"),
        }
        for box, items in ((self.kind, kinds), (self.part, parts)):
            for value, text in items.items():
                box.addItem(text, value)
        self.within.addItem(self.tr("The whole canvas"), "")
