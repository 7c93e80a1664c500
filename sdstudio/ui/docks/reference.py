"""The Reference panel: pictures from files, the clipboard or a drop, to look at and take colours from."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from sdstudio.errors import StudioError
from sdstudio.settings import Settings
from sdstudio.ui.clipboard import image_of
from sdstudio.ui.editor import Editor
from sdstudio.ui.widgets.footer import footer
from sdstudio.ui.widgets.labels import icon_button, rule
from sdstudio.ui.widgets.reference_board import ReferenceBoard


class ReferencePanel(QWidget):
    """Pictures from files are there again at the next start. They are never part of a document or of a request."""

    failed = Signal(object)  # StudioError

    def __init__(self, editor: Editor, settings: Settings) -> None:
        super().__init__()
        self._editor, self._settings = editor, settings
        self._is_filled = False
        self.board = ReferenceBoard(self.tr("Drop pictures here, paste them or load them. They stay on this machine."))
        self._load = icon_button("folder-open", self.tr("Load"), self.tr("Loads picture files onto the board"))
        self._paste = icon_button(
            "clipboard-paste", self.tr("Paste"), self.tr("Puts the clipboard's picture on the board")
        )
        self._fit = icon_button("maximize", self.tr("Fit"), self.tr("Shows all pictures"))
        self._remove = icon_button("x", self.tr("Remove"), self.tr("Takes the chosen picture off the board (Delete)"))
        self._clear = icon_button("trash-2", self.tr("Clear"), self.tr("Takes all pictures off the board"))
        self._arrange()
        self._load.clicked.connect(self.ask_load)
        self._paste.clicked.connect(self.paste)
        self._fit.clicked.connect(self.board.fit)
        self._remove.clicked.connect(self.board.remove_chosen)
        self._clear.clicked.connect(self.board.clear)
        self.board.color_picked.connect(self._on_color_picked)
        self.board.changed.connect(self._on_changed)
        self.board.dropped.connect(self.take)
        self._on_changed()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.board, 1)
        column.addWidget(rule())
        column.addLayout(footer((self._load, self._paste, self._fit), (self._remove, self._clear)))

    def showEvent(self, event: object) -> None:
        """The pictures of the last time; files that are gone are forgotten without a word."""
        if not self._is_filled:
            self._is_filled = True
            self.load([path for name in self._settings.get("reference_files") if (path := Path(name)).is_file()])

    def ask_load(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self,
            self.tr("Load Reference Pictures"),
            self._settings.get("last_reference_folder"),
            self.tr("Pictures ({patterns})").format(patterns="*.png *.jpg *.jpeg *.webp *.avif *.bmp *.tif *.tiff"),
        )
        if names:
            self._settings.set("last_reference_folder", str(Path(names[0]).parent))
            self.load([Path(name) for name in names])

    def load(self, files: list[Path]) -> None:
        """Put picture files on the board; each that cannot be read is told of, the others come."""
        from sdstudio.formats.pictures import read_picture

        for path in files:
            try:
                self.board.add(read_picture(path).image, str(path.absolute()))
            except StudioError as error:
                self.failed.emit(error)

    def paste(self) -> None:
        self.take(QGuiApplication.clipboard().mimeData() or QMimeData())

    def take(self, data: QMimeData) -> None:
        """What was dropped or is in the clipboard."""
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if files:
            self.load(files)
            return
        try:
            if not data.hasImage():
                raise StudioError(self.tr("There is no picture in the clipboard."))
            self.board.add(image_of(data))
        except StudioError as error:
            self.failed.emit(error)

    def _on_color_picked(self, color: QColor, is_second: bool) -> None:
        if is_second:
            self._editor.background = color
        else:
            self._editor.foreground = color

    def _on_changed(self) -> None:
        references = self.board.references
        self._remove.setEnabled(self.board.chosen is not None)
        self._clear.setEnabled(bool(references))
        self._fit.setEnabled(bool(references))
        if self._is_filled:
            self._settings.set("reference_files", [one.source for one in references if one.source])
