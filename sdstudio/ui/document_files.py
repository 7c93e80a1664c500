"""Documents and their files: new, open, save, export, recent ones, and the question before changes are lost.

Reading and writing is the formats room's work. PIL is imported when a file is first touched, not when the window opens.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from sdstudio.document.document import Document
from sdstudio.errors import FileProblem, StudioError
from sdstudio.settings import Settings
from sdstudio.ui.actions import Actions
from sdstudio.ui.editor import Editor
from sdstudio.ui.exporter import Exporter
from sdstudio.ui.file_choice import may_replace
from sdstudio.ui.loading import DOCUMENT_PATTERNS, DOCUMENT_SUFFIX, PICTURE_PATTERNS, load
from sdstudio.ui.notices import Notices
from sdstudio.ui.patience import Cancelled, wait_for
from sdstudio.ui.saver import Saver
from sdstudio.ui.widgets.toast import Remedy

_MOST_RECENT = 12


class DocumentFiles(QObject):
    """`picture_opened(texts)` after a picture has become the document: its text may say how it was made.

    `name_changed` when the document has another name or file.
    """

    picture_opened = Signal(dict)
    name_changed = Signal()

    def __init__(self, window: QWidget, editor: Editor, actions: Actions, notices: Notices, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._editor, self._notices, self._settings = window, editor, notices, settings
        self._saver = Saver(notices, self)
        self._saver.elsewhere_wanted.connect(self.save_as)
        self._exporter = Exporter(window, editor, notices, settings)
        self._claim: Callable[[Path], bool] = lambda _path: True
        self._resume: Callable[[Path], bool] = lambda _path: False
        actions.on("file.new", self.new)
        actions.on("file.open", self.ask_open)
        actions.on("file.save", self.save)
        actions.on("file.save_as", self.save_as)
        actions.on("file.export", lambda: self._exporter.ask(self.name))
        actions.on("file.quit", window.close)
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    def take_parameters_from(self, source: Callable[[], str | None]) -> None:
        """`source` gives the text that exported pictures carry."""
        self._exporter.take_parameters_from(source)

    def export(self, path: Path) -> None:
        """Write what is seen, as a file of the format that its name says."""
        self._exporter.export(path)

    def claim_with(self, claim: Callable[[Path], bool]) -> None:
        """`claim` says whether this window may have a document's file: False when another window has it open."""
        self._claim = claim

    def resume_with(self, resume: Callable[[Path], bool]) -> None:
        """`resume` shows a file with its undo steps from earlier; False when there are none."""
        self._resume = resume

    # New and open

    def new(self) -> None:
        from sdstudio.ui.dialogs.new_document import NewDocumentDialog

        dialog = NewDocumentDialog(self._editor.document.extent, self._window)
        if dialog.exec():
            self.when_safe(lambda: self._show(Document.new(dialog.extent, dialog.background), None))

    def ask_open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window, self.tr("Open"), self._settings.get("last_open_folder"), self._filter_for_reading()
        )
        if name:
            self._settings.set("last_open_folder", str(Path(name).parent))
            self.open(Path(name))

    def open(self, path: Path) -> None:
        """Show the file instead of the present document, after asking about unsaved changes."""
        self.when_safe(lambda: self._open(path))

    def _open(self, path: Path) -> None:
        sentence = self.tr("Opening {name}…").format(name=path.name)
        try:
            if path.suffix.lower() == DOCUMENT_SUFFIX:
                self._refuse_claimed(path)
                if self._resume(path):
                    self._settings.remember_file(path)
                    return
            loaded = wait_for(self._window, sentence, lambda report: load(path, report))
        except Cancelled:
            return
        except StudioError as error:
            self._forget(path)
            self._notices.error(error)
            return
        self._show(loaded.document, loaded.path)
        self._settings.remember_file(path)
        if loaded.path is None:
            self._rename(path.stem)
            self.picture_opened.emit(loaded.texts)
        if loaded.notes:
            self._notices.tell(" ".join(loaded.notes))

    def show_recovered(self, document: Document, path: Path | None, name: str) -> None:
        """Show what a crash has left; it keeps its file, unless another window has that open now."""
        is_free = path is not None and self._claim(path)
        self._show(document, path if is_free else None)
        if not is_free:
            self._rename(name)

    def _refuse_claimed(self, path: Path) -> None:
        if not self._claim(path):
            raise FileProblem(
                self.tr("“{name}” is open in another SD Studio window. Close it there first.").format(name=path.name)
            )

    def _show(self, document: Document, path: Path | None) -> None:
        self._editor.set_document(document, path)

    def _forget(self, path: Path) -> None:
        if not path.exists():
            recent = [name for name in self._settings.get("recent_files") if name != str(path.absolute())]
            self._settings.set("recent_files", recent)

    def fill_recent(self, menu: QMenu) -> None:
        """Let `menu` always list the recent files."""
        self._recent_menu = menu
        self._settings.changed.connect(self._on_setting_changed)
        self._list_recent(menu)

    def _on_setting_changed(self, key: str) -> None:
        if key == "recent_files":
            self._list_recent(self._recent_menu)

    def _list_recent(self, menu: QMenu) -> None:
        menu.clear()
        for name in self._settings.get("recent_files")[:_MOST_RECENT]:
            action = menu.addAction(Path(name).name.replace("&", "&&"))
            action.setToolTip(name)
            action.triggered.connect(lambda _checked=False, path=Path(name): self.open(path))
        menu.setEnabled(not menu.isEmpty())

    # Save and export

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Write the document to its file in the background; ask for one if there is none. `then` after success."""
        if self._editor.path is None:
            self.save_as(then)
        else:
            self._save_to(self._editor.path, then)

    def save_as(self, then: Callable[[], object] | None = None) -> None:
        folder = Path(self._settings.get("last_save_folder") or Path.home())
        start = self._editor.path or folder / (self.name + DOCUMENT_SUFFIX)
        name, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("Save As"), str(start), self.tr("OpenRaster document (*.ora)")
        )
        if not name:
            return
        path = self._as_document(Path(name))
        if may_replace(self._window, path, name):
            self._settings.set("last_save_folder", str(path.parent))
            self._save_to(path, then)

    def _as_document(self, path: Path) -> Path:
        """The file for a document of this name. Who named a picture is told how pictures are written."""
        suffix = path.suffix.lower()
        if suffix == DOCUMENT_SUFFIX:
            return path
        if f"*{suffix}" not in f"{PICTURE_PATTERNS} {DOCUMENT_PATTERNS}".split():
            return path.with_name(path.name + DOCUMENT_SUFFIX)
        export = Remedy(self.tr("Export…"), lambda: self._exporter.ask(self.name))
        self._notices.tell(
            self.tr("Save keeps all layers in an .ora document. A picture for other programs is exported."), export
        )
        return path.with_suffix(DOCUMENT_SUFFIX)

    def _save_to(self, path: Path, then: Callable[[], object] | None) -> None:
        with self._notices.caught():
            self._refuse_claimed(path)
            self._write_to(path, then)

    def _write_to(self, path: Path, then: Callable[[], object] | None) -> None:
        from sdstudio.formats import openraster

        document, snapshot = self._editor.document, self._editor.document.snapshot()

        def finish() -> None:
            self._settings.remember_file(path)
            if self._editor.document is document:
                self._editor.path = path
                self._show_title()
                self.name_changed.emit()
            if then is not None:
                then()

        self._saver.save(document, path, lambda report: openraster.write_document(path, snapshot, report), finish)

    # Before changes are lost

    def close_is_safe(self) -> bool:
        """True when nothing would be lost. Otherwise asks; after a chosen Save the window closes itself."""
        if not self._saver.wait(self._window):
            return False
        if not self._editor.document.is_modified:
            return True
        answer = self._ask()
        if answer == QMessageBox.StandardButton.Save:
            self.save(then=self._window.close)
        return answer == QMessageBox.StandardButton.Discard

    def when_safe(self, act: Callable[[], object]) -> None:
        answer = self._ask() if self._editor.document.is_modified else QMessageBox.StandardButton.Discard
        if answer == QMessageBox.StandardButton.Save:
            self.save(then=act)
        elif answer == QMessageBox.StandardButton.Discard:
            act()

    def _ask(self) -> QMessageBox.StandardButton:
        buttons = QMessageBox.StandardButton
        box = QMessageBox(self._window)
        box.setWindowTitle(self.tr("Save changes?"))
        box.setText(self.tr("Save the changes to “{name}”?").format(name=self.name))
        box.setInformativeText(self.tr("What you do not save is lost."))
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.button(buttons.Save).setText(self.tr("&Save"))  # a theme may take the keys from Qt's own words
        box.button(buttons.Discard).setText(self.tr("&Discard"))
        box.setDefaultButton(buttons.Save)
        return buttons(box.exec())

    # The title

    @property
    def name(self) -> str:
        """What the document is called, without an ending."""
        return self._editor.path.stem if self._editor.path is not None else self._suggested_name

    def _rename(self, name: str) -> None:
        self._suggested_name = name
        self._show_title()
        self.name_changed.emit()

    def _on_document_replaced(self) -> None:
        self._suggested_name = self.tr("Untitled")
        self._editor.document.modified_changed.connect(self._show_title)
        self._show_title()

    def _show_title(self) -> None:
        name = self._editor.path.name if self._editor.path is not None else self.name
        self._window.setWindowTitle(f"{name}[*] – SD Studio")
        self._window.setWindowModified(self._editor.document.is_modified)

    def _filter_for_reading(self) -> str:
        patterns = f"{DOCUMENT_PATTERNS} {PICTURE_PATTERNS}"
        return ";;".join(
            (self.tr("Pictures and documents ({patterns})").format(patterns=patterns), self.tr("All files (*)"))
        )
