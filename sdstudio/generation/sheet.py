"""The labelled picture of a grid: columns by x, rows by y, one block below the other by z."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from sdstudio.errors import BadRequest
from sdstudio.generation.grid import Cell

MAX_SIDE = 30_000
_GAP = 8
_INK, _PAPER = (40, 40, 40), (255, 255, 255)
_PER_CHARACTER = 0.62  # of the font's size; wide enough for most letters

Pixels = NDArray[np.uint8]


def sheet(cells: Sequence[Cell], pictures: Sequence[Pixels]) -> Pixels:
    """RGB (h, w, 3) of all `pictures` (h, w, 3), which belong to `cells`. Raises BadRequest when it is too large."""
    height, width = (max(picture.shape[side] for picture in pictures) for side in (0, 1))
    columns, rows, blocks = (1 + max(getattr(cell, axis) for cell in cells) for axis in "xyz")
    size = max(12, min(32, height // 16))
    head, side = 2 * size, _side(cells, size, rows)
    block_height = (size * 2 if blocks > 1 else 0) + head + rows * (height + _GAP)
    extent = (side + columns * (width + _GAP), blocks * block_height)
    if max(extent) > MAX_SIDE:
        raise BadRequest(f"The grid's picture would be {extent[0]} × {extent[1]} pixels; {MAX_SIDE} are the most.")
    canvas = Image.new("RGB", extent, _PAPER)
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(size)
    for cell, picture in zip(cells, pictures, strict=True):
        top = cell.z * block_height + (size * 2 if blocks > 1 else 0)
        left, upper = side + cell.x * (width + _GAP), top + head + cell.y * (height + _GAP)
        canvas.paste(Image.fromarray(picture), (left, upper))
        if cell.y == 0:
            _write(draw, font, cell.labels[0], (left + width // 2, top + head // 2), width, "mm")
        if cell.x == 0 and len(cell.labels) > 1:
            _write(draw, font, cell.labels[1], (side - _GAP, upper + height // 2), side - _GAP, "rm")
        if cell.x == cell.y == 0 and len(cell.labels) > 2:
            _write(draw, font, cell.labels[2], (extent[0] // 2, top - size), extent[0], "mm")
    return np.asarray(canvas)


def _side(cells: Sequence[Cell], size: int, rows: int) -> int:
    """Pixels at the left for the labels of the rows."""
    labels = [cell.labels[1] for cell in cells if len(cell.labels) > 1]
    if rows == 1 and not labels:
        return _GAP
    return _GAP * 2 + min(round(max(map(len, labels)) * size * _PER_CHARACTER), size * 16)


def _write(draw: ImageDraw.ImageDraw, font: object, text: str, at: tuple[int, int], width: int, anchor: str) -> None:
    while len(text) > 1 and draw.textlength(text, font=font) > width:  # type: ignore[arg-type]
        text = text[:-2] + "…"
    draw.text(at, text, _INK, font=font, anchor=anchor)  # type: ignore[arg-type]
