"""Between the pixels of the canvas and those of the model: cutting out with edge repeat, and putting back.

Knows arrays and rectangles only.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.resample import resize

Pixels = NDArray[np.uint8]

_WHOLE = 8  # resizing everything and cutting out is this much faster per pixel than sampling some


def to_model(picture: Pixels, seen: Bounds, context: Bounds, extent: Extent) -> Pixels:
    """`picture`, which shows `seen` (or is a smaller version of it), as the model gets it: `context` at `extent`.

    `seen` is the part of `context` that lies on the canvas; beyond it the edge pixels are repeated. The direction
    that reaches over least comes first, so that a very long canvas never becomes a huge square on the way.
    """
    across = _Axis(1, seen.x - context.x, context.right - seen.right, seen.width, extent.width)
    down = _Axis(0, seen.y - context.y, context.bottom - seen.bottom, seen.height, extent.height)
    for axis in sorted((across, down), key=lambda axis: (axis.before + axis.after) / axis.length):
        scale = picture.shape[axis.number] / axis.length
        margins = [(0, 0)] * picture.ndim
        margins[axis.number] = (round(axis.before * scale), round(axis.after * scale))
        padded = np.pad(picture, margins, mode="edge")
        size = [padded.shape[0], padded.shape[1]]
        size[axis.number] = axis.target
        picture = _resized(padded, Extent(size[1], size[0]))
    return np.ascontiguousarray(picture)


def to_canvas(picture: Pixels, context: Bounds, area: Bounds) -> Pixels:
    """The part `area` of `picture`, which covers `context`, in document pixels: averaged or by Lanczos."""
    if context.extent.area <= _WHOLE * area.extent.area:
        whole = resize(np.ascontiguousarray(picture), context.extent)
        top, left = area.y - context.y, area.x - context.x
        return np.ascontiguousarray(whole[top : top + area.height, left : left + area.width])
    return _sampled(picture, context, area, area.extent, cv2.INTER_LANCZOS4)


def to_screen(picture: Pixels, context: Bounds, area: Bounds, extent: Extent) -> Pixels:
    """The part `area` of `picture`, which covers `context`, at `extent`: quickly, for looking at."""
    return _sampled(picture, context, area, extent, cv2.INTER_LINEAR)


def _sampled(picture: Pixels, context: Bounds, area: Bounds, extent: Extent, method: int) -> Pixels:
    """Only the pixels asked for, so that a context far larger than the canvas never exists in document pixels."""
    height, width = picture.shape[:2]
    step_x = area.width * width / context.width / extent.width
    step_y = area.height * height / context.height / extent.height
    shrunk = Extent(max(1, round(width / max(step_x, 1))), max(1, round(height / max(step_y, 1))))
    if shrunk != Extent(width, height):
        picture = resize(np.ascontiguousarray(picture), shrunk)
    left, step_x = _line(area.x - context.x, area.width, context.width, shrunk.width, extent.width)
    top, step_y = _line(area.y - context.y, area.height, context.height, shrunk.height, extent.height)
    sampled: Pixels = cv2.warpAffine(
        np.ascontiguousarray(picture),
        np.array([[step_x, 0, left], [0, step_y, top]], np.float64),
        (extent.width, extent.height),
        flags=method | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return sampled


@dataclass(frozen=True)
class _Axis:
    """One direction of a crop: pixels over the edge before and after, length on the canvas, length for the model."""

    number: int
    before: int
    after: int
    length: int
    target: int


def _line(offset: int, length: int, context: int, pixels: int, target: int) -> tuple[float, float]:
    """Where output pixel i lies in a picture of `pixels` that spans `context`: start + i * step, by pixel centres."""
    scale = pixels / context
    step = length * scale / target
    return offset * scale + step / 2 - 0.5, step


def _resized(picture: Pixels, extent: Extent) -> Pixels:
    if picture.ndim == 2 and (extent.width > picture.shape[1] or extent.height > picture.shape[0]):
        # Lanczos rings beside hard edges, and a mask must stay 0 where nothing may change.
        grown: Pixels = cv2.resize(picture, (extent.width, extent.height), interpolation=cv2.INTER_LINEAR)
        return grown
    return resize(picture, extent)
