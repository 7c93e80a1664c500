"""The tools that work with what is painted already: smudge, blur and clone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPen

from sdstudio.document.drag import TipDrag
from sdstudio.document.retouch import BlurStroke, CloneStroke
from sdstudio.document.smudge import SmudgeStroke
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Point
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.option import Option, brush_options, hardness_option, size_option, strength_option
from sdstudio.ui.tools.stroke_tool import StrokeTool
from sdstudio.ui.tools.tool import Modifiers

translate = QCoreApplication.translate

_ARM = 8.0  # view pixels of the cross at the source


class SmudgeTool(StrokeTool):
    id = "smudge"
    icon = "pointer"
    shortcut = "S"
    brush_kind = "smudge"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Smudge")
        self.hint = translate("Tool", "Drag to pull the paint along, as with a finger in wet colour.")
        self.options = (
            size_option("smudge"),
            hardness_option("smudge"),
            strength_option("smudge", translate("Option", "How far the paint is dragged")),
            Option(
                "slider",
                "smudge.color_rate",
                translate("Option", "Colour"),
                (0, 100),
                "%",
                help=translate("Option", "How much of the foreground colour is mixed in"),
            ),
        )

    def _begin(self, sample: Sample, modifiers: Modifiers) -> SmudgeStroke:
        editor = self.editor
        return SmudgeStroke(
            editor.document,
            self._layer_id(),
            self.brush,
            editor.foreground,
            seed=self._count,
            symmetry=self.symmetry(),
        )


class BlurTool(StrokeTool):
    id = "blur"
    icon = "droplet"
    shortcut = "Shift+S"
    brush_kind = "blur"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Blur")
        self.hint = translate("Tool", "Drag to soften what is on the layer. Each stroke softens it further.")
        self.options = (
            size_option("blur"),
            hardness_option("blur"),
            strength_option("blur", translate("Option", "How much of the blurred picture shows")),
            Option(
                "slider",
                "blur_px",
                translate("Option", "Radius"),
                (1, 50),
                "px",
                logarithmic=True,
                help=translate("Option", "How far colours run into each other"),
            ),
        )

    def _begin(self, sample: Sample, modifiers: Modifiers) -> BlurStroke:
        editor = self.editor
        return BlurStroke(
            editor.document,
            self._layer_id(),
            self.brush,
            editor.settings.blur_px,
            seed=self._count,
            symmetry=self.symmetry(),
        )


class CloneTool(StrokeTool):
    """Alt+click (Ctrl+click where the desktop keeps Alt) says where to copy from; a drag then paints what is there."""

    id = "clone"
    icon = "stamp"
    shortcut = "K"
    brush_kind = "clone"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Clone")
        self.hint = translate("Tool", "Alt+click or Ctrl+click where to copy from, then drag to paint with it.")
        self.options = (
            *brush_options("clone"),
            Option(
                "toggle",
                "clone_aligned",
                translate("Option", "Aligned"),
                help=translate(
                    "Option", "Every stroke goes on with the same copy; off: each begins at the source again"
                ),
            ),
            Option(
                "toggle",
                "clone_merged",
                translate("Option", "All layers"),
                help=translate("Option", "Copy what is seen instead of the active layer alone"),
            ),
        )
        self._source: Point | None = None
        self._by: tuple[int, int] | None = None  # from a place to what is copied there
        self._is_choosing = False

    @property
    def is_active(self) -> bool:
        return self._is_choosing or super().is_active

    def cursor(self, modifiers: Modifiers) -> QCursor:
        chooses = modifiers & (Modifiers.AltModifier | Modifiers.ControlModifier)
        return QCursor(Qt.CursorShape.CrossCursor) if chooses else super().cursor(modifiers)

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        if modifiers & (Modifiers.AltModifier | Modifiers.ControlModifier):
            self._source, self._by, self._is_choosing = sample.position, None, True
            self.update_overlay()
        else:
            super().press(sample, modifiers)

    def moves(self, samples: Sequence[Sample], modifiers: Modifiers) -> None:
        if self._is_choosing:
            self._source = samples[-1].position
        else:
            super().moves(samples, modifiers)
        self.update_overlay()

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        self._is_choosing = False
        super().release(sample, modifiers)
        self.update_overlay()

    def cancel(self) -> None:
        self._is_choosing = False
        super().cancel()

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        super().paint_overlay(painter, camera)
        at = self._source
        if self._stroke is not None and self._last is not None and self._by is not None:
            here = self._last.position
            at = Point(here.x + self._by[0], here.y + self._by[1])
        if at is None:
            return
        middle = camera.to_view(at)
        for color, width in ((QColor(0, 0, 0, 170), 3.0), (QColor(255, 255, 255, 230), 1.2)):
            painter.setPen(QPen(color, width))
            painter.drawLine(middle - QPointF(_ARM, 0), middle + QPointF(_ARM, 0))
            painter.drawLine(middle - QPointF(0, _ARM), middle + QPointF(0, _ARM))

    def _begin(self, sample: Sample, modifiers: Modifiers) -> TipDrag:
        if self._source is None:
            raise StudioError(
                translate("Tool", "Alt+click or Ctrl+click where to copy from first, then drag to paint with it.")
            )
        settings = self.editor.settings
        if self._by is None or not settings.clone_aligned:
            start = sample.position
            self._by = (round(self._source.x - start.x), round(self._source.y - start.y))
        return CloneStroke(
            self.editor.document,
            self._layer_id(),
            self.brush,
            *self._by,
            merged=settings.clone_merged,
            seed=self._count,
            symmetry=self.symmetry(),
        )

    def _on_document_replaced(self) -> None:
        super()._on_document_replaced()
        self._source = self._by = None
        self._is_choosing = False
