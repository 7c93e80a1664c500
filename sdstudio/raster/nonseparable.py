"""The blend modes that mix hue, saturation and luminosity, which QPainter lacks.

Source: W3C Compositing and Blending Level 1, section 10.2 "Non-separable blend modes", in float32.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from sdstudio.raster.pixels import edit, view

Floats = NDArray[np.float32]

_WEIGHTS = np.array([0.11, 0.59, 0.3], np.float32)  # of B, G, R in the luminosity


def blend_nonseparable(target: QImage, source: QImage, mode: str, opacity: float) -> None:
    """Put `source` on `target` in place; `mode` is HUE, SATURATION, COLOR or LUMINOSITY."""
    above = view(source)
    touched = above[:, :, 3] > 0
    if not touched.any():
        return
    below = edit(target)
    cs, alpha_s = _straight(above[touched])
    cb, alpha_b = _straight(below[touched])
    alpha_s = alpha_s * np.float32(opacity)
    mixed = _FORMULAS[mode](cb, cs)
    colour = alpha_s * (1 - alpha_b) * cs + alpha_s * alpha_b * mixed + (1 - alpha_s) * alpha_b * cb
    alpha = alpha_s + alpha_b * (1 - alpha_s)
    result = np.rint(np.concatenate((colour, alpha), axis=1) * 255).astype(np.uint8)
    result[:, :3] = np.minimum(result[:, :3], result[:, 3:])
    below[touched] = result


def _straight(pixels: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """Premultiplied bytes (n, 4) as straight colour (n, 3) and alpha (n, 1), 0..1."""
    values = pixels.astype(np.float32)
    alpha: Floats = values[:, 3:]
    straight: Floats = np.divide(values[:, :3], np.maximum(alpha, 1), dtype=np.float32)
    return straight, np.divide(alpha, 255, dtype=np.float32)


def _luminosity(c: Floats) -> Floats:
    luminosity: Floats = np.dot(c, _WEIGHTS)
    return luminosity[:, None]


def _saturation(c: Floats) -> Floats:
    return c.max(axis=1, keepdims=True) - c.min(axis=1, keepdims=True)


def _clip(c: Floats) -> Floats:
    lum, low, high = _luminosity(c), c.min(axis=1, keepdims=True), c.max(axis=1, keepdims=True)
    c = np.where(low < 0, lum + (c - lum) * lum / np.maximum(lum - low, 1e-6), c)
    return np.where(high > 1, lum + (c - lum) * (1 - lum) / np.maximum(high - lum, 1e-6), c)


def _with_luminosity(c: Floats, luminosity: Floats) -> Floats:
    return _clip(c + (luminosity - _luminosity(c)))


def _with_saturation(c: Floats, saturation: Floats) -> Floats:
    low, spread = c.min(axis=1, keepdims=True), _saturation(c)
    return np.where(spread > 0, (c - low) * saturation / np.maximum(spread, 1e-6), 0)


def _hue(cb: Floats, cs: Floats) -> Floats:
    return _with_luminosity(_with_saturation(cs, _saturation(cb)), _luminosity(cb))


def _saturate(cb: Floats, cs: Floats) -> Floats:
    return _with_luminosity(_with_saturation(cb, _saturation(cs)), _luminosity(cb))


def _color(cb: Floats, cs: Floats) -> Floats:
    return _with_luminosity(cs, _luminosity(cb))


def _luminous(cb: Floats, cs: Floats) -> Floats:
    return _with_luminosity(cb, _luminosity(cs))


_FORMULAS = {"HUE": _hue, "SATURATION": _saturate, "COLOR": _color, "LUMINOSITY": _luminous}
