"""What an adjustment does to a picture, as plain frozen values that serialise to JSON.

The kernels that do it live in `adjusting`. Must not know layers.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import msgspec

CHANNELS = ("rgb", "red", "green", "blue")
MAX_BLUR_PX = 200.0
_Byte = Annotated[int, msgspec.Meta(ge=0, le=255)]
_Percent = Annotated[int, msgspec.Meta(ge=-100, le=100)]


class LevelsRange(msgspec.Struct, frozen=True):
    """Maps black..white of the input to out_black..out_white; gamma above 1 makes the middle lighter."""

    black: _Byte = 0
    gamma: Annotated[float, msgspec.Meta(ge=0.1, le=10.0)] = 1.0
    white: _Byte = 255
    out_black: _Byte = 0
    out_white: _Byte = 255


class Levels(msgspec.Struct, frozen=True, tag="levels"):
    """`rgb` works on all three channels, after those of the single channels."""

    title: ClassVar[str] = "Levels"
    rgb: LevelsRange = LevelsRange()
    red: LevelsRange = LevelsRange()
    green: LevelsRange = LevelsRange()
    blue: LevelsRange = LevelsRange()


CurvePoints = Annotated[tuple[tuple[_Byte, _Byte], ...], msgspec.Meta(min_length=1, max_length=64)]
STRAIGHT: CurvePoints = ((0, 0), (255, 255))


class Curves(msgspec.Struct, frozen=True, tag="curves"):
    """Each curve is points (in, out) with rising `in`; `rgb` works on all three channels, after the single ones."""

    title: ClassVar[str] = "Curves"
    rgb: CurvePoints = STRAIGHT
    red: CurvePoints = STRAIGHT
    green: CurvePoints = STRAIGHT
    blue: CurvePoints = STRAIGHT


class HueSaturation(msgspec.Struct, frozen=True, tag="hue_saturation"):
    """Hue in degrees, saturation and lightness in per cent; 0 changes nothing."""

    title: ClassVar[str] = "Hue, saturation, lightness"
    hue: Annotated[int, msgspec.Meta(ge=-180, le=180)] = 0
    saturation: _Percent = 0
    lightness: _Percent = 0


class BrightnessContrast(msgspec.Struct, frozen=True, tag="brightness_contrast"):
    """In per cent; 0 changes nothing."""

    title: ClassVar[str] = "Brightness and contrast"
    brightness: _Percent = 0
    contrast: _Percent = 0


class Blur(msgspec.Struct, frozen=True, tag="blur"):
    """A Gaussian blur; `radius` is its standard deviation in pixels."""

    title: ClassVar[str] = "Blur"
    radius: Annotated[float, msgspec.Meta(ge=0.0, le=MAX_BLUR_PX)] = 8.0


class Invert(msgspec.Struct, frozen=True, tag="invert"):
    """The negative of the colours."""

    title: ClassVar[str] = "Invert"


class Posterise(msgspec.Struct, frozen=True, tag="posterise"):
    """Only so many steps in each channel."""

    title: ClassVar[str] = "Posterise"
    steps: Annotated[int, msgspec.Meta(ge=2, le=64)] = 4


class Threshold(msgspec.Struct, frozen=True, tag="threshold"):
    """White where the luminosity is at least `level`, else black."""

    title: ClassVar[str] = "Threshold"
    level: _Byte = 128


Adjustment = Levels | Curves | HueSaturation | BrightnessContrast | Blur | Invert | Posterise | Threshold
KINDS: tuple[type[Adjustment], ...] = (
    Levels,
    Curves,
    HueSaturation,
    BrightnessContrast,
    Blur,
    Invert,
    Posterise,
    Threshold,
)


def reach_px(adjustment: Adjustment) -> int:
    """How many pixels away a pixel may still change the result."""
    return math.ceil(3 * adjustment.radius) + 3 if isinstance(adjustment, Blur) and adjustment.radius > 0 else 0
