"""Ties the mirrors of the document to the option of the brushes, and lets their axes be dragged on the canvas."""

from __future__ import annotations

from typing import cast

import msgspec
from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QCursor, QPainter

from sdstudio.document.mirrors import MirrorKind, Mirrors, SetMirrors, mirrors_of
from sdstudio.raster.geometry import Point
from sdstudio.ui.actions import Actions
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.label import paint_label
from sdstudio.ui.canvas.mirror_axes import HANDLE_RADIUS, handles, paint_axes, paint_handle
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.stroke_tool import StrokeTool
from sdstudio.ui.tools.toolbox import Toolbox

_REACH = HANDLE_RADIUS + 3
_TO_MIDDLE = 8.0  # view pixels within which an axis is drawn to the middle of the canvas
_CENTER = "view.center_mirrors"


class MirrorControl(QObject):
    """Also the canvas's guest that paints the handles of the axes, while a brush is in the hand."""

    def __init__(self, canvas: CanvasView, editor: Editor, toolbox: Toolbox, actions: Actions) -> None:
        super().__init__(canvas)
        self._canvas, self._editor, self._toolbox, self._actions = canvas, editor, toolbox, actions
        self._moved: str | None = None  # what the handle in the hand moves
        self._held = Mirrors()  # as they are while it is dragged
        self._grabbed = Point(0, 0)
        canvas.add_guest(self)
        actions.on(_CENTER, self._center)
        editor.option_changed.connect(self._on_option_changed)
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    # The option and the document

    def _on_option_changed(self, key: str) -> None:
        """Another kind of mirror, or another number of rays: the document remembers it."""
        if not key.startswith("symmetry"):
            return
        settings, document = self._editor.settings, self._editor.document
        now = mirrors_of(document)
        rays = settings.symmetry_rays if settings.symmetry == "rays" else now.rays
        wanted = msgspec.structs.replace(now, kind=cast(MirrorKind, settings.symmetry), rays=rays)
        if wanted != now:
            document.run(SetMirrors(wanted, self.tr("Mirror")))

    def _on_document_replaced(self) -> None:
        self._moved = None
        self._editor.document.metadata_changed.connect(self._on_metadata_changed)
        self._on_metadata_changed()

    def _on_metadata_changed(self) -> None:
        mirrors = mirrors_of(self._editor.document)
        self._actions[_CENTER].setEnabled(mirrors.x is not None or mirrors.y is not None)
        changes: dict[str, object] = {"symmetry": mirrors.kind}
        if mirrors.kind == "rays":
            changes["symmetry_rays"] = mirrors.rays
        self._editor.set_setting(**changes)
        self._canvas.update()

    def _center(self) -> None:
        document = self._editor.document
        centred = msgspec.structs.replace(mirrors_of(document), x=None, y=None)
        document.run(SetMirrors(centred, self.tr("Centre mirror axes")))

    # On the canvas

    def paint(self, painter: QPainter, camera: Camera, view: QRectF) -> None:
        extent = self._editor.document.extent
        symmetry = self._shown.symmetry(extent)
        if symmetry is None or not isinstance(self._toolbox.active, StrokeTool):
            return
        if self._moved is not None:
            paint_axes(painter, camera, symmetry, extent, is_held=True)
        for moved, at in handles(symmetry, camera, extent, view).items():
            paint_handle(painter, at, is_held=moved == self._moved)
            if moved == self._moved:
                paint_label(painter, at + QPointF(12, 6), self._note(symmetry.center))

    def cursor_at(self, at: QPointF, camera: Camera) -> QCursor | None:
        return None if self._handle_at(at, camera) is None else QCursor(Qt.CursorShape.SizeAllCursor)

    def press(self, at: QPointF) -> None:
        self._moved = self._handle_at(at, self._canvas.camera)
        self._held = mirrors_of(self._editor.document)
        self._grabbed = self._canvas.camera.to_document(at)

    def move(self, at: QPointF) -> None:
        if self._moved is None:
            return
        extent, camera = self._editor.document.extent, self._canvas.camera
        start, now = mirrors_of(self._editor.document).center(extent), camera.to_document(at)
        wanted = Point(start.x + now.x - self._grabbed.x, start.y + now.y - self._grabbed.y)
        there = self._canvas.snap(wanted)
        reach = _TO_MIDDLE / camera.scale
        if "x" in self._moved:
            self._held = msgspec.structs.replace(self._held, x=_drawn(wanted.x, there.x, extent.width / 2, reach))
        if "y" in self._moved:
            self._held = msgspec.structs.replace(self._held, y=_drawn(wanted.y, there.y, extent.height / 2, reach))
        self._canvas.update()

    def release(self, at: QPointF) -> None:
        self.move(at)
        moved, self._moved = self._moved, None
        if moved is not None:
            self._editor.document.run(SetMirrors(self._held, self.tr("Move mirror axis")))
        self._canvas.update()

    # Within

    @property
    def _shown(self) -> Mirrors:
        return mirrors_of(self._editor.document) if self._moved is None else self._held

    def _handle_at(self, at: QPointF, camera: Camera) -> str | None:
        extent = self._editor.document.extent
        symmetry = self._shown.symmetry(extent)
        if symmetry is None or not isinstance(self._toolbox.active, StrokeTool):
            return None
        for moved, there in handles(symmetry, camera, extent, QRectF(self._canvas.rect())).items():
            if (there - at).manhattanLength() <= _REACH * 1.4:
                return moved
        return None

    def _note(self, center: Point) -> str:
        places = {"x": f"{center.x:g}", "y": f"{center.y:g}", "xy": f"{center.x:g}, {center.y:g}"}
        is_middle = self._held.x is None and self._held.y is None
        note = places[self._moved or "xy"]
        return self.tr("{place} px, middle").format(place=note) if is_middle else f"{note} px"


def _drawn(wanted: float, snapped: float, middle: float, reach: float) -> float | None:
    """To the middle when it is near it (None), else to a guide near it, else between pixels or through one."""
    if abs(wanted - middle) <= reach:
        return None
    return snapped if snapped != wanted else round(wanted * 2) / 2
