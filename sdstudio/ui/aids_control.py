"""Ties rulers, grid, guides and snapping to the window: its menu, the canvas, the settings, the document."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
from PySide6.QtCore import QObject, QPointF, QRectF
from PySide6.QtGui import QCursor, QPainter

from sdstudio.document.guides import Axis, SetGuides, guides_of
from sdstudio.settings import Settings
from sdstudio.ui.actions import Actions
from sdstudio.ui.canvas.aid_lines import paint_grid, paint_guides
from sdstudio.ui.canvas.aids import Aids, Snapping
from sdstudio.ui.canvas.area import CanvasArea
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.guide_hand import GuideHand
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.notices import Notices
from sdstudio.ui.tools.toolbox import Toolbox

log = logging.getLogger(__name__)

_TOGGLES = {
    "view.rulers": "rulers",
    "view.grid": "grid_shown",
    "view.guides": "guides_shown",
    "view.pixel_grid": "pixel_grid",
    "view.snap_guides": "snap_guides",
    "view.snap_grid": "snap_grid",
    "view.snap_edges": "snap_edges",
}
_MOVING_TOOLS = ("move",)  # with these in the hand a guide on the canvas can be taken hold of


class AidsControl(QObject):
    """Also the canvas's guest that paints grid and guides and lets guides be dragged."""

    def __init__(
        self,
        editor: Editor,
        toolbox: Toolbox,
        canvas: CanvasView,
        area: CanvasArea,
        actions: Actions,
        notices: Notices,
        settings: Settings,
    ) -> None:
        super().__init__(canvas)
        self._editor, self._toolbox, self._canvas, self._area = editor, toolbox, canvas, area
        self._actions, self._notices, self._settings = actions, notices, settings
        self._hand = GuideHand(editor)
        self._aids = _remembered(settings)
        canvas.add_guest(self)
        canvas.snap_with(self.snapping)
        area.guide_grabbed.connect(self._hand.grab)
        area.guide_dragged.connect(self.move)
        area.guide_dropped.connect(self.release)
        self._connect_actions()
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()
        self._show()

    @property
    def aids(self) -> Aids:
        return self._aids

    @aids.setter
    def aids(self, aids: Aids) -> None:
        self._aids = aids
        self._settings.set("view_aids", msgspec.json.encode(aids).decode())
        self._show()

    def snapping(self, reach: float) -> Snapping:
        """What points are drawn to now, within `reach` document pixels."""
        document = self._editor.document
        return Snapping(self._aids, guides_of(document), document.extent, reach)

    # The menu

    def _connect_actions(self) -> None:
        for id, name in _TOGGLES.items():
            self._actions.on(id, lambda is_on, name=name: self._change(**{name: is_on}))
        self._actions.on("view.grid_settings", self._ask_grid)
        self._actions.on("view.lock_guides", self._lock)
        self._actions.on("view.clear_guides", self._clear)

    def _change(self, **changes: Any) -> None:
        self.aids = msgspec.structs.replace(self._aids, **changes)

    def _ask_grid(self) -> None:
        from sdstudio.ui.dialogs.grid import GridDialog

        dialog = GridDialog(self._aids.grid, self._canvas.window())
        was_shown = self._aids.grid_shown
        dialog.changed.connect(lambda grid: self._change(grid=grid, grid_shown=True))
        dialog.rejected.connect(lambda: self._change(grid_shown=was_shown))
        dialog.open()

    def _lock(self, is_on: bool) -> None:
        guides = msgspec.structs.replace(guides_of(self._editor.document), is_locked=is_on)
        self._editor.document.run(SetGuides(guides, self.tr("Lock guides") if is_on else self.tr("Unlock guides")))

    def _clear(self) -> None:
        guides = guides_of(self._editor.document)
        self._editor.document.run(SetGuides(guides.cleared(), self.tr("Remove all guides")))

    # What changes

    def _on_document_replaced(self) -> None:
        self._hand.cancel()
        self._editor.document.metadata_changed.connect(self._on_guides_changed)
        self._on_guides_changed()

    def _on_guides_changed(self) -> None:
        guides = guides_of(self._editor.document)
        self._actions["view.lock_guides"].setChecked(guides.is_locked)
        self._actions["view.clear_guides"].setEnabled(not guides.is_empty)
        self._area.show_guides(guides)
        self._canvas.update()

    def _show(self) -> None:
        for id, name in _TOGGLES.items():
            self._actions[id].setChecked(getattr(self._aids, name))
        self._area.show_rulers(self._aids.rulers)
        self._canvas.show_pixel_grid(self._aids.pixel_grid)
        self._canvas.update()

    # On the canvas

    def paint(self, painter: QPainter, camera: Camera, view: QRectF) -> None:
        if self._aids.grid_shown:
            paint_grid(painter, camera, self._aids.grid, self._editor.document.extent, view)
        if self._aids.guides_shown:
            paint_guides(painter, camera, self._hand.shown, view)
        self._hand.paint(painter, camera)

    def cursor_at(self, at: QPointF, camera: Camera) -> QCursor | None:
        if not self._aids.guides_shown or self._toolbox.active.id not in _MOVING_TOOLS:
            return None
        found = self._hand.find(at, camera)
        return None if found is None else self._hand.cursor(found[0], camera)

    def press(self, at: QPointF) -> None:
        found = self._hand.find(at, self._canvas.camera)
        if found is not None:
            axis: Axis = found[0]
            self._hand.grab(axis, found[1])

    def move(self, at: QPointF) -> None:
        if self._hand.is_holding:
            self._hand.drag(self._canvas.camera.to_document(at))
            self._canvas.update()

    def release(self, at: QPointF) -> None:
        if not self._hand.is_holding:
            if guides_of(self._editor.document).is_locked:
                self._notices.tell(self.tr("The guides are locked. Unlock them in the View menu to change them."))
            return
        is_inside = QRectF(self._canvas.rect()).contains(at)
        self._hand.drop(is_inside=is_inside)
        if is_inside and not self._aids.guides_shown:
            self._change(guides_shown=True)  # who lays a guide wants to see it
        self._canvas.update()


def _remembered(settings: Settings) -> Aids:
    text = settings.get("view_aids")
    try:
        return msgspec.json.decode(text, type=Aids) if text else Aids()
    except msgspec.MsgspecError as error:
        log.warning("the remembered view aids cannot be read: %s", error)
        return Aids()
