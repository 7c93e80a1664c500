"""What the tools work with: the open document, the two colours, and one brush for each kind of tool.

Owns the settings of the tools and remembers them. Must not know any widget; the canvas, the options bar and the docks
read and write here and listen to the signals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor

from sdstudio.document.document import Document
from sdstudio.raster.dabs import BY_PRESSURE, PER_CENT, RANGES, Brush, Dynamic, as_changes, with_changes
from sdstudio.raster.geometry import Extent
from sdstudio.raster.gradient import Ramp, Repeat, Shape
from sdstudio.ui import ramps
from sdstudio.ui.ramps import NamedRamp

BRUSH_KINDS = ("paint", "eraser", "mask", "smudge", "blur", "clone")
SIZE_RANGE = RANGES["size"]
NEW_DOCUMENT = Extent(512, 512)
# What one unit of the stored value is in the unit that a person sees (per cent).
_SHOWN_PER_STORED = dict.fromkeys(PER_CENT, 100.0) | {
    "mask_value": 100 / 255,
    "fill_opacity": 100.0,
    "gradient_opacity": 100.0,
}


@dataclass(frozen=True)
class ToolSettings:
    """The settings of the tools that are not part of a brush."""

    mask_value: int = 255  # 0..255: how much the masked part may change
    mask_erases: bool = False
    fill_tolerance: int = 32  # 0..255 per channel
    fill_with: str = "foreground"  # or "background", "nothing"
    fill_source: str = "merged"  # or "layer", "below": where like colours are looked for
    fill_contiguous: bool = True
    fill_gap: int = 0  # px: openings up to this width count as closed
    fill_grow: int = 0  # px
    fill_antialias: bool = True
    fill_opacity: float = 1.0
    selection_mode: str = "replace"  # or "add", "subtract", "intersect"
    selection_antialias: bool = True
    selection_feather: int = 0  # px, of a new shape
    wand_tolerance: int = 32  # 0..255 per channel
    wand_source: str = "merged"  # or "layer", "below"
    wand_contiguous: bool = True
    wand_gap: int = 0  # px
    wand_grow: int = 0  # px
    gradient_ramp: Ramp = ramps.PRESETS[0].ramp
    gradient_shape: Shape = "linear"  # or "reflected", "radial", "angle", "diamond"
    gradient_repeat: Repeat = "none"  # or "repeat", "mirror"
    gradient_reverse: bool = False
    gradient_dither: bool = True
    gradient_opacity: float = 1.0
    own_ramps: tuple[NamedRamp, ...] = ()
    range_fuzziness: int = 40  # 0..255, of the choice by colour range
    grow_px: int = 8  # what the dialogs of the Select menu begin with
    shrink_px: int = 8
    feather_px: int = 8
    border_px: int = 8
    smooth_px: int = 4
    symmetry: str = "none"  # or "left-right", "top-bottom", "both", "rays"
    symmetry_rays: int = 6
    shape_assist: bool = True  # a stroke that is held at its end becomes a line or a shape
    blur_px: float = 6.0
    clone_aligned: bool = True
    clone_merged: bool = False
    presets: dict[str, str] = field(default_factory=dict)  # kind of brush -> the id of the preset it came from
    picker_source: str = "merged"  # or "layer"
    picker_side: str = "1"  # pixels across the square whose mean is taken
    transform_mode: str = "free"  # or "slant", "distort", "perspective"
    transform_target: str = "layers"  # or "selection": its outline alone
    transform_linked: bool = False  # proportions are kept without Shift
    transform_filter: str = "smooth"  # a raster.warp.Filter
    crop_ratio: str = "free"  # "picture" or "3:2"
    crop_step: str = "1"  # pixels of which both sides are multiples
    shape_kind: str = "rectangle"  # or "line", "ellipse", "polygon", "star"
    shape_fill: str = "foreground"  # or "background", "none"
    shape_stroke: str = "none"  # or "foreground", "background"
    shape_width: float = 8.0  # pixels of the outline
    shape_radius: float = 0.0  # pixels of a rectangle's rounded corners
    shape_corners: float = 5.0
    shape_smooth: bool = True
    text_family: str = ""  # the system's own sans serif
    text_size: float = 48.0  # pixels
    text_weight: str = "400"
    text_italic: bool = False
    text_align: str = "left"  # or "centre", "right"
    text_line_height: float = 120.0  # per cent of the size
    text_outline: float = 0.0  # pixels


class _Remembered(msgspec.Struct):
    foreground: str
    background: str
    brushes: dict[str, Brush]
    settings: ToolSettings


class Editor(QObject):
    """The document being edited and how the tools are set. Lives as long as the window; documents come and go."""

    document_replaced = Signal()
    colors_changed = Signal()
    brush_changed = Signal(str)  # the kind
    option_changed = Signal(str)  # the key, see `value`
    message = Signal(str)  # one sentence for the person, from a tool that could not do its work

    def __init__(self, document: Document | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document or Document.new(NEW_DOCUMENT)
        self.path: Path | None = None
        self._foreground = QColor("black")
        self._background = QColor("white")
        self._brushes = _default_brushes()
        self._settings = ToolSettings()

    # The document

    @property
    def document(self) -> Document:
        return self._document

    def set_document(self, document: Document, path: Path | None = None) -> None:
        """Edit `document` from now on; `path` is the file it came from, None when it has none yet."""
        self._document = document
        self.path = path
        self.document_replaced.emit()

    # The colours

    @property
    def foreground(self) -> QColor:
        return QColor(self._foreground)

    @foreground.setter
    def foreground(self, color: QColor) -> None:
        self._set_colors(color, self._background)

    @property
    def background(self) -> QColor:
        return QColor(self._background)

    @background.setter
    def background(self, color: QColor) -> None:
        self._set_colors(self._foreground, color)

    def swap(self) -> None:
        """Exchange the two colours."""
        self._set_colors(self._background, self._foreground)

    def reset(self) -> None:
        """Back to black on white."""
        self._set_colors(QColor("black"), QColor("white"))

    def _set_colors(self, foreground: QColor, background: QColor) -> None:
        if (foreground, background) != (self._foreground, self._background):
            self._foreground, self._background = QColor(foreground), QColor(background)
            self.colors_changed.emit()

    # The brushes

    @property
    def brushes(self) -> dict[str, Brush]:
        """A brush for each of "paint", "eraser" and "mask"; a copy, change it through `set_brush`."""
        return dict(self._brushes)

    def set_brush(self, kind: str, **changes: Any) -> None:
        """Change fields of the brush of `kind`; numbers are brought into their range. KeyError for an unknown kind."""
        changed = with_changes(self._brushes[kind], changes)
        before = self._brushes[kind]
        if changed == before:
            return
        self._brushes[kind] = changed
        self.brush_changed.emit(kind)
        for name in (*(one.name for one in fields(Brush)), *BY_PRESSURE):
            if getattr(before, name) != getattr(changed, name):
                self.option_changed.emit(f"{kind}.{name}")

    def take_preset(self, kind: str, preset_id: str, brush: Brush) -> None:
        """Take a whole brush into the hand, and remember which preset it is."""
        self.set_brush(kind, **as_changes(brush))
        self.set_setting(presets={**self._settings.presets, kind: preset_id})

    def scale_brush(self, kind: str, factor: float) -> None:
        """Make the brush larger or smaller, by one pixel at least, so that the keys [ and ] always do something."""
        size = self._brushes[kind].size
        wanted = size * factor
        if abs(wanted - size) < 1:
            wanted = size + math.copysign(1, factor - 1)
        self.set_brush(kind, size=float(round(wanted)) if wanted >= 1 else SIZE_RANGE[0])

    # The other settings

    @property
    def settings(self) -> ToolSettings:
        return self._settings

    def set_setting(self, **changes: Any) -> None:
        """Change fields of the `ToolSettings`."""
        before, self._settings = self._settings, replace(self._settings, **changes)
        for name in changes:
            if getattr(before, name) != getattr(self._settings, name):
                self.option_changed.emit(name)

    @property
    def mask_value(self) -> int:
        """0..255: how much the part under the mask brush may change."""
        return self._settings.mask_value

    @mask_value.setter
    def mask_value(self, value: int) -> None:
        self.set_setting(mask_value=min(max(int(value), 0), 255))

    @property
    def fill_tolerance(self) -> int:
        """0..255: how far a colour may be from the one clicked at and still be filled."""
        return self._settings.fill_tolerance

    @fill_tolerance.setter
    def fill_tolerance(self, value: int) -> None:
        self.set_setting(fill_tolerance=min(max(int(value), 0), 255))

    # What an options bar shows

    def value(self, key: str) -> Any:
        """The value of an `Option` in the unit that the option shows: "paint.size" in px, "mask_value" in per cent."""
        kind, _, name = key.rpartition(".")
        stored = getattr(self._brushes[kind] if kind else self._settings, name)
        return stored * _SHOWN_PER_STORED[name] if name in _SHOWN_PER_STORED else stored

    def set_value(self, key: str, shown: Any) -> None:
        """The inverse of `value`."""
        kind, _, name = key.rpartition(".")
        stored = shown / _SHOWN_PER_STORED[name] if name in _SHOWN_PER_STORED else shown
        if kind:
            self.set_brush(kind, **{name: stored})
        elif isinstance(getattr(ToolSettings, name), int) and not isinstance(stored, bool):
            self.set_setting(**{name: min(max(round(stored), 0), 255)})
        else:
            self.set_setting(**{name: stored})

    # Remembering

    def to_json(self) -> str:
        """The colours, brushes and settings as JSON, for `from_json` at the next start."""
        remembered = _Remembered(
            self._foreground.name(QColor.NameFormat.HexArgb),
            self._background.name(QColor.NameFormat.HexArgb),
            self._brushes,
            self._settings,
        )
        return msgspec.json.encode(remembered).decode()

    def from_json(self, text: str) -> None:
        """Take back what `to_json` wrote. Text that is something else changes nothing and is reported by `message`."""
        try:
            remembered = msgspec.json.decode(text, type=_Remembered)
        except msgspec.DecodeError:
            self.message.emit(self.tr("The remembered tool settings could not be read, so the defaults are used."))
            return
        for kind in BRUSH_KINDS:
            if kind in remembered.brushes:
                brush = remembered.brushes[kind]
                self.set_brush(kind, **as_changes(brush))
        # What takes away instead of adding, or moves outlines instead of layers, is a thing of the moment, and a
        # riddle the day after; mirrors belong to the document.
        self.set_setting(
            **{field.name: getattr(remembered.settings, field.name) for field in fields(ToolSettings)}
            | {"mask_erases": False, "transform_target": "layers", "symmetry": "none"}
        )
        self._set_colors(QColor(remembered.foreground), QColor(remembered.background))


def _default_brushes() -> dict[str, Brush]:
    return {
        "paint": Brush(size=24.0),
        "eraser": Brush(size=48.0),
        "mask": Brush(size=64.0, hardness=0.9, dynamics=()),
        "smudge": Brush(size=40.0, hardness=0.5, opacity=0.8, spacing=0.03, dynamics=(Dynamic("opacity", "pressure"),)),
        "blur": Brush(size=60.0, hardness=0.3, dynamics=(Dynamic("opacity", "pressure"),)),
        "clone": Brush(size=60.0, hardness=0.5, dynamics=()),
    }
