"""Draw lines, rectangles, ellipses, polygons and stars: one drag, one undo step."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QPointF
from PySide6.QtGui import QColor, QPainter, QPainterPath

from sdstudio.document.shapes import Inked, draw_paths
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Point
from sdstudio.raster.shapes import KINDS, MOST_CORNERS, Shape, outlined
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.label import paint_label
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.option import Option
from sdstudio.ui.tools.tool import Modifiers, Tool

translate = QCoreApplication.translate

_ANGLE_STEP = 15.0  # degrees, of a line with Shift


class ShapeTool(Tool):
    id = "shape"
    icon = "shapes"
    shortcut = "U"
    snaps = "always"
    wants_every_sample = False

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Shapes")
        self.hint = translate(
            "Tool", "Drag to draw. Shift: as wide as high, or lines by 15°. Alt: from the middle. Escape: no shape."
        )
        self.options = (_kind_option(), *ink_options(), _radius_option(), _corners_option(), smooth_option())
        self._start: Point | None = None
        self._shape: Shape | None = None
        editor.document_replaced.connect(self.cancel)

    @property
    def is_active(self) -> bool:
        return self._start is not None

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        refuse_no_ink(self.editor)
        self._start = sample.position

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._start is not None:
            self._shape = self._drawn(self._start, sample.position, modifiers)
            self.update_overlay()

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        self.move(sample, modifiers)
        shape, self._shape, self._start = self._shape, None, None
        self.update_overlay()
        if shape is not None and shape.start != shape.end:
            document, smooth = self.editor.document, self.editor.settings.shape_smooth
            inked = self._inked(shape)
            document.run(draw_paths(document, document.active_id, inked, smooth=smooth, label=_name(shape.kind)))

    def cancel(self) -> None:
        self._start = self._shape = None
        self.update_overlay()

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        if self._shape is None:
            return
        paint_inked(painter, camera, self._inked(self._shape), smooth=self.editor.settings.shape_smooth)
        corner = camera.to_view(self._shape.end) + QPointF(14, 14)
        paint_label(painter, corner, _note(self._shape))

    def _drawn(self, start: Point, end: Point, modifiers: Modifiers) -> Shape:
        settings = self.editor.settings
        kind = next((kind for kind in KINDS if kind == settings.shape_kind), KINDS[0])
        dx, dy = end.x - start.x, end.y - start.y
        if modifiers & Modifiers.ShiftModifier:
            dx, dy = _straight(dx, dy) if kind == "line" else _square(dx, dy)
        if modifiers & Modifiers.AltModifier:
            start = Point(start.x - dx, start.y - dy)
            dx, dy = 2 * dx, 2 * dy
        end, corners = Point(start.x + dx, start.y + dy), round(settings.shape_corners)
        shape = Shape(kind, start, end, settings.shape_radius, corners)
        if kind == "line":
            return shape
        # Between pixels, so that straight sides are sharp.
        return replace(shape, start=_whole(shape.start), end=_whole(shape.end))

    def _inked(self, shape: Shape) -> list[Inked]:
        path = shape.path()
        if shape.kind == "line":
            settings = self.editor.settings
            color = ink_color(self.editor, settings.shape_stroke) or ink_color(self.editor, settings.shape_fill)
            return [Inked(outlined(path, settings.shape_width), color or self.editor.foreground)]
        return inked_path(self.editor, path, sharp=shape.kind != "ellipse" and not shape.radius)


# Shared with the path tool


def ink_color(editor: Editor, name: str) -> QColor | None:
    """The colour that "foreground" or "background" stands for; None for "none"."""
    return {"foreground": editor.foreground, "background": editor.background}.get(name)


def inked_path(editor: Editor, path: QPainterPath, *, sharp: bool = False) -> list[Inked]:
    """The inside and the outline of a path, as the options say."""
    settings, inked = editor.settings, []
    fill, stroke = ink_color(editor, settings.shape_fill), ink_color(editor, settings.shape_stroke)
    if fill is not None:
        inked.append(Inked(path, fill))
    if stroke is not None:
        inked.append(Inked(outlined(path, settings.shape_width, sharp=sharp), stroke))
    return inked


def refuse_no_ink(editor: Editor) -> None:
    settings = editor.settings
    if settings.shape_fill == settings.shape_stroke == "none":
        raise StudioError(
            translate("Tool", "Neither a fill nor an outline is chosen. Choose one in the bar above the canvas.")
        )


def paint_inked(painter: QPainter, camera: Camera, inked: list[Inked], *, smooth: bool) -> None:
    """As it will look, over the picture."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
    painter.setTransform(camera.transform, True)
    for one in inked:
        painter.fillPath(one.path, one.color)
    painter.restore()


def ink_options() -> tuple[Option, ...]:
    names = (
        ("foreground", translate("Option", "Colour")),
        ("background", translate("Option", "Second colour")),
        ("none", translate("Option", "None")),
    )
    return (
        Option(
            "choice",
            "shape_fill",
            translate("Option", "Fill"),
            choices=names,
            help=translate("Option", "What the inside is filled with"),
        ),
        Option(
            "choice",
            "shape_stroke",
            translate("Option", "Outline"),
            choices=names,
            help=translate("Option", "The colour of the line around it"),
        ),
        Option(
            "slider",
            "shape_width",
            translate("Option", "Width"),
            (1, 500),
            "px",
            logarithmic=True,
            help=translate("Option", "How thick lines and outlines are"),
        ),
    )


def smooth_option() -> Option:
    return Option(
        "toggle",
        "shape_smooth",
        translate("Option", "Smooth edges"),
        help=translate("Option", "Off: every pixel is painted wholly or not at all, as in pixel art"),
    )


def _kind_option() -> Option:
    return Option(
        "choice",
        "shape_kind",
        translate("Option", "Shape"),
        choices=tuple((kind, _name(kind)) for kind in KINDS),
        help=translate("Option", "What a drag draws"),
    )


def _name(kind: str) -> str:
    return {
        "line": translate("Option", "Line"),
        "rectangle": translate("Option", "Rectangle"),
        "ellipse": translate("Option", "Ellipse"),
        "polygon": translate("Option", "Polygon"),
        "star": translate("Option", "Star"),
    }[kind]


def _radius_option() -> Option:
    help_text = translate("Option", "How round the corners of a rectangle are")
    return Option("slider", "shape_radius", translate("Option", "Rounding"), (0, 500), "px", help=help_text)


def _corners_option() -> Option:
    help_text = translate("Option", "How many corners a polygon or a star has")
    return Option("slider", "shape_corners", translate("Option", "Corners"), (3, MOST_CORNERS), help=help_text)


def _note(shape: Shape) -> str:
    dx, dy = shape.end.x - shape.start.x, shape.end.y - shape.start.y
    if shape.kind == "line":
        return f"{math.hypot(dx, dy):.0f} px, {math.degrees(math.atan2(-dy, dx)):.0f}°"
    return f"{abs(dx):.0f} × {abs(dy):.0f}"


def _straight(dx: float, dy: float) -> tuple[float, float]:
    """Onto the nearest of the directions that Shift allows."""
    angle = math.radians(round(math.degrees(math.atan2(dy, dx)) / _ANGLE_STEP) * _ANGLE_STEP)
    length = math.hypot(dx, dy)
    return length * math.cos(angle), length * math.sin(angle)


def _square(dx: float, dy: float) -> tuple[float, float]:
    side = max(abs(dx), abs(dy))
    return math.copysign(side, dx), math.copysign(side, dy)


def _whole(point: Point) -> Point:
    return Point(round(point.x), round(point.y))
