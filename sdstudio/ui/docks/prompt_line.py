"""The line below the prompt: its tokens as the model's tokenizers count them, the first mistake, and the styles.

Must not know how styles change a prompt: the session's texts do that when a job is prepared.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QGridLayout, QMenu, QSizePolicy, QToolButton, QWidget

from sdstudio.errors import BadRequest
from sdstudio.models.info import ModelInfo
from sdstudio.prompting import wildcards
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.prompt import PromptEdit

if TYPE_CHECKING:
    from sdstudio.prompting.counting import Count

_COUNT_DELAY_MS = 120
_MOST_TOLD = 150  # letters: three lines; the tool tip has all of them


class PromptLine(QWidget):
    """`opening()`: the list of styles is about to show; `styles_chosen(names)`.

    `save_wanted()` and `delete_wanted(name)` are about the person's own table of styles.
    """

    opening = Signal()
    styles_chosen = Signal(tuple)
    save_wanted = Signal()
    delete_wanted = Signal(str)

    def __init__(self, prompt: PromptEdit) -> None:
        super().__init__()
        self._prompt = prompt
        self._model: ModelInfo | None = None
        self._names: Sequence[str] = ()
        self._chosen: tuple[str, ...] = ()
        self._problem = label(role="small")
        self._problem.setWordWrap(True)
        self._count = label(role="small")
        self._count.setToolTip(self._about([]))
        self._styles = QToolButton()
        self._styles.setText(self.tr("Styles ▾"))
        self._styles.setToolTip(self.tr("Pieces of prompts to lay over what you write"))
        self._styles.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._fill)
        self._styles.setMenu(self._menu)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.addWidget(self._styles, 0, 0)
        grid.addWidget(self._count, 0, 2)
        grid.addWidget(self._problem, 1, 0, 1, 3)
        grid.setColumnStretch(1, 1)
        self._tell("")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._count_soon = QTimer(self, singleShot=True, interval=_COUNT_DELAY_MS)
        self._count_soon.timeout.connect(self._on_count_due)
        prompt.read.connect(self._on_read)

    def show_model(self, model: ModelInfo | None) -> None:
        """Count as this model's tokenizer does."""
        if model != self._model:
            self._model = model
            self._count_soon.start()

    def show_styles(self, names: Sequence[str], chosen: tuple[str, ...]) -> None:
        """`names` are all that there are."""
        self._names, self._chosen = names, chosen
        self._styles.setText(self.tr("Styles ({count}) ▾").format(count=len(chosen)) if chosen else self.tr("Styles ▾"))

    def _on_read(self) -> None:
        mistakes = self._prompt.mistakes
        self._tell(mistakes[0].message if mistakes else "")
        self._count_soon.start()

    def _on_count_due(self) -> None:
        from sdstudio.prompting.counting import count  # reads a vocabulary: not before something is written

        text, counts = self._prompt.text(), []
        problems = [mistake.message for mistake in self._prompt.mistakes]
        try:
            counts = count(text, self._model) if text.strip() else []
        except BadRequest as problem:
            problems.insert(0, problem.message)
        problems += [one.warning for one in counts if one.warning]
        shown = [one for one in counts if not one.is_gist]
        self._count.setText(" · ".join(f"{one.reader} {one.tokens} / {one.pieces * one.room}".strip() for one in shown))
        self._count.setToolTip(self._about(counts))
        self._tell(next(iter(problems), ""))
        self._prompt.show_cuts(tuple(sorted({cut for one in shown for cut in one.cuts})))

    def _tell(self, problem: str) -> None:
        """Lines of its own, while there is something to say."""
        shown = textwrap.shorten(problem, _MOST_TOLD, placeholder="…")
        self._problem.setText(shown)
        self._problem.setToolTip("" if shown == problem else problem)
        self._problem.setVisible(bool(problem))

    def _about(self, counts: Sequence[Count]) -> str:
        """What the counts mean, for the tool tip."""
        if not any(one.reader for one in counts):
            return self.tr("Tokens that the text encoder reads. Long prompts are read in several pieces")
        lines = []
        for one in counts:
            if one.is_gist:
                said = self.tr("{reader} reads {read} of {tokens} tokens, for the look of the whole picture")
            elif one.unread or one.pieces == 1:
                said = self.tr("{reader} reads {tokens} tokens; it has room for {room}")
            else:
                said = self.tr("{reader} reads {tokens} tokens in {pieces} pieces of {room}")
            lines.append(
                said.format(
                    reader=one.reader,
                    room=one.room,
                    tokens=one.tokens,
                    pieces=one.pieces,
                    read=one.tokens - one.unread,
                )
            )
        return "\n".join(lines)

    def _fill(self) -> None:
        self.opening.emit()
        menu = self._menu
        menu.clear()
        for name in dict.fromkeys([*self._names, *self._chosen]):
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(name in self._chosen)
            action.toggled.connect(lambda is_on, name=name: self._on_toggled(name, is_on))
        if self._names or self._chosen:
            menu.addSeparator()
        save = menu.addAction(self.tr("Save the prompts as a style…"))
        save.triggered.connect(self.save_wanted)
        lists = menu.addAction(self.tr("Open the folder of wildcards"))
        lists.setToolTip(self.tr("Text files of which __name__ in a prompt takes one line"))
        lists.triggered.connect(_open_wildcards)
        if self._names:
            remove = menu.addMenu(self.tr("Delete"))
            for name in self._names:
                remove.addAction(name).triggered.connect(lambda _=False, name=name: self.delete_wanted.emit(name))

    def _on_toggled(self, name: str, is_on: bool) -> None:
        rest = tuple(other for other in self._chosen if other != name)
        self.styles_chosen.emit((*rest, name) if is_on else rest)


def _open_wildcards() -> None:
    """Show the folder; it is made first, so that there is one to put files into."""
    folder = wildcards.folder()
    folder.mkdir(parents=True, exist_ok=True)
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
