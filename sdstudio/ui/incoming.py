"""Pictures that come from outside: dropped, placed from a file, and what their text says of their making."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from sdstudio.generation.session import Session
from sdstudio.models import refiners
from sdstudio.settings import Settings
from sdstudio.ui.actions import Actions
from sdstudio.ui.clipboard import Clipboard, image_of
from sdstudio.ui.document_files import DocumentFiles
from sdstudio.ui.editor import Editor
from sdstudio.ui.loading import LAYERED, PICTURE_PATTERNS
from sdstudio.ui.notices import Notices
from sdstudio.ui.widgets.toast import Remedy

_PARAMETERS_KEY = "parameters"


class Incoming(QObject):
    """A dropped document is opened. A dropped picture becomes a layer, or the document when nothing was done yet."""

    def __init__(
        self,
        window: QWidget,
        editor: Editor,
        session: Session,
        files: DocumentFiles,
        clipboard: Clipboard,
        actions: Actions,
        notices: Notices,
        settings: Settings,
    ) -> None:
        super().__init__(window)
        self._window, self._editor, self._session, self._settings = window, editor, session, settings
        self._files, self._clipboard, self._notices = files, clipboard, notices
        window.setAcceptDrops(True)
        window.installEventFilter(self)
        files.picture_opened.connect(self._offer_settings)
        actions.on("file.place", self._ask_place)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self._on_dropped(event)
            return True
        if isinstance(event, QDragEnterEvent):
            data = event.mimeData()
            if data.hasImage() or any(url.isLocalFile() for url in data.urls()):
                event.acceptProposedAction()
                return True
        return False

    def _on_dropped(self, event: QDropEvent) -> None:
        data = event.mimeData()
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        event.acceptProposedAction()
        if paths:
            self.take(paths)
        elif data.hasImage():
            with self._notices.caught():
                self._clipboard.place(image_of(data), self.tr("Dropped"), None)

    def take(self, paths: list[Path]) -> None:
        """Files from a drop or the command line."""
        for path in paths:
            is_document = path.suffix.lower() in LAYERED
            untouched = self._editor.path is None and not self._editor.document.history.can_undo
            if is_document or untouched:
                self._files.open(path)
            else:
                with self._notices.caught():
                    self._offer_settings(self._clipboard.place_file(path))

    def _ask_place(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            self.tr("Place Picture as Layer"),
            self._settings.get("last_open_folder"),
            self.tr("Pictures ({patterns})").format(patterns=PICTURE_PATTERNS),
        )
        if name:
            self._settings.set("last_open_folder", str(Path(name).parent))
            with self._notices.caught():
                self._offer_settings(self._clipboard.place_file(Path(name)))

    def _offer_settings(self, texts: dict[str, str]) -> None:
        text = texts.get(_PARAMETERS_KEY, "")
        if text:
            use = Remedy(self.tr("Use its settings"), lambda: self.use_settings(text))
            self._notices.tell(self.tr("This picture carries the settings that made it."), use)

    def use_settings(self, text: str) -> None:
        """Take what A1111-style `text` says; what it does not say stays as it is."""
        from sdstudio.formats.parameters import from_text

        recipe = from_text(text)
        changes = recipe.changes()
        if recipe.seed is not None:
            changes["seed_locked"] = True
        model = next((model for model in self._session.models if recipe.model_title in (model.title, model.id)), None)
        if model is not None:
            changes["model_id"] = model.id
        elif recipe.model_title:
            self._notices.tell(
                self.tr("The model “{name}” is not on this machine; the present one is kept.").format(
                    name=recipe.model_title
                )
            )
        if recipe.refiner and (refiner := refiners.find(recipe.refiner, self._session.models)) is not None:
            changes["refiner"] = refiner.id
        self._session.parameters = msgspec.structs.replace(self._session.parameters, **changes)
