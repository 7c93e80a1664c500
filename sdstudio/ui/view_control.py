"""What the View menu does: zoom, rotation, theme, full screen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QMainWindow

from sdstudio.settings import Settings
from sdstudio.ui import theme
from sdstudio.ui.actions import Actions
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.notices import Notices
from sdstudio.ui.panels import Panels

_TURN_DEGREES = 15


class ViewControl(QObject):
    def __init__(
        self,
        window: QMainWindow,
        canvas: CanvasView,
        panels: Panels,
        actions: Actions,
        settings: Settings,
        notices: Notices,
    ) -> None:
        super().__init__(window)
        self._window, self._panels, self._actions = window, panels, actions
        self._settings, self._notices = settings, notices
        actions.on("view.zoom_in", canvas.zoom_in)
        actions.on("view.zoom_out", canvas.zoom_out)
        actions.on("view.fit", canvas.fit)
        actions.on("view.actual", lambda: canvas.zoom_to(1.0))
        actions.on("view.rotate_left", lambda: canvas.rotate_by(-_TURN_DEGREES))
        actions.on("view.rotate_right", lambda: canvas.rotate_by(_TURN_DEGREES))
        actions.on("view.reset_rotation", canvas.reset_rotation)
        actions.on("view.mirror", lambda _on: canvas.mirror())
        actions.on("view.theme", self._on_switch_theme)
        actions.on("view.only_canvas", self._on_only_canvas)
        actions.on("view.full_screen", self._on_full_screen)
        canvas.view_changed.connect(lambda: actions["view.mirror"].setChecked(canvas.camera.mirrored))
        self._canvas = canvas
        settings.changed.connect(self._on_setting_changed)
        window.installEventFilter(self)
        canvas.set_surround(theme.color("surround"))
        self._on_setting_changed("mask_color")

    def _on_switch_theme(self) -> None:
        self._settings.set("theme", "light" if theme.is_dark() else "dark")

    def _on_setting_changed(self, key: str) -> None:
        app = QApplication.instance()
        if key == "theme" and isinstance(app, QApplication):
            theme.apply(app, self._settings.get("theme"))
        elif key == "mask_color":
            self._canvas.set_mask_color(QColor(self._settings.get("mask_color")))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.StyleChange:  # another theme
            self._canvas.set_surround(theme.color("surround"))
        return False

    def _on_only_canvas(self, is_on: bool) -> None:
        self._panels.set_only_canvas(is_on)
        if is_on:
            self._notices.tell(self.tr("Press Tab to bring the panels back."))

    def _on_full_screen(self, is_on: bool) -> None:
        """The state is only added and taken away, so that a window that was maximised is so again."""
        full = Qt.WindowState.WindowFullScreen
        state = self._window.windowState()
        self._window.setWindowState(state | full if is_on else state & ~full)
