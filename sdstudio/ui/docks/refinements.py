"""The lower part of the Extras panel: another VAE, pictures that tile, a second pass, a refiner, FreeU."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from sdstudio.generation.parameters import Parameters
from sdstudio.protocol.request import MAX_HIRES
from sdstudio.ui.widgets.choice import ChoiceBox
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.number import NumberField


class Refinements(QWidget):
    """`changed` has the fields of Parameters that a person changed."""

    changed = Signal(dict)

    def __init__(self) -> None:
        super().__init__()
        self.vae = ChoiceBox(self.tr("The part that turns the model's numbers into pixels"))
        self.tiles = ChoiceBox(self.tr("Makes a picture whose opposite edges fit together"))
        self.by = ChoiceBox(self.tr("What is enlarged between the passes. Pixels are cleaner, latents freer"))
        self.hires = NumberField(1, MAX_HIRES, default=1, decimals=2, step=0.25, unit="×")
        self.strength = NumberField(0, 100, default=50, unit="%")
        self.refiner = ChoiceBox(self.tr("A model, such as SDXL's refiner, that takes over for the last steps"))
        self.switch = NumberField(0, 100, default=80, unit="%")
        self.freeu = QCheckBox(self.tr("FreeU"))
        self.hires.setToolTip(
            self.tr("Pictures from text are made at the model's size first, then enlarged so much and refined")
        )
        self.strength.setToolTip(self.tr("How much the second pass may change"))
        self.switch.setToolTip(self.tr("Where the refiner takes over: after this part of the noise is gone"))
        self.freeu.setToolTip(self.tr("Stronger shapes and calmer details, at no cost"))
        for value, text in (
            ("", self.tr("No")), ("both", self.tr("In both directions")),
            ("x", self.tr("Across")), ("y", self.tr("Up and down")),
        ):  # fmt: skip
            self.tiles.addItem(text, value)
        self.by.addItem(self.tr("Pixels"), "pixels")
        self.by.addItem(self.tr("Latents"), "latents")
        self._arrange()
        self._connect()

    def show_choices(
        self, vaes: list[tuple[str, str]], upscalers: list[tuple[str, str]], refiners: list[tuple[str, str]]
    ) -> None:
        """(id, title) of those on this machine."""
        self.refiner.clear()
        self.refiner.addItem(self.tr("None"), "")
        for value, text in refiners:
            self.refiner.addItem(text, value)
        for value, text in upscalers:
            self.by.addItem(text, value)
        self.vae.clear()
        self.vae.addItem(self.tr("The model's own"), "")
        for value, text in vaes:
            self.vae.addItem(text, value)

    def show_parameters(self, parameters: Parameters) -> None:
        """Show them without a signal."""
        if parameters.vae and self.vae.findData(parameters.vae) < 0:
            self.vae.addItem(self.tr("{name} (missing)").format(name=parameters.vae), parameters.vae)
        if self.by.findData(parameters.hires_by) < 0:
            self.by.addItem(self.tr("{name} (missing)").format(name=parameters.hires_by), parameters.hires_by)
        if self.refiner.findData(parameters.refiner) < 0:
            # It is not on this machine, or not made for the chosen model: Generate says which.
            self.refiner.addItem(self.tr("{name} (cannot be used)").format(name=parameters.refiner), parameters.refiner)
        self.refiner.setCurrentIndex(self.refiner.findData(parameters.refiner))
        self.vae.setCurrentIndex(self.vae.findData(parameters.vae))
        self.tiles.setCurrentIndex(self.tiles.findData(parameters.seamless))
        self.by.setCurrentIndex(self.by.findData(parameters.hires_by))
        changing = (self.hires, self.strength, self.switch, self.freeu)
        for part in changing:
            part.blockSignals(True)
        self.hires.setValue(parameters.hires)
        self.strength.setValue(100 * parameters.hires_strength)
        self.switch.setValue(100 * parameters.refiner_switch)
        self.freeu.setChecked(parameters.freeu)
        for part in changing:
            part.blockSignals(False)
        for field in (self.strength, self.by):
            field.setEnabled(parameters.hires > 1)
        self.switch.setEnabled(bool(parameters.refiner))

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        for row, (text, field) in enumerate(((self.tr("VAE"), self.vae), (self.tr("Tiles"), self.tiles))):
            grid.addWidget(label(text, buddy=field), row, 0)
            grid.addWidget(field, row, 1, 1, 2)
        grid.addWidget(label(self.tr("Second pass"), buddy=self.hires), 2, 0)
        grid.addWidget(self.hires, 2, 1)
        grid.addWidget(self.strength, 2, 2)
        self.strength.setAccessibleName(self.tr("Strength of the second pass"))
        grid.addWidget(label(self.tr("Enlarge"), buddy=self.by), 3, 0)
        grid.addWidget(self.by, 3, 1, 1, 2)
        grid.addWidget(label(self.tr("Refiner"), buddy=self.refiner), 4, 0)
        grid.addWidget(self.refiner, 4, 1)
        grid.addWidget(self.switch, 4, 2)
        self.switch.setAccessibleName(self.tr("Where the refiner takes over"))
        grid.addWidget(self.freeu, 5, 0, 1, 3)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)

    def _connect(self) -> None:
        self.vae.activated.connect(lambda index: self.changed.emit({"vae": self.vae.itemData(index)}))
        self.tiles.activated.connect(lambda index: self.changed.emit({"seamless": self.tiles.itemData(index)}))
        self.by.activated.connect(lambda index: self.changed.emit({"hires_by": self.by.itemData(index)}))
        self.hires.valueChanged.connect(lambda value: self.changed.emit({"hires": value}))
        self.strength.valueChanged.connect(lambda value: self.changed.emit({"hires_strength": value / 100}))
        self.refiner.activated.connect(lambda index: self.changed.emit({"refiner": self.refiner.itemData(index)}))
        self.switch.valueChanged.connect(lambda value: self.changed.emit({"refiner_switch": value / 100}))
        self.freeu.toggled.connect(lambda is_on: self.changed.emit({"freeu": is_on}))
