"""A row of widgets; those for which there is no room wait in a panel behind a button at its end."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from sdstudio.ui.widgets.labels import icon_button


class OverflowBar(QWidget):
    """The first widgets are in the row, as many as fit; the others are in `panel`, one below the other."""

    def __init__(self) -> None:
        super().__init__()
        self._widgets: list[QWidget] = []
        self._shown = -1  # how many of them are in the row
        self.panel = QFrame(self, Qt.WindowType.Popup)
        self.panel.setFrameShape(QFrame.Shape.StyledPanel)
        self._column = QVBoxLayout(self.panel)
        self._column.setContentsMargins(16, 12, 8, 12)
        self._column.setSpacing(8)
        self.more = icon_button("ellipsis", self.tr("More options"), self.tr("Shows the options that do not fit here"))
        self.more.clicked.connect(self._on_more)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 4, 0)
        self._row.setSpacing(0)
        self._row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)  # it may be narrower than its widgets
        self._row.addStretch(1)
        self._row.addWidget(self.more)
        self.more.hide()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        """It never makes its window wider."""
        return QSize(self.more.sizeHint().width(), super().minimumSizeHint().height())

    def set_widgets(self, widgets: Sequence[QWidget]) -> None:
        """Show these instead of those before, which are deleted."""
        self.panel.hide()
        for widget in self._widgets:
            widget.hide()
            widget.deleteLater()
        self._widgets, self._shown = list(widgets), -1
        for widget in self._widgets:
            widget.setParent(self)
        self._distribute()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._distribute()

    def _distribute(self) -> None:
        widths = [_width(widget) for widget in self._widgets]
        room = self.width() - self._row.contentsMargins().right()
        if sum(widths) > room:
            room -= self.more.sizeHint().width()
        shown, used = 0, 0
        while shown < len(widths) and used + widths[shown] <= room:
            used += widths[shown]
            shown += 1
        if shown == self._shown:
            return
        self._shown = shown
        for index, widget in enumerate(self._widgets):
            if index < shown:
                self._row.insertWidget(index, widget, 1 if _gives_way(widget) else 0)
            else:
                self._column.addWidget(widget)
            widget.show()
        self.more.setVisible(shown < len(self._widgets))

    def _on_more(self) -> None:
        self.panel.adjustSize()
        corner = self.more.mapToGlobal(QPoint(self.more.width(), self.more.height() + 4))
        self.panel.move(corner - QPoint(self.panel.width(), 0))
        self.panel.show()


def _width(widget: QWidget) -> int:
    return 0 if _gives_way(widget) else max(widget.sizeHint().width(), widget.minimumWidth())


def _gives_way(widget: QWidget) -> bool:
    """Whether it takes whatever room there is, as a text that may be shortened does."""
    return widget.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Ignored
