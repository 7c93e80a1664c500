"""What a picture shows, apart from the plain background that it stands on. Must not know models."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

_BORDER = 0.025  # of the longer side: how wide the edge is that tells the background
_NEAR, _FAR = 18.0, 68.0  # distances of colours: of the background itself, and of what is certainly something else
_PLAIN = 0.6  # share of the border that must be near one colour
_LEAST_PX = 50  # a thing smaller than that is dust
_FULL = 0.94  # share of the side that a cropped thing takes


@dataclass(frozen=True)
class Subject:
    """`views`, RGB uint8 (side, side, 3): the thing on white where it stands, and filling its picture.

    `background` is the RGB colour it stood on; None when the picture has no plain one, and is its only view.
    """

    views: tuple[np.ndarray, ...]
    background: tuple[int, int, int] | None


def find(picture: np.ndarray, side: int) -> Subject:
    """The subject of `picture`, RGB uint8 (h, w, 3)."""
    squeezed = np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC))
    colour = _background(squeezed)
    if colour is None:
        return Subject((squeezed,), None)
    whole = picture if picture.shape[0] == picture.shape[1] else _squared(picture, colour)
    square = np.asarray(Image.fromarray(whole).resize((side, side), Image.Resampling.BICUBIC))
    cover = _cover(square, colour)
    views = [_on_white(square, cover, colour)]
    rows, columns = np.nonzero(cover > 0.5)
    if len(rows) >= _LEAST_PX:
        views.append(_filling(views[0], rows, columns))
    return Subject(tuple(views), (int(colour[0]), int(colour[1]), int(colour[2])))


def _background(picture: np.ndarray) -> np.ndarray | None:
    """The colour of the picture's edge, if it has one."""
    wide = max(2, round(_BORDER * max(picture.shape[:2])))
    edges = (picture[:wide], picture[-wide:], picture[:, :wide], picture[:, -wide:])
    border = np.concatenate([edge.reshape(-1, 3) for edge in edges]).astype(np.float32)
    colour: np.ndarray = np.median(border, axis=0)
    is_plain = np.mean(np.linalg.norm(border - colour, axis=1) < _FAR) >= _PLAIN
    return colour if is_plain else None


def _squared(picture: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """In the middle of a square of its background: things must not be squeezed."""
    height, width, _ = picture.shape
    side = max(height, width)
    square = np.empty((side, side, 3), np.uint8)
    square[:] = colour.round().astype(np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = picture
    return square


def _cover(picture: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """How much of each pixel (h, w) is no background, 0..1; what the thing encloses belongs to it."""
    distance = np.linalg.norm(picture.astype(np.float32) - colour, axis=2)
    free = np.pad((distance < _FAR).astype(np.uint8), 1, constant_values=1)  # all sides hang together outside
    _, places = cv2.connectedComponents(free, connectivity=4)
    outside = (places == places[0, 0])[1:-1, 1:-1]
    return np.where(outside, np.clip((distance - _NEAR) / (_FAR - _NEAR), 0, 1), 1).astype(np.float32)


def _on_white(picture: np.ndarray, cover: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """The thing alone: what it shares with the background is taken out of its edge."""
    share = cover[:, :, None]
    own = np.clip((picture - (1 - share) * colour) / np.maximum(share, 0.05), 0, 255)
    made: np.ndarray = (own * share + 255 * (1 - share)).round().astype(np.uint8)
    return made


def _filling(picture: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The part of the picture between these rows and columns, as large as drawings usually are."""
    side = picture.shape[0]
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    cut = max(bottom - top, right - left) / _FULL
    corner = ((left + right - cut) / 2, (top + bottom - cut) / 2)
    return np.asarray(
        Image.fromarray(picture).transform(
            (side, side),
            Image.Transform.AFFINE,
            (cut / side, 0, corner[0], 0, cut / side, corner[1]),
            Image.Resampling.BICUBIC,
            fillcolor=(255, 255, 255),
        )
    )
