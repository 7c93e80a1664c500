from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage

from sdstudio.formats.png import encode_image, encode_png
from sdstudio.raster.pixels import over, view


def picture(height: int, width: int, channels: int) -> np.ndarray:
    """Noise on the left, where nothing repeats, and a ramp on the right, where everything does."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    pixels = np.random.default_rng(height * width).integers(0, 256, shape, np.uint8)
    pixels[:, width // 2 :] = np.arange(height, dtype=np.uint8).reshape(-1, *[1] * (pixels.ndim - 1))
    return pixels


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 700), (700, 1), (256, 3), (257, 33), (600, 200)])
def test_other_readers_find_every_pixel(height: int, width: int, channels: int) -> None:
    pixels = picture(height, width, channels)
    data = b"".join(encode_png(pixels))
    with Image.open(io.BytesIO(data)) as image:
        image.verify()
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == {1: "L", 3: "RGB", 4: "RGBA"}[channels]
        assert np.array_equal(np.asarray(image), pixels)
    order = {1: slice(None), 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]
    by_opencv = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(by_opencv if channels == 1 else by_opencv[:, :, order], pixels)
    assert QImage.fromData(data).width() == width


def test_a_view_that_is_not_contiguous_is_packed_as_it_looks() -> None:
    pixels = picture(300, 200, 4)[::2, 5:90]
    with Image.open(io.BytesIO(b"".join(encode_png(pixels)))) as image:
        assert np.array_equal(np.asarray(image), pixels)


def test_smooth_pictures_become_small() -> None:
    ramp = np.zeros((1024, 1024, 4), np.uint8)
    ramp[...] = np.arange(1024)[:, None, None] // 4
    assert len(b"".join(encode_png(ramp))) < ramp.nbytes / 100


def test_an_image_is_packed_as_its_pixels_would_be() -> None:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (700, 90, 4), np.uint8)
    pixels[:, :, :3] = np.minimum(pixels[:, :, :3], pixels[:, :, 3:])
    image = over(pixels)
    again = QImage.fromData(b"".join(encode_image(image))).convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    assert np.array_equal(view(again), pixels)


def test_who_cancels_is_heard_within_a_few_megabytes() -> None:
    heard = []
    b"".join(encode_png(np.zeros((4096, 4096, 4), np.uint8), lambda: heard.append(1)))
    assert len(heard) >= 8

    class Stopped(Exception):
        pass

    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        b"".join(encode_image(over(np.zeros((10, 10, 4), np.uint8)), stop))
