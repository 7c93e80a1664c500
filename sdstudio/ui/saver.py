"""Writes a document's file on a thread of its own, so that painting goes on; tells when it takes long or fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from sdstudio.document.document import Document
from sdstudio.errors import FileProblem, StudioError
from sdstudio.ui.notices import Notices
from sdstudio.ui.widgets.toast import Remedy, Toast

_PATIENCE_MS = 500  # a save that takes longer is worth a word


class Saver(QObject):
    """One save at a time; a second one waits for the first."""

    _written = Signal(object)  # the StudioError, or None

    def __init__(self, notices: Notices, parent: QObject) -> None:
        super().__init__(parent)
        self._notices = notices
        self._thread: threading.Thread | None = None
        self._on_done: Callable[[StudioError | None], None] = lambda _error: None
        self._written.connect(self._on_written, Qt.ConnectionType.QueuedConnection)

    def save(self, document: Document, path: Path, write: Callable[[], None], then: Callable[[], object]) -> None:
        """Run `write` in the background. `then` follows its success, when `document` counts as saved unless it was
        changed meanwhile; a failure is shown, and nothing is lost.
        """
        self.wait()
        changes = _Changes(document)
        toast: list[Toast] = []
        timer = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        timer.timeout.connect(
            lambda: toast.append(self._notices.tell(self.tr("Saving {name}…").format(name=path.name)))
        )
        timer.start()

        def done(error: StudioError | None) -> None:
            timer.stop()
            timer.deleteLater()
            for shown in toast:
                shown.closed.emit()
            if error is not None:
                again = Remedy(self.tr("Try again"), lambda: self.save(document, path, write, then))
                self._notices.error(error, again)
                return
            if not changes.happened:
                document.mark_saved()
            then()

        self._on_done = done
        self._thread = threading.Thread(target=self._run, args=(path, write), name="save")
        self._thread.start()

    def wait(self) -> None:
        """Return when the save in progress, if any, is over and has been reported."""
        if self._thread is not None:
            self._thread.join()
            self._finish()

    def _run(self, path: Path, write: Callable[[], None]) -> None:
        self._error: StudioError | None = None
        try:
            write()
        except StudioError as error:
            self._error = error
        except (OSError, MemoryError) as error:
            message = self.tr("{name} could not be saved. The document is still open here.").format(name=path.name)
            self._error = FileProblem(message, detail=str(error))
        self._written.emit(None)

    def _on_written(self, _nothing: object) -> None:
        if self._thread is not None:
            self._thread.join()
            self._finish()

    def _finish(self) -> None:
        self._thread = None
        self._on_done(self._error)


class _Changes:
    """Whether a document was changed since this was made."""

    def __init__(self, document: Document) -> None:
        self.happened = False
        document.history.changed.connect(self._on_changed)

    def _on_changed(self) -> None:
        self.happened = True
