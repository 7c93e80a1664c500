"""The card with an explanation, and the small question mark that opens it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from sdstudio.ui import theme
from sdstudio.ui.cards.drawings import draw
from sdstudio.ui.cards.topics import Topic, topics
from sdstudio.ui.widgets.labels import label

_WIDTH = 336
_CELL = 72
_GAP = 8
_CAPTION = 18
_MARK = 14


class Card(QFrame):
    """Goes with a click anywhere, or with Esc."""

    def __init__(self, topic: Topic, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("toast")
        self.topic = topic
        self.setAccessibleName(f"{topic.title}. {topic.text}")
        text = label(topic.text)
        text.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(10)
        column.addWidget(label(topic.title, "heading"))
        column.addWidget(_Drawing(topic))
        column.addWidget(text)
        self.setFixedWidth(_WIDTH)

    def open_at(self, at: QPoint) -> None:
        """`at` on the screen: the corner, moved as far as it takes to be seen whole."""
        self.adjustSize()
        self.setFixedHeight(self.heightForWidth(_WIDTH) if self.hasHeightForWidth() else self.height())
        screen = self.screen().availableGeometry()
        x = min(max(at.x(), screen.left()), screen.right() - self.width())
        y = min(max(at.y(), screen.top()), screen.bottom() - self.height())
        self.move(x, y)
        self.show()


class QuestionMark(QToolButton):
    """ "?" beside a label."""

    def __init__(self, topic_id: str) -> None:
        super().__init__()
        self._topic_id = topic_id
        topic = topics()[topic_id]
        self.setIcon(theme.icon("circle-question-mark", "disabled"))
        self.setIconSize(QSize(_MARK, _MARK))
        self.setFixedSize(_MARK + 6, _MARK + 6)
        self.setStyleSheet("padding: 0")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.WhatsThisCursor)
        self.setAccessibleName(self.tr("What is {topic}?").format(topic=topic.title))
        self.setToolTip(self.accessibleName())
        self.clicked.connect(self._on_clicked)

    def _on_clicked(self) -> None:
        corner = self.mapToGlobal(QPoint(-_WIDTH - 8, self.height() // 2 - 40))
        Card(topics()[self._topic_id], self.window()).open_at(corner)


def explained(name: QLabel, topic_id: str) -> QWidget:
    """A label with its question mark right behind it."""
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(1)
    row.addWidget(name)
    row.addWidget(QuestionMark(topic_id))
    row.addStretch(1)
    return both


class _Drawing(QWidget):
    """The parts of a drawing side by side, each with its caption."""

    def __init__(self, topic: Topic) -> None:
        super().__init__()
        self._topic = topic
        self.setFixedHeight(_CELL + _CAPTION)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        count = len(self._topic.captions)
        width = (self.width() - (count - 1) * _GAP) / count
        side = min(width, float(_CELL))
        left = (self.width() - count * side - (count - 1) * _GAP) / 2
        for index, caption in enumerate(self._topic.captions):
            cell = QRectF(left + index * (side + _GAP), _CELL - side, side, side)
            draw(self._topic.id, painter, cell, index)
            painter.setPen(theme.color("muted"))
            below = QRectF(cell.left() - _GAP, _CELL, side + 2 * _GAP, _CAPTION)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, caption)
