"""A drawing becomes a picture: placed, scaled and laid over a background.

Owns backgrounds (named colours, gradients) and composition on premultiplied RGBA arrays. Must not know what the
drawings show, captions or networks.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

COLOURS: dict[str, tuple[int, int, int]] = {
    "white": (255, 255, 255),
    "black": (20, 20, 20),
    "gray": (140, 140, 140),
    "red": (222, 52, 52),
    "orange": (250, 150, 40),
    "yellow": (252, 220, 80),
    "green": (76, 178, 84),
    "blue": (60, 118, 220),
    "purple": (146, 82, 200),
    "pink": (250, 170, 204),
    "brown": (140, 92, 58),
    "cyan": (110, 208, 230),
}


@dataclass(frozen=True)
class Placement:
    """Where a drawing lies: ``scale`` of the picture's side, centre offset ``dx``, ``dy`` in sides, mirrored or not."""

    scale: float = 1.0
    dx: float = 0.0
    dy: float = 0.0
    flip: bool = False


def place(drawing: np.ndarray, where: Placement, size: int) -> np.ndarray:
    """Lay a (S, S, 4) premultiplied drawing into an empty (size, size, 4) one; what falls outside is cut off."""
    side = max(1, round(size * where.scale))
    if where.flip:
        drawing = drawing[:, ::-1]
    if side != drawing.shape[0]:
        drawing = np.asarray(
            Image.fromarray(drawing, "RGBa").resize((side, side), Image.Resampling.BOX, reducing_gap=2)
        )
    out = np.zeros((size, size, 4), np.uint8)
    left = round((size - side) / 2 + where.dx * size)
    top = round((size - side) / 2 + where.dy * size)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + side, size), min(top + side, size)
    if x1 > x0 and y1 > y0:
        out[y0:y1, x0:x1] = drawing[y0 - top : y1 - top, x0 - left : x1 - left]
    return out


def over(drawing: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Composite a (H, W, 4) premultiplied uint8 drawing over a background that broadcasts to (H, W, 3); uint8."""
    rest = 255 - drawing[..., 3:].astype(np.uint16)
    laid = drawing[..., :3] + (background.astype(np.uint16) * rest + 127) // 255
    return np.minimum(laid, 255).astype(np.uint8)


def named_colour(name: str, rng: np.random.Generator, spread: float = 8.0) -> np.ndarray:
    """A (3,) uint8 shade of a named colour; white stays white, the others vary by ``spread`` levels (deviation)."""
    base = np.array(COLOURS[name], np.float32)
    if name != "white":
        base = base + rng.normal(0, spread, 3).astype(np.float32)
    return base.clip(0, 255).astype(np.uint8)


def any_background(rng: np.random.Generator, size: int) -> np.ndarray:
    """A random background for the autoencoder: (1, 1, 3) of one colour, or a (size, size, 3) gradient; uint8."""
    if rng.random() < 0.2:
        return np.full((1, 1, 3), 255, np.uint8)
    first = rng.integers(0, 256, (1, 1, 3))
    if rng.random() < 0.6:
        return first.astype(np.uint8)
    second = rng.integers(0, 256, (1, 1, 3))
    angle = rng.uniform(0, 2 * np.pi)
    ys, xs = np.mgrid[0:size, 0:size] / (size - 1) - 0.5
    along = (xs * np.cos(angle) + ys * np.sin(angle))[..., None] / 1.42 + 0.5
    return (first + (second - first) * along).round().astype(np.uint8)
