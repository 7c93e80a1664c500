"""What comes back at the next start besides the panels' places: tool settings and the Generate panel's values.

Written soon after a change, so that a program that is killed forgets nothing either.
"""

from __future__ import annotations

import logging

import msgspec
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from sdstudio.errors import FileProblem
from sdstudio.generation.parameters import Parameters
from sdstudio.generation.session import Session
from sdstudio.settings import Settings
from sdstudio.ui.editor import Editor

log = logging.getLogger(__name__)


_DELAY_MS = 1000  # after the last change, until the file is written


class Memory(QObject):
    """Between the settings file and the objects that hold the values while the window is open."""

    def __init__(self, editor: Editor, session: Session, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._editor, self._session, self._settings = editor, session, settings
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self._on_timeout)
        settings.changed.connect(self._on_setting_changed)
        for signal in (editor.brush_changed, editor.option_changed, editor.colors_changed):
            signal.connect(self._timer.start)
        session.parameters_changed.connect(self._on_parameters_changed)
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    def restore(self) -> None:
        """Bring back what was remembered. What cannot be read, or names a model that is gone, keeps its default."""
        brushes, parameters = self._settings.get("brushes"), self._settings.get("generation_parameters")
        if brushes:
            self._editor.from_json(brushes)
        if not parameters:
            return
        try:
            remembered = msgspec.json.decode(parameters, type=Parameters)
        except msgspec.DecodeError as error:
            log.warning("the remembered parameters cannot be read: %s", error)
            return
        if any(model.id == remembered.model_id for model in self._session.models):
            self._session.parameters = msgspec.structs.replace(remembered, branch=None)  # its jobs are gone

    def remember(self) -> None:
        """Put everything into the settings and write their file."""
        self._settings.set("brushes", self._editor.to_json())
        self._settings.set("generation_parameters", msgspec.json.encode(self._session.parameters).decode())
        self._timer.stop()
        self._save()

    def _save(self) -> None:
        """A file that cannot be written is only logged: nothing of the document is in it."""
        try:
            self._settings.save()
        except FileProblem as problem:
            log.warning("%s %s", problem.message, problem.detail)

    def _on_timeout(self) -> None:
        """Not in the middle of a drag: writing may take as long as a disk takes."""
        if QApplication.mouseButtons():
            self._timer.start()
        else:
            self.remember()

    def _on_parameters_changed(self) -> None:
        self._timer.start()

    def _on_setting_changed(self, key: str) -> None:
        self._timer.start()
        if key == "undo_budget_mib":
            self._on_document_replaced()

    def _on_document_replaced(self) -> None:
        self._editor.document.history.budget_bytes = self._settings.get("undo_budget_mib") * 2**20
