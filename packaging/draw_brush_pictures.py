"""Draws the tips and papers of the brushes in resources/brushes: `python packaging/draw_brush_pictures.py`.

All of them are made of noise and circles with a fixed seed, so they are our own and come out the same every time.
White covers (or rises) most.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from numpy.typing import NDArray

from sdstudio import paths

Grey = NDArray[np.float64]


def noise(side: int, finest: float, coarsest: float, seed: int) -> Grey:
    """Noise of features between two sizes in pixels, 0..1, that repeats without a seam."""
    waves = np.fft.fft2(np.random.default_rng(seed).standard_normal((side, side)))
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    band = np.exp(-((2.5 * frequency * finest) ** 2)) - np.exp(-((2.5 * frequency * coarsest) ** 2))
    return spread(np.fft.ifft2(waves * band).real)


def spread(values: Grey) -> Grey:
    """Every value by its rank: all greys equally often."""
    ranks = np.empty(values.size)
    ranks[values.argsort(axis=None)] = np.linspace(0, 1, values.size)
    return ranks.reshape(values.shape)


def radius(side: int) -> Grey:
    """The distance from the middle; 1 at the middle of each edge."""
    places = np.linspace(-1, 1, side)
    return np.hypot(places[:, None], places[None, :])


def soft_step(values: Grey, at: float, width: float) -> Grey:
    return np.clip((values - at) / width + 0.5, 0, 1)


def charcoal() -> Grey:
    inside = soft_step(-radius(96) + 0.35 * noise(96, 3, 24, 1), -0.62, 0.25)
    return inside * soft_step(noise(96, 1.2, 6, 2), 0.42, 0.35)


def bristles() -> Grey:
    """The ends of the hairs of a flat brush, in a row across the way."""
    rng, picture = np.random.default_rng(3), np.zeros((128, 128))
    for _ in range(150):
        x, y = 64 + rng.normal(0, 7), rng.uniform(8, 120)
        cv2.circle(
            picture, (round(x * 16), round(y * 16)), round(rng.uniform(0.8, 2.6) * 16), rng.uniform(0.35, 1), -1, 16, 4
        )
    return cv2.GaussianBlur(picture, (0, 0), 0.7)


def spray() -> Grey:
    rng, picture = np.random.default_rng(4), np.zeros((160, 160))
    for _ in range(260):
        far, turn = abs(rng.normal(0, 0.36)), rng.uniform(0, 2 * np.pi)
        x, y = 80 + 76 * far * np.cos(turn), 80 + 76 * far * np.sin(turn)
        cv2.circle(
            picture,
            (round(x * 16), round(y * 16)),
            round(rng.exponential(0.9) * 16 + 8),
            rng.uniform(0.4, 1),
            -1,
            16,
            4,
        )
    return picture


def blot() -> Grey:
    """A drop of thin colour: darker at its uneven rim."""
    shape = radius(160) + 0.22 * (noise(160, 12, 60, 5) - 0.5)
    inside, rim = soft_step(-shape, -0.82, 0.03), np.exp(-(((shape - 0.76) / 0.07) ** 2))
    return inside * np.clip(0.5 + 0.16 * noise(160, 6, 40, 6) + 0.42 * rim, 0, 1)


def leaves() -> Grey:
    rng, picture = np.random.default_rng(7), np.zeros((192, 192))
    for _ in range(46):
        turn, far = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform(0, 1)) * 74
        at = (round((96 + far * np.cos(turn)) * 16), round((96 + far * np.sin(turn)) * 16))
        size = (round(rng.uniform(7, 14) * 16), round(rng.uniform(2.5, 5) * 16))
        cv2.ellipse(picture, at, size, rng.uniform(0, 360), 0, 360, rng.uniform(0.45, 1), -1, 16, 4)
    return picture


def fine_paper() -> Grey:
    return 0.65 * noise(256, 1.6, 9, 8) + 0.35 * noise(256, 5, 30, 9)


def rough_paper() -> Grey:
    return spread(0.6 * noise(384, 4, 18, 10) + 0.4 * noise(384, 1.5, 5, 11))


def canvas() -> Grey:
    """Threads that go over and under each other."""
    rows, columns = np.mgrid[0:192, 0:192]
    warp, weft = np.abs(np.sin(np.pi * columns / 6)), np.abs(np.sin(np.pi * rows / 6))
    over = (columns // 6 + rows // 6) % 2 == 0
    return 0.75 * np.where(over, warp * (0.7 + 0.3 * weft), weft * (0.7 + 0.3 * warp)) + 0.25 * noise(192, 2, 12, 12)


def main() -> None:
    folder = paths.resources() / "brushes"
    for draw in (charcoal, bristles, spray, blot, leaves, fine_paper, rough_paper, canvas):
        grey = np.rint(np.clip(draw(), 0, 1) * 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{draw.__name__.replace('_', '-')}.png"), grey, [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main()
