"""Work that may take long, done beside a window that stays alive: a progress bar and a cross appear when it does.

The caller waits as if for a function; painting and clicks wait with it, redrawing does not.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

import cv2
from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QProgressDialog, QWidget

from sdstudio.errors import StudioError

log = logging.getLogger(__name__)
T = TypeVar("T")
Report = Callable[[float], None]
"""Tells how far the work is, 0..1; raises Cancelled when a person no longer wants it."""

_PATIENCE_MS = 400
_STEPS = 1000


class Cancelled(Exception):
    """A person has stopped the work; nothing more is to be said."""


class Work(QObject):
    """Something that a thread does. `reported(share)` and `ended` come to the thread that made it."""

    reported = Signal(float)
    ended = Signal()

    def __init__(self, act: Callable[[Report], Any]) -> None:
        super().__init__()
        self._act = act
        self.result: Any = None
        self.error: BaseException | None = None
        self.is_cancelled = False
        self.is_over = False

    def start(self) -> None:
        """Do it on a thread of its own; `result` or `error` are there when `ended` is emitted."""
        for other in [other for other, thread in _threads.items() if not thread.is_alive()]:
            del _threads[other]
        thread = threading.Thread(target=self.run, name="patience", daemon=True)
        _threads[self] = thread  # it must outlive its thread, also when nobody waits for it any more
        thread.start()

    def run(self) -> None:
        try:
            self.result = self._act(self._report)
        except BaseException as error:  # noqa: BLE001 - handed over to the thread that waits, which raises it
            self.error = error
        if self.is_cancelled and self.error is not None and not isinstance(self.error, Cancelled):
            log.info("work that was stopped ended with %r", self.error)
        self.is_over = True
        self.ended.emit()

    def _report(self, fraction: float) -> None:
        if self.is_cancelled:
            raise Cancelled
        self.reported.emit(fraction)

    def cancel(self) -> None:
        """It ends when it reports the next time."""
        self.is_cancelled = True


_threads: dict[Work, threading.Thread] = {}


def worked_out(act: Callable[[Report], T], sentence: str, *, is_long: bool) -> T:
    """The result of `act`, at once unless `is_long`. Raises what it raises, and Cancelled.

    `act` must leave nothing behind but its result: who cancels does not wait for its end. Raises StudioError when
    there is not enough memory.
    """
    try:
        if not is_long:
            return act(lambda share: None)
        return wait_for(cast(QWidget, QApplication.activeWindow()), sentence, act, leaves_nothing=True)
    except (MemoryError, cv2.error) as error:
        message = QCoreApplication.translate(
            "LongEdits", "There is not enough memory for this, so nothing was changed."
        )
        raise StudioError(message, detail=str(error)) from error


def wait_for(window: QWidget, sentence: str, act: Callable[[Report], T], *, leaves_nothing: bool = False) -> T:
    """The result of `act`, run on a thread of its own. Raises what it raises, and Cancelled.

    Who cancels work that `leaves_nothing` behind does not have to wait until it notices.
    """
    work, loop = Work(act), QEventLoop()
    work.ended.connect(loop.quit, Qt.ConnectionType.QueuedConnection)
    timer = QTimer(singleShot=True, interval=_PATIENCE_MS)
    timer.timeout.connect(loop.quit)
    timer.start()
    work.start()
    loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    if not work.is_over:
        _show_dialog(window, sentence, work, loop, leaves_nothing)
    if work.is_cancelled and leaves_nothing:
        raise Cancelled
    if work.error is not None:
        raise work.error
    result: T = work.result
    return result


def _show_dialog(window: QWidget, sentence: str, work: Work, loop: QEventLoop, leaves_nothing: bool) -> None:
    """Until the work is over, or until it is cancelled and need not be waited for."""
    dialog = _dialog(window, sentence)
    dialog.canceled.connect(work.cancel)
    if leaves_nothing:
        dialog.canceled.connect(loop.quit)

    work.reported.connect(dialog.show_share, Qt.ConnectionType.QueuedConnection)
    dialog.show()
    if not work.is_over:
        loop.exec()
    dialog.canceled.disconnect(work.cancel)  # closing it counts as cancelling
    dialog.close()
    dialog.deleteLater()


class _Dialog(QProgressDialog):
    def show_share(self, share: float) -> None:
        self.setValue(round(min(share, 1.0) * (_STEPS - 1)))


def _dialog(window: QWidget, sentence: str) -> _Dialog:
    dialog = _Dialog(window)
    dialog.setWindowTitle("SD Studio")
    dialog.setLabelText(sentence)
    dialog.setRange(0, _STEPS)
    dialog.setAutoClose(False)
    dialog.setAutoReset(False)
    dialog.setMinimumDuration(0)
    dialog.setMinimumWidth(360)
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    return dialog
