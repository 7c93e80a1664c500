"""Compares the canvas with itself before the last result: by a divider, or all of it while a key is held."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from sdstudio.document.document import Document
from sdstudio.document.layers import Layer, PaintLayer
from sdstudio.generation.jobs import Job
from sdstudio.generation.place import REQUEST_KEY
from sdstudio.generation.session import Session
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.tiles import keys_over
from sdstudio.ui import theme
from sdstudio.ui.actions import Actions
from sdstudio.ui.canvas.divider import Divider
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.notices import Notices

_DELAY_MS = 150  # after a change, until the other side follows it


class CompareControl(QObject):
    """ "Before" is the document without the last generated layer (with it, while that layer is hidden)."""

    def __init__(
        self, editor: Editor, session: Session, canvas: CanvasView, actions: Actions, notices: Notices
    ) -> None:
        super().__init__(canvas)
        self._editor, self._canvas, self._actions, self._notices = editor, canvas, actions, notices
        self.divider = Divider(canvas)
        self._other: Document | None = None  # what is on the other side
        self._last_id = ""  # of the layer that was placed last
        self._key_is_held = False
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self._on_due)
        canvas.add_guest(self.divider)
        actions.on("view.compare", self._on_compare)
        actions.on("view.before", self._on_before)
        session.placed.connect(self._on_placed)
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    @property
    def result(self) -> Layer | None:
        """The layer that the comparison is about: the last result, or the topmost generated layer."""
        generated = [layer for layer in self._editor.document.walk() if REQUEST_KEY in layer.metadata]
        last = next((layer for layer in generated if layer.id == self._last_id), None)
        return last or next((layer for layer in reversed(generated) if layer.visible), None)

    def _on_placed(self, job: Job, layer: Layer) -> None:
        self._last_id = layer.id
        self._on_changed()

    def _on_document_replaced(self) -> None:
        document = self._editor.document
        document.history.changed.connect(self._on_changed)
        document.pixels_changed.connect(self._on_pixels_changed)
        self._last_id = ""
        self._stop()

    def _on_changed(self) -> None:
        if self.divider.is_shown:
            self._timer.start()

    def _on_pixels_changed(self, layer_id: str, area: Bounds) -> None:
        """While something is painted the other side shows it too: it shares the tiles."""
        other = self._other
        if not self.divider.is_shown or other is None:
            return
        mine = next((layer for layer in self._editor.document.walk() if layer.id == layer_id), None)
        theirs = next((layer for layer in other.walk() if layer.id == layer_id), None)
        if mine is None or theirs is None or self._editor.document.extent != other.extent:
            return  # the history tells of that soon
        for key in keys_over(area):
            if isinstance(mine, PaintLayer) and isinstance(theirs, PaintLayer):
                theirs.surface.replace(key, mine.surface.tile(key))
            if mine.mask is not None and theirs.mask is not None:
                theirs.mask.replace(key, mine.mask.tile(key))
        self.divider.follow(layer_id, area)

    def _on_due(self) -> None:
        if self.divider.is_shown and not self._show():
            self._stop()

    def _on_compare(self, is_on: bool) -> None:
        if not is_on:
            self._stop()
        elif not self._show():
            self._stop()
            self._tell_why_not()

    def _on_before(self) -> None:
        """The key goes down; it is taken up again in `eventFilter`."""
        if self._key_is_held:
            return
        if self._show():
            self.divider.covers = self._key_is_held = True
            app = QApplication.instance()
            assert app is not None
            app.installEventFilter(self)
        else:
            self._tell_why_not()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        released = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyRelease and not event.isAutoRepeat()
        if released or event.type() == QEvent.Type.ApplicationDeactivate:
            app = QApplication.instance()
            assert app is not None
            app.removeEventFilter(self)
            self._key_is_held = self.divider.covers = False
            if self._actions["view.compare"].isChecked():
                self._canvas.update()
            else:
                self.divider.hide()
        return False

    def _show(self) -> bool:
        """Bring the other side up to date; False when there is nothing to compare with."""
        result = self.result
        if result is None:
            return False
        self._other = _toggled(self._editor.document, result.id)
        self.divider.show(self._other, theme.color("surround"))
        return True

    def _stop(self) -> None:
        self._timer.stop()
        self._actions["view.compare"].setChecked(False)
        self._other = None
        self.divider.hide()

    def _tell_why_not(self) -> None:
        self._notices.tell(self.tr("There is no generated layer to compare with yet."))


def _toggled(document: Document, layer_id: str) -> Document:
    """A copy in which that layer is hidden when it is seen, and seen when it is hidden."""
    other = document.snapshot()
    layer = other.layer(layer_id)
    layer.visible = not layer.visible
    return other
