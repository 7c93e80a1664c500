"""Ties the start page to the window: when it is shown, and what a choice on it does."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QTimer

from sdstudio.document.document import Document
from sdstudio.generation.session import Session
from sdstudio.raster.geometry import Extent
from sdstudio.settings import Settings
from sdstudio.ui.actions import Actions
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.document_files import DocumentFiles
from sdstudio.ui.editor import Editor
from sdstudio.ui.generate_control import GenerateControl
from sdstudio.ui.start.examples import Example, examples
from sdstudio.ui.start.page import StartPage

_SETTING = "show_start"
_DEFAULT_SIDE = 512  # pixels, where there is no model to suit


class StartControl(QObject):
    """The page is made when it is first shown: the window itself does not wait for it."""

    def __init__(
        self,
        editor: Editor,
        session: Session,
        canvas: CanvasView,
        files: DocumentFiles,
        generate: GenerateControl,
        actions: Actions,
        settings: Settings,
    ) -> None:
        super().__init__(canvas)
        self._editor, self._session, self._canvas = editor, session, canvas
        self._files, self._generate, self._actions, self._settings = files, generate, actions, settings
        self.page: StartPage | None = None
        actions.on("help.start", self.show)
        editor.document_replaced.connect(self.hide)
        session.queue.changed.connect(self._on_queue_changed)

    def offer(self) -> None:
        """At the start: show the page where a person wants it and nothing has been opened or begun."""
        document = self._editor.document
        untouched = self._editor.path is None and not document.history.can_undo and not document.is_modified
        if self._settings.get(_SETTING) and untouched:
            self.show()

    def show(self) -> None:
        if self.page is None:
            self.page = self._make()
        self.page.show_at_start.setChecked(self._settings.get(_SETTING))
        self.page.show_recent([path for name in self._settings.get("recent_files") if (path := Path(name)).is_file()])
        self.page.open_page()
        # Whatever is begun by keys, a drop or the Generate button wants to be seen.
        self._editor.document.history.changed.connect(self.hide)

    def hide(self) -> None:
        if self.page is not None and self.page.isVisible():
            self.page.hide()
            self._canvas.setFocus()

    def _on_queue_changed(self) -> None:
        if self._session.queue.running is not None:
            self.hide()

    def _make(self) -> StartPage:
        page = StartPage(self._canvas, self._sizes(), examples())
        page.new_wanted.connect(self._on_new)
        page.open_wanted.connect(self._on_open)
        page.example_wanted.connect(self._on_example)
        page.show_at_start_changed.connect(lambda is_on: self._settings.set(_SETTING, is_on))
        page.closed.connect(self.hide)
        return page

    @property
    def _side(self) -> int:
        """The size that the chosen model likes best."""
        chosen = [model for model in self._session.models if model.id == self._session.parameters.model_id]
        return chosen[0].native_size if chosen else _DEFAULT_SIDE

    def _sizes(self) -> list[tuple[str, Extent]]:
        """Sizes that suit the model: near its own number of pixels, or a multiple of it."""
        side = self._side
        return [
            (self.tr("Square"), Extent(side, side)),
            (self.tr("Portrait"), Extent(side, side * 3 // 2)),
            (self.tr("Landscape"), Extent(side * 3 // 2, side)),
        ]

    # What a person chooses

    def _on_new(self, extent: Extent | None) -> None:
        if extent is None:
            self._files.new()
        else:
            self._files.when_safe(lambda: self._editor.set_document(Document.new(extent)))

    def _on_open(self, path: Path | None) -> None:
        if path is None:
            self._files.ask_open()
        else:
            self._files.open(path)

    def _on_example(self, example: Example) -> None:
        self._files.when_safe(lambda: self._begin(example))

    def _begin(self, example: Example) -> None:
        self._editor.set_document(example.make(self._side))
        self._session.parameters = msgspec.structs.replace(
            self._session.parameters,
            prompt=example.prompt,
            negative_prompt="",
            strength=example.strength,
            batch_count=1,
            seed_locked=False,
        )
        QTimer.singleShot(0, self, self._generate.start)  # when the canvas shows what it starts from
