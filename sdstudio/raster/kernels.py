"""The blend modes that QPainter lacks or computes too coarsely, in float32.

QPainter has no hue, saturation, colour and luminosity; on translucent pixels its colour dodge is off by up to 24 of
255, and its soft light and exclusion by up to 3. Source of the formulas: W3C Compositing and Blending Level 1,
sections 5 and 10. Must not know modes by anything but their names.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from sdstudio.raster.pixels import Pixels, edit, view

Floats = NDArray[np.float32]

_WEIGHTS = np.array([0.11, 0.59, 0.3], np.float32)  # of B, G, R in the luminosity
_TINY = np.float32(1e-6)
_CHUNK_PIXELS = 2048  # so that all arrays of one step stay in the processor's cache


def blend_floats(target: QImage, source: QImage, mode: str, opacity: float) -> None:
    """Put `source` on `target` in place, both premultiplied; `mode` is a key of FORMULAS, opacity 0..1."""
    above = view(source)
    below = edit(target)
    rows = max(1, _CHUNK_PIXELS // above.shape[1])
    for top in range(0, above.shape[0], rows):
        band = slice(top, top + rows)
        if above[band, :, 3].any():
            below[band] = _blended(below[band], above[band], mode, np.float32(opacity))


def _blended(below: Pixels, above: Pixels, mode: str, opacity: np.float32) -> Pixels:
    source, backdrop = _channels(above), _channels(below)
    source *= opacity
    alpha_s, alpha_b = source[3], backdrop[3]
    cs = source[:3] / np.maximum(alpha_s, _TINY)
    cb = backdrop[:3] / np.maximum(alpha_b, _TINY)
    mixed = FORMULAS[mode](cb, cs)
    mixed *= alpha_s * alpha_b
    mixed += source[:3] * (1 - alpha_b)
    backdrop *= 1 - alpha_s
    backdrop[:3] += mixed
    backdrop[3] += alpha_s
    backdrop *= 255
    backdrop += np.float32(0.5)
    pixels: Pixels = backdrop.astype(np.uint8)
    np.minimum(pixels[:3], pixels[3], out=pixels[:3])
    return pixels.T.reshape(below.shape)


def _channels(pixels: Pixels) -> Floats:
    """B, G, R, A of (h, w, 4) as rows of 0..1: (4, h * w)."""
    channels = np.empty((4, pixels.shape[0] * pixels.shape[1]), np.float32)
    np.multiply(pixels.reshape(-1, 4).T, np.float32(1 / 255), out=channels)
    return channels


def _luminosity(c: Floats) -> Floats:
    luminosity: Floats = np.dot(_WEIGHTS, c)
    return luminosity


def _low(c: Floats) -> Floats:
    low: Floats = np.minimum(np.minimum(c[0], c[1]), c[2])
    return low


def _high(c: Floats) -> Floats:
    high: Floats = np.maximum(np.maximum(c[0], c[1]), c[2])
    return high


def _saturation(c: Floats) -> Floats:
    return _high(c) - _low(c)


def _clip(c: Floats) -> Floats:
    luminosity, low, high = _luminosity(c), _low(c), _high(c)
    down = luminosity / np.maximum(luminosity - np.minimum(low, 0), _TINY)
    up = (1 - luminosity) / np.maximum(np.maximum(high, 1) - luminosity, _TINY)
    clipped: Floats = luminosity + (c - luminosity) * np.minimum(np.minimum(down, up), 1)
    return clipped


def _with_luminosity(c: Floats, luminosity: Floats) -> Floats:
    return _clip(c + (luminosity - _luminosity(c)))


def _with_saturation(c: Floats, saturation: Floats) -> Floats:
    stretch: Floats = np.divide(saturation, np.maximum(_saturation(c), _TINY))
    return (c - _low(c)) * stretch


def _hue(cb: Floats, cs: Floats) -> Floats:
    return _with_luminosity(_with_saturation(cs, _saturation(cb)), _luminosity(cb))


def _saturate(cb: Floats, cs: Floats) -> Floats:
    return _with_luminosity(_with_saturation(cb, _saturation(cs)), _luminosity(cb))


def _color(cb: Floats, cs: Floats) -> Floats:
    return _with_luminosity(cs, _luminosity(cb))


def _luminous(cb: Floats, cs: Floats) -> Floats:
    return _with_luminosity(cb, _luminosity(cs))


def _color_dodge(cb: Floats, cs: Floats) -> Floats:
    return np.minimum(cb / np.maximum(1 - cs, _TINY), np.float32(1))


def _soft_light(cb: Floats, cs: Floats) -> Floats:
    curve = np.where(cb <= 0.25, ((16 * cb - 12) * cb + 4) * cb, np.sqrt(cb)) - cb
    return cb + (2 * cs - 1) * np.where(cs <= 0.5, cb * (1 - cb), curve)


def _exclusion(cb: Floats, cs: Floats) -> Floats:
    return cb + cs - 2 * cb * cs


FORMULAS = {
    "HUE": _hue,
    "SATURATION": _saturate,
    "COLOR": _color,
    "LUMINOSITY": _luminous,
    "COLOR_DODGE": _color_dodge,
    "SOFT_LIGHT": _soft_light,
    "EXCLUSION": _exclusion,
}
"""B(Cb, Cs) of the specification: straight colours, (3, n) in 0..1."""
