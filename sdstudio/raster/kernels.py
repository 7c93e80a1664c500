"""The blend modes that QPainter lacks or computes too coarsely, in float32; and mixing of two pictures.

QPainter has no hue, saturation, colour and luminosity; on translucent pixels its colour dodge is off by up to 24 of
255, and its soft light and exclusion by up to 3. Source of the formulas: W3C Compositing and Blending Level 1,
sections 5 and 10; of those that it does not have, Krita's manual
(https://docs.krita.org/en/reference_manual/blending_modes.html). Must not know modes by anything but their names.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from sdstudio.raster.pixels import Pixels, edit, view

Floats = NDArray[np.float32]

_WEIGHTS = np.array([0.11, 0.59, 0.3], np.float32)  # of B, G, R in the luminosity
_TINY = np.float32(1e-6)
_HALF_STEP = np.float32(0.5 / 255)
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


def mix_pixels(target: Pixels, changed: Pixels, opacity: float, coverage: Pixels | None) -> None:
    """`target` becomes `changed` in place as far as opacity (0..1) and coverage (h, w) say; both (h, w, 4)."""
    if coverage is None and opacity >= 1:
        target[...] = changed
        return
    if coverage is None:
        cv2.addWeighted(target, 1 - opacity, changed, opacity, 0, dst=target)
        return
    share = np.rint(coverage * np.float32(opacity)).astype(np.uint16)
    rows = max(1, _CHUNK_PIXELS // target.shape[1])
    for top in range(0, target.shape[0], rows):
        band = slice(top, top + rows)
        part = share[band, :, None]
        sums = target[band] * (255 - part) + changed[band] * part + np.uint16(128)
        target[band] = (sums + (sums >> 8)) >> 8


def add_pixels(target: Pixels, source: Pixels, opacity: float) -> None:
    """The sum of both in place, cut off at 255; premultiplied (h, w, 4)."""
    cv2.addWeighted(source, opacity, target, 1, 0, dst=target)


def screen_pixels(target: Pixels, source: Pixels, opacity: float) -> None:
    """The screen formula in place, which is b + s (1 - b) on premultiplied pixels; (h, w, 4)."""
    # The opacity comes last: by other factors than 1/255 OpenCV multiplies the end of a row otherwise than the rest,
    # and a pixel would depend on the rectangle that it is composed in.
    light = cv2.multiply(source, cv2.bitwise_not(target), scale=1 / 255)
    if opacity >= 1:
        cv2.add(target, light, dst=target)
    else:
        mix_pixels(target, np.asarray(cv2.add(target, light), np.uint8), opacity, None)


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


def _linear_dodge(cb: Floats, cs: Floats) -> Floats:
    mixed: Floats = np.minimum(cb + cs, np.float32(1))
    return mixed


def _linear_burn(cb: Floats, cs: Floats) -> Floats:
    mixed: Floats = np.maximum(cb + cs - 1, np.float32(0))
    return mixed


def _vivid_light(cb: Floats, cs: Floats) -> Floats:
    burnt = 1 - np.minimum((1 - cb) / np.maximum(2 * cs, _TINY), np.float32(1))
    dodged = np.minimum(cb / np.maximum(2 - 2 * cs, _TINY), np.float32(1))
    mixed: Floats = np.where(cs <= 0.5, burnt, dodged)
    return mixed


def _linear_light(cb: Floats, cs: Floats) -> Floats:
    mixed: Floats = np.clip(cb + 2 * cs - 1, np.float32(0), np.float32(1))
    return mixed


def _pin_light(cb: Floats, cs: Floats) -> Floats:
    mixed: Floats = np.maximum(np.minimum(cb, 2 * cs), 2 * cs - 1)
    return mixed


def _hard_mix(cb: Floats, cs: Floats) -> Floats:
    mixed: Floats = np.where(cb + cs >= 1 - _HALF_STEP, np.float32(1), np.float32(0))
    return mixed


def _subtract(cb: Floats, cs: Floats) -> Floats:
    mixed: Floats = np.maximum(cb - cs, np.float32(0))
    return mixed


def _divide(cb: Floats, cs: Floats) -> Floats:
    mixed: Floats = np.minimum(cb / np.maximum(cs, _TINY), np.float32(1))
    return mixed


def _darker(cb: Floats, cs: Floats) -> Floats:
    mixed: Floats = np.where(_luminosity(cs) < _luminosity(cb), cs, cb)
    return mixed


def _lighter(cb: Floats, cs: Floats) -> Floats:
    mixed: Floats = np.where(_luminosity(cs) > _luminosity(cb), cs, cb)
    return mixed


FORMULAS = {
    "HUE": _hue,
    "SATURATION": _saturate,
    "COLOR": _color,
    "LUMINOSITY": _luminous,
    "COLOR_DODGE": _color_dodge,
    "SOFT_LIGHT": _soft_light,
    "EXCLUSION": _exclusion,
    "LINEAR_DODGE": _linear_dodge,
    "LINEAR_BURN": _linear_burn,
    "VIVID_LIGHT": _vivid_light,
    "LINEAR_LIGHT": _linear_light,
    "PIN_LIGHT": _pin_light,
    "HARD_MIX": _hard_mix,
    "SUBTRACT": _subtract,
    "DIVIDE": _divide,
    "DARKER_COLOR": _darker,
    "LIGHTER_COLOR": _lighter,
}
"""B(Cb, Cs) of the specification: straight colours, (3, n) in 0..1."""
