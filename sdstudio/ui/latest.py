"""Work whose wishes follow one another quickly, as behind a number that is dragged: only the newest counts.

One piece is worked on at a time, on a thread; a newer wish stops it at its next report and takes its place. Must not
know what the work is for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from sdstudio.ui.patience import Report, Work

log = logging.getLogger(__name__)
_PATIENCE_MS = 400  # work that takes longer is worth a sign


class Latest(QObject):
    """`answered(result)` for the newest wish alone.

    `progressed(share)`, 0..1, while the work takes long, and with a number below 0 at its end.
    """

    answered = Signal(object)
    progressed = Signal(float)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._work: Work | None = None
        self._next: Callable[[Report], Any] | None = None
        self._is_long = False
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(self._on_long)

    @property
    def is_busy(self) -> bool:
        return self._work is not None

    def ask(self, act: Callable[[Report], Any]) -> None:
        """Work this out next; what was asked for before is given up."""
        self._next = act
        if self._work is not None:
            self._work.cancel()
        else:
            self._start()

    def stop(self) -> None:
        """Nothing is wanted any more; what is being worked on leads to no answer."""
        self._next = None
        if self._work is not None:
            self._work.cancel()
            self._work = None
            self._rest()

    def _start(self) -> None:
        act, self._next = self._next, None
        assert act is not None
        self._work = Work(act)
        self._work.reported.connect(self._on_reported, Qt.ConnectionType.QueuedConnection)
        self._work.ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)
        if not self._is_long:
            self._patience.start()
        self._work.start()

    def _on_long(self) -> None:
        self._is_long = True
        self.progressed.emit(0.0)

    def _on_reported(self, share: float) -> None:
        if self._is_long and self._work is not None and not self._work.is_cancelled:
            self.progressed.emit(share)

    def _on_ended(self) -> None:
        work = self._work
        if work is None or not work.is_over:  # one that was given up
            return
        self._work = None
        if self._next is not None:
            self._start()
            return
        self._rest()
        if work.error is None:
            self.answered.emit(work.result)
        else:
            log.info("there is nothing to show: %r", work.error)

    def _rest(self) -> None:
        self._patience.stop()
        if self._is_long:
            self._is_long = False
            self.progressed.emit(-1.0)
