"""Colour spaces as pure functions: sRGB, HSV and OKLCh, for one colour or for whole arrays of them.

Every function takes and gives float arrays (or sequences) whose last axis has the three parts of a colour. sRGB is
0..1; hues are degrees in [0, 360). OKLCh is Björn Ottosson's OKLab (2020) in polar form: lightness 0..1, chroma from
0 to about 0.33 in sRGB, hue. Must not know Qt, widgets or documents.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Colors = NDArray[np.float64]

MAX_CHROMA = 0.33  # a little above what any sRGB colour has
_GAMUT_SLACK = 1e-4  # far below what 8 bits can tell apart
_GREY_CHROMA = 1e-4  # below this a hue is only noise
_HALVINGS = 18

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_CONES, _FROM_LAB = np.linalg.inv(_TO_CONES), np.linalg.inv(_TO_LAB)


def linear_of_srgb(rgb: ArrayLike) -> Colors:
    """Light, proportional to what a screen emits, from sRGB values (IEC 61966-2-1); the sign is kept."""
    values = np.asarray(rgb, np.float64)
    size = np.abs(values)
    bent = np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)
    return np.copysign(bent, values)


def srgb_of_linear(linear: ArrayLike) -> Colors:
    """The inverse of `linear_of_srgb`."""
    values = np.asarray(linear, np.float64)
    size = np.abs(values)
    bent = np.where(size <= 0.0031308, size * 12.92, 1.055 * size ** (1 / 2.4) - 0.055)
    return np.copysign(bent, values)


def oklab_of_rgb(rgb: ArrayLike) -> Colors:
    """Lightness and the two opponent axes, in which equal distances look about equally far."""
    lab: Colors = np.cbrt(linear_of_srgb(rgb) @ _TO_CONES.T) @ _TO_LAB.T
    return lab


def rgb_of_oklab(lab: ArrayLike) -> Colors:
    """May lie outside of 0..1, where sRGB has no such colour."""
    return srgb_of_linear((np.asarray(lab, np.float64) @ _FROM_LAB.T) ** 3 @ _FROM_CONES.T)


def oklch_of_rgb(rgb: ArrayLike) -> Colors:
    """The hue of a grey is 0."""
    lightness, a, b = np.moveaxis(oklab_of_rgb(rgb), -1, 0)
    chroma = np.hypot(a, b)
    hue = np.where(chroma < _GREY_CHROMA, 0.0, np.degrees(np.arctan2(b, a)) % 360.0)
    return np.stack((lightness, chroma, hue), axis=-1)


def rgb_of_oklch(lch: ArrayLike) -> Colors:
    """May lie outside of 0..1, where sRGB has no such colour; see `in_gamut` and `into_gamut`."""
    lightness, chroma, hue = np.moveaxis(np.asarray(lch, np.float64), -1, 0)
    turn = np.radians(hue)
    return rgb_of_oklab(np.stack((lightness, chroma * np.cos(turn), chroma * np.sin(turn)), axis=-1))


def in_gamut(rgb: ArrayLike) -> NDArray[np.bool_]:
    """Whether sRGB can show the colour: each part in 0..1."""
    values = np.asarray(rgb, np.float64)
    inside: NDArray[np.bool_] = np.all((values >= -_GAMUT_SLACK) & (values <= 1 + _GAMUT_SLACK), axis=-1)
    return inside


def into_gamut(lch: ArrayLike) -> Colors:
    """OKLCh with as much of its chroma as sRGB can show at this lightness and hue; colours inside stay as they are."""
    wanted = np.array(lch, np.float64)
    wanted[..., 0] = np.clip(wanted[..., 0], 0.0, 1.0)
    fits = in_gamut(rgb_of_oklch(wanted))
    low, high = np.zeros_like(wanted[..., 1]), wanted[..., 1].copy()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        trial = wanted.copy()
        trial[..., 1] = middle
        inside = in_gamut(rgb_of_oklch(trial))
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    wanted[..., 1] = np.where(fits, wanted[..., 1], low)
    return wanted


def hsv_of_rgb(rgb: ArrayLike) -> Colors:
    """Hue, saturation 0..1, value 0..1 (Smith 1978). The hue of a grey is 0."""
    values = np.asarray(rgb, np.float64)
    red, green, blue = np.moveaxis(values, -1, 0)
    value = values.max(axis=-1)
    spread = value - values.min(axis=-1)
    safe = np.where(spread == 0, 1.0, spread)
    hue = np.where(
        value == red,
        (green - blue) / safe % 6.0,
        np.where(value == green, (blue - red) / safe + 2.0, (red - green) / safe + 4.0),
    )
    hue = np.where(spread == 0, 0.0, hue * 60.0) % 360.0
    saturation = np.where(value == 0, 0.0, spread / np.where(value == 0, 1.0, value))
    return np.stack((hue, saturation, value), axis=-1)


def rgb_of_hsv(hsv: ArrayLike) -> Colors:
    """The inverse of `hsv_of_rgb`; a hue beyond one turn counts on."""
    hue, saturation, value = np.moveaxis(np.asarray(hsv, np.float64), -1, 0)
    parts = []
    for offset in (5.0, 3.0, 1.0):
        k = (offset + hue / 60.0) % 6.0
        parts.append(value - value * saturation * np.clip(np.minimum(k, 4.0 - k), 0.0, 1.0))
    return np.stack(parts, axis=-1)


def bytes_of(rgb: ArrayLike) -> NDArray[np.uint8]:
    """0..255 in each part, cut where sRGB ends."""
    return np.rint(np.clip(np.asarray(rgb, np.float64), 0.0, 1.0) * 255).astype(np.uint8)
