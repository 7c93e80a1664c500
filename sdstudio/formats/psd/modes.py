"""Names that Photoshop and we have for the same thing: blend modes and adjustments. Bytes and plain values only."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

from sdstudio.formats.psd.source import Damaged
from sdstudio.raster.adjustments import (
    Adjustment,
    BrightnessContrast,
    Curves,
    HueSaturation,
    Invert,
    Levels,
    LevelsRange,
    Posterise,
    Threshold,
)
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.fills import SolidFill

PASS_THROUGH = b"pass"
KEYS: dict[BlendMode, bytes] = {
    BlendMode.NORMAL: b"norm",
    BlendMode.MULTIPLY: b"mul ",
    BlendMode.SCREEN: b"scrn",
    BlendMode.OVERLAY: b"over",
    BlendMode.DARKEN: b"dark",
    BlendMode.LIGHTEN: b"lite",
    BlendMode.COLOR_DODGE: b"div ",
    BlendMode.COLOR_BURN: b"idiv",
    BlendMode.HARD_LIGHT: b"hLit",
    BlendMode.SOFT_LIGHT: b"sLit",
    BlendMode.DIFFERENCE: b"diff",
    BlendMode.EXCLUSION: b"smud",
    BlendMode.ADD: b"lddg",
    BlendMode.LINEAR_DODGE: b"lddg",
    BlendMode.LINEAR_BURN: b"lbrn",
    BlendMode.VIVID_LIGHT: b"vLit",
    BlendMode.LINEAR_LIGHT: b"lLit",
    BlendMode.PIN_LIGHT: b"pLit",
    BlendMode.HARD_MIX: b"hMix",
    BlendMode.SUBTRACT: b"fsub",
    BlendMode.DIVIDE: b"fdiv",
    BlendMode.HUE: b"hue ",
    BlendMode.SATURATION: b"sat ",
    BlendMode.COLOR: b"colr",
    BlendMode.LUMINOSITY: b"lum ",
    BlendMode.DARKER_COLOR: b"dkCl",
    BlendMode.LIGHTER_COLOR: b"lgCl",
}
MODES = {key: mode for mode, key in KEYS.items()}  # the later of two: linear dodge, not plus
_CURVE_ORDER = ("rgb", "red", "green", "blue")
_LEVEL_RECORDS = 29
_COLOR = re.compile(rb"Rd  doub(.{8}).{4}Grn doub(.{8}).{4}Bl  doub(.{8})", re.DOTALL)


def adjustment_of(blocks: dict[bytes, bytes]) -> Adjustment | None:
    """The adjustment that a layer's blocks describe; None when they describe none, or one that we do not have."""
    for key, read in _READERS.items():
        if key in blocks:
            try:
                return read(blocks[key])
            except (struct.error, ValueError, IndexError) as error:
                raise Damaged(f"the adjustment {key!r}: {error}") from error
    return None


def block_of(adjustment: Adjustment) -> tuple[bytes, bytes] | None:
    """(key, data) of the block that says the same; None when Photoshop has nothing like it."""
    match adjustment:
        case Levels():
            ranges = [getattr(adjustment, name) for name in _CURVE_ORDER]
            ranges += [LevelsRange()] * (_LEVEL_RECORDS - len(ranges))
            return b"levl", struct.pack(">H", 2) + b"".join(map(_level, ranges))
        case Curves():
            curves = [getattr(adjustment, name) for name in _CURVE_ORDER]
            data = b"".join(
                struct.pack(">H", len(points)) + b"".join(struct.pack(">HH", after, before) for before, after in points)
                for points in curves
            )
            return b"curv", struct.pack(">BHI", 0, 1, 0b1111) + data
        case HueSaturation(hue, saturation, lightness):
            return b"hue2", _hue_block(hue, saturation, lightness)
        case BrightnessContrast(brightness, contrast):
            return b"CgEd", _brightness_block(brightness, contrast)
        case Invert():
            return b"nvrt", b""
        case Posterise(steps):
            return b"post", struct.pack(">HH", steps, 0)
        case Threshold(level):
            return b"thrs", struct.pack(">HH", level, 0)
    return None


def fill_of(blocks: dict[bytes, bytes]) -> SolidFill | None:
    """The colour of a fill layer that has no shape."""
    found = _COLOR.search(blocks.get(b"SoCo", b""))
    if found is None or blocks.keys() & {b"vmsk", b"vsms"}:
        return None
    red, green, blue = (struct.unpack(">d", part)[0] for part in found.groups())
    if not all(0 <= value <= 255 for value in (red, green, blue)):
        return None
    return SolidFill(f"#ff{round(red):02x}{round(green):02x}{round(blue):02x}")


