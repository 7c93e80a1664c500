"""One line below the prompt that says what a small model can draw, so that nobody asks it in vain."""

from __future__ import annotations

import textwrap

from sdstudio.generation.vocabulary import things_named
from sdstudio.models.info import ModelInfo
from sdstudio.ui.widgets.labels import ElidedLabel

_SOME = 12  # as many as can be read at a glance; the tool tip has them all


class VocabularyLine(ElidedLabel):
    """Hidden for general models, which have no list."""

    def __init__(self) -> None:
        super().__init__(role="small")
        self._everything = ""
        self._shown: tuple[tuple[str, ...], str] | None = None

    def show_state(self, model: ModelInfo | None, prompt: str) -> None:
        """Tell what `model` knows, and whether `prompt` asks for something else."""
        known = () if model is None else model.vocabulary
        if (known, prompt) == self._shown:  # this is asked at every move of a slider
            return
        self._shown = known, prompt
        self.setVisible(bool(known))
        if not known:
            return
        self._everything = textwrap.fill(", ".join(sorted(known)), 90)
        some = ", ".join(known[:_SOME])
        if prompt.strip() and not things_named(prompt, known):
            self.setText(self.tr("This small model does not know that; try {some} …").format(some=some))
        else:
            self.setText(self.tr("Knows {count} things: {some} …").format(count=len(known), some=some))

    def _explain(self) -> None:
        self.setToolTip(self._everything)
