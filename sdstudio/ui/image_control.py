"""What the Image menu does to the whole picture, and turning, flipping and aligning of layers.

Every change is a command, so that it can be undone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from sdstudio.document.align import Line, aligned, distributed
from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.document.image_transforms import flipped_image, painted_area, recut, resized, shown_area, turned_image
from sdstudio.document.transforms import Subject, around_middle, transformed
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.transform import Transform
from sdstudio.raster.warp import Filter
from sdstudio.ui.actions import Actions
from sdstudio.ui.editor import Editor
from sdstudio.ui.long_edits import run_long
from sdstudio.ui.notices import Notices
from sdstudio.ui.patience import worked_out
from sdstudio.ui.tools.toolbox import Toolbox

_QUICK = 2 * 1024 * 1024  # pixels of all layers together that need no progress


class ImageControl(QObject):
    def __init__(self, canvas: QWidget, editor: Editor, toolbox: Toolbox, actions: Actions, notices: Notices) -> None:
        super().__init__(canvas)
        self._window, self._editor, self._toolbox = canvas.window(), editor, toolbox
        self._actions, self._notices = actions, notices
        self._on("image.size", self._ask_size)
        self._on("image.canvas_size", self._ask_canvas_size)
        self._on("image.crop", lambda: self._crop(self._document.selection.content_bounds()))
        self._on("image.crop_layer", self._crop_to_layer)
        self._on("image.trim", self._trim)
        self._on("image.reveal", self._reveal)
        self._on("image.turn_left", lambda: self._turn_image(-90))
        self._on("image.turn_right", lambda: self._turn_image(90))
        self._on("image.turn_half", lambda: self._turn_image(180))
        self._on("image.turn_any", self._ask_angle)
        self._on("image.flip_across", lambda: self._flip_image(across=True))
        self._on("image.flip_down", lambda: self._flip_image(across=False))
        self._on("layer.turn_left", lambda: self._put_layers(Transform.rotate(-90)))
        self._on("layer.turn_right", lambda: self._put_layers(Transform.rotate(90)))
        self._on("layer.turn_half", lambda: self._put_layers(Transform.rotate(180)))
        self._on("layer.flip_across", lambda: self._put_layers(Transform.scale(-1, 1)))
        self._on("layer.flip_down", lambda: self._put_layers(Transform.scale(1, -1)))
        for line in Line:
            self._on(f"layer.align.{line.value}", partial(self._align, line))
        self._on("layer.distribute.across", partial(self._distribute, across=True))
        self._on("layer.distribute.down", partial(self._distribute, across=False))
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    @property
    def _document(self) -> Document:
        return self._editor.document

    @property
    def _chosen(self) -> list[str]:
        return [layer.id for layer in self._document.chosen]

    def _on(self, id: str, act: Callable[[], object]) -> None:
        """What a tool has begun ends first; what is refused is said."""

        def attempt() -> None:
            self._toolbox.active.settle()
            with self._notices.caught():
                act()

        self._actions.on(id, attempt)

    def _run(self, command: Command) -> None:
        self._document.run(command)

    # The canvas

    def _ask_canvas_size(self) -> None:
        from sdstudio.ui.dialogs.canvas_size import CanvasSizeDialog

        dialog = CanvasSizeDialog(self._document.extent, self._window)
        if dialog.exec():
            self._run(recut(self._document, dialog.area))

    def _crop_to_layer(self) -> None:
        self._crop(Subject(tuple(self._chosen)).area(self._document) if self._chosen else Bounds(0, 0, 0, 0))

    def _crop(self, area: Bounds) -> None:
        area = area.intersected(self._document.bounds)
        if area.is_empty:
            self._notices.tell(self.tr("There is nothing on the canvas to crop to."))
        elif area == self._document.bounds:
            self._notices.tell(self.tr("There is nothing to cut off."))
        else:
            self._run(recut(self._document, area))

    def _trim(self) -> None:
        snapshot = self._document.snapshot()
        area = worked_out(
            lambda tell: shown_area(snapshot, tell),
            self.tr("Looking for the edges…"),
            is_long=self._document.extent.area > _QUICK,
        )
        self._crop(area)

    def _reveal(self) -> None:
        area = painted_area(self._document).united(self._document.bounds)
        if area == self._document.bounds:
            self._notices.tell(self.tr("Nothing lies beyond the canvas."))
        else:
            self._run(recut(self._document, area))

    # The whole picture

    def _ask_size(self) -> None:
        from sdstudio.ui.dialogs.image_size import ImageSizeDialog

        dialog = ImageSizeDialog(self._document.extent, self._window)
        if dialog.exec():
            extent, kind = dialog.extent, dialog.filter
            run_long(
                self._document,
                self.tr("Changing the size of the picture…"),
                lambda snapshot, tell: resized(snapshot, extent, kind, tell),
                is_quick=self._is_quick(max(extent.area / self._document.extent.area, 1.0)),
            )

    def _ask_angle(self) -> None:
        from sdstudio.ui.dialogs.turn_image import TurnImageDialog

        dialog = TurnImageDialog(self._window)
        if dialog.exec() and dialog.degrees % 360:
            self._turn_image(dialog.degrees)

    def _turn_image(self, degrees: float) -> None:
        run_long(
            self._document,
            self.tr("Turning the picture…"),
            lambda snapshot, tell: turned_image(snapshot, degrees, Filter.SMOOTH, tell),
            is_quick=self._is_quick(1 / 8 if degrees % 90 == 0 else 2.0),
        )

    def _flip_image(self, *, across: bool) -> None:
        run_long(
            self._document,
            self.tr("Mirroring the picture…"),
            lambda snapshot, _tell: flipped_image(snapshot, across=across),
            is_quick=self._is_quick(1 / 8),
        )

    def _is_quick(self, growth: float) -> bool:
        held = painted_area(self._document).extent.area * max(1, len(list(self._document.walk())))
        return held * growth <= _QUICK

    # Layers

    def _put_layers(self, transform: Transform) -> None:
        document, subject = self._document, Subject.of(self._document, self._chosen)
        way = around_middle(transform, subject.area(document))
        self._run(transformed(document, subject, way, Filter.NEAREST))

    def _align(self, line: Line) -> None:
        self._run(aligned(self._document, self._chosen, line))

    def _distribute(self, *, across: bool) -> None:
        self._run(distributed(self._document, self._chosen, across=across))

    # What the document tells

    def _on_document_replaced(self) -> None:
        self._document.selection_changed.connect(self._on_selection_changed)
        self._document.layers_changed.connect(self._on_layers_changed)
        self._document.active_changed.connect(self._on_layers_changed)
        self._on_selection_changed(self._document.bounds)
        self._on_layers_changed()

    def _on_selection_changed(self, _area: Bounds) -> None:
        self._actions["image.crop"].setEnabled(not self._document.selection.is_empty)

    def _on_layers_changed(self) -> None:
        has_layer = self._document.active is not None
        for id in ("turn_left", "turn_right", "turn_half", "flip_across", "flip_down"):
            self._actions[f"layer.{id}"].setEnabled(has_layer)
        for line in Line:
            self._actions[f"layer.align.{line.value}"].setEnabled(has_layer)
        self._actions["image.crop_layer"].setEnabled(has_layer)
        for id in ("across", "down"):
            self._actions[f"layer.distribute.{id}"].setEnabled(len(self._document.chosen) > 2)
