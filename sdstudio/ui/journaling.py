"""Ties the open document to its journal, and brings back what a crash has left.

Owns which journal is written and when it may go. What is in a journal is the journal room's business.
"""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.errors import FileProblem
from sdstudio.journal.claims import Claims
from sdstudio.journal.damage import JournalDamaged, JournalInUse
from sdstudio.journal.folder import JournalFolder, file_state
from sdstudio.journal.journal import Journal
from sdstudio.journal.recovery import About, about, recover
from sdstudio.journal.store import Store, delete_files
from sdstudio.ui.dialogs.recovery import THUMBNAIL_SIDE, RecoveryDialog
from sdstudio.ui.document_files import DocumentFiles
from sdstudio.ui.editor import Editor
from sdstudio.ui.notices import Notices
from sdstudio.ui.patience import Cancelled, wait_for

_FAREWELL_S = 2.0  # a journal that is not written by then is not worth waiting for


class Journaling(QObject):
    """Every document that the editor shows has a journal, from the moment that it is shown."""

    _failed = Signal(str)

    def __init__(self, window: QWidget, editor: Editor, files: DocumentFiles, notices: Notices, folder: Path) -> None:
        super().__init__(window)
        self._window, self._editor, self._files, self._notices = window, editor, files, notices
        self._folder, self._claims = JournalFolder(folder), Claims(folder / "open")
        self._journal: Journal | None = None
        self._resumed: tuple[Document, Store] | None = None  # what is being restored, and where it comes from
        self._failed.connect(self._on_failed, Qt.ConnectionType.QueuedConnection)
        self._path: Path | None = None  # of the document that the journal belongs to
        files.claim_with(self._claims.take)
        files.resume_with(self._resume)
        files.name_changed.connect(self._on_name_changed)
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    def flush(self) -> None:
        """Return when everything that has happened is on the disk."""
        if self._journal is not None:
            self._journal.flush()

    def discard(self) -> None:
        """The document is closed by its person's wish: nothing is left to recover."""
        self._retire()
        self._claims.keep_only(None)

    def close(self) -> None:
        """The program ends without having been asked about the document: the next start offers it."""
        journal, self._journal = self._journal, None
        if journal is not None:
            journal.close(keep=True)
        self._claims.keep_only(None)

    def _retire(self) -> None:
        """The journal of a document that is in its file is kept as the file's undo history; others are deleted."""
        journal, self._journal = self._journal, None
        if journal is None:
            return
        document = journal.document
        is_saved = self._path is not None and not document.is_modified and bool(document.history.timeline)
        state = file_state(self._path) if is_saved and self._path is not None else ""
        if state:
            journal.describe_file(file_state=state)
        is_kept = bool(state) and journal.flush(_FAREWELL_S)
        journal.close(keep=is_kept)
        if is_kept:
            self._folder.forget_old()

    def _on_document_replaced(self) -> None:
        self._retire()
        document = self._editor.document
        resumed, self._resumed = self._resumed, None
        store = resumed[1] if resumed is not None and resumed[0] is document else None
        path = store.path if store is not None else self._folder.new_path()
        self._journal = Journal(path, document, self._failed.emit, store)
        self._on_name_changed()

    def _on_name_changed(self) -> None:
        self._path = self._editor.path
        self._claims.keep_only(self._path)
        if self._journal is not None:
            path = str(self._path.absolute()) if self._path is not None else ""
            self._journal.describe_file(name=self._files.name, path=path, file_state="")

    def _on_failed(self, detail: str) -> None:
        sentence = self.tr(
            "The safety copy of this document cannot be written, so a crash would lose your changes. Save the document."
        )
        self._notices.complain(sentence, detail)

    # Undo beyond the end of the program

    def _resume(self, file: Path) -> bool:
        """Show the file with the undo steps that were there when it was closed; False when there are none."""
        path = self._folder.history_of(file.absolute())
        if path is None:
            return False
        try:
            store, document, _ = wait_for(
                self._window, self.tr("Opening {name}…").format(name=file.name), lambda _report: _opened(path)
            )
        except (JournalInUse, JournalDamaged):
            return False  # the file itself is there
        self._resumed = (document, store)
        self._files.show_recovered(document, file, "")
        return True

    # After a crash

    def offer_recovery(self) -> RecoveryDialog | None:
        """Ask what to do with the documents that were not saved; None when there is nothing to ask."""
        found = self._folder.left_behind()
        if not found:
            return None
        dialog = RecoveryDialog(found, _picture, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.restore_wanted.connect(lambda path: self._files.when_safe(lambda: self._restore(path)))
        dialog.discard_wanted.connect(delete_files)
        dialog.open()
        return dialog

    def _restore(self, path: Path) -> None:
        with self._notices.caught():
            try:
                store, document, known = wait_for(
                    self._window, self.tr("Restoring your work…"), lambda _report: _opened(path)
                )
            except JournalInUse as error:
                raise FileProblem(self.tr("Another SD Studio window has just restored this document.")) from error
            except JournalDamaged as error:
                self._folder.put_aside(path, str(error))
                sentence = self.tr(
                    "This document could not be restored: its safety copy is damaged. It is kept as {name}."
                )
                raise FileProblem(sentence.format(name=path.name + ".bad"), detail=str(error)) from error
            except Cancelled:
                return
            self._resumed = (document, store)
            self._files.show_recovered(document, known.path, known.name)


def _opened(path: Path) -> tuple[Store, Document, About]:
    store = _patient(path)
    try:
        return store, recover(store), about(store)
    except BaseException:
        store.close()
        raise


def _patient(path: Path) -> Store:
    """The small picture of the same journal may just be being made."""
    for _ in range(100):
        try:
            return Store(path)
        except JournalInUse:
            time.sleep(0.05)
    return Store(path)


def _picture(path: Path) -> QImage:
    """What the journal holds, small; null when it cannot be read."""
    try:
        store = Store(path)
        try:
            document = recover(store)
        finally:
            store.close()
    except (JournalDamaged, JournalInUse):
        return QImage()
    side = max(document.extent.width, document.extent.height)
    return render(document, document.bounds, scale=min(1.0, THUMBNAIL_SIDE / side))
