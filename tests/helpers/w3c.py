"""The blending formulas of W3C Compositing and Blending Level 1 as the specification writes them, in float64.

An oracle for tests: slow, plain and independent of the kernels. Colours are straight, (..., 3) in R, G, B, 0..1.
"""

from __future__ import annotations

import numpy as np

Floats = np.ndarray


def composite(mode: str, backdrop: Floats, source: Floats, opacity: float) -> Floats:
    """`source` on `backdrop`, both premultiplied (..., 4) in B, G, R, A, 0..255; the exact result, not rounded."""
    source, backdrop = source / 255.0 * opacity, backdrop / 255.0
    if mode == "ADD":
        return np.minimum(1, source + backdrop) * 255
    alpha_s, alpha_b = source[..., 3:], backdrop[..., 3:]
    cs = np.divide(source[..., :3], alpha_s, out=np.zeros_like(source[..., :3]), where=alpha_s > 0)[..., ::-1]
    cb = np.divide(backdrop[..., :3], alpha_b, out=np.zeros_like(backdrop[..., :3]), where=alpha_b > 0)[..., ::-1]
    mixed = mix(mode, cb, cs)
    colour = alpha_s * (1 - alpha_b) * cs + alpha_s * alpha_b * mixed + (1 - alpha_s) * alpha_b * cb
    return np.concatenate((colour[..., ::-1], alpha_s + alpha_b * (1 - alpha_s)), axis=-1) * 255


def mix(mode: str, cb: Floats, cs: Floats) -> Floats:
    """B(Cb, Cs)."""
    separable = {
        "NORMAL": lambda: cs,
        "MULTIPLY": lambda: cb * cs,
        "SCREEN": lambda: cb + cs - cb * cs,
        "OVERLAY": lambda: _hard_light(cs, cb),
        "HARD_LIGHT": lambda: _hard_light(cb, cs),
        "DARKEN": lambda: np.minimum(cb, cs),
        "LIGHTEN": lambda: np.maximum(cb, cs),
        "COLOR_DODGE": lambda: _dodge(cb, cs),
        "COLOR_BURN": lambda: 1 - _dodge(1 - cb, 1 - cs),
        "SOFT_LIGHT": lambda: _soft_light(cb, cs),
        "DIFFERENCE": lambda: np.abs(cb - cs),
        "EXCLUSION": lambda: cb + cs - 2 * cb * cs,
        "LINEAR_DODGE": lambda: np.minimum(1, cb + cs),
        "LINEAR_BURN": lambda: np.maximum(0, cb + cs - 1),
        "LINEAR_LIGHT": lambda: np.clip(cb + 2 * cs - 1, 0, 1),
        "VIVID_LIGHT": lambda: np.where(cs <= 0.5, 1 - _dodge(1 - cb, 1 - 2 * cs), _dodge(cb, 2 * cs - 1)),
        "PIN_LIGHT": lambda: np.where(cs <= 0.5, np.minimum(cb, 2 * cs), np.maximum(cb, 2 * cs - 1)),
        "HARD_MIX": lambda: np.where(cb + cs >= 1 - 0.5 / 255, 1.0, 0.0),
        "SUBTRACT": lambda: np.maximum(0, cb - cs),
        "DIVIDE": lambda: _dodge(cb, 1 - cs),
    }
    if mode in separable:
        return separable[mode]()
    pixels = [_mix_pixel(mode, b, s) for b, s in zip(cb.reshape(-1, 3), cs.reshape(-1, 3), strict=True)]
    return np.array(pixels).reshape(cb.shape)


def _hard_light(cb: Floats, cs: Floats) -> Floats:
    return np.where(cs <= 0.5, cb * 2 * cs, cb + (2 * cs - 1) - cb * (2 * cs - 1))


def _dodge(cb: Floats, cs: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(cb <= 0, 0, np.where(cs >= 1, 1, np.minimum(1, cb / (1 - cs))))


def _soft_light(cb: Floats, cs: Floats) -> Floats:
    curve = np.where(cb <= 0.25, ((16 * cb - 12) * cb + 4) * cb, np.sqrt(cb))
    return np.where(cs <= 0.5, cb - (1 - 2 * cs) * cb * (1 - cb), cb + (2 * cs - 1) * (curve - cb))


def _mix_pixel(mode: str, cb: Floats, cs: Floats) -> Floats:
    if mode == "DARKER_COLOR":
        return cs if _lum(cs) < _lum(cb) else cb
    if mode == "LIGHTER_COLOR":
        return cs if _lum(cs) > _lum(cb) else cb
    if mode == "HUE":
        return _set_lum(_set_sat(cs, _sat(cb)), _lum(cb))
    if mode == "SATURATION":
        return _set_lum(_set_sat(cb, _sat(cs)), _lum(cb))
    if mode == "COLOR":
        return _set_lum(cs, _lum(cb))
    assert mode == "LUMINOSITY"
    return _set_lum(cb, _lum(cs))


def _lum(c: Floats) -> float:
    return float(0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2])


def _sat(c: Floats) -> float:
    return float(c.max() - c.min())


def _clip_color(c: Floats) -> Floats:
    lum, low, high = _lum(c), c.min(), c.max()
    if low < 0:
        c = lum + (c - lum) * lum / (lum - low)
    if high > 1:
        c = lum + (c - lum) * (1 - lum) / (high - lum)
    return c


def _set_lum(c: Floats, lum: float) -> Floats:
    return _clip_color(c + (lum - _lum(c)))


def _set_sat(c: Floats, sat: float) -> Floats:
    low, middle, high = np.argsort(c)
    result = np.zeros(3)
    if c[high] > c[low]:
        result[middle] = (c[middle] - c[low]) * sat / (c[high] - c[low])
        result[high] = sat
    return result
