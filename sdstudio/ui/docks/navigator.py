"""The Navigator panel: the whole picture in small, what of it is in the view, and where to zoom and turn."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from sdstudio.raster.geometry import Point
from sdstudio.ui import theme
from sdstudio.ui.canvas.camera import ZOOM_RANGE
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.widgets.labels import icon_button, label
from sdstudio.ui.widgets.number import NumberField
from sdstudio.ui.widgets.slider import MarkedSlider

_DELAY_MS = 120  # after a change of the picture, until its small copy follows
_STEPS_PER_OCTAVE = 100
_WHEEL_STEP = 1.2


class NavigatorPanel(QWidget):
    """Drag in the picture to move the view; the wheel zooms."""

    def __init__(self, editor: Editor, canvas: CanvasView) -> None:
        super().__init__()
        self._canvas = canvas
        self.map = _Map(editor, canvas)
        low, high = (round(math.log2(zoom) * _STEPS_PER_OCTAVE) for zoom in ZOOM_RANGE)
        self._slider = MarkedSlider(low, high, default=0, marks=(0,))
        self._slider.setAccessibleName(self.tr("Zoom"))
        self._slider.setToolTip(self.tr("How large the picture is shown; a double click shows it in its own size"))
        self._slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._zoom = NumberField(ZOOM_RANGE[0] * 100, ZOOM_RANGE[1] * 100, default=100, decimals=0, unit="%")
        self._zoom.setAccessibleName(self.tr("Zoom"))
        self._zoom.setFixedWidth(76)
        self._turn = NumberField(-180, 180, default=0, decimals=0, unit="°")
        self._turn.setAccessibleName(self.tr("Rotation of the view"))
        self._turn.setToolTip(self.tr("Turns the view; the picture stays as it is"))
        self._turn.setFixedWidth(76)
        self._mirror = icon_button(
            "flip-vertical-2", self.tr("Mirror view"), self.tr("Shows the picture as in a mirror")
        )
        self._mirror.setCheckable(True)
        self._fit = icon_button("maximize", self.tr("Fit"), self.tr("Shows the whole picture"))
        self._arrange()
        self._slider.valueChanged.connect(lambda step: canvas.zoom_to(2 ** (step / _STEPS_PER_OCTAVE)))
        self._zoom.valueChanged.connect(lambda percent: canvas.zoom_to(percent / 100))
        self._turn.valueChanged.connect(lambda degrees: canvas.rotate_by(degrees - canvas.camera.rotation))
        self._mirror.clicked.connect(lambda _checked: canvas.mirror())
        self._fit.clicked.connect(lambda _checked: canvas.fit())
        canvas.view_changed.connect(self._on_view_changed)
        self._on_view_changed()

    def _arrange(self) -> None:
        zoom = QHBoxLayout()
        zoom.setSpacing(8)
        zoom.addWidget(self._slider, 1)
        zoom.addWidget(self._zoom)
        turn = QHBoxLayout()
        turn.setSpacing(4)
        turn.addWidget(self._fit)
        turn.addWidget(self._mirror)
        turn.addStretch(1)
        turn.addWidget(label(self.tr("Rotation"), "muted"))
        turn.addSpacing(4)
        turn.addWidget(self._turn)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.map, 1)
        column.addLayout(zoom)
        column.addLayout(turn)

    def _on_view_changed(self) -> None:
        camera = self._canvas.camera
        shown = (
            (self._slider, round(math.log2(camera.zoom) * _STEPS_PER_OCTAVE)),
            (self._zoom, camera.zoom * 100),
            (self._turn, camera.rotation),
        )
        for field, value in shown:
            was_blocked = field.blockSignals(True)
            field.setValue(value)  # type: ignore[arg-type]  # the slider's is whole
            field.blockSignals(was_blocked)
        self._slider.update()
        self._mirror.setChecked(camera.mirrored)
        self.map.update()


class _Map(QWidget):
    """The document in small, with a frame around what the canvas shows. Looks at pixels only while it is seen."""

    def __init__(self, editor: Editor, canvas: CanvasView) -> None:
        super().__init__()
        self._editor, self._canvas = editor, canvas
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self.update)
        self.setMinimumHeight(96)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("The whole picture; drag to move the view"))
        self.setToolTip(self.tr("Drag to move the view, turn the wheel to zoom"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    def sizeHint(self) -> QSize:
        return QSize(240, 180)

    def _on_document_replaced(self) -> None:
        document = self._editor.document
        document.pixels_changed.connect(self._on_changed)
        document.layers_changed.connect(self._on_changed)
        document.extent_changed.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self, *_what: object) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    # Input

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._look_at(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        canvas = self._canvas
        canvas.zoom_to(canvas.camera.zoom * math.pow(_WHEEL_STEP, event.angleDelta().y() / 120))
        event.accept()

    def _look_at(self, place: QPointF) -> None:
        """Bring what is at a place of the small picture to the middle of the canvas."""
        area, scale = self._picture_place()
        at = Point((place.x() - area.left()) / scale, (place.y() - area.top()) / scale)
        canvas = self._canvas
        way = canvas.middle - canvas.camera.to_view(at)
        canvas.look_through(canvas.camera.panned(way.x(), way.y()))

    # Painting

    def _picture_place(self) -> tuple[QRectF, float]:
        """Where the small picture is, and its pixels for one of the document."""
        extent = self._editor.document.extent
        scale = min(self.width() / extent.width, self.height() / extent.height)
        area = QRectF(0, 0, extent.width * scale, extent.height * scale)
        area.moveCenter(QPointF(self.width() / 2, self.height() / 2))
        return area, scale

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        area, scale = self._picture_place()
        ratio = self.devicePixelRatioF()
        painter.fillRect(area, QColor(194, 194, 194))
        image = self._canvas.small_picture(math.ceil(max(area.width(), area.height()) * ratio))
        painter.drawImage(area, image)
        self._paint_frame(painter, area, scale)

    def _paint_frame(self, painter: QPainter, area: QRectF, scale: float) -> None:
        canvas = self._canvas
        corners = QPolygonF(QRectF(canvas.rect()))
        seen = canvas.camera.inverse.map(corners)
        frame = QPolygonF([area.topLeft() + QPointF(at.x() * scale, at.y() * scale) for at in seen.toList()])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((QColor(0, 0, 0, 160), 3.0), (theme.color("accent_text"), 1.5)):
            painter.setPen(QPen(color, width))
            painter.drawPolygon(frame)
