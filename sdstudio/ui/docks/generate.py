"""The Generate panel: prompt, strength and the big button in sight, everything else under "More".

Strength and button stay at the foot of the panel however low it is; what stands above them scrolls.

Shows `Session.parameters` and changes them. Must not know the engine; what happens on Generate is the session's work.
"""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from sdstudio.generation.session import Session
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.prompting import wildcards
from sdstudio.prompting.names import unknown
from sdstudio.protocol.request import Branch
from sdstudio.ui.docks.advanced import AdvancedSettings
from sdstudio.ui.docks.branch_line import BranchLine
from sdstudio.ui.docks.generate_button import GenerateButton
from sdstudio.ui.docks.more import MoreSettings
from sdstudio.ui.docks.prompt_line import PromptLine
from sdstudio.ui.docks.strength import StrengthField
from sdstudio.ui.docks.styles import StyleShelf
from sdstudio.ui.docks.vocabulary_line import VocabularyLine
from sdstudio.ui.widgets.prompt import PromptEdit
from sdstudio.ui.widgets.prompt_completion import Names
from sdstudio.ui.widgets.section import Section

_MARGIN = 12
_WIDTH = 296


class GeneratePanel(QWidget):
    """`looked_at(bool)`: the person is about to generate, so the canvas should show what the model will see.

    `failed(problem)`: the table of styles could not be read or written.
    """

    looked_at = Signal(bool)
    failed = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._known: tuple[tuple[ExtraInfo, ...], ModelInfo | None] | None = None  # what names were looked up in
        self.button = GenerateButton()
        self.prompt = PromptEdit(
            self.tr("Prompt"),
            self.tr("Describe what it should become, e.g. red apple"),
            lines=3,
            most_lines=8,
        )
        self.negative = PromptEdit(
            self.tr("Negative prompt"), self.tr("What it should not show"), lines=1, most_lines=4
        )
        self.prompt.setToolTip(self.tr("What the picture, or the selected part of it, should show (Ctrl+L)"))
        self.negative.setToolTip(self.tr("What the picture should stay away from. May be empty"))
        self.prompt_line = PromptLine(self.prompt)
        self.styles = StyleShelf(self)
        self.vocabulary = VocabularyLine()
        self.branch = BranchLine()
        self.strength = StrengthField()
        self.more = MoreSettings()
        self.section = Section(self.tr("More"), self.more)
        self.advanced = AdvancedSettings()
        self.advanced_section = Section(self.tr("Advanced"), self.advanced)
        self._arrange()
        self._connect()
        self._on_models_changed()

    def _arrange(self) -> None:
        content = QWidget()
        column = self._column = QVBoxLayout(content)
        column.setContentsMargins(_MARGIN, 4, _MARGIN, 4)
        column.setSpacing(8)
        for part in (
            self.prompt,
            self.prompt_line,
            self.vocabulary,
            self.negative,
            self.branch,
            self.section,
            self.advanced_section,
        ):
            column.addWidget(part)
        column.addStretch(1)
        self._area = area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # The scroll bar comes out of the right margin, so that nothing moves when it appears.
        area.verticalScrollBar().rangeChanged.connect(self._on_scroll_range_changed)

        self._foot = foot = QVBoxLayout()
        foot.setContentsMargins(_MARGIN, 4, _MARGIN, 12)
        foot.setSpacing(8)
        foot.addWidget(self.strength)
        foot.addWidget(self.button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(area, 1)
        whole.addLayout(foot)
        self.setTabOrder(self.prompt, self.negative)
        self.setMinimumWidth(_WIDTH - 32)
        # The other panels take the height that a larger window has to give.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def _on_scroll_range_changed(self, low: int, high: int) -> None:
        right = _MARGIN - (self._area.verticalScrollBar().sizeHint().width() if high > low else 0)
        self._column.setContentsMargins(_MARGIN, 4, max(right, 0), 4)

    def sizeHint(self) -> QSize:
        """The height at which nothing needs to scroll."""
        return QSize(_WIDTH, self._column.sizeHint().height() + self._foot.sizeHint().height())

    def _connect(self) -> None:
        self.prompt.textChanged.connect(lambda: self._set(prompt=self.prompt.text()))
        self.negative.textChanged.connect(lambda: self._set(negative_prompt=self.negative.text()))
        self.strength.changed.connect(lambda value: self._set(strength=value))
        self.strength.held.connect(self.looked_at)
        self.button.pointed.connect(self.looked_at)
        self.section.toggled.connect(self.updateGeometry)
        self.advanced_section.toggled.connect(self.updateGeometry)
        self.more.changed.connect(self._on_more_changed)
        self.advanced.changed.connect(self._on_more_changed)
        self.branch.changed.connect(self._on_branch_changed)
        self._connect_styles()
        self.more.model_chosen.connect(self._on_model_chosen)
        self._session.parameters_changed.connect(self._on_parameters_changed)
        self._session.models_changed.connect(self._on_models_changed)

    def _connect_styles(self) -> None:
        line, shelf = self.prompt_line, self.styles
        line.opening.connect(self._on_styles_opening)
        line.styles_chosen.connect(lambda names: self._set(styles=names))
        line.save_wanted.connect(lambda: shelf.ask_and_save(self.prompt.text(), self.negative.text()))
        line.delete_wanted.connect(shelf.delete)
        shelf.changed.connect(self._on_parameters_changed)
        shelf.failed.connect(self.failed)

    def _on_styles_opening(self) -> None:
        self.styles.look()
        self.prompt_line.show_styles(self.styles.names, self._session.parameters.styles)

    def _set(self, **changes: Any) -> None:
        parameters = msgspec.structs.replace(self._session.parameters, **changes)
        if parameters != self._session.parameters:
            self._session.parameters = parameters

    def _on_more_changed(self, changes: dict[str, Any]) -> None:
        self._set(**changes)

    def _on_model_chosen(self, model_id: str) -> None:
        self._session.choose_model(model_id)

    def _on_models_changed(self) -> None:
        self.more.show_models(self._session.models)
        self._on_parameters_changed()

    def _on_parameters_changed(self) -> None:
        parameters = self._session.parameters
        self.prompt.set_text(parameters.prompt)
        chosen = [model for model in self._session.models if model.id == parameters.model_id]
        model = chosen[0] if chosen else None
        taught = [extra.id for extra in self._session.extras if extra.kind == "embedding"]
        self.vocabulary.show_state(model, parameters.prompt, taught)
        self.prompt_line.show_model(model)
        self.prompt_line.show_styles(self.styles.names, parameters.styles)
        self._offer_names(model)
        self.negative.set_text(parameters.negative_prompt)
        self.strength.show_value(parameters.strength, edits=model is not None and model.reads == "edit")
        self.branch.show_branch(parameters.branch)
        self.more.show_parameters(parameters)
        self.advanced.show_parameters(parameters, model)

    def _on_branch_changed(self, branch: Branch | None) -> None:
        """Taken off, it gives the strength back that its picture was made with."""
        before = self._session.parameters.branch
        if branch is None and before is not None:
            self._set(branch=None, strength=before.parent.strength)
        else:
            self._set(branch=branch)

    def _offer_names(self, model: ModelInfo | None) -> None:
        """What can be completed: the LoRAs and embeddings that were found, and the wildcard files."""
        extras = self._session.extras
        if (tuple(extras), model) != self._known:
            self._known = (tuple(extras), model)
            for field in (self.prompt, self.negative):
                field.set_look_up(lambda prompt: unknown(prompt, extras, model))
        loras = [extra.id for extra in extras if extra.kind == "lora"]
        embeddings = [extra.id for extra in extras if extra.kind == "embedding"]
        for field in (self.prompt, self.negative):
            field.set_names(Names(loras, embeddings, wildcards.names))
