"""Blend modes and the one function that puts one picture on another.

The formulas are those of W3C Compositing and Blending Level 1 (https://www.w3.org/TR/compositing-1/) on
premultiplied sRGB bytes. QPainter does the separable ones; the four that mix hue, saturation and luminosity are
kernels of our own. Must not know layers.
"""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtGui import QImage, QPainter

from sdstudio.raster.nonseparable import blend_nonseparable


class BlendMode(StrEnum):
    """The value is OpenRaster's composite-op name."""

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
    HUE = "svg:hue"
    SATURATION = "svg:saturation"
    COLOR = "svg:color"
    LUMINOSITY = "svg:luminosity"

    @property
    def label(self) -> str:
        """The English name, as in a list of modes."""
        return self.name.replace("_", " ").capitalize()


_Composition = QPainter.CompositionMode
PAINTER_MODES = {
    BlendMode.NORMAL: _Composition.CompositionMode_SourceOver,
    BlendMode.MULTIPLY: _Composition.CompositionMode_Multiply,
    BlendMode.SCREEN: _Composition.CompositionMode_Screen,
    BlendMode.OVERLAY: _Composition.CompositionMode_Overlay,
    BlendMode.DARKEN: _Composition.CompositionMode_Darken,
    BlendMode.LIGHTEN: _Composition.CompositionMode_Lighten,
    BlendMode.COLOR_DODGE: _Composition.CompositionMode_ColorDodge,
    BlendMode.COLOR_BURN: _Composition.CompositionMode_ColorBurn,
    BlendMode.HARD_LIGHT: _Composition.CompositionMode_HardLight,
    BlendMode.SOFT_LIGHT: _Composition.CompositionMode_SoftLight,
    BlendMode.DIFFERENCE: _Composition.CompositionMode_Difference,
    BlendMode.EXCLUSION: _Composition.CompositionMode_Exclusion,
    BlendMode.ADD: _Composition.CompositionMode_Plus,
}
"""The modes that QPainter does within one step of 255 of the formulas."""


def blend(target: QImage, source: QImage, mode: BlendMode, opacity: float) -> None:
    """Put `source` on `target` in place. Both premultiplied and of one size; opacity from 0 to 1."""
    if opacity <= 0:
        return
    if mode not in PAINTER_MODES:
        blend_nonseparable(target, source, mode.name, opacity)
        return
    painter = QPainter(target)
    painter.setCompositionMode(PAINTER_MODES[mode])
    painter.setOpacity(opacity)
    painter.drawImage(0, 0, source)
    painter.end()
