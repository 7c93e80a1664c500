"""The Extras panel: LoRAs with their weights, embeddings and hypernetworks that go into the prompt, refinements.

Shows what was found on this machine and what `Session.parameters` use of it. Must not know files or the engine.
"""

from __future__ import annotations

import textwrap

import msgspec
from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from sdstudio import paths
from sdstudio.generation.session import Session
from sdstudio.models.extras import ExtraInfo, fits, made_for
from sdstudio.models.info import ModelInfo
from sdstudio.models.refiners import refiners_for
from sdstudio.protocol.request import LoraUse
from sdstudio.ui.docks.model_parts import ModelParts
from sdstudio.ui.docks.refinements import Refinements
from sdstudio.ui.widgets.elided import show_elided
from sdstudio.ui.widgets.labels import icon_button, label
from sdstudio.ui.widgets.number import NumberField

_MARGIN = 12
_MOST_NOTE = 120  # letters: two or three lines; the tool tip has all of them
_MOST_WEIGHT = 2.0


class ExtrasPanel(QScrollArea):
    """`rescan_wanted` when someone has put files into the models folder."""

    rescan_wanted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.loras: dict[str, LoraRow] = {}
        self.words: dict[str, QPushButton] = {}
        self._shown: object = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        session.models_changed.connect(self._on_changed)
        session.parameters_changed.connect(self._on_changed)
        self._on_changed()

    # What changes

    def _on_changed(self) -> None:
        """Build the rows anew only when there are others; show the weights in any case."""
        parameters = self._session.parameters
        model = next((one for one in self._session.models if one.id == parameters.model_id), None)
        known = {extra.id for extra in self._session.extras if extra.kind == "lora"}
        missing = tuple(use.name for use in parameters.loras if use.name not in known)
        shown = (tuple(self._session.extras), model, missing, *self._refiners(model))
        if shown != self._shown:
            self._shown = shown
            self._build(model, missing)
        weights = {use.name: use.weight for use in parameters.loras}
        for name, row in self.loras.items():
            row.show_use(weights.get(name))
        self.parts.show_parameters(parameters)
        self.refinements.show_parameters(parameters)

    def _build(self, model: ModelInfo | None, missing: tuple[str, ...]) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(_MARGIN, 4, _MARGIN, _MARGIN)
        column.setSpacing(6)
        self.loras = {extra.id: self._lora_row(extra, model) for extra in self._of_kind("lora")}
        for name in missing:
            self.loras[name] = LoraRow(name, name, self.tr("Not on this machine; take it out to generate"))
            self.loras[name].changed.connect(self._on_lora_changed)
        self.words = {extra.id: self._word(extra, model) for extra in self._of_kind("embedding")}
        self.hypernetworks = {extra.id: self._word(extra, model) for extra in self._of_kind("hypernetwork")}
        column.addLayout(self._heading(self.tr("LoRA")))
        for row in self.loras.values():
            column.addWidget(row)
        if not self.loras:
            column.addWidget(self._hint(self.tr("A LoRA teaches the model a style or a thing. None was found.")))
        column.addWidget(label(self.tr("Embeddings"), "heading"))
        for word in self.words.values():
            column.addWidget(word)
        if not self.words:
            column.addWidget(self._hint(self.tr("An embedding is a new word for prompts. None was found.")))
        self.parts = ModelParts(model, self._session.extras)
        self.parts.changed.connect(self._on_refined)
        if self.parts.boxes:
            column.addWidget(label(self.tr("Parts"), "heading"))
            column.addWidget(self.parts)
        if self.hypernetworks:
            column.addWidget(label(self.tr("Hypernetworks"), "heading"))
        for word in self.hypernetworks.values():
            column.addWidget(word)
        column.addWidget(label(self.tr("Refinements"), "heading"))
        self.refinements = Refinements()
        vaes, upscalers = ([(extra.id, extra.title) for extra in self._of_kind(kind)] for kind in ("vae", "upscaler"))
        self.refinements.show_choices(vaes, upscalers, self._refiners(model))
        self.refinements.changed.connect(self._on_refined)
        column.addWidget(self.refinements)
        column.addStretch(1)
        self.setWidget(content)

    def _of_kind(self, kind: str) -> list[ExtraInfo]:
        return [extra for extra in self._session.extras if extra.kind == kind]

    def _refiners(self, model: ModelInfo | None) -> list[tuple[str, str]]:
        fitting = [] if model is None else refiners_for(model, self._session.models)
        return [(one.id, one.title) for one in fitting]

    def _heading(self, text: str) -> QHBoxLayout:
        line = QHBoxLayout()
        line.addWidget(label(text, "heading"))
        line.addStretch(1)
        folder = icon_button("folder-open", self.tr("Models folder"), self.tr("Opens the folder for your own files"))
        folder.clicked.connect(self._on_folder_wanted)
        again = icon_button("refresh-cw", self.tr("Look again"), self.tr("Looks for new files in the models folders"))
        again.clicked.connect(self.rescan_wanted)
        line.addWidget(folder)
        line.addWidget(again)
        return line

    def _hint(self, text: str) -> QWidget:
        hint = label(text, "small")
        hint.setWordWrap(True)
        return hint

    def _lora_row(self, extra: ExtraInfo, model: ModelInfo | None) -> LoraRow:
        row = LoraRow(extra.id, extra.title, extra.note)
        if model is not None and not fits(extra, model):
            row.refuse(self.tr("Made for {family}").format(family=made_for(extra)))
        row.changed.connect(self._on_lora_changed)
        return row

    def _word(self, extra: ExtraInfo, model: ModelInfo | None) -> QPushButton:
        button = QPushButton()
        show_elided(button, extra.id, extra.note or self.tr("Adds this word to the prompt"))
        if model is not None and not fits(extra, model):
            button.setEnabled(False)
            button.setToolTip(self.tr("Made for {family}").format(family=made_for(extra)))
        word = f"<hypernet:{extra.id}:1>" if extra.kind == "hypernetwork" else extra.id
        button.clicked.connect(lambda: self._on_word_wanted(word))
        return button

    # What a person does

    def _on_lora_changed(self, name: str, weight: object) -> None:
        parameters = self._session.parameters
        if weight is None:
            loras = tuple(use for use in parameters.loras if use.name != name)
        elif any(use.name == name for use in parameters.loras):
            loras = tuple(
                LoraUse(name=name, weight=float(str(weight))) if use.name == name else use for use in parameters.loras
            )
        else:
            loras = (*parameters.loras, LoraUse(name=name, weight=float(str(weight))))
        self._session.parameters = msgspec.structs.replace(parameters, loras=loras)

    def _on_refined(self, changes: dict[str, object]) -> None:
        self._session.parameters = msgspec.structs.replace(self._session.parameters, **changes)

    def _on_word_wanted(self, word: str) -> None:
        parameters = self._session.parameters
        prompt = f"{parameters.prompt.rstrip(' ,')}, {word}" if parameters.prompt.strip() else word
        self._session.parameters = msgspec.structs.replace(parameters, prompt=prompt)

    def _on_folder_wanted(self) -> None:
        folder = paths.user_models()
        folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


