"""Steps that take long: worked out from a snapshot beside the window, then done, undone or done again at once.

Must not know what they change.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.errors import StudioError
from sdstudio.raster.warp import Progress, share_of
from sdstudio.ui.patience import Cancelled, worked_out

translate = QCoreApplication.translate
QUICK_PX = 24 * 1024 * 1024  # that a step touches within about a tenth of a second

Make = Callable[[Document, Progress], Command]
"""Works out a command from a snapshot of the document, which it must not change."""


def run_long(document: Document, sentence: str, make: Make, *, is_quick: bool = False) -> bool:
    """Run the command that `make` works out; False when the person cancelled it. `sentence` says what is done.

    `is_quick` works it out at once, without a thread. Raises StudioError when it is refused; nothing has changed then.
    """
    document.end_drag()
    snapshot, changes = document.snapshot(), _Changes(document)

    def work_out(tell: Progress) -> Command:
        command = make(snapshot, share_of(tell, 0, 2))
        if not is_quick:
            command.get_ready(snapshot, share_of(tell, 1, 2), back=False)
        return command

    try:
        command = worked_out(work_out, sentence, is_long=not is_quick)
    except Cancelled:
        return False
    changes.refuse()
    document.run(command)
    return True


def undo(document: Document) -> bool:
    """Take back the last step, without a long pause of the window; False when a person cancelled it."""
    document.end_drag()
    is_ready = _get_ready(document, document.history.next_undo, back=True)
    if is_ready:
        document.history.undo()
    return is_ready


def redo(document: Document) -> bool:
    """Do again what was undone last; as `undo`."""
    document.end_drag()
    is_ready = _get_ready(document, document.history.next_redo, back=False)
    if is_ready:
        document.history.redo()
    return is_ready


def go_to(document: Document, position: int) -> None:
    """Undo or redo until `position`, one by one where a step takes long. Who cancels stays where it has come to."""
    document.end_drag()
    history = document.history
    low, high = sorted((position, history.position))
    if all(command.work_px(document) < QUICK_PX for command in history.timeline[low:high]):
        history.go_to(position)
        return
    while history.position != position:
        if not (undo if history.position > position else redo)(document):
            return


def _get_ready(document: Document, command: Command | None, *, back: bool) -> bool:
    """False when a person cancelled it. Raises StudioError when the document was changed meanwhile."""
    if command is None or command.work_px(document) < QUICK_PX:
        return True
    snapshot, changes = document.snapshot(), _Changes(document)
    sentence = translate("LongEdits", "Undoing…") if back else translate("LongEdits", "Redoing…")
    try:
        worked_out(lambda tell: command.get_ready(snapshot, tell, back=back), sentence, is_long=True)
    except Cancelled:
        return False
    changes.refuse()
    return True


class _Changes:
    """Whether a document got another undo step since this was made."""

    def __init__(self, document: Document) -> None:
        self.happened = False
        document.history.changed.connect(self._on_changed)

    def refuse(self) -> None:
        """Raises StudioError when it got one."""
        if self.happened:
            message = translate("LongEdits", "The picture changed meanwhile, so this was not done. Try it again.")
            raise StudioError(message)

    def _on_changed(self) -> None:
        self.happened = True
