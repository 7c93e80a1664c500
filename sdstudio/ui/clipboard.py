"""Cut, copy and paste, within the program and with others."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QCoreApplication, QMimeData, QObject
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from sdstudio.document.commands import AddLayer, cleared, tiled_px
from sdstudio.document.composite import render
from sdstudio.document.layers import PaintLayer
from sdstudio.errors import FileProblem
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.pixels import over, premultiplied
from sdstudio.raster.tiles import Surface
from sdstudio.ui.actions import Actions
from sdstudio.ui.editor import Editor
from sdstudio.ui.loading import load
from sdstudio.ui.long_edits import QUICK_PX, run_long
from sdstudio.ui.notices import Notices

_PLACE_MIME = "application/x-sdstudio-place"  # "x,y": where our own copies came from


class Clipboard(QObject):
    """Copies are pictures that any program takes; a pasted one becomes a layer at its old place, or in the middle."""

    def __init__(self, editor: Editor, actions: Actions, notices: Notices) -> None:
        super().__init__(actions)
        self._editor, self._notices = editor, notices
        actions.on("edit.copy", lambda: self._copy(merged=False))
        actions.on("edit.copy_merged", lambda: self._copy(merged=True))
        actions.on("edit.cut", self._cut)
        actions.on("edit.paste", self._paste)

    def _copy(self, *, merged: bool) -> bool:
        document, layer = self._editor.document, self._editor.document.active
        area = document.bounds
        if not document.selection.is_empty:
            area = document.selection.content_bounds().intersected(area)
        elif not merged and isinstance(layer, PaintLayer):
            area = layer.surface.content_bounds()
        if area.is_empty or not (merged or isinstance(layer, PaintLayer)):
            self._notices.tell(self.tr("There is nothing here to copy."))
            return False
        image = render(document, area) if merged or not isinstance(layer, PaintLayer) else layer.surface.read(area)
        if not document.selection.is_empty:
            image = self._cut_out(image, area)
        data = QMimeData()
        data.setImageData(image)
        data.setData(_PLACE_MIME, QByteArray(f"{area.x},{area.y}".encode()))
        QGuiApplication.clipboard().setMimeData(data)
        return True

    def _cut_out(self, image: QImage, area: Bounds) -> QImage:
        coverage = self._editor.document.selection.read(area)
        painter = QPainter(image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
        painter.drawImage(0, 0, over(coverage, QImage.Format.Format_Alpha8))
        painter.end()
        return image

    def _cut(self) -> None:
        layer = self._editor.document.active
        if layer is not None and self._copy(merged=False):
            document, layer_id = self._editor.document, layer.id
            with self._notices.caught():
                run_long(
                    document,
                    self.tr("Cutting…"),
                    lambda snapshot, tell: cleared(snapshot, layer_id, tell),
                    is_quick=tiled_px([layer]) <= QUICK_PX,
                )

    def _paste(self) -> None:
        data = QGuiApplication.clipboard().mimeData() or QMimeData()
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if files:
            with self._notices.caught():
                for path in files:
                    self.place_file(path)
        elif data.hasImage():
            place = bytes(data.data(_PLACE_MIME).data()).decode("ascii", "replace")
            with self._notices.caught():
                self.place(image_of(data), self.tr("Pasted"), _point(place))
        else:
            self._notices.tell(self.tr("There is no picture in the clipboard."))

    def place_file(self, path: Path) -> dict[str, str]:
        """Bring a picture file in as a layer; returns the texts that it carries. Raises FileProblem."""
        loaded = load(path)
        self.place(render(loaded.document, loaded.document.bounds), path.stem, None)
        if loaded.notes:
            self._notices.tell(" ".join(loaded.notes))
        return loaded.texts

    def place(self, image: QImage, name: str, at: Point | None) -> None:
        """Put `image` on a new layer: one undo step. Without `at`, and where that would be off the canvas, centred."""
        canvas = self._editor.document.bounds
        size = Bounds(0, 0, image.width(), image.height())
        if at is None or size.translated(int(at.x), int(at.y)).intersected(canvas).is_empty:
            at = Point((canvas.width - size.width) // 2, (canvas.height - size.height) // 2)
        layer = PaintLayer(name=name, surface=Surface.from_image(premultiplied(image), at))
        self._editor.document.run(AddLayer(layer, label=self.tr("Paste")))


def image_of(data: QMimeData) -> QImage:
    """The picture in a clipboard or a drag. Raises FileProblem when it is damaged or too large."""
    image = QImage(data.imageData())
    if image.isNull():
        raise FileProblem(QCoreApplication.translate("Clipboard", "The picture that came from there cannot be read."))
    return image


def _point(text: str) -> Point | None:
    x, comma, y = text.partition(",")
    try:
        return Point(int(x), int(y)) if comma else None
    except ValueError:
        return None
