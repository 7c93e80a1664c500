"""One line below the prompt that says what a small model can draw, so that nobody asks it in vain."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from sdstudio.generation.vocabulary import things_named
from sdstudio.models.info import ModelInfo
from sdstudio.ui.widgets.labels import ElidedLabel

_LEFT_TO_CHANCE = re.compile(r"__\S+__")  # a wildcard file: nobody knows yet what it says
_SOME = 12  # as many as can be read at a glance; the tool tip has them all


class VocabularyLine(ElidedLabel):
    """Hidden for general models, which have no list."""

    def __init__(self) -> None:
        super().__init__(role="small")
        self._everything = ""
        self._shown: tuple[tuple[str, ...], str, tuple[str, ...]] | None = None

    def show_state(self, model: ModelInfo | None, prompt: str, taught: Sequence[str] = ()) -> None:
        """Tell what `model` knows, and whether `prompt` asks for something else.

        `taught` are further words that it understands: embeddings. What is left to chance is not judged.
        """
        known = () if model is None else model.vocabulary
        shown = known, prompt, tuple(taught)
        if shown == self._shown:  # this is asked at every move of a slider
            return
        self._shown = shown
        self.setVisible(bool(known))
        if not known:
            return
        self._everything = textwrap.fill(", ".join(sorted(known)), 90)
        some = ", ".join(known[:_SOME])
        is_judged = bool(prompt.strip()) and not _LEFT_TO_CHANCE.search(prompt)
        if is_judged and not things_named(prompt, (*known, *taught)):
            self.setText(self.tr("This small model does not know that; try {some} …").format(some=some))
        else:
            self.setText(self.tr("Knows {count} things: {some} …").format(count=len(known), some=some))

    def _explain(self) -> None:
        self.setToolTip(self._everything)
