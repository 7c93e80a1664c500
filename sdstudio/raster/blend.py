"""Blend modes and the one function that puts one picture on another.

The formulas are those of W3C Compositing and Blending Level 1 (https://www.w3.org/TR/compositing-1/) on
premultiplied sRGB bytes. QPainter does what it does exactly, kernels of our own do the rest. By the formulas a layer of
some opacity is the mean of the picture without it and the picture with it at full strength, weighted by the opacity; it
is computed so, because QPainter rounds the layer's pixels before it blends them. Must not know layers.
"""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtGui import QImage, QPainter

from sdstudio.raster.kernels import add_pixels, blend_floats, limit_pixels, mix_pixels, screen_pixels
from sdstudio.raster.pixels import Pixels, allocated, edit, view


class BlendMode(StrEnum):
    """The value is OpenRaster's composite-op name; for modes that it does not have, the name that Krita gives them.

    Those are named after their counterparts in Photoshop, and are blended by the same rules as the others.
    """

    NORMAL = "svg:src-over"
    MULTIPLY = "svg:multiply"
    SCREEN = "svg:screen"
    OVERLAY = "svg:overlay"
    DARKEN = "svg:darken"
    LIGHTEN = "svg:lighten"
    COLOR_DODGE = "svg:color-dodge"
    COLOR_BURN = "svg:color-burn"
    HARD_LIGHT = "svg:hard-light"
    SOFT_LIGHT = "svg:soft-light"
    DIFFERENCE = "svg:difference"
    EXCLUSION = "svg:exclusion"
    ADD = "svg:plus"
    LINEAR_DODGE = "krita:linear_dodge"
    LINEAR_BURN = "krita:linear_burn"
    VIVID_LIGHT = "krita:vivid_light"
    LINEAR_LIGHT = "krita:linear light"
    PIN_LIGHT = "krita:pin_light"
    HARD_MIX = "krita:hard mix"
    SUBTRACT = "krita:subtract"
    DIVIDE = "krita:divide"
    HUE = "svg:hue"
    SATURATION = "svg:saturation"
    COLOR = "svg:color"
    LUMINOSITY = "svg:luminosity"
    DARKER_COLOR = "krita:darker color"
    LIGHTER_COLOR = "krita:lighter color"

    @property
    def label(self) -> str:
        """The English name, as in a list of modes."""
        return self.name.replace("_", " ").capitalize().replace("color", "colour").replace("Color", "Colour")


_Composition = QPainter.CompositionMode
_PAINTER_MODES = {
    BlendMode.NORMAL: _Composition.CompositionMode_SourceOver,
    BlendMode.MULTIPLY: _Composition.CompositionMode_Multiply,
    BlendMode.OVERLAY: _Composition.CompositionMode_Overlay,
    BlendMode.DARKEN: _Composition.CompositionMode_Darken,
    BlendMode.LIGHTEN: _Composition.CompositionMode_Lighten,
    BlendMode.COLOR_BURN: _Composition.CompositionMode_ColorBurn,
    BlendMode.HARD_LIGHT: _Composition.CompositionMode_HardLight,
    BlendMode.DIFFERENCE: _Composition.CompositionMode_Difference,
}
"""The modes that QPainter does as the formulas say, rounded once, as long as its own opacity is 1."""

_BYTE_MODES = {BlendMode.ADD: add_pixels, BlendMode.SCREEN: screen_pixels}
"""The modes that are one or two operations on bytes, exactly and faster than QPainter."""

SIMPLE_MODES = frozenset(_PAINTER_MODES) | frozenset(_BYTE_MODES)
"""Those that are as fast on a few small parts of a picture as on the whole of it."""


def blend(target: QImage, source: QImage, mode: BlendMode, opacity: float) -> None:
    """Put `source` on `target` in place. Both premultiplied and of one size; opacity from 0 to 1."""
    if opacity <= 0:
        return
    if not can_paint(mode):
        blend_pixels(edit(target), view(source), mode, opacity)
        return
    painted = target if opacity >= 1 else allocated(target.copy())
    painter = painter_on(painted, mode)
    painter.drawImage(0, 0, source)
    painter.end()
    if painted is not target:
        mix(target, painted, opacity)


def blend_pixels(target: Pixels, source: Pixels, mode: BlendMode, opacity: float) -> None:
    """The same for (h, w, 4) arrays, in a mode that QPainter cannot do."""
    if mode in _BYTE_MODES:
        _BYTE_MODES[mode](target, source, opacity)
    else:
        blend_floats(target, source, mode.name, opacity)


def mix(target: QImage, changed: QImage, opacity: float, coverage: Pixels | None = None) -> None:
    """Replace `target` by `changed` in place, as far as opacity (0..1) and coverage (h, w) say; both premultiplied."""
    if opacity > 0:
        mix_pixels(edit(target), view(changed), min(opacity, 1.0), coverage)


def limit(target: QImage, coverage: Pixels) -> None:
    """Multiply a premultiplied picture by a coverage (h, w) in place."""
    limit_pixels(edit(target), coverage)


def can_paint(mode: BlendMode) -> bool:
    """Whether `painter_on` gives a painter that draws in this mode as the formulas say."""
    return mode in _PAINTER_MODES


def painter_on(target: QImage, mode: BlendMode) -> QPainter:
    """Draws on `target` in a mode that QPainter can, at full opacity; to be ended by the caller."""
    painter = QPainter(target)
    allocated(target)  # a painter on what is shared makes a copy first
    set_mode(painter, mode)
    return painter


def set_mode(painter: QPainter, mode: BlendMode) -> None:
    """Draw in another mode that QPainter can from now on."""
    painter.setCompositionMode(_PAINTER_MODES[mode])
