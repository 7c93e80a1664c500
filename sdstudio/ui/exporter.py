"""Export: the picture, or the layers, into a file of another format. Asks for name and options; writes beside the work.

How formats are written is the formats room's business; PIL is imported with the first file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.settings import Settings
from sdstudio.ui.editor import Editor
from sdstudio.ui.file_choice import may_replace
from sdstudio.ui.loading import DOCUMENT_SUFFIX
from sdstudio.ui.notices import Notices
from sdstudio.ui.patience import Cancelled, Report, wait_for

if TYPE_CHECKING:
    from sdstudio.formats.exporting import ExportOptions

LAYERED_SUFFIX = ".psd"
_NO_OPTIONS = (LAYERED_SUFFIX, DOCUMENT_SUFFIX, ".bmp", ".gif")


class Exporter(QObject):
    """`take_parameters_from` gives the text that exported pictures carry."""

    def __init__(self, window: QWidget, editor: Editor, notices: Notices, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._editor, self._notices, self._settings = window, editor, notices, settings
        self._parameters: Callable[[], str | None] = lambda: None

    def take_parameters_from(self, source: Callable[[], str | None]) -> None:
        self._parameters = source

    def ask(self, name: str) -> None:
        """Ask where to, then what the format lets one choose, then write. `name` is proposed, without an ending."""
        own = self._editor.path.parent if self._editor.path is not None else Path.home()
        folder = Path(self._settings.get("last_export_folder") or own)
        kinds = (
            (self.tr("PNG picture (*.png)"), ".png"),
            (self.tr("JPEG picture (*.jpg *.jpeg)"), ".jpg"),
            (self.tr("WebP picture (*.webp)"), ".webp"),
            (self.tr("AVIF picture (*.avif)"), ".avif"),
            (self.tr("TIFF picture (*.tif *.tiff)"), ".tif"),
            (self.tr("BMP picture (*.bmp)"), ".bmp"),
            (self.tr("GIF picture (*.gif)"), ".gif"),
            (self.tr("Photoshop document with layers (*.psd)"), LAYERED_SUFFIX),
            (self.tr("Copy of the document, with all layers (*.ora)"), DOCUMENT_SUFFIX),
        )
        filters = ";;".join(text for text, _ in kinds)
        chosen_name, chosen = QFileDialog.getSaveFileName(
            self._window, self.tr("Export"), str(folder / (name + ".png")), filters
        )
        if not chosen_name:
            return
        path = Path(chosen_name)
        if not path.suffix:
            path = path.with_suffix(dict(kinds).get(chosen, ".png"))
        if not may_replace(self._window, path, chosen_name):
            return
        self._settings.set("last_export_folder", str(path.parent))
        options = self._ask_options(path)
        if options is not None:
            self.export(path, options)

    def _ask_options(self, path: Path) -> ExportOptions | None:
        """None when the person has thought better of it."""
        from sdstudio.formats.exporting import WRITABLE, ExportOptions
        from sdstudio.ui.dialogs.export import ExportDialog

        kind = WRITABLE.get(path.suffix.lower())
        if kind is None or path.suffix.lower() in _NO_OPTIONS:
            return ExportOptions()
        document = self._editor.document
        dialog = ExportDialog(path.name, kind, document.snapshot(), self._parameters(), self._settings, self._window)
        return dialog.options if dialog.exec() else None

    def export(self, path: Path, options: ExportOptions | None = None) -> None:
        """Write what is seen (or all layers, for a .psd) in the format of the ending, and tell of it."""
        snapshot, parameters = self._editor.document.snapshot(), self._parameters()
        sentence = self.tr("Exporting {name}…").format(name=path.name)
        with self._notices.caught():
            try:
                wait_for(self._window, sentence, lambda report: _write(path, snapshot, parameters, options, report))
            except Cancelled:
                return
            self._notices.tell(self.tr("Exported as {name}.").format(name=path.name))


def _write(
    path: Path, document: Document, parameters: str | None, options: ExportOptions | None, report: Report
) -> None:
    if path.suffix.lower() == LAYERED_SUFFIX:
        from sdstudio.formats.psd.writing import write_psd

        write_psd(path, document, report)
        return
    if path.suffix.lower() == DOCUMENT_SUFFIX:
        from sdstudio.formats.openraster import write_document

        write_document(path, document, report)
        return
    from sdstudio.formats.exporting import write_picture

    picture = render(document, document.bounds)
    report(0.3)
    write_picture(path, picture, parameters=parameters, options=options, metadata=document.metadata, progress=report)
