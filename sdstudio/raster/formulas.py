"""The blend modes that QPainter lacks or computes too coarsely, in float32.

Each formula is B(Cb, Cs) of the specification multiplied by k, the product of both alphas, and gets colours that are
multiplied by k already: no pixel need be divided by its alpha. They work on whole planes in memory that is used again
and again, because getting memory takes longer than computing. Sources: W3C Compositing and Blending Level 1, section
10; of the modes that it does not have, Krita's manual
(https://docs.krita.org/en/reference_manual/blending_modes.html). Must not know pictures.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Formula = Callable[[Floats, Floats, Floats, Floats], Floats]
"""(backdrop, source, k, spare): B, G, R as (3, n), k as (n,), room for anything as (4, n). All but k may be written to;
the result is one of the arrays."""

_WEIGHTS = (0.11, 0.59, 0.3)  # of B, G, R in the luminosity
_TINY = np.float32(1e-6)
_NEARLY_ONE = np.float32(1 - 0.5 / 255)


def _luminosity(c: Floats, out: Floats, room: Floats) -> Floats:
    np.multiply(c[0], np.float32(_WEIGHTS[0]), out=out)
    for channel, weight in zip(c[1:], _WEIGHTS[1:], strict=True):
        np.multiply(channel, np.float32(weight), out=room)
        out += room
    return out


def _low(c: Floats, out: Floats) -> Floats:
    np.minimum(c[0], c[1], out=out)
    np.minimum(out, c[2], out=out)
    return out


def _high(c: Floats, out: Floats) -> Floats:
    np.maximum(c[0], c[1], out=out)
    np.maximum(out, c[2], out=out)
    return out


def _saturation(c: Floats, out: Floats, room: Floats) -> Floats:
    np.subtract(_high(c, out), _low(c, room), out=out)
    return out


def _with_luminosity(c: Floats, light: Floats, k: Floats, spare: Floats) -> Floats:
    """SetLum with ClipColor: `c` moved to another luminosity, then drawn towards grey until it lies in 0..k."""
    down, up, room = spare
    c -= _luminosity(c, down, room)  # what is left is the colour's distance from its grey
    np.negative(_low(c, down), out=down)
    np.maximum(down, light, out=down)
    np.maximum(down, _TINY, out=down)
    np.divide(light, down, out=down)
    np.subtract(k, light, out=room)
    np.maximum(_high(c, up), room, out=up)
    np.maximum(up, _TINY, out=up)
    np.divide(room, up, out=up)
    c *= np.minimum(down, up, out=down)
    c += light
    return c


def _with_saturation(c: Floats, saturation: Floats, spare: Floats) -> Floats:
    """SetSat, but for the luminosity."""
    low, stretch = spare
    c -= _low(c, low)
    np.maximum(_high(c, stretch), _TINY, out=stretch)  # the lowest is 0 now
    c *= np.divide(saturation, stretch, out=stretch)
    return c


def _hue(b: Floats, s: Floats, k: Floats, spare: Floats) -> Floats:
    light = _luminosity(b, spare[0], spare[1])
    _with_saturation(s, _saturation(b, spare[1], spare[2]), spare[2:4])
    return _with_luminosity(s, light, k, spare[1:4])


def _saturate(b: Floats, s: Floats, k: Floats, spare: Floats) -> Floats:
    light = _luminosity(b, spare[0], spare[1])
    _with_saturation(b, _saturation(s, spare[1], spare[2]), spare[2:4])
    return _with_luminosity(b, light, k, spare[1:4])


def _color(b: Floats, s: Floats, k: Floats, spare: Floats) -> Floats:
    return _with_luminosity(s, _luminosity(b, spare[0], spare[1]), k, spare[1:4])


def _luminous(b: Floats, s: Floats, k: Floats, spare: Floats) -> Floats:
    return _with_luminosity(b, _luminosity(s, spare[0], spare[1]), k, spare[1:4])


def _share(part: Floats, whole: Floats, k: Floats) -> Floats:
    """k * part / whole, at most k; 0 where both are 0. In place of `part`; `whole` is written to."""
    np.maximum(whole, _TINY, out=whole)
    part *= k
    part /= whole
    return np.minimum(part, k, out=part)


def _color_dodge(b: Floats, s: Floats, k: Floats, spare: Floats) -> Floats:
    return _share(b, np.subtract(k, s, out=s), k)


def _divide(b: Floats, s: Floats, k: Floats, spare: Floats) -> Floats:
    return _share(b, s, k)


def _soft_light(b: Floats, s: Floats, k: Floats, spare: Floats) -> Floats:
    whole, cb, curve, room = spare
    np.maximum(k, _TINY, out=whole)
    for below, above in zip(b, s, strict=True):
        np.divide(below, whole, out=cb)
        # The polynomial of the specification is below the root where it is meant to be used, and above it elsewhere.
        np.multiply(cb, np.float32(16), out=curve)
        curve -= np.float32(12)
        curve *= cb
        curve += np.float32(4)
        curve *= cb
        np.minimum(curve, np.sqrt(cb, out=room), out=curve)
        curve -= cb
        above += above
        above -= k
        curve *= np.maximum(above, np.float32(0), out=room)
        cb -= np.multiply(cb, cb, out=room)
        cb *= np.minimum(above, np.float32(0), out=room)
        below += curve
        below += cb
    return b


def _exclusion(b: Floats, s: Floats, k: Floats, spare: Floats) -> Floats:
    both, whole = spare[:3], spare[3]
    np.multiply(b, s, out=both)
    both /= np.maximum(k, _TINY, out=whole)
    both += both
    b += s
    b -= both
    return b


def _linear_dodge(b: Floats, s: Floats, k: Floats, spare: Floats) -> Floats:
    b += s
    return np.minimum(b, k, out=b)


def _linear_burn(b: Floats, s: Floats, k: Floats, spare: Floats) -> Floats:
    b += s
    b -= k
    return np.maximum(b, np.float32(0), out=b)


def _linear_light(b: Floats, s: Floats, k: Floats, spare: Floats) -> Floats:
    s += s
    b += s
    b -= k
    np.maximum(b, np.float32(0), out=b)
    return np.minimum(b, k, out=b)


def _vivid_light(b: Floats, s: Floats, k: Floats, spare: Floats) -> Floats:
    burnt, whole = spare[:2]
    for below, above in zip(b, s, strict=True):
        above += above
        np.minimum(above, k, out=whole)  # where the source is light, this leaves the backdrop as it is
        np.subtract(k, below, out=burnt)
        np.subtract(k, _share(burnt, whole, k), out=burnt)
        burnt -= below
        np.subtract(k, above, out=above)
        above += k
        np.minimum(above, k, out=above)  # and this where it is dark
        _share(below, above, k)
        below += burnt
    return b


def _pin_light(b: Floats, s: Floats, k: Floats, spare: Floats) -> Floats:
    s += s
    np.minimum(b, s, out=b)
    s -= k
    return np.maximum(b, s, out=b)


def _hard_mix(b: Floats, s: Floats, k: Floats, spare: Floats) -> Floats:
    b += s
    return np.multiply(b >= k * _NEARLY_ONE, k, out=b)


def _subtract(b: Floats, s: Floats, k: Floats, spare: Floats) -> Floats:
    b -= s
    return np.maximum(b, np.float32(0), out=b)


def _darker(b: Floats, s: Floats, k: Floats, spare: Floats) -> Floats:
    light, other, room = spare[:3]
    np.copyto(b, s, where=_luminosity(s, light, room) < _luminosity(b, other, room))
    return b


def _lighter(b: Floats, s: Floats, k: Floats, spare: Floats) -> Floats:
    light, other, room = spare[:3]
    np.copyto(b, s, where=_luminosity(s, light, room) > _luminosity(b, other, room))
    return b


FORMULAS: dict[str, Formula] = {
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
"""By the names of the modes."""