def fill_block(fill: SolidFill) -> bytes:
    """The block "SoCo": a descriptor with the colour, whose alpha Photoshop keeps in the layer's opacity."""
    values = bytes.fromhex(fill.color[3:])
    parts = (
        struct.pack(">I4s4sd", 0, key, b"doub", value)
        for key, value in zip((b"Rd  ", b"Grn ", b"Bl  "), values, strict=True)
    )
    color = struct.pack(">IHI4sI", 1, 0, 0, b"RGBC", 3) + b"".join(parts)
    return struct.pack(">IIHI4sI", 16, 1, 0, 0, b"null", 1) + struct.pack(">I4s4s", 0, b"Clr ", b"Objc") + color


def _level(levels: LevelsRange) -> bytes:
    return struct.pack(">5H", levels.black, levels.white, levels.out_black, levels.out_white, round(levels.gamma * 100))


def _read_levels(data: bytes) -> Levels:
    ranges = []
    for index in range(4):
        black, white, out_black, out_white, gamma = struct.unpack_from(">5H", data, 2 + 10 * index)
        low, high = min(black, 253), min(max(white, 2), 255)
        ranges.append(
            LevelsRange(low, min(max(gamma / 100, 0.1), 10.0), high, min(out_black, 255), min(out_white, 255))
        )
    return Levels(*ranges)


def _read_curves(data: bytes) -> Curves:
    _, version, present = struct.unpack_from(">BHI", data)
    numbers = [bit for bit in range(32) if present >> bit & 1] if version == 1 else list(range(present))
    found, at = {}, 7
    for number in numbers[:4]:
        (count,) = struct.unpack_from(">H", data, at)
        if not 2 <= count <= 19:
            raise ValueError(f"a curve of {count} points")
        values = struct.unpack_from(f">{2 * count}H", data, at + 2)
        points = sorted(
            {min(before, 255): min(after, 255) for after, before in zip(values[::2], values[1::2], strict=True)}.items()
        )
        at += 2 + 4 * count
        if number < 4 and len(points) >= 2:
            found[_CURVE_ORDER[number]] = tuple(points)
    return Curves(**found)


def _hue_block(hue: int, saturation: int, lightness: int) -> bytes:
    ranges = (
        (315, 345, 15, 45),
        (15, 45, 75, 105),
        (75, 105, 135, 165),
        (135, 165, 195, 225),
        (195, 225, 255, 285),
        (255, 285, 315, 345),
    )
    data = struct.pack(">HBBhhhhhh", 2, 0, 0, 0, 25, 0, hue, saturation, lightness)
    return data + b"".join(struct.pack(">4h3h", *edges, 0, 0, 0) for edges in ranges)


def _read_hue(data: bytes) -> HueSaturation | None:
    _, colorizes, _, *_ = struct.unpack_from(">HBB", data)
    hue, saturation, lightness = struct.unpack_from(">hhh", data, 10)
    if colorizes:
        return None  # one hue for everything: not what ours does
    return HueSaturation(min(max(hue, -180), 180), min(max(saturation, -100), 100), min(max(lightness, -100), 100))


def _brightness_block(brightness: int, contrast: int) -> bytes:
    numbers = ((b"Vrsn", 1), (b"Brgh", brightness), (b"Cntr", contrast), (b"means", 127))
    items = b"".join(_key(name) + struct.pack(">4si", b"long", value) for name, value in numbers)
    items += b"".join(
        _key(name) + struct.pack(">4s?", b"bool", value) for name, value in ((b"Lab ", False), (b"useLegacy", True))
    )
    return struct.pack(">IIHI4sI", 16, 1, 0, 0, b"null", 6) + items


def _key(name: bytes) -> bytes:
    """A name in a descriptor: those of four letters have no length."""
    return struct.pack(">I", 0 if len(name) == 4 else len(name)) + name


def _read_new_brightness(data: bytes) -> BrightnessContrast | None:
    """Photoshop puts the values into a descriptor, and zeros into the old block."""
    found = [re.search(name + rb"long(.{4})", data, re.DOTALL) for name in (b"Brgh", b"Cntr")]
    if None in found:
        return None
    return _read_brightness(b"".join(one[1][2:] for one in found if one is not None))


def _read_brightness(data: bytes) -> BrightnessContrast:
    brightness, contrast = struct.unpack_from(">hh", data)
    return BrightnessContrast(min(max(brightness, -100), 100), min(max(contrast, -100), 100))


_READERS: dict[bytes, Callable[[bytes], Adjustment | None]] = {
    b"levl": _read_levels,
    b"curv": _read_curves,
    b"hue2": _read_hue,
    b"CgEd": _read_new_brightness,
    b"brit": _read_brightness,
    b"nvrt": lambda _data: Invert(),
    b"post": lambda data: Posterise(min(max(struct.unpack_from(">H", data)[0], 2), 64)),
    b"thrs": lambda data: Threshold(min(max(struct.unpack_from(">H", data)[0], 1), 255)),
}
