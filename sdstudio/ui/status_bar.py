"""One line at the bottom: zoom, document size, what the tool does, what the engine does, memory."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QStatusBar

from sdstudio.raster.geometry import Extent, Point
from sdstudio.ui.widgets.labels import ElidedLabel

_MEMORY_EVERY_MS = 2000


class StatusBar(QStatusBar):
    """Each part is set by whoever knows it."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self._zoom, self._extent, self._cursor = QLabel(), QLabel(), QLabel()
        self._engine, self._memory = QLabel(), QLabel()
        self._hint = ElidedLabel()
        self._zoom.setMinimumWidth(self.fontMetrics().horizontalAdvance("6400 %") + 20)
        self._cursor.setMinimumWidth(self.fontMetrics().horizontalAdvance("10000, 10000") + 20)
        for part in (self._zoom, self._extent, self._cursor):
            self.addWidget(part)
        self.addWidget(self._hint, 1)
        for part in (self._engine, self._memory):
            self.addPermanentWidget(part)
        self._zoom.setToolTip(self.tr("How large the picture is shown"))
        self._extent.setToolTip(self.tr("Size of the picture in pixels"))
        self._cursor.setToolTip(self.tr("Where the pointer is, in pixels of the picture"))
        self._memory.setToolTip(self.tr("Memory that this window uses; the engine has its own"))
        self._timer = QTimer(self, interval=_MEMORY_EVERY_MS)
        self._timer.timeout.connect(self._on_timeout)
        self._timer.start()

    def show_zoom(self, zoom: float) -> None:
        percent = zoom * 100
        self._zoom.setText(f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %")

    def show_extent(self, extent: Extent) -> None:
        self._extent.setText(str(extent))

    def show_cursor(self, at: Point | None) -> None:
        self._cursor.setText(f"{int(at.x // 1)}, {int(at.y // 1)}" if at is not None else "")

    def show_hint(self, hint: str) -> None:
        self._hint.setText(hint)

    def show_engine(self, text: str, tip: str = "") -> None:
        self._engine.setText(text)
        self._engine.setToolTip(tip)

    @property
    def engine_text(self) -> str:
        return self._engine.text()

    def _on_timeout(self) -> None:
        import psutil  # not needed in the first two seconds

        used = psutil.Process().memory_info().rss
        self._memory.setText(self.tr("{mebibytes} MiB").format(mebibytes=f"{used / 2**20:,.0f}"))
