"""Icons from resources/icons (Lucide, ISC), drawn as vectors in the colours of the running theme.

An icon asks for its colour when it is painted, so it follows a change of theme by itself and is sharp at any scale.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from sdstudio import paths
from sdstudio.ui import tokens

_PIXMAPS_KEPT = 512


def icon(name: str, role: str = "text", on_role: str = "") -> QIcon:
    """The icon `name` in the colour of the token `role`; `on_role` is for the checked state (same role if empty)."""
    return QIcon(_ThemedIcon(name, role, on_role or role))


def plain_icon(picture: QPixmap) -> QIcon:
    """A picture that keeps its colours in a row that is selected."""
    plain = QIcon(picture)
    plain.addPixmap(picture, QIcon.Mode.Selected)
    return plain


@cache
def _svg(name: str) -> str:
    return (paths.resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


class _ThemedIcon(QIconEngine):
    def __init__(self, name: str, role: str, on_role: str) -> None:
        super().__init__()
        self._name = name
        self._role = role
        self._on_role = on_role
        self._pixmaps: dict[tuple[int, int, str], QPixmap] = {}
        self._generation = -1

    def clone(self) -> QIconEngine:
        return _ThemedIcon(self._name, self._role, self._on_role)

    def key(self) -> str:
        return f"sdstudio:{self._name}"

    def isNull(self) -> bool:
        return False

    def actualSize(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QSize:
        side = min(size.width(), size.height())
        return QSize(side, side)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """`size` is in device pixels."""
        if self._generation != tokens.current.generation or len(self._pixmaps) > _PIXMAPS_KEPT:
            self._pixmaps.clear()
            self._generation = tokens.current.generation
        role = self._role_for(mode, state)
        wanted = (size.width(), size.height(), role)
        if wanted not in self._pixmaps:
            picture = QPixmap(size)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            self._draw(painter, QRectF(0, 0, size.width(), size.height()), role)
            painter.end()
            self._pixmaps[wanted] = picture
        return self._pixmaps[wanted]

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        self._draw(painter, QRectF(rect), self._role_for(mode, state))

    def _role_for(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        if mode == QIcon.Mode.Disabled:
            return "disabled"
        return self._on_role if state == QIcon.State.On else self._role

    def _draw(self, painter: QPainter, rect: QRectF, role: str) -> None:
        svg = _svg(self._name).replace("currentColor", tokens.current.color(role).name())
        side = min(rect.width(), rect.height())
        square = QRectF(0, 0, side, side)
        square.moveCenter(rect.center())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        QSvgRenderer(QByteArray(svg.encode())).render(painter, square)
