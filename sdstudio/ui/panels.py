"""The docks at the right: where they stand at first, how they are remembered, and how all of them hide at once."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QTabBar,
    QTabWidget,
    QToolBar,
    QWidget,
)

from sdstudio.settings import Settings
from sdstudio.ui import theme
from sdstudio.ui.actions import with_keys
from sdstudio.ui.widgets.labels import icon_button, label
from sdstudio.ui.widgets.low_room import LowRoom

_RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
_AT_FIRST = ("generate", "layers", "color", "brushes", "jobs")  # in sight at the first start
_BESIDE_LAYERS = ("adjustment",)  # is worked with together with them: the two tabs must not scroll out of sight
_WIDTH = 296
_TITLE_HEIGHT = 32
_GRIP_HEIGHT = 8
_COLOR_HEIGHT = 360
_MOST_OF_COLUMN = 0.6  # for Generate, which scrolls: painters want to see some layers too
_LEAST_REST = 200  # pixels for the panels below one that grows
_SHARE_OF_REST = 0.4  # of a low column for the panels below the first
_SHARE_OF_SCREEN = 0.9  # that the window takes at the first start
_TALL_WINDOW = 1000  # pixels of height from which there is room for every panel at once
_VERSION = 1  # of the layout; a remembered one of another version is not used


class Panels(QObject):
    """Owns the docks of `window`. Add them all, then `restore`."""

    def __init__(self, window: QMainWindow, settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._docks: dict[str, QDockWidget] = {}
        self._hidden: list[QWidget] = []
        self._state_before = QByteArray()
        self._behind: QDockWidget | None = None  # the panel that another tab covered when its entry was chosen
        window.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks
            | QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
        )
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setDocumentMode(True)
        self._soon_tidy = QTimer(self, singleShot=True, interval=0)
        self._soon_tidy.timeout.connect(self._tidy_tabs)

    def add(self, id: str, title: str, content: QWidget, *, scrolls_itself: bool = False) -> QDockWidget:
        """One of those of the first start, or another one that waits in the Window menu until it is wanted."""
        dock = QDockWidget(title, self._window)
        dock.setObjectName(f"panel.{id}")
        dock.setWidget(content if scrolls_itself else LowRoom(content))
        dock.setTitleBarWidget(_Title(dock, self._window))
        dock.setAllowedAreas(Qt.DockWidgetArea.LeftDockWidgetArea | _RIGHT | Qt.DockWidgetArea.BottomDockWidgetArea)
        dock.visibilityChanged.connect(self._soon_tidy.start)
        self._docks[id] = dock
        return dock

    def __getitem__(self, id: str) -> QDockWidget:
        return self._docks[id]

    def fill(self, menu: QMenu, keys: dict[str, str]) -> list[QAction]:
        """Put one entry for each panel into the Window menu; `keys` has their shortcuts.

        The entry of a panel in sight hides it; that of one that is closed or behind another tab brings it into sight.
        """
        menu.addSeparator()
        actions = []
        for id, dock in self._docks.items():
            action = dock.toggleViewAction()
            action.setObjectName(f"window.{id}")
            shortcuts = [QKeySequence(keys[id])] if id in keys else []
            action.setShortcuts(shortcuts)
            tip = self.tr("Brings the {panel} panel into sight, or hides it").format(panel=dock.windowTitle())
            action.setToolTip(with_keys(tip, shortcuts))
            action.toggled.connect(lambda _, dock=dock: self._on_toggled(dock))
            action.triggered.connect(lambda is_on, dock=dock: self._on_chosen(dock, is_on))
            menu.addAction(action)
            self._window.addAction(action)
            actions.append(action)
        return actions

    def _on_toggled(self, dock: QDockWidget) -> None:
        """Look where the panel is: an action tells this before Qt shows or hides what it stands for."""
        is_behind = not dock.isHidden() and dock.visibleRegion().isEmpty()
        self._behind = dock if is_behind else None

    def _on_chosen(self, dock: QDockWidget, is_on: bool) -> None:
        if is_on or self._behind is dock:
            dock.show()
            dock.raise_()
        self._behind = None

    def _tidy_tabs(self) -> None:
        """Whole words on the tabs, to be scrolled where there are too many: “La…” tells nobody anything."""
        for tabs in self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            tabs.setElideMode(Qt.TextElideMode.ElideNone)
            tabs.setUsesScrollButtons(True)
            tabs.setExpanding(False)
            tabs.setAccessibleName(self.tr("Panels"))

    @property
    def _column_height(self) -> int:
        canvas = self._window.centralWidget()
        return canvas.height() if canvas is not None else self._window.height()

    def raise_panel(self, id: str) -> None:
        """Bring a panel into sight, also when it was closed."""
        self._docks[id].show()
        self._docks[id].raise_()

    def covers(self, widget: QWidget | None) -> bool:
        """Whether `widget` is in a panel that lies behind another tab."""
        docks = (dock for dock in self._docks.values() if widget is not None and dock.isAncestorOf(widget))
        return any(dock.visibleRegion().isEmpty() for dock in docks)

    def show_whole(self, id: str) -> None:
        """Bring a panel into sight, and give it more room where it would have to be scrolled."""
        self.raise_panel(id)
        QTimer.singleShot(0, self, lambda: self._widen(id))  # what is in it may only just be coming

    def _widen(self, id: str) -> None:
        dock = self._docks[id]
        if dock.height() < dock.sizeHint().height():
            self.fit(id)

    def fit(self, id: str) -> None:
        """Make a panel as high as its content wants, and leave the others in its column enough to be useful."""
        window, dock = self._window, self._docks[id]
        area = window.dockWidgetArea(dock)
        others = [
            other
            for other in self._docks.values()
            if other is not dock and window.dockWidgetArea(other) == area and not other.visibleRegion().isEmpty()
        ]
        if dock.isFloating() or not others:
            return
        height = min(dock.sizeHint().height(), self._column_height - _LEAST_REST * len(others))
        rest = (self._column_height - height) // len(others)
        window.resizeDocks([dock, *others], [height, *[rest] * len(others)], Qt.Orientation.Vertical)

    # Where they stand

    def reset(self) -> None:
        """The places of the first start: everything in one column, tabs where the window is too low for all."""
        window, docks = self._window, self._docks
        size = window.size()
        for dock in docks.values():
            dock.setFloating(False)
            window.removeDockWidget(dock)
        tall = size.height() >= _TALL_WINDOW
        own_place = _AT_FIRST[: 3 if tall else 2]
        known = (*_AT_FIRST[:2], *_BESIDE_LAYERS, *_AT_FIRST[2:])
        order = (*known, *(id for id in docks if id not in known))
        # Straight into tabs: stacked for a moment, they would ask for more than a screen has, and the window grow.
        for before, id in pairwise(("", *order)):
            if id in own_place:
                window.addDockWidget(_RIGHT, docks[id])
            else:
                window.tabifyDockWidget(docks[before], docks[id])
            docks[id].setVisible(id in _AT_FIRST)
        docks["color"].raise_()
        docks["layers"].raise_()
        window.resizeDocks([docks["generate"]], [_WIDTH], Qt.Orientation.Horizontal)
        column = [docks["generate"], docks["layers"], *([docks["color"]] if tall else [])]
        low = _COLOR_HEIGHT if tall else 0
        high = min(docks["generate"].sizeHint().height(), round(self._column_height * _MOST_OF_COLUMN))
        least = max(_LEAST_REST, round(self._column_height * _SHARE_OF_REST))
        heights = [high, max(self._column_height - high - low, least), low]
        window.resizeDocks(column, heights[: len(column)], Qt.Orientation.Vertical)

    def restore(self) -> None:
        """The places of the last time, or those of the first start."""
        geometry, state = self._settings.get("window_geometry"), self._settings.get("window_state")
        if geometry:
            self._window.restoreGeometry(QByteArray.fromBase64(geometry.encode()))
        else:
            self._window.resize(self._window.screen().availableSize() * _SHARE_OF_SCREEN)
        self.reset()
        if not state or not self._window.restoreState(QByteArray.fromBase64(state.encode()), _VERSION):
            QTimer.singleShot(
                0, self, self.reset
            )  # again when the window has its size: there is nothing to share before

    def remember(self) -> None:
        """Put the present places into the settings."""
        self.set_only_canvas(False)
        self._settings.set("window_geometry", self._window.saveGeometry().toBase64().toStdString())
        self._settings.set("window_state", self._window.saveState(_VERSION).toBase64().toStdString())

    # All at once

    @property
    def is_only_canvas(self) -> bool:
        return bool(self._hidden)

    def set_only_canvas(self, hide: bool) -> None:
        """Hide everything but the canvas, or bring back exactly what was hidden."""
        window = self._window
        if hide and not self._hidden:
            self._state_before = window.saveState(_VERSION)
            parts: list[QWidget] = [*window.findChildren(QDockWidget), *window.findChildren(QToolBar)]
            self._hidden = [part for part in (*parts, window.menuBar(), window.statusBar()) if not part.isHidden()]
            for part in self._hidden:
                part.hide()
        elif not hide and self._hidden:
            for part in self._hidden:
                part.show()
            self._hidden = []
            window.restoreState(self._state_before, _VERSION)  # which tab was in front


class _Title(QWidget):
    """A dock's title and its close button; only a grip where a tab already says the name."""

    def __init__(self, dock: QDockWidget, window: QMainWindow) -> None:
        super().__init__(dock)
        self._dock, self._window = dock, window
        self._label: QLabel = label(dock.windowTitle(), "heading")
        close = icon_button(
            "x",
            self.tr("Close {panel}").format(panel=dock.windowTitle()),
            self.tr("Closes this panel; the Window menu brings it back"),
        )
        close.setIconSize(QSize(14, 14))
        close.clicked.connect(dock.close)
        self._close = close
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 6, 0)
        row.addWidget(self._label, 1)
        row.addWidget(close)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)  # repaints when the pointer comes and goes
        # Docks are in tabs only when the event is over.
        soon = QTimer(self, singleShot=True, interval=0)
        soon.timeout.connect(self._on_moved)
        for signal in (dock.dockLocationChanged, dock.topLevelChanged, dock.visibilityChanged):
            signal.connect(soon.start)
        window.tabifiedDockWidgetActivated.connect(soon.start)

    @property
    def _is_grip(self) -> bool:
        return self._label.isHidden()

    def sizeHint(self) -> QSize:
        return QSize(80, _GRIP_HEIGHT if self._is_grip else _TITLE_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _on_moved(self) -> None:
        in_tab = not self._dock.isFloating() and bool(self._window.tabifiedDockWidgets(self._dock))
        if in_tab != self._is_grip:
            self._label.setHidden(in_tab)
            self._close.setHidden(in_tab)
            self.updateGeometry()
            self._dock.updateGeometry()
            self.setCursor(Qt.CursorShape.SizeAllCursor if in_tab else Qt.CursorShape.ArrowCursor)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._is_grip and self.underMouse():
            painter = QPainter(self)
            middle = self.rect().center()
            painter.fillRect(middle.x() - 12, middle.y(), 24, 2, theme.color("raised"))
