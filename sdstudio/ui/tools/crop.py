"""Cut the canvas to a rectangle, or let it grow: drag it out, pull its handles, Enter."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPainterPath, QPen, QPolygonF

from sdstudio.document.document import MAX_SIDE
from sdstudio.document.image_transforms import recut
from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.transform import IDENTITY
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.crop_box import CropRule, drawn, pulled
from sdstudio.ui.tools.handles import cursor_for, grip_at, paint_box
from sdstudio.ui.tools.option import Live, Option
from sdstudio.ui.tools.tool import Modifiers, Tool
from sdstudio.ui.tools.trail import Trail
from sdstudio.ui.tools.transform_box import Grip, Pull

translate = QCoreApplication.translate

_SHADE = QColor(0, 0, 0, 130)
_THIRDS = (QColor(0, 0, 0, 90), QColor(255, 255, 255, 150))
_SNAP = 6.0  # view pixels around the canvas's edges that pull at the rectangle's
_RATIOS = ("1:1", "5:4", "4:3", "3:2", "16:9", "21:9", "4:5", "3:4", "2:3", "9:16")
_STEPS = ("1", "8", "16", "32", "64", "128")
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class CropTool(Tool):
    id = "crop"
    icon = "crop"
    shortcut = "C"
    snaps = "drags"
    wants_every_sample = False

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Crop")
        self.hint = translate(
            "Tool",
            "Drag out what to keep, or pull the handles. Shift keeps the proportions, Alt: from the middle. "
            "Enter crops, Escape cancels.",
        )
        self.options = (_ratio_option(), _step_option())
        self.live = (*_numbers(self), *_buttons(self))
        self._area: Bounds | None = None  # None: the whole canvas
        self._grip: Grip | None = None
        self._start = Point(0, 0)
        self._before: Bounds | None = None
        self._trail: Trail[Bounds | None] = Trail()
        self._hovered: Point | None = None
        editor.document_replaced.connect(self._on_document_replaced)
        editor.option_changed.connect(self._on_option_changed)
        self._on_document_replaced()

    @property
    def is_active(self) -> bool:
        return self._area is not None

    @property
    def area(self) -> Bounds:
        """What would be kept, in document pixels; may reach beyond the canvas."""
        return self._area or self.editor.document.bounds

    @property
    def rule(self) -> CropRule:
        settings, canvas = self.editor.settings, self.editor.document.extent
        step = int(settings.crop_step)
        if settings.crop_ratio == "free":
            return CropRule(None, step, MAX_SIDE)
        if settings.crop_ratio == "picture":
            return CropRule(canvas.width / canvas.height, step, MAX_SIDE)
        across, _, down = settings.crop_ratio.partition(":")
        return CropRule(int(across) / int(down), step, MAX_SIDE)

    def take_up(self) -> None:
        """What is selected is a good beginning."""
        selection, canvas = self.editor.document.selection, self.editor.document.bounds
        if not selection.is_empty:
            self._area = selection.content_bounds().intersected(canvas)
        self.tell_live()

    def put_down(self) -> None:
        """The rectangle goes, also in the middle of a drag."""
        self._grip = None
        super().put_down()
        self._trail.clear()

    def cursor(self, modifiers: Modifiers) -> QCursor:
        if self.stage is None or self._hovered is None:
            return QCursor(Qt.CursorShape.CrossCursor)
        grip = self._grip or self._grip_at(self._hovered)
        if grip.kind == "turn":
            return QCursor(Qt.CursorShape.CrossCursor)
        return QCursor(cursor_for(grip, self.area, IDENTITY, self.stage.camera))

    def hover(self, position: Point | None, modifiers: Modifiers) -> None:
        self._hovered = position

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        self._before, self._start = self._area, sample.position
        self._grip = self._grip_at(sample.position)

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._grip is None:
            return
        now = self._snapped(sample.position)
        if self._grip.kind == "turn":
            self._area = drawn(self._snapped(self._start), now, self.rule)
        else:
            shift, alt = modifiers & Modifiers.ShiftModifier, modifiers & Modifiers.AltModifier
            pull = Pull(self._start, now, bool(shift), bool(alt))
            self._area = pulled(self._before or self.editor.document.bounds, self._grip, pull, self.rule)
        self._show()

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._grip is not None and sample.position != self._start:
            self.move(sample, modifiers)
        self._grip = None
        if self._area != self._before:
            self._trail.leave(self._before)
        self._show()

    def cancel(self) -> None:
        """In the middle of a drag only that drag."""
        if self._grip is None:
            self._trail.clear()
        self._area = self._before if self._grip is not None else None
        self._grip = self._before = None
        self._show()

    @property
    def can_redo(self) -> bool:
        return self._trail.can_go_on

    def undo(self) -> None:
        if self._grip is None and self._trail.can_go_back:
            self._area = self._trail.back(self._area)
            self._show()
        else:
            self.cancel()

    def redo(self) -> None:
        self._area = self._trail.on(self._area)
        self._show()

    def claims(self, key: Qt.Key, modifiers: Modifiers) -> bool:
        plain = modifiers & ~Modifiers.KeypadModifier == Modifiers.NoModifier
        return self.is_active and plain and (key in _ENTER or key == Qt.Key.Key_Escape)

    def key_press(self, key: Qt.Key, modifiers: Modifiers) -> None:
        if key in _ENTER:
            self.apply()
        else:
            self.cancel()

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        assert self.stage is not None, "a tool works only on a canvas"
        outline = camera.outline(self.area)
        if self._area is not None:
            self._paint_shade(painter, camera, outline)
        if self._area is not None or self._grip is not None:
            self._paint_thirds(painter, camera)
        paint_box(painter, camera, self.area, IDENTITY, str(self.area.extent) if self._area is not None else "")

    # What can be done with it

    def apply(self) -> None:
        """Make the rectangle the canvas: one undo step. Raises StudioError when it is too large."""
        document, area = self.editor.document, self.area
        if area != document.bounds:
            document.run(recut(document, area))
        self._on_extent_changed()

    def number(self, name: str) -> float:
        """ "x", "y", "width" or "height" of the rectangle, in pixels."""
        return float(getattr(self.area, name))

    def set_number(self, name: str, value: float) -> None:
        area, before = self.area, self._area
        match name:
            case "x":
                self._area = Bounds(round(value), area.y, area.width, area.height)
            case "y":
                self._area = Bounds(area.x, round(value), area.width, area.height)
            case _:
                width, height = (value, area.height) if name == "width" else (area.width, value)
                self._area = Bounds(area.x, area.y, *self.rule.sides(width, height, leading=name))
        if self._area != before:
            self._trail.leave(before, name)
        self._show()

    # Within

    def _grip_at(self, place: Point) -> Grip:
        assert self.stage is not None, "a tool works only on a canvas"
        grip = grip_at(self.area, IDENTITY, self.stage.camera, place)
        if grip.kind == "move" and self._area is None:
            return Grip("turn")  # the whole canvas is not moved: a drag draws a new rectangle
        return grip

    def _snapped(self, place: Point) -> Point:
        """Onto the edge of the canvas when it is near."""
        assert self.stage is not None, "a tool works only on a canvas"
        reach, canvas = _SNAP / self.stage.camera.scale, self.editor.document.extent

        def near(value: float, side: int) -> float:
            return next((edge for edge in (0.0, float(side)) if abs(value - edge) <= reach), value)

        return Point(near(place.x, canvas.width), near(place.y, canvas.height))

    def _show(self) -> None:
        self.tell_live()
        self.update_overlay()

    def _paint_shade(self, painter: QPainter, camera: Camera, outline: QPolygonF) -> None:
        assert self.stage is not None
        everything, kept = QPainterPath(), QPainterPath()
        everything.addRect(QRectF(0, 0, 2 * self.stage.middle.x(), 2 * self.stage.middle.y()))
        kept.addPolygon(outline)
        painter.fillPath(everything.subtracted(kept), _SHADE)

    def _paint_thirds(self, painter: QPainter, camera: Camera) -> None:
        area = self.area
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not camera.is_upright)
        for index in (1, 2):
            x, y = area.x + area.width * index / 3, area.y + area.height * index / 3
            for start, end in (((x, area.y), (x, area.bottom)), ((area.x, y), (area.right, y))):
                from_, to = camera.to_view(Point(*start)), camera.to_view(Point(*end))
                for color, shift in zip(_THIRDS, (1.0, 0.0), strict=True):
                    painter.setPen(QPen(color, 1))
                    painter.drawLine(from_ + QPointF(shift, shift), to + QPointF(shift, shift))

    def _on_document_replaced(self) -> None:
        self._grip = None
        self._trail.clear()
        self._area = self._before = None
        self.editor.document.extent_changed.connect(self._on_extent_changed)
        self.editor.document.history.changed.connect(self._on_history_changed)

    def _on_extent_changed(self) -> None:
        self._area = self._before = None
        self._trail.clear()
        self._show()

    def _on_history_changed(self) -> None:
        """Steps of a rectangle that is gone must not stand before the document's own."""
        if self._area is None and self._grip is None:
            self._trail.clear()
            self.tell_live()

    def _on_option_changed(self, key: str) -> None:
        if key in ("crop_ratio", "crop_step") and self._area is not None:
            area = self._area
            self._trail.leave(area, key)
            width, height = self.rule.sides(area.width, area.height)
            self._area = Bounds(area.x + (area.width - width) // 2, area.y + (area.height - height) // 2, width, height)
            self._show()


def _ratio_option() -> Option:
    return Option(
        "choice",
        "crop_ratio",
        translate("Option", "Ratio"),
        choices=(
            ("free", translate("Option", "Free")),
            ("picture", translate("Option", "As the picture")),
            *((ratio, ratio.replace(":", " : ")) for ratio in _RATIOS),
        ),
        help=translate("Option", "Width to height of what is kept"),
    )


def _step_option() -> Option:
    return Option(
        "choice",
        "crop_step",
        translate("Option", "Multiples of"),
        choices=tuple((step, translate("Option", "{n} px").format(n=step)) for step in _STEPS),
        help=translate("Option", "Both sides become multiples of this: 64 suits the models"),
    )


def _numbers(tool: CropTool) -> tuple[Live, ...]:
    def live(name: str, text: str, low: float) -> Live:
        return Live(
            text,
            lambda: tool.number(name),
            lambda value: tool.set_number(name, value),
            unit="px",
            range=(low, float(MAX_SIDE)),
        )

    return (
        live("x", translate("Option", "X"), -float(MAX_SIDE)),
        live("y", translate("Option", "Y"), -float(MAX_SIDE)),
        live("width", translate("Option", "W"), 1),
        live("height", translate("Option", "H"), 1),
    )


def _buttons(tool: CropTool) -> tuple[Live, ...]:
    def is_active() -> float:
        return float(tool.is_active)

    return (
        Live(translate("Tool", "Crop"), is_active, lambda _: tool.apply(), icon="check"),
        Live(translate("Tool", "Cancel"), is_active, lambda _: tool.cancel(), icon="x"),
    )
