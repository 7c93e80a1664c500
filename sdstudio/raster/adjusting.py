"""The kernels of adjustments: look-up tables, hue and saturation, threshold, blur.

All but blur work on straight colours, pixel by pixel, and leave alpha alone; blur works on premultiplied pixels. Colour
never exceeds alpha. Must not know layers or masks.
"""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from sdstudio.raster import curves
from sdstudio.raster.adjustments import (
    Adjustment,
    Blur,
    BrightnessContrast,
    CurvePoints,
    Curves,
    HueSaturation,
    Invert,
    Levels,
    LevelsRange,
    Posterise,
    Threshold,
)
from sdstudio.raster.pixels import PREMULTIPLIED, Pixels, edit, opaque_pixels, view

_Ramp = NDArray[np.float64]
_EXACT_BLUR = 3.0  # standard deviation in pixels up to which the bell curve itself is used
_CHUNK_PIXELS = 8192  # so that what is computed on the way stays in the processor's cache
_LANES = 64  # more pixels than any processor takes at once, and a multiple of that
_HALF = 0.5 + 1e-6  # halves are rounded up, whatever floats say
_LUMINOSITY = np.array([[0.11, 0.59, 0.3, 0]], np.float32)  # of B, G, R, A


def adjusted(picture: QImage, adjustment: Adjustment) -> QImage:
    """`picture` as the adjustment makes it; premultiplied, and so is the result. The given one stays as it is.

    A blur takes the picture's border to go on for ever: a part must be `reach_px` wider than what is used of it.
    """
    if isinstance(adjustment, Blur):
        return blurred(picture, adjustment.radius)
    is_opaque = bool(opaque_pixels(picture).all())  # then straight colours are what they are
    straight = picture.copy() if is_opaque else picture.convertToFormat(QImage.Format.Format_ARGB32)
    pixels = edit(straight)
    if isinstance(adjustment, HueSaturation):
        flat = pixels.reshape(-1, 4)
        for first in range(0, len(flat), _CHUNK_PIXELS):
            part = flat[first : first + _CHUNK_PIXELS]
            # OpenCV computes the last pixels of a row otherwise than the rest: fill the row, and none is the last.
            row = np.zeros((1, -(-len(part) // _LANES) * _LANES, 4), np.uint8)
            row[0, : len(part)] = part
            _shift_hue(row, adjustment)
            part[:] = row[0, : len(part)]
    elif isinstance(adjustment, Threshold):
        light = cv2.transform(pixels, _LUMINOSITY)
        is_light = cv2.threshold(light, adjustment.level - 1, 255, cv2.THRESH_BINARY)[1]
        cv2.mixChannels([is_light], [pixels], [0, 0, 0, 1, 0, 2])
    else:
        cv2.LUT(pixels, table(adjustment), dst=pixels)
    return straight if is_opaque else straight.convertToFormat(PREMULTIPLIED)


def blurred(picture: QImage, radius: float) -> QImage:
    """A Gaussian blur; `radius` is its standard deviation in pixels, 0 changes nothing."""
    out = picture.copy()
    if radius <= 0 or out.isNull():
        return out
    pixels = edit(out)
    if radius <= _EXACT_BLUR:
        side = 2 * math.ceil(3 * radius) + 1
        cv2.GaussianBlur(view(picture), (side, side), radius, dst=pixels, borderType=cv2.BORDER_REPLICATE)
    else:
        for side in _box_sides(radius):
            cv2.blur(pixels, (side, side), dst=pixels, borderType=cv2.BORDER_REPLICATE)
    return out


def _box_sides(radius: float) -> list[int]:
    """Three boxes that are nearly a bell curve together (Wells, "Efficient Synthesis of Gaussian Filters", 1986)."""
    ideal = math.sqrt(4 * radius * radius + 1)
    low = int(ideal) - (1 - int(ideal) % 2)
    narrow = round((12 * radius * radius - 3 * low * low - 12 * low - 9) / (-4 * low - 4))
    return [low if index < narrow else low + 2 for index in range(3)]


@lru_cache(maxsize=64)
def table(adjustment: Levels | Curves | BrightnessContrast | Invert | Posterise) -> Pixels:
    """What becomes of each value of B, G, R and A: (1, 256, 4) uint8."""
    ramp: _Ramp = np.arange(256) / 255
    if isinstance(adjustment, Levels):
        single = [_levels(ramp, part) for part in (adjustment.blue, adjustment.green, adjustment.red)]
        mapped = [_levels(channel, adjustment.rgb) for channel in single]
    elif isinstance(adjustment, Curves):
        single = [_curve(ramp, part) for part in (adjustment.blue, adjustment.green, adjustment.red)]
        mapped = [_curve(channel, adjustment.rgb) for channel in single]
    else:
        mapped = [_one_ramp(ramp, adjustment)] * 3
    whole = np.stack([*mapped, ramp], axis=-1)
    made: Pixels = np.floor(np.clip(whole, 0, 1) * 255 + _HALF).astype(np.uint8)[None]
    made.setflags(write=False)
    return made


def _one_ramp(ramp: _Ramp, adjustment: BrightnessContrast | Invert | Posterise) -> _Ramp:
    if isinstance(adjustment, Invert):
        return 1 - ramp
    if isinstance(adjustment, Posterise):
        return np.floor(ramp * (adjustment.steps - 1e-9)) / (adjustment.steps - 1)
    brightness, contrast = adjustment.brightness / 100, adjustment.contrast / 100
    lit = ramp * (1 + brightness) if brightness < 0 else ramp + (1 - ramp) * brightness
    slope = math.tan((contrast + 1) * math.pi / 4) if contrast < 1 else 1e6
    return np.clip((lit - 0.5) * slope + 0.5, 0, 1)


def _levels(values: _Ramp, part: LevelsRange) -> _Ramp:
    black, white = part.black / 255, max(part.white, part.black + 1) / 255
    inside = np.clip((values - black) / (white - black), 0, 1) ** (1 / part.gamma)
    low, high = part.out_black / 255, part.out_white / 255
    return low + inside * (high - low)


def _curve(values: _Ramp, points: CurvePoints) -> _Ramp:
    return curves.values(tuple((x / 255, y / 255) for x, y in points), values)


def _shift_hue(pixels: Pixels, shift: HueSaturation) -> None:
    """In place, alpha as it is. On whole planes: numpy is ten times slower on every third value."""
    floats = cv2.multiply(cv2.cvtColor(pixels, cv2.COLOR_BGRA2BGR), 1.0, scale=1 / 255, dtype=cv2.CV_32F)
    hue, light, saturation = cv2.split(cv2.cvtColor(floats, cv2.COLOR_BGR2HLS))
    hue = np.asarray(hue) + np.float32(shift.hue)  # a hue beyond 360 goes round
    lightness = shift.lightness / 100
    light = np.asarray(light) * np.float32(1 - abs(lightness)) + np.float32(max(lightness, 0))
    saturation = np.minimum(np.asarray(saturation) * np.float32(1 + shift.saturation / 100), np.float32(1))
    shifted = cv2.cvtColor(cv2.merge([hue, light, saturation]), cv2.COLOR_HLS2BGR)
    cv2.mixChannels([cv2.convertScaleAbs(shifted, alpha=255)], [pixels], [0, 0, 1, 1, 2, 2])
