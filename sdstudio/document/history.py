"""Undo and redo. Commands are kept without a limit in number; the oldest go when they need too much memory.

Must not know what commands do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from sdstudio.events import Event
from sdstudio.raster.warp import Progress

if TYPE_CHECKING:
    from sdstudio.document.document import Document

BUDGET_BYTES = 512 * 1024 * 1024


class Command(Protocol):
    """One change of a document that can be taken back exactly. Commands name layers by id."""

    label: str

    def apply(self, document: Document) -> None:
        """Make the change and emit the document's events. Raises StudioError before anything has changed."""

    def revert(self, document: Document) -> None:
        """Take the change back: the document is exactly as before `apply`."""

    @property
    def is_empty(self) -> bool:
        """Whether `apply` found nothing to change; such a command is not remembered."""
        return False

    @property
    def nbytes(self) -> int:
        """The memory that the command keeps from being freed."""
        return 256

    def work_px(self, document: Document) -> int:
        """Roughly how many pixels the next `apply` or `revert` has to touch."""
        return 0

    def get_ready(self, document: Document, progress: Progress, *, back: bool) -> None:
        """Do the long part of the next `apply` (`back`: `revert`) now, on a snapshot, which stays as it is.

        May run beside the window. When the document is another one by then, it is done again.
        """
        return

    def merge(self, following: Command) -> bool:
        """Take `following`, which has just been applied, into this command; False when they do not belong together."""
        return False


class History:
    """The commands that led to the present state, and those that were undone."""

    def __init__(self, document: Document, budget_bytes: int = BUDGET_BYTES) -> None:
        self.changed: Event[()] = Event()
        self._document = document
        self.budget_bytes = budget_bytes
        self._done: list[Command] = []
        self._undone: list[Command] = []
        self._dropped = 0  # commands that were forgotten at the old end
        self._saved_at: int | None = 0  # the position that was saved; None when it cannot be reached any more

    def run(self, command: Command) -> None:
        """Apply `command` and remember it, unless it changed nothing. One that raises leaves no trace."""
        command.apply(self._document)
        if not command.is_empty:
            self.record(command)

    def record(self, command: Command) -> None:
        """Remember a command whose change has already happened."""
        was_modified = self.is_modified
        if self._saved_at is not None and self._saved_at > self._position:
            self._saved_at = None
        self._undone.clear()
        if self._saved_at == self._position or not (self._done and self._done[-1].merge(command)):
            self._done.append(command)
        self._forget_old()
        self._tell(was_modified)

    def undo(self) -> None:
        """Take back the last command (or the stroke that is still open); nothing when there is none."""
        self._document.end_drag()
        if self._done:
            was_modified = self.is_modified
            self._done[-1].revert(self._document)
            self._undone.append(self._done.pop())
            self._tell(was_modified)

    def redo(self) -> None:
        """Do again what was undone last; nothing when there is nothing."""
        self._document.end_drag()
        if self._undone:
            was_modified = self.is_modified
            self._undone[-1].apply(self._document)
            self._done.append(self._undone.pop())
            self._tell(was_modified)

    def go_to(self, position: int) -> None:
        """Undo or redo until `position` of the steps of `timeline` are done; listeners are told once.

        Raises IndexError when there is no such position. A step that cannot be done again raises, and the state
        before that step stays.
        """
        self._document.end_drag()
        if not 0 <= position <= len(self._done) + len(self._undone):
            raise IndexError(position)
        if position == len(self._done):
            return
        was_modified = self.is_modified
        try:
            while len(self._done) > position:
                self._done[-1].revert(self._document)
                self._undone.append(self._done.pop())
            while len(self._done) < position:
                self._undone[-1].apply(self._document)
                self._done.append(self._undone.pop())
        finally:
            self._tell(was_modified)

    def resume(self, timeline: Sequence[Command], position: int, saved_at: int | None) -> None:
        """Take over the steps of an earlier run of the program: `position` of them are done already.

        `saved_at` is the position that the file holds; None when none of them does.
        """
        self._done, self._undone = list(timeline[:position]), list(reversed(timeline[position:]))
        self._dropped = 0
        self._saved_at = saved_at
        self.changed.emit()
        self._document.modified_changed.emit()

    @property
    def timeline(self) -> tuple[Command, ...]:
        """All steps, oldest first: those that are done, then those that were undone."""
        return (*self._done, *reversed(self._undone))

    @property
    def position(self) -> int:
        """How many steps of `timeline` are done."""
        return len(self._done)

    @property
    def forgotten(self) -> int:
        """How many steps went at the old end since the document was opened."""
        return self._dropped

    @property
    def saved_at(self) -> int | None:
        """The position that is in the file; None when it cannot be reached any more (it may be a forgotten one)."""
        return None if self._saved_at is None or self._saved_at < self._dropped else self._saved_at - self._dropped

    @property
    def next_undo(self) -> Command | None:
        """What `undo` would take back."""
        return self._done[-1] if self._done else None

    @property
    def next_redo(self) -> Command | None:
        """What `redo` would do again."""
        return self._undone[-1] if self._undone else None

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    @property
    def undo_label(self) -> str:
        """What `undo` would take back; empty when nothing."""
        return self._done[-1].label if self._done else ""

    @property
    def redo_label(self) -> str:
        """What `redo` would do again; empty when nothing."""
        return self._undone[-1].label if self._undone else ""

    @property
    def nbytes(self) -> int:
        return sum(command.nbytes for command in (*self._done, *self._undone))

    @property
    def is_modified(self) -> bool:
        return self._saved_at != self._position

    def mark_saved(self) -> None:
        """The present state is the one in the file."""
        was_modified = self.is_modified
        self._saved_at = self._position
        self._tell(was_modified)

    @property
    def _position(self) -> int:
        return self._dropped + len(self._done)

    def _forget_old(self) -> None:
        """Keep within the budget; the newest command stays whatever its size."""
        excess = self.nbytes - self.budget_bytes
        while excess > 0 and len(self._done) > 1:
            excess -= self._done.pop(0).nbytes
            self._dropped += 1

    def _tell(self, was_modified: bool) -> None:
        self.changed.emit()
        if self.is_modified != was_modified:
            self._document.modified_changed.emit()
