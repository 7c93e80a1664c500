"""What the rows of all lists share: their background and the smaller letters of a second line."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from sdstudio.ui import theme


def paint_background(painter: QPainter, option: QStyleOptionViewItem) -> QRect:
    """Show whether the row is selected or under the pointer; returns the row's rectangle."""
    row: QRect = option.rect
    if option.state & QStyle.StateFlag.State_Selected:
        painter.fillRect(row, theme.color("selected"))
        painter.fillRect(QRect(row.left(), row.top(), 2, row.height()), theme.color("accent"))
    elif option.state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(row, theme.color("raised"))
    return row


def small_font(font: QFont) -> QFont:
    """`font` as it is used for a second line."""
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * 0.9)
    return small
