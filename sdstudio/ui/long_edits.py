"""Commands that take long to work out: made from a snapshot beside the window, then run as one undo step.

Must not know what they change.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.errors import StudioError
from sdstudio.raster.warp import Progress
from sdstudio.ui.patience import Cancelled, worked_out

translate = QCoreApplication.translate

Make = Callable[[Document, Progress], Command]
"""Works out a command from a snapshot of the document, which it must not change."""


def run_long(document: Document, sentence: str, make: Make, *, is_quick: bool = False) -> bool:
    """Run the command that `make` works out; False when the person cancelled it. `sentence` says what is done.

    `is_quick` works it out at once, without a thread. Raises StudioError when it is refused; nothing has changed then.
    """
    document.end_drag()
    snapshot, changes = document.snapshot(), _Changes(document)
    try:
        command = worked_out(lambda tell: make(snapshot, tell), sentence, is_long=not is_quick)
    except Cancelled:
        return False
    if changes.happened:
        message = translate("LongEdits", "The picture changed meanwhile, so this was not done. Try it again.")
        raise StudioError(message)
    document.run(command)
    return True


class _Changes:
    """Whether a document got another undo step since this was made."""

    def __init__(self, document: Document) -> None:
        self.happened = False
        document.history.changed.connect(self._on_changed)

    def _on_changed(self) -> None:
        self.happened = True