class LoraRow(QWidget):
    """One LoRA: on or off, how strongly, and what its maker says. `changed(name, weight or None)` by hand only."""

    changed = Signal(str, object)

    def __init__(self, name: str, title: str, note: str) -> None:
        super().__init__()
        self._name = name
        self.switch = QCheckBox()
        show_elided(self.switch, title, note or self.tr("Lets the model wear this LoRA"))
        self.weight = NumberField(-_MOST_WEIGHT, _MOST_WEIGHT, default=1.0, decimals=2, step=0.05)
        self.weight.setFixedWidth(64)
        self.weight.setAccessibleName(self.tr("Weight of {name}").format(name=title))
        self.weight.setToolTip(self.tr("How strongly it works; below 0 it does the opposite"))
        self._note = label(textwrap.shorten(note, _MOST_NOTE, placeholder="…"), "small")
        self._note.setWordWrap(True)
        self._note.setVisible(bool(note))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.switch, 0, 0)
        grid.addWidget(self.weight, 0, 1)
        grid.addWidget(self._note, 1, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        self.switch.toggled.connect(lambda _on: self._tell())
        self.weight.valueChanged.connect(lambda _value: self._tell())

    def refuse(self, reason: str) -> None:
        """It cannot be switched on, and this is why."""
        self.switch.setEnabled(False)
        self.weight.setEnabled(False)
        self._note.setText(reason)
        self._note.setVisible(True)

    def show_use(self, weight: float | None) -> None:
        """Show it without a signal. One that is in use can always be switched off."""
        for part in (self.switch, self.weight):
            part.blockSignals(True)
        self.switch.setChecked(weight is not None)
        if weight is not None:
            self.weight.setValue(weight)
            self.switch.setEnabled(True)
        for part in (self.switch, self.weight):
            part.blockSignals(False)

    def _tell(self) -> None:
        self.changed.emit(self._name, self.weight.value() if self.switch.isChecked() else None)
