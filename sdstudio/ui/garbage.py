"""Python's cyclic garbage, collected in the window's thread and in no other.

Such garbage holds widgets and other Qt objects, and a Qt object that is destroyed in another thread than its own takes
the program with it. Python collects in whichever thread happens to allocate, so here that is switched off and done by
a timer. Must not know what the garbage is.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 500
_DUE = (700, 10, 30)  # objects made, then younger collections, after which each generation is looked through


class Garbage(QObject):
    """Takes over from Python as soon as it is made."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        timer = QTimer(self, interval=_EVERY_MS)
        timer.timeout.connect(collect_what_is_due)
        timer.start()


def collect_what_is_due() -> None:
    """What Python would have collected by now; the objects are counted also while it does not."""
    for generation, most in enumerate(_DUE):
        if gc.get_count()[generation] <= most:
            return
        gc.collect(generation)
