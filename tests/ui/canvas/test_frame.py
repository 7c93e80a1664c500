from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QColor, QImage, QRegion
from PySide6.QtWidgets import QApplication

from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import over, view
from sdstudio.ui.canvas import picture
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.frame import Frame

SIZE = QSize(320, 240)
WHOLE = QRegion(QRect(0, 0, 320, 240))
CAMERAS = [
    Camera(zoom=1.0, pan_x=20, pan_y=10),
    Camera(zoom=0.37, pan_x=20, pan_y=10),
    Camera(zoom=0.1, pan_x=100, pan_y=90),
    Camera(zoom=1.43, pan_x=-31, pan_y=-12),
    Camera(zoom=3.37, pan_x=-231, pan_y=-112),
    Camera(zoom=17.3, pan_x=-2231, pan_y=-1112),
    Camera(zoom=2.6, mirrored=True, pan_x=500, pan_y=-100),
    Camera(zoom=5.3, mirrored=True, pan_x=900, pan_y=-100),
    Camera(zoom=4.37, pan_x=-331, pan_y=-212),
    Camera(zoom=0.8, rotation=30, pan_x=120, pan_y=-50),
    Camera(zoom=4.1, rotation=-71, mirrored=True, pan_x=520, pan_y=-350),
    Camera(zoom=1.5, pan_x=10, pan_y=-50, device_pixel_ratio=1.5),
]


@pytest.fixture
def document(qapp: QApplication) -> Document:
    """Noise, partly transparent, with a soft selection."""
    document = Document.new(Extent(310, 230), background=None)
    random = np.random.default_rng(5)
    pixels = np.ascontiguousarray(random.integers(0, 256, (230, 310, 4), dtype=np.uint8))
    pixels[:, :, :3] = np.minimum(pixels[:, :, :3], pixels[:, :, 3:])
    layer = document.active
    assert isinstance(layer, PaintLayer)
    layer.surface.write(Bounds(0, 0, 310, 230), over(pixels))
    document.selection.write(Bounds(40, 40, 90, 60), random.integers(0, 256, (60, 90), dtype=np.uint8))
    return document


def frame_of(document: Document, camera: Camera, *, with_mask: bool = False) -> Frame:
    frame = Frame(document)
    frame.resize(SIZE)
    frame.look_through(camera)
    frame.show_mask(QColor("red"), 1.0 if with_mask else 0.0)
    return frame


def pixels_of(image: QImage) -> np.ndarray:
    return view(image)[:, :, :3].astype(int)


@pytest.mark.parametrize("with_mask", [False, True])
@pytest.mark.parametrize("camera", CAMERAS)
def test_a_part_painted_by_itself_looks_as_in_the_whole(document: Document, camera: Camera, with_mask: bool) -> None:
    whole = pixels_of(frame_of(document, camera, with_mask=with_mask).image(WHOLE)).copy()
    pieces = frame_of(document, camera, with_mask=with_mask)
    for left in range(0, 320, 37):
        for top in range(0, 240, 29):
            image = pieces.image(QRegion(QRect(left, top, 37, 29)))
    difference = np.abs(pixels_of(image) - whole).max(axis=2)
    assert np.percentile(difference, 80) <= 1
    assert difference.max() <= 16  # QPainter weighs in sixteenths when it turns a picture; this one is pure noise


@pytest.mark.parametrize("camera", CAMERAS)
def test_panning_looks_as_if_painted_anew(document: Document, camera: Camera) -> None:
    moved = frame_of(document, camera)
    moved.image(WHOLE)
    moved.look_through(camera.panned(14, -9))
    anew = frame_of(document, camera.panned(14, -9))
    difference = np.abs(pixels_of(moved.image(WHOLE)) - pixels_of(anew.image(WHOLE)))
    assert (difference > 2).mean() < 0.001


def test_a_large_turned_view_is_painted_in_strips_that_fit(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = Camera(zoom=2.5, rotation=33, pan_x=300, pan_y=-200)
    size, rest = QSize(701, 523), QRegion(QRect(0, 100, 701, 423))

    def painted() -> np.ndarray:
        frame = frame_of(document, camera)
        frame.resize(size)
        frame.image(rest)
        return pixels_of(frame.image(QRegion(QRect(QPoint(0, 0), size)))).copy()

    in_strips = painted()
    monkeypatch.setattr(picture, "_WORTH_SHARING", 2**30)
    difference = np.abs(in_strips - painted())
    assert (difference > 2).mean() < 0.002
    assert difference.max() <= 40, "noise, weighed in sixteenths"


def test_at_full_zoom_every_pixel_is_the_documents_own(document: Document) -> None:
    layer = document.active
    assert isinstance(layer, PaintLayer)
    opaque = view(layer.surface.read(Bounds(0, 0, 310, 230))).copy()
    opaque[:, :, 3] = 255
    layer.surface.write(Bounds(0, 0, 310, 230), over(opaque))
    shown = pixels_of(frame_of(document, Camera(pan_x=5, pan_y=7)).image(WHOLE))
    assert (shown[8:236, 6:314] == opaque[1:229, 1:309, :3]).all()


def test_large_pixels_are_squares(document: Document) -> None:
    shown = pixels_of(frame_of(document, Camera(zoom=4, pan_x=0, pan_y=0)).image(WHOLE))
    blocks = shown[4:236, 4:316].reshape(58, 4, 78, 4, 3)
    assert (np.ptp(blocks, axis=(1, 3)) <= 30).mean() > 0.99  # a square's own colour over the two greys below it


def test_the_surround_is_neutral_and_settable(document: Document) -> None:
    frame = frame_of(document, Camera(pan_x=100, pan_y=100))
    assert np.ptp(pixels_of(frame.image(WHOLE))[5, 5]) == 0
    frame.set_surround(QColor(200, 200, 200))
    assert pixels_of(frame.image(WHOLE))[5, 5].tolist() == [200, 200, 200]


def test_a_checkerboard_shows_through_transparency(qapp: QApplication) -> None:
    frame = frame_of(Document.new(Extent(310, 230), background=None), Camera())
    greys = {tuple(color) for color in pixels_of(frame.image(WHOLE))[10:200, 10:200].reshape(-1, 3).tolist()}
    assert len(greys) == 2


def test_the_mask_is_a_pattern_and_grey_is_fainter(document: Document) -> None:
    flat = Document.new(Extent(310, 230))
    flat.selection.write(Bounds(0, 0, 150, 230), np.full((230, 150), 255, np.uint8))
    flat.selection.write(Bounds(150, 0, 100, 230), np.full((230, 100), 100, np.uint8))
    shown = pixels_of(frame_of(flat, Camera(), with_mask=True).image(WHOLE))
    strong, faint, none = shown[40:140, 20:120], shown[40:140, 155:245], shown[40:140, 255:300]
    assert strong.mean(axis=2).std() > 20  # told by its form, not by colour alone
    assert strong.mean() < faint.mean() < none.mean()
    assert (none == 255).all()


@pytest.mark.parametrize("zoom", [1.1, 1.37, 0.61, 0.33, 2.3, 5.7])
def test_the_document_fills_its_place_to_the_edge(qapp: QApplication, zoom: float) -> None:
    frame = frame_of(Document.new(Extent(91, 77)), Camera(zoom=zoom, pan_x=40, pan_y=30))
    shown = pixels_of(frame.image(WHOLE))
    right, bottom = min(320, 40 + round(91 * zoom)), min(240, 30 + round(77 * zoom))
    white = (shown == 255).all(axis=2)
    share = white[30:bottom, 40:right].mean()
    assert share == 1.0 if zoom < 5 else share > 0.8
