from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from sdstudio.raster import masks
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.pixels import view
from sdstudio.raster.tiles import Mask
from sdstudio.ui.canvas.ants import Ants
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.pyramid import Pyramid

EXTENT = Extent(3000, 2000)
VIEW = QRectF(0, 0, 400, 300)


def traced(mask: Mask, camera: Camera) -> Ants:
    ants = Ants()
    ants.trace(camera, VIEW, Pyramid(mask.read, EXTENT, Mask), EXTENT)
    return ants


@pytest.mark.parametrize("zoom", [0.02, 0.1, 0.37, 1.0, 5.0])
@pytest.mark.parametrize("rotation", [0, 45])
def test_the_line_is_where_the_selection_is_at_every_zoom(zoom: float, rotation: float) -> None:
    area = Bounds(100, 60, 40, 48)
    camera = Camera(zoom=zoom, rotation=rotation)
    middle = camera.to_view(Point(120, 84))
    camera = camera.panned(200 - middle.x(), 150 - middle.y())
    line = traced(masks.rectangle(area), camera).rect(camera)
    there = camera.rect_in_view(area)
    if zoom > 0.05:  # smaller than a pixel of the screen there is no line
        for mine, expected in ((line.center().x(), there.center().x()), (line.center().y(), there.center().y())):
            assert mine == pytest.approx(expected, abs=2)
        assert line.width() - 4 == pytest.approx(there.width(), abs=3)


def test_a_mask_that_is_weak_everywhere_has_a_line_too() -> None:
    area = Bounds(100, 60, 40, 48)
    mask = Mask()
    mask.write(area, np.full((48, 40), 60, np.uint8))
    camera = Camera()
    assert traced(mask, camera).rect(camera) == traced(masks.rectangle(area), camera).rect(camera)


def test_without_a_selection_there_is_no_line() -> None:
    assert traced(Mask(), Camera()).rect(Camera()).isEmpty()


def test_the_ants_move(qapp: object) -> None:
    camera = Camera()
    ants = traced(masks.rectangle(Bounds(20, 20, 100, 80)), camera)

    def picture() -> QImage:
        image = QImage(200, 150, QImage.Format.Format_RGB32)
        image.fill(0x808080)
        painter = QPainter(image)
        ants.paint(painter, camera)
        painter.end()
        return image

    first = picture()
    ants.march()
    assert picture() != first
    for _ in range(7):
        ants.march()
    assert picture() == first  # a whole round


def test_what_is_in_view_already_is_not_traced_again() -> None:
    reads: list[Bounds] = []
    mask = masks.rectangle(Bounds(100, 100, 50, 50))

    def read(area: Bounds) -> np.ndarray:
        reads.append(area)
        return mask.read(area)

    pyramid = Pyramid(read, EXTENT, Mask)
    ants = Ants()
    camera = Camera()
    ants.trace(camera, VIEW, pyramid, EXTENT)
    ants.trace(camera.panned(-20, -10), VIEW, pyramid, EXTENT)
    assert len(reads) == 1
    ants.trace(camera.panned(-900, -700), VIEW, pyramid, EXTENT)
    assert len(reads) == 2
    ants.forget()
    ants.trace(camera, VIEW, pyramid, EXTENT)
    assert len(reads) == 3


class TestRagged:
    """A selection like one by colour in a photograph: its lines would take seconds to follow."""

    @pytest.fixture
    def mask(self, monkeypatch: pytest.MonkeyPatch) -> Mask:
        mask = Mask()
        mask.write(Bounds(0, 0, 400, 300), np.random.default_rng(0).integers(0, 2, (300, 400)).astype(np.uint8) * 255)
        monkeypatch.setattr(masks, "outline", None)  # it must not be asked
        return mask

    def picture(self, ants: Ants, camera: Camera) -> np.ndarray:
        image = QImage(400, 300, QImage.Format.Format_RGB32)
        image.fill(0x808080)
        painter = QPainter(image)
        ants.paint(painter, camera)
        painter.end()
        return view(image)[:, :, 0].copy()

    @pytest.mark.parametrize("zoom", [1.0, 0.5])
    @pytest.mark.parametrize("rotation", [0, 30])
    def test_every_edge_is_dark_or_light_and_moves(
        self, qapp: object, mask: Mask, zoom: float, rotation: float
    ) -> None:
        camera = Camera(zoom=zoom, rotation=rotation)
        ants = traced(mask, camera)
        assert not ants.rect(camera).isEmpty()
        first = self.picture(ants, camera)
        assert {0, 255} <= set(np.unique(first))
        ants.march()
        second = self.picture(ants, camera)
        assert ((first != 128) == (second != 128)).all()  # the same edges
        assert (first != second).any()
        for _ in range(7):
            ants.march()
        assert (self.picture(ants, camera) == first).all()

    def test_edges_are_inside_of_the_selection(self, qapp: object, mask: Mask) -> None:
        shown = self.picture(traced(mask, Camera()), Camera()) != 128
        assert not (shown & (mask.read(Bounds(0, 0, 400, 300)) == 0)).any()

    def test_another_view_is_drawn_at_once_and_right_with_the_next_step(self, qapp: object, mask: Mask) -> None:
        ants, pyramid = Ants(), Pyramid(mask.read, EXTENT, Mask)
        ants.trace(Camera(), VIEW, pyramid, EXTENT)
        moved = Camera().panned(30, 20)
        stand_in = self.picture(ants, moved)
        assert (stand_in[20:, 30:] == self.picture(ants, Camera())[:-20, :-30]).all()
        ants.trace(moved, VIEW, pyramid, EXTENT)
        # The outermost pixels have no neighbour in the view that could make an edge of them.
        assert ((self.picture(ants, moved)[22:-2, 32:-2] != 128) == (stand_in[22:-2, 32:-2] != 128)).all()
