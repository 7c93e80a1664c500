"""What a picture looks like at a step of the forward process: how much of it a job that starts there gets to see.

The picture and the noise are mixed as the model's latents are, but in colours and at the size of its latent cells: it
shows what is left to see, not the latents themselves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.generation.prepare import PAPER
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.resample import resize, to_rgb

Pixels = NDArray[np.uint8]


def noised(document: Document, area: Bounds, sigma: float, seed: int, cell: int) -> Pixels:
    """`area` of the canvas with noise of `sigma` times the picture's spread: RGB, one pixel for each `cell`."""
    small = Extent(max(1, area.width // cell), max(1, area.height // cell))
    picture = to_rgb(resize(render(document, area), small), PAPER).astype(np.float32) / 127.5 - 1
    noise = np.random.default_rng(seed).standard_normal(picture.shape, np.float32)
    alpha = np.float32((1 + sigma**2) ** -0.5)
    mixed = (alpha * (picture + np.float32(sigma) * noise) + 1) * 127.5
    shown: Pixels = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return shown
