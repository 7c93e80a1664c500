"""Writes a document's file on a thread of its own, so that painting goes on; tells when it takes long or fails."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from sdstudio.document.document import Document
from sdstudio.errors import FileProblem, StudioError
from sdstudio.ui.notices import Notices
from sdstudio.ui.patience import Cancelled, Report, wait_for
from sdstudio.ui.widgets.toast import Remedy, Toast

_PATIENCE_MS = 500  # a save that takes longer is worth a word
_LOOK_EVERY_S = 0.05
_TOPIC = "save"  # of a complaint that the next save settles


@dataclass
class _Save:
    """One save, from its wish to its end."""

    document: Document
    path: Path
    write: Callable[[Report], None]
    then: Callable[[], object]
    changes: _Changes
    error: StudioError | None = None
    is_cancelled: bool = False
    toast: Toast | None = None


class Saver(QObject):
    """One save at a time; a second one waits for the first."""

    elsewhere_wanted = Signal()  # the present document is to be saved under another name or in another place

    _reported = Signal(float)
    _written = Signal(object)  # the _Save

    def __init__(self, notices: Notices, parent: QObject) -> None:
        super().__init__(parent)
        self._notices = notices
        self._thread: threading.Thread | None = None
        self._save: _Save | None = None
        self._next: deque[_Save] = deque()
        self._share = 0.0  # of the present one that is done
        self._timer = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._timer.timeout.connect(self._on_long)
        self._reported.connect(self._on_reported, Qt.ConnectionType.QueuedConnection)
        self._written.connect(self._on_written, Qt.ConnectionType.QueuedConnection)

    def save(self, document: Document, path: Path, write: Callable[[Report], None], then: Callable[[], object]) -> None:
        """Run `write` in the background. `then` follows its success, when `document` counts as saved unless it was
        changed meanwhile; a failure is shown, and nothing is lost.
        """
        self._next.append(_Save(document, path, write, then, _Changes(document)))
        self._start_next()

    def wait(self, window: QWidget) -> bool:
        """Wait beside a living window until all saves are over and have been reported; False if a person gives up."""
        try:
            while (save := self._save) is not None:
                sentence = self.tr("Saving {name}…").format(name=save.path.name)
                wait_for(window, sentence, self._watch, leaves_nothing=True)
                if self._save is save:
                    self._finish()
        except Cancelled:
            return False
        return True

    def _start_next(self) -> None:
        if self._thread is None and self._next:
            self._save, self._share = self._next.popleft(), 0.0
            self._timer.start()
            self._thread = threading.Thread(target=self._run, args=(self._save,), name="save")
            self._thread.start()

    def _watch(self, report: Report) -> None:
        """Until the present save is over."""
        thread = self._thread
        while thread is not None and thread.is_alive():
            thread.join(_LOOK_EVERY_S)
            report(self._share)

    # On the thread

    def _run(self, save: _Save) -> None:
        def report(fraction: float) -> None:
            if save.is_cancelled:
                raise Cancelled
            self._share = fraction
            self._reported.emit(fraction)

        try:
            save.write(report)
        except Cancelled:
            save.is_cancelled = True
        except StudioError as error:
            save.error = error
        except (OSError, MemoryError) as error:
            message = self.tr("{name} could not be saved. The document is still open here.").format(name=save.path.name)
            save.error = FileProblem(message, detail=str(error))
        else:
            save.is_cancelled = False  # it was too late
        self._written.emit(save)

    # In the window

    def _on_long(self) -> None:
        save = self._save
        if save is not None:
            cancel = Remedy(self.tr("Cancel"), lambda: self._cancel(save))
            save.toast = self._notices.tell(self._words(save, 0), cancel)

    def _on_reported(self, fraction: float) -> None:
        save = self._save
        if save is not None and save.toast is not None and not save.is_cancelled:
            save.toast.retell(self._words(save, fraction))

    def _words(self, save: _Save, fraction: float) -> str:
        return self.tr("Saving {name}… {percent} %").format(name=save.path.name, percent=round(100 * fraction))

    def _cancel(self, save: _Save) -> None:
        save.is_cancelled, save.toast = True, None  # the toast closes itself

    def _on_written(self, save: _Save) -> None:
        if self._thread is not None and save is self._save:
            self._thread.join()
            self._finish()

    def _finish(self) -> None:
        save, self._save, self._thread = self._save, None, None
        assert save is not None
        self._timer.stop()
        self._notices.settle(_TOPIC)
        if save.toast is not None:
            save.toast.closed.emit()
        if save.is_cancelled:
            self._notices.tell(self.tr("Saving was cancelled; the file is as it was."))
        elif save.error is not None:
            again = Remedy(self.tr("Try again"), lambda: self.save(save.document, save.path, save.write, save.then))
            elsewhere = Remedy(self.tr("Save elsewhere…"), self.elsewhere_wanted.emit)
            self._notices.error(save.error, again, other=elsewhere, topic=_TOPIC)
        else:
            if not save.changes.happened:
                save.document.mark_saved()
            save.then()
        self._start_next()


class _Changes:
    """Whether a document was changed since this was made."""

    def __init__(self, document: Document) -> None:
        self.happened = False
        document.history.changed.connect(self._on_changed)

    def _on_changed(self) -> None:
        self.happened = True
