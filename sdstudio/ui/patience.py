"""Work that may take long, done beside a window that stays alive: a progress bar and a cross appear when it does.

The caller waits as if for a function; painting and clicks wait with it, redrawing does not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QProgressDialog, QWidget

T = TypeVar("T")
Report = Callable[[float], None]
"""Tells how far the work is, 0..1; raises Cancelled when a person no longer wants it."""

_PATIENCE_MS = 400
_STEPS = 1000


class Cancelled(Exception):
    """A person has stopped the work; nothing more is to be said."""


class _Work(QObject):
    reported = Signal(float)
    ended = Signal()

    def __init__(self, act: Callable[[Report], Any]) -> None:
        super().__init__()
        self._act = act
        self.result: Any = None
        self.error: BaseException | None = None
        self.is_cancelled = False
        self.is_over = False

    def run(self) -> None:
        try:
            self.result = self._act(self._report)
        except BaseException as error:  # noqa: BLE001 - handed over to the thread that waits, which raises it
            self.error = error
        self.is_over = True
        self.ended.emit()

    def _report(self, fraction: float) -> None:
        if self.is_cancelled:
            raise Cancelled
        self.reported.emit(fraction)

    def cancel(self) -> None:
        self.is_cancelled = True


def wait_for(window: QWidget, sentence: str, act: Callable[[Report], T]) -> T:
    """The result of `act`, run on a thread of its own. Raises what it raises, and Cancelled."""
    work, loop = _Work(act), QEventLoop()
    work.ended.connect(loop.quit, Qt.ConnectionType.QueuedConnection)
    timer = QTimer(singleShot=True, interval=_PATIENCE_MS)
    timer.timeout.connect(loop.quit)
    timer.start()
    thread = threading.Thread(target=work.run, name="patience", daemon=True)
    thread.start()
    loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    if not work.is_over:
        dialog = _dialog(window, sentence)
        dialog.canceled.connect(work.cancel)
        work.reported.connect(lambda fraction: dialog.setValue(round(min(fraction, 1.0) * (_STEPS - 1))))
        dialog.show()
        if not work.is_over:
            loop.exec()
        dialog.canceled.disconnect(work.cancel)
        dialog.close()
        dialog.deleteLater()
    thread.join()
    if work.error is not None:
        raise work.error
    result: T = work.result
    return result


def _dialog(window: QWidget, sentence: str) -> QProgressDialog:
    dialog = QProgressDialog(window)
    dialog.setWindowTitle("SD Studio")
    dialog.setLabelText(sentence)
    dialog.setRange(0, _STEPS)
    dialog.setAutoClose(False)
    dialog.setAutoReset(False)
    dialog.setMinimumDuration(0)
    dialog.setMinimumWidth(360)
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    return dialog
