"""The gradient tool: a drag lays a gradient on the layer, seen while it is drawn."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtGui import QColor, QPainter, QPen

from sdstudio.document.gradient_drag import GradientDrag
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Point
from sdstudio.raster.gradient import Gradient
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.editor import Editor
from sdstudio.ui.patience import Cancelled, worked_out
from sdstudio.ui.tools.option import Option
from sdstudio.ui.tools.tool import Modifiers, Tool

translate = QCoreApplication.translate

_LEAST_LENGTH = 3.0  # view pixels: a shorter drag is a click, and lays nothing
_TURN = math.pi / 12  # with Shift
_HANDLE = 5.0
_LONG = 2_000_000  # pixels of the canvas from which on a tenth of a second is not enough


class GradientTool(Tool):
    """Laying a gradient on a large picture takes its time, so the picture follows the line as fast as it can."""

    id = "gradient"
    icon = "gradient"
    shortcut = "Shift+G"
    snaps = "always"
    wants_every_sample = False

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Gradient")
        self.hint = translate(
            "Tool", "Drag from where the gradient begins to where it ends. Shift: in steps of 15°. Esc gives up."
        )
        self.options = (
            Option(
                "ramp", "gradient_ramp", translate("Option", "Colours"), help=translate("Option", "Opens the colours")
            ),
            _shape_option(),
            _repeat_option(),
            Option(
                "toggle",
                "gradient_reverse",
                translate("Option", "Reverse"),
                help=translate("Option", "Begins with the last colour"),
            ),
            Option(
                "toggle",
                "gradient_dither",
                translate("Option", "Dither"),
                help=translate("Option", "Hides the steps between like colours with a fine grain"),
            ),
            Option(
                "slider",
                "gradient_opacity",
                translate("Option", "Opacity"),
                (1, 100),
                "%",
                help=translate("Option", "How much the gradient covers what is below it"),
            ),
        )
        self._drag: GradientDrag | None = None
        self._line = (Point(0, 0), Point(0, 0))
        self._soon = QTimer(singleShot=True)
        self._soon.timeout.connect(self._show)
        editor.document_replaced.connect(self._on_document_replaced)

    @property
    def is_active(self) -> bool:
        return self._drag is not None

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        document = self.editor.document
        if document.active_id is None:
            raise StudioError(translate("Tool", "There is no layer to paint on. Choose or add one in the layer list."))
        self._drag = GradientDrag(document, document.active_id, self.editor.settings.gradient_opacity)
        self._line = (sample.position, sample.position)
        self._soon.setInterval(0)

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._drag is None:
            return
        start, end = self._line[0], sample.position
        if modifiers & Modifiers.ShiftModifier:
            turn = round(math.atan2(end.y - start.y, end.x - start.x) / _TURN) * _TURN
            length = start.distance(end)
            end = Point(start.x + length * math.cos(turn), start.y + length * math.sin(turn))
        self._line = (start, end)
        self.update_overlay()
        if not self._soon.isActive() and self._is_long:
            self._soon.start()

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        self.move(sample, modifiers)
        drag, self._drag = self._drag, None
        self._soon.stop()
        self.update_overlay()
        if drag is None:
            return
        if not self._is_long:
            drag.cancel()
            return
        gradient, extent = self._gradient(dither=self.editor.settings.gradient_dither), self.editor.document.extent
        try:
            pieces = worked_out(
                lambda tell: drag.rendered(gradient, tell),
                translate("Tool", "Laying the gradient…"),
                is_long=extent.area > _LONG,
            )
        except Cancelled:
            drag.cancel()
            return
        except StudioError:
            drag.cancel()
            raise
        drag.lay(pieces)
        drag.commit()

    def cancel(self) -> None:
        drag, self._drag = self._drag, None
        self._soon.stop()
        self.update_overlay()
        if drag is not None:
            drag.cancel()

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        if self._drag is None:
            return
        start, end = (camera.to_view(point) for point in self._line)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for color, width in ((QColor(0, 0, 0, 180), 3.0), (QColor("white"), 1.2)):
            painter.setPen(QPen(color, width))
            painter.drawLine(start, end)
        painter.setPen(QPen(QColor(0, 0, 0, 180), 1))
        ramp = self._gradient(dither=False).ramp
        first, last = (1.0, 0.0) if self.editor.settings.gradient_reverse else (0.0, 1.0)
        for at, place in ((first, start), (last, end)):
            painter.setBrush(ramp.color(at))
            painter.drawEllipse(place, _HANDLE, _HANDLE)

    @property
    def _is_long(self) -> bool:
        assert self.stage is not None, "a tool works only on a canvas"
        return self._line[0].distance(self._line[1]) * self.stage.camera.scale >= _LEAST_LENGTH

    def _show(self) -> None:
        """The next look comes after as much time as this one took, so that half of it stays for everything else."""
        if self._drag is not None:
            began = time.monotonic()
            self._drag.show(self._gradient(dither=False))
            self._soon.setInterval(round((time.monotonic() - began) * 1000))

    def _gradient(self, *, dither: bool) -> Gradient:
        settings = self.editor.settings
        ramp = settings.gradient_ramp.resolved(self.editor.foreground, self.editor.background)
        return Gradient(
            ramp, *self._line, settings.gradient_shape, settings.gradient_repeat, settings.gradient_reverse, dither
        )

    def _on_document_replaced(self) -> None:
        self._drag = None
        self._soon.stop()


def _shape_option() -> Option:
    return Option(
        "choice",
        "gradient_shape",
        translate("Option", "Shape"),
        choices=(
            ("linear", translate("Option", "Linear")),
            ("reflected", translate("Option", "Reflected")),
            ("radial", translate("Option", "Radial")),
            ("angle", translate("Option", "Angle")),
            ("diamond", translate("Option", "Diamond")),
        ),
        help=translate("Option", "How the colours spread from where the drag begins"),
    )


def _repeat_option() -> Option:
    return Option(
        "choice",
        "gradient_repeat",
        translate("Option", "Beyond"),
        choices=(
            ("none", translate("Option", "Last colour")),
            ("repeat", translate("Option", "Repeat")),
            ("mirror", translate("Option", "To and fro")),
        ),
        help=translate("Option", "What comes beyond the ends of the line"),
    )
