"""Selecting by colour: colours are picked from a small picture, and everything that is like them is selected."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from sdstudio.raster.pixels import over
from sdstudio.raster.wand import color_range
from sdstudio.ui import theme
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.number import NumberField
from sdstudio.ui.widgets.slider import MarkedSlider
from sdstudio.ui.widgets.swatch import draw_swatch

_CALM_MS = 120  # without another change, before the canvas shows the effect
_MOST_COLORS = 12
_SWATCH = 22
_PADDING = 8  # pixels around the sentence over the picture
PICTURE_SIDE = 340


class ColorRangeDialog(QDialog):
    """`changed` a moment after something was changed; `colors`, `fuzziness`, `source` and `mode` say what is wanted."""

    changed = Signal()
    source_changed = Signal()

    def __init__(self, color: QColor, fuzziness: int, mode: str, parent: QWidget) -> None:
        """`color` is chosen first."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Select by colour range"))
        self.colors = [QColor(color.rgb())]
        self._picture = _Picture()
        self._swatches = _Swatches()
        self._slider = MarkedSlider(0, 255, default=40)
        self._number = NumberField(0, 255, default=40)
        self._source, self._mode = QComboBox(), QComboBox()
        self._shows_selection = QCheckBox(self.tr("Show what is selected"))
        self._shows_selection.setChecked(True)
        self._soon = QTimer(self, singleShot=True, interval=_CALM_MS)
        self._soon.timeout.connect(self.changed)
        self._slider.setValue(fuzziness)
        self._number.setValue(fuzziness)
        self._fill_choices(mode)
        self._arrange()
        self._connect()
        self._show()

    @property
    def fuzziness(self) -> int:
        return round(self._number.value())

    @property
    def source(self) -> str:
        return str(self._source.currentData())

    @property
    def mode(self) -> str:
        return str(self._mode.currentData())

    def set_picture(self, picture: QImage) -> None:
        """A small picture of what is looked at."""
        self._picture.set_picture(picture)
        self._show()

    def _fill_choices(self, mode: str) -> None:
        for value, text in (("merged", self.tr("All layers")), ("layer", self.tr("This layer"))):
            self._source.addItem(text, value)
        for value, text in (
            ("replace", self.tr("Replace")),
            ("add", self.tr("Add")),
            ("subtract", self.tr("Subtract")),
            ("intersect", self.tr("Intersect")),
        ):
            self._mode.addItem(text, value)
        self._mode.setCurrentIndex(self._mode.findData(mode))

    def _arrange(self) -> None:
        fuzziness = QHBoxLayout()
        fuzziness.addWidget(self._slider, 1)
        fuzziness.addWidget(self._number)
        self._number.setAccessibleName(self.tr("Fuzziness"))
        self._slider.setAccessibleName(self.tr("Fuzziness"))
        self._remove = QPushButton(self.tr("Remove Last"))
        colors = QHBoxLayout()
        colors.addWidget(self._swatches, 1)
        colors.addWidget(self._remove)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.addRow(self.tr("Colours"), colors)
        form.addRow(self.tr("Fuzziness"), fuzziness)
        form.addRow(self.tr("Look at"), self._source)
        form.addRow(self.tr("Selection"), self._mode)
        text = label(self.tr("Click a colour in the picture. Shift+click adds another one."), "muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(text)
        column.addWidget(self._picture, 1)
        column.addWidget(self._shows_selection)
        column.addLayout(form)
        column.addWidget(buttons)

    def _connect(self) -> None:
        self._picture.picked.connect(self._on_picked)
        self._slider.valueChanged.connect(lambda value: self._number.setValue(value))
        self._number.valueChanged.connect(self._on_fuzziness)
        self._remove.clicked.connect(self._on_remove)
        self._shows_selection.toggled.connect(lambda _is_on: self._show())
        self._source.activated.connect(lambda _index: self.source_changed.emit())
        self._mode.activated.connect(lambda _index: self._soon.start())

    def _on_picked(self, color: QColor, adds: bool) -> None:
        self.colors = [*(self.colors if adds else []), color][-_MOST_COLORS:]
        self._show()

    def _on_remove(self) -> None:
        if len(self.colors) > 1:
            self.colors.pop()
            self._show()

    def _on_fuzziness(self, value: float) -> None:
        self._slider.setValue(round(value))
        self._show()

    def _show(self) -> None:
        self._swatches.set_colors(self.colors)
        self._remove.setEnabled(len(self.colors) > 1)
        shown = self.colors if self._shows_selection.isChecked() else None
        self._picture.show_range(shown, self.fuzziness)
        self._soon.start()


class _Picture(QWidget):
    """`picked(QColor, bool)`: the colour under a click, and whether Shift was held."""

    picked = Signal(QColor, bool)

    def __init__(self) -> None:
        super().__init__()
        self._picture = QImage()
        self._shown = QImage()
        self.matches = True  # whether anything has one of the colours
        self.setMinimumSize(240, 160)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(self.tr("Picture to pick colours from"))

    def sizeHint(self) -> QSize:
        return QSize(PICTURE_SIDE, PICTURE_SIDE * 3 // 4)

    def set_picture(self, picture: QImage) -> None:
        self._picture = self._shown = picture
        self.update()

    def show_range(self, colors: Sequence[QColor] | None, fuzziness: int) -> None:
        """Show how strongly each place is selected; the picture itself when `colors` is None or nothing matches."""
        self._shown, self.matches = self._picture, True
        if colors is not None and not self._picture.isNull():
            coverage = color_range(self._picture, colors, fuzziness)
            self.matches = bool(coverage.any())
            if self.matches:
                self._shown = over(coverage, QImage.Format.Format_Grayscale8).copy()
        self.setAccessibleDescription("" if self.matches else self._nothing())
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position() - self._corner
        x, y = round(at.x() - 0.5), round(at.y() - 0.5)
        if event.button() == Qt.MouseButton.LeftButton and self._picture.rect().contains(x, y):
            color = self._picture.pixelColor(x, y)
            if color.alpha() > 0:
                adds = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self.picked.emit(QColor(color.rgb()), adds)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("surround"))
        painter.drawImage(self._corner, self._shown)
        if not self.matches:
            self._paint_nothing(painter)

    def _nothing(self) -> str:
        return self.tr("Nothing here has this colour. Click a colour in the picture, or raise the fuzziness.")

    def _paint_nothing(self, painter: QPainter) -> None:
        """A sentence over the picture, which stays in sight to be clicked at."""
        words = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        room = QRect(0, 0, self.width() - 4 * _PADDING, self.height())
        box = painter.fontMetrics().boundingRect(room, words, self._nothing())
        box.moveCenter(QPoint(self.width() // 2, self.height() - box.height() // 2 - 2 * _PADDING))
        painter.fillRect(box.adjusted(-_PADDING, -_PADDING, _PADDING, _PADDING), theme.color("panel"))
        painter.setPen(theme.color("text"))
        painter.drawText(box, words, self._nothing())

    @property
    def _corner(self) -> QPointF:
        return QPointF(
            (self.width() - self._picture.width()) // 2,
            (self.height() - self._picture.height()) // 2,
        )


class _Swatches(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._colors: list[QColor] = []
        self.setFixedHeight(_SWATCH)
        self.setAccessibleName(self.tr("Chosen colours"))

    def set_colors(self, colors: Sequence[QColor]) -> None:
        self._colors = list(colors)
        self.setToolTip(", ".join(color.name() for color in colors))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = min(_SWATCH, self.width() // max(len(self._colors), 1))
        for index, color in enumerate(self._colors):
            draw_swatch(painter, QRectF(index * width, 1, width - 2, _SWATCH - 2), color)
