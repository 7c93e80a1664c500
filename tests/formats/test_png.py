from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage

from sdstudio.formats.png import encode_png


def picture(height: int, width: int, channels: int) -> np.ndarray:
    """Noise on the left, where nothing repeats, and a ramp on the right, where everything does."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    pixels = np.random.default_rng(height * width).integers(0, 256, shape, np.uint8)
    pixels[:, width // 2 :] = np.arange(height, dtype=np.uint8).reshape(-1, *[1] * (pixels.ndim - 1))
    return pixels


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 700), (700, 1), (256, 3), (257, 33), (600, 200)])
def test_other_readers_find_every_pixel(height: int, width: int, channels: int):
    pixels = picture(height, width, channels)
    data = encode_png(pixels)
    with Image.open(io.BytesIO(data)) as image:
        image.verify()
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == {1: "L", 3: "RGB", 4: "RGBA"}[channels]
        assert np.array_equal(np.asarray(image), pixels)
    order = {1: slice(None), 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]
    by_opencv = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(by_opencv if channels == 1 else by_opencv[:, :, order], pixels)
    assert QImage.fromData(data).width() == width


def test_a_view_that_is_not_contiguous_is_packed_as_it_looks():
    pixels = picture(300, 200, 4)[::2, 5:90]
    with Image.open(io.BytesIO(encode_png(pixels))) as image:
        assert np.array_equal(np.asarray(image), pixels)


def test_smooth_pictures_become_small():
    ramp = np.zeros((1024, 1024, 4), np.uint8)
    ramp[...] = np.arange(1024)[:, None, None] // 4
    assert len(encode_png(ramp)) < ramp.nbytes / 100
