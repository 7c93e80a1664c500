from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, QSizeF

from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.ui.canvas.camera import ZOOM_RANGE, ZOOM_STOPS, Camera

cameras = st.builds(
    Camera,
    zoom=st.floats(*ZOOM_RANGE),
    rotation=st.floats(-180, 180),
    mirrored=st.booleans(),
    pan_x=st.floats(-5000, 5000),
    pan_y=st.floats(-5000, 5000),
    device_pixel_ratio=st.sampled_from([1.0, 1.25, 1.5, 2.0]),
)
places = st.builds(Point, st.floats(-4000, 4000), st.floats(-4000, 4000))


def distance(first: QPointF, second: QPointF) -> float:
    return math.hypot(first.x() - second.x(), first.y() - second.y())


@given(camera=cameras, place=places)
def test_there_and_back_is_the_same_place(camera: Camera, place: Point) -> None:
    assert camera.to_document(camera.to_view(place)).distance(place) < 1e-6


@given(camera=cameras, zoom=st.floats(0.001, 100), x=st.floats(0, 2000), y=st.floats(0, 2000))
def test_a_new_zoom_keeps_the_point_under_the_pointer(camera: Camera, zoom: float, x: float, y: float) -> None:
    at = QPointF(x, y)
    zoomed = camera.with_zoom(zoom, at)
    assert ZOOM_RANGE[0] <= zoomed.zoom <= ZOOM_RANGE[1]
    assert distance(zoomed.to_view(camera.to_document(at)), at) <= 0.75


@given(camera=cameras, degrees=st.floats(-720, 720), x=st.floats(0, 2000), y=st.floats(0, 2000))
def test_a_rotation_keeps_its_middle(camera: Camera, degrees: float, x: float, y: float) -> None:
    at = QPointF(x, y)
    turned = camera.rotated_by(degrees, at)
    assert -180 < turned.rotation <= 180
    assert distance(turned.to_view(camera.to_document(at)), at) <= 0.75


@given(camera=cameras, place=places, middle=st.floats(0, 2000))
def test_mirroring_turns_the_view_over(camera: Camera, place: Point, middle: float) -> None:
    before, after = camera.to_view(place), camera.flipped(middle).to_view(place)
    assert after.x() == pytest.approx(2 * middle - before.x(), abs=0.51)
    assert after.y() == pytest.approx(before.y(), abs=0.51)


def test_rotation_is_clockwise_and_mirroring_comes_first() -> None:
    camera = Camera().rotated_by(90, QPointF(0, 0))
    assert camera.to_view(Point(10, 0)) == QPointF(0, 10)
    assert Camera(mirrored=True).to_view(Point(10, 3)) == QPointF(-10, 3)


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
def test_full_zoom_is_one_pixel_for_one_pixel_of_the_device(ratio: float) -> None:
    camera = Camera(device_pixel_ratio=ratio).with_zoom(3.3, QPointF(77, 31)).with_zoom(1.0, QPointF(13, 57))
    start, end = camera.to_view(Point(0, 0)) * ratio, camera.to_view(Point(100, 0)) * ratio
    assert end.x() - start.x() == pytest.approx(100)
    assert start.x() == pytest.approx(round(start.x()))
    assert start.y() == pytest.approx(round(start.y()))


@given(camera=cameras, width=st.integers(1, 5000), height=st.integers(1, 5000))
def test_fit_shows_all_of_it_in_the_middle(camera: Camera, width: int, height: int) -> None:
    extent, view = Extent(width, height), QSizeF(800, 600)
    fitted = camera.fitted(extent, view, 20)
    shown = fitted.rect_in_view(Bounds.of(extent))
    if ZOOM_RANGE[0] < fitted.zoom < ZOOM_RANGE[1]:
        assert QRectF(19, 19, 762, 562).contains(shown)
        assert shown.width() == pytest.approx(760, abs=1) or shown.height() == pytest.approx(560, abs=1)
    assert shown.center().x() == pytest.approx(400, abs=1)
    assert shown.center().y() == pytest.approx(300, abs=1)


@given(camera=cameras, width=st.integers(100, 5000), height=st.integers(100, 5000))
def test_a_document_cannot_get_lost(camera: Camera, width: int, height: int) -> None:
    extent, view = Extent(width, height), QSizeF(800, 600)
    kept = camera.kept_near(extent, view, 30)
    shown = kept.rect_in_view(Bounds.of(extent))
    seen = shown.intersected(QRectF(0, 0, 800, 600))
    assert seen.width() >= min(29, shown.width() - 1)
    assert seen.height() >= min(29, shown.height() - 1)
    assert kept.kept_near(extent, view, 29) == kept


def test_a_document_in_view_is_left_where_it_is() -> None:
    camera = Camera(pan_x=-80, pan_y=400)
    assert camera.kept_near(Extent(200, 200), QSizeF(800, 600), 30) is camera


def test_zoom_stops_go_up_and_down_and_end() -> None:
    assert Camera(zoom=1.1).next_stop(1) == 1.5
    assert Camera(zoom=1.1).next_stop(-1) == 1.0
    assert Camera(zoom=1.0).next_stop(1) == 1.5
    assert Camera(zoom=64.0).next_stop(1) == ZOOM_STOPS[-1]
    assert Camera(zoom=0.02).next_stop(-1) == ZOOM_STOPS[0]


@given(camera=cameras)
def test_what_is_seen_holds_every_corner_of_the_view(camera: Camera) -> None:
    rect = QRectF(10, 20, 300, 200)
    seen = camera.area_seen(rect)
    for corner in (rect.topLeft(), rect.topRight(), rect.bottomLeft(), rect.bottomRight()):
        place = camera.to_document(corner)
        assert seen.x <= place.x + 1e-6 <= seen.right + 1e-3
        assert seen.y <= place.y + 1e-6 <= seen.bottom + 1e-3
