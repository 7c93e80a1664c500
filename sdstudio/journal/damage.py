"""The one error of this room: a journal that cannot be used. Nobody but the room's own code has to tell its causes."""

from __future__ import annotations


class JournalDamaged(Exception):
    """The journal is broken, of another edition, or not a journal; the text is for the log."""


class JournalInUse(Exception):
    """A process that runs has the journal open."""


class JournalUnborn(JournalDamaged):
    """The program was killed before it had written anything at all into the journal."""
