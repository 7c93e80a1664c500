"""Saving and deleting the person's styles. Must not know how they are applied."""

from __future__ import annotations

from typing import BinaryIO

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog, QWidget

from sdstudio.errors import FileProblem
from sdstudio.formats.atomic import write_atomically
from sdstudio.prompting import styles
from sdstudio.prompting.styles import Style


class StyleShelf(QObject):
    """The table of styles. `changed()` when it is another one; `failed(problem)` when it cannot be read or written."""

    changed = Signal()
    failed = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self.names: list[str] = []  # as of the last look

    def look(self) -> None:
        """Read the table again; other programs may have written it. `failed` tells when it cannot be read."""
        try:
            self.names = [style.name for style in styles.read()]
        except FileProblem as problem:
            self.names = []
            self.failed.emit(problem)

    def ask_and_save(self, prompt: str, negative_prompt: str) -> None:
        """Ask for a name and keep the prompts by it, in the place of what had it before."""
        name, is_wanted = QInputDialog.getText(
            self._parent,
            self.tr("Save a style"),
            self.tr("Name of the style. Write {prompt} where later prompts belong."),
        )
        if is_wanted and name.strip():
            self.save(Style(name.strip(), prompt, negative_prompt))

    def save(self, style: Style) -> None:
        """Keep it, in the place of another of its name."""
        self._change(lambda known: [*(other for other in known if other.name != style.name), style])

    def delete(self, name: str) -> None:
        self._change(lambda known: [other for other in known if other.name != name])

    def _change(self, change: object) -> None:
        assert callable(change)
        try:
            data = styles.to_text(change(styles.read())).encode()

            def write(file: BinaryIO) -> None:
                file.write(data)

            styles.file().parent.mkdir(parents=True, exist_ok=True)
            write_atomically(styles.file(), write)
        except FileProblem as problem:
            self.failed.emit(problem)
        except OSError as error:
            self.failed.emit(FileProblem(f"The folder for styles cannot be made: {error.strerror}."))
        else:
            self.look()
            self.changed.emit()
