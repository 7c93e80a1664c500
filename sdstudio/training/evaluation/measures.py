"""The measures themselves, as plain functions of pictures. Must not know models or what the pictures show."""

import numpy as np
from PIL import Image

from sdstudio.training.pictures import COLOURS


def psnr(made: np.ndarray, real: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB of two uint8 pictures of one shape."""
    error = np.square(made.astype(np.float64) - real.astype(np.float64)).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def ssim(left: np.ndarray, right: np.ndarray, side: int = 64, window: int = 8) -> float:
    """Mean structural similarity (Wang et al. 2004) of two (H, W, 3) uint8 pictures.

    Both are made gray and ``side`` pixels wide first; windows are flat.
    """
    a, b = (np.asarray(Image.fromarray(x).convert("L").resize((side, side), Image.Resampling.BOX), np.float64)
            for x in (left, right))  # fmt: skip
    blocks = np.lib.stride_tricks.sliding_window_view
    a, b = (blocks(x, (window, window))[::2, ::2].reshape(-1, window * window) for x in (a, b))
    mean_a, mean_b = a.mean(1), b.mean(1)
    both = ((a - mean_a[:, None]) * (b - mean_b[:, None])).mean(1)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * mean_a * mean_b + c1) * (2 * both + c2)
    return float((top / ((mean_a**2 + mean_b**2 + c1) * (a.var(1) + b.var(1) + c2))).mean())


def background_of(picture: np.ndarray, border: int = 6) -> str:
    """The named colour nearest to the median of a (H, W, 3) uint8 picture's outer ``border`` pixels."""
    edge = np.concatenate([
        picture[:border].reshape(-1, 3), picture[-border:].reshape(-1, 3),
        picture[:, :border].reshape(-1, 3), picture[:, -border:].reshape(-1, 3),
    ])  # fmt: skip
    middle = np.median(edge, 0)
    return min(COLOURS, key=lambda name: float(np.square(middle - np.array(COLOURS[name])).sum()))


def jump(picture: np.ndarray, column: int) -> float:
    """Mean absolute difference, in levels, between the pixel columns left and right of ``column``."""
    return float(np.abs(picture[:, column].astype(np.int16) - picture[:, column - 1].astype(np.int16)).mean())


def sketch_of(picture: np.ndarray) -> np.ndarray:
    """What someone would dab down for a (H, W, 3) uint8 picture: 8x8 colours, blown up smoothly to its size."""
    small = Image.fromarray(picture).resize((8, 8), Image.Resampling.BOX)
    return np.asarray(small.resize(picture.shape[1::-1], Image.Resampling.BICUBIC))


def nearest(pictures: np.ndarray, training: np.ndarray) -> np.ndarray:
    """(N,) root mean square distance, 0 to 1, of each picture to its nearest in ``training``.

    Both (N, D) and (M, D) float32 in 0..1, flattened small pictures.
    """
    squares = np.square(pictures).sum(1)[:, None] + np.square(training).sum(1)[None] - 2 * pictures @ training.T
    return np.sqrt(np.maximum(squares.min(1), 0) / pictures.shape[1])


def small(pictures: np.ndarray, side: int = 32) -> np.ndarray:
    """(N, H, W, 3) uint8 to (N, side * side * 3) float32 in 0..1, for ``nearest``."""
    out = [np.asarray(Image.fromarray(p).resize((side, side), Image.Resampling.BOX), np.float32) for p in pictures]
    return np.stack(out).reshape(len(out), -1) / 255
