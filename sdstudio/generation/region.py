"""Which part of the canvas the model sees, and at which size it works. Pure arithmetic on plain values.

The figures for selections come from practice with Stable Diffusion 1.5 (512 pixels). With s = strength and
diag = the selection's diagonal in canvas pixels:

- feather = max(10 % of s * diag, 32 s); padding = feather + 4 + 6 % of diag around the selection;
- the padded selection is at least 256 a side; below strength 1 that is all the model sees (the context);
- at strength 1 something new is invented, so the context is padded again by the larger of 1/16 of the longest canvas
  side and half of the padded selection's mean side, and is square and at least 512.

Rule for other models: the fixed lengths (32, 256, 512) are there because the model is trained at 512. They scale with
`native_size / 512`; the parts that follow the selection and the canvas do not. So a 200 x 200 selection gives a
608 x 608 context on a 512 model and a similar one on a 256 model, but a dot is shown with 256 pixels around it rather
than 512. The mask's soft edge is never narrower than one latent cell, since no model can follow a finer one.

One figure is not followed: the denoise mask is not grown by 4 + feather / 2 before it is softened. That suits a patch
which is put back beyond the selection as well; ours never is, and a soft edge centred on the selection's edge left a
third to a half less of a seam with the starter model (see `masks`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sdstudio.errors import BadRequest
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import Placement
from sdstudio.raster.geometry import Bounds, Extent

FIGURES_SIZE = 512  # native size for which the fixed lengths are given
MAX_ASPECT = 2.5  # longer pictures than the models were trained on come out doubled
OWN_SCALE_AREAS = (0.75, 1.35)  # a context whose area is this near to native_size² is not scaled at all


class Plan(NamedTuple):
    """Where the model looks, and the size at which it works."""

    placement: Placement
    extent: Extent


def plan(mask_bounds: Bounds | None, canvas: Extent, strength: float, model: ModelInfo) -> Plan:
    """Place a generation on the canvas.

    `mask_bounds` are the bounds of the selection in document pixels, None when nothing is selected: then the whole
    canvas is both seen and replaced. The context lies inside the canvas where it fits and reaches over the edge where
    it does not (edge pixels are then repeated). Its aspect equals that of the extent to half a canvas pixel, so
    nothing is distorted. Raises BadRequest when the selection has no pixel on the canvas.
    """
    whole = Bounds.of(canvas)
    if mask_bounds is None:
        extent, context = _fit(canvas, model)
        return Plan(Placement(canvas=canvas, context=_centre(context, whole), target=whole), extent)
    target = mask_bounds.intersected(whole)
    if target.is_empty:
        raise BadRequest("The selection lies outside the canvas, so there is nothing to generate; select a part of it.")
    feather = _feather(target, strength, model)
    seen = _context(target, canvas, strength, model, feather)
    extent, context = _fit(seen.extent, model)
    context_bounds = _keep_on(whole, _resized(seen, context))
    feather = max(feather, math.ceil(model.size_multiple * context.width / extent.width))
    placement = Placement(canvas=canvas, context=context_bounds, target=target, feather=feather)
    return Plan(placement, extent)


def _feather(target: Bounds, strength: float, model: ModelInfo) -> int:
    return max(int(0.10 * strength * target.diagonal), int(32 * strength * model.native_size / FIGURES_SIZE))


def _context(target: Bounds, canvas: Extent, strength: float, model: ModelInfo, feather: int) -> Bounds:
    """What the model should see around `target`, within the canvas, before it is widened to the extent's aspect."""
    scale = model.native_size / FIGURES_SIZE
    padded = target.padded(feather + 4 + int(0.06 * target.diagonal))
    multiple = model.size_multiple
    smallest = round(256 * scale)
    seen = _resized(
        padded,
        Extent(_up(max(padded.width, smallest), multiple), _up(max(padded.height, smallest), multiple)),
    )
    if strength >= 1:
        margin = max(max(canvas.width, canvas.height) // 16, (seen.width + seen.height) // 4)
        side = max(seen.width + 2 * margin, seen.height + 2 * margin, model.native_size)
        seen = _resized(seen, Extent(side, side))
    limited = Extent(min(seen.width, canvas.width), min(seen.height, canvas.height))
    return _keep_on(Bounds.of(canvas), _resized(seen, limited))


def _fit(seen: Extent, model: ModelInfo) -> tuple[Extent, Extent]:
    """The size at which the model works for a context of `seen`, and the context widened to that aspect."""
    multiple, native_area = model.size_multiple, model.native_size**2
    low, high = OWN_SCALE_AREAS
    own = Extent(_up(seen.width, multiple), _up(seen.height, multiple))
    if low * native_area <= own.area <= high * native_area and _aspect(own) <= MAX_ASPECT:
        return own, own
    ratio = min(max(seen.width / seen.height, 1 / MAX_ASPECT), MAX_ASPECT)
    extent = Extent(
        _nearest(model.native_size * math.sqrt(ratio), multiple),
        _nearest(model.native_size / math.sqrt(ratio), multiple),
    )
    width = max(seen.width, round(seen.height * extent.width / extent.height))
    height = max(seen.height, round(seen.width * extent.height / extent.width))
    return extent, Extent(width, height)


def _resized(area: Bounds, extent: Extent) -> Bounds:
    """A rectangle of `extent` with the same centre."""
    x = area.x + (area.width - extent.width) // 2
    y = area.y + (area.height - extent.height) // 2
    return Bounds(x, y, extent.width, extent.height)


def _centre(extent: Extent, area: Bounds) -> Bounds:
    return _resized(area, extent)


def _keep_on(canvas: Bounds, area: Bounds) -> Bounds:
    """`area` moved onto the canvas where it fits; on an axis where it is larger, centred over it."""
    return Bounds(
        _shift(area.x, area.width, canvas.width), _shift(area.y, area.height, canvas.height), area.width, area.height
    )


def _shift(start: int, length: int, limit: int) -> int:
    if length >= limit:
        return (limit - length) // 2
    return min(max(start, 0), limit - length)


def _aspect(extent: Extent) -> float:
    return max(extent.width, extent.height) / min(extent.width, extent.height)


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


def _nearest(value: float, multiple: int) -> int:
    return max(multiple, math.floor(value / multiple + 0.5) * multiple)
