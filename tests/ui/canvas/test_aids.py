from __future__ import annotations

import pytest

from sdstudio.document.guides import Guides
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.ui.canvas.aids import Aids, Grid, Snapping

EXTENT = Extent(300, 200)
GUIDES = Guides(x=(50.0,), y=(80.0,))


def snapping(guides: Guides = GUIDES, **changes: object) -> Snapping:
    return Snapping(Aids(**changes), guides, EXTENT, reach=5)  # type: ignore[arg-type]


def test_a_point_is_drawn_to_the_guides_near_it_and_only_to_these() -> None:
    assert snapping().snap(Point(53, 76)) == Point(50, 80)
    assert snapping().snap(Point(53, 100.5)) == Point(50, 100.5)
    assert snapping().snap(Point(56, 100.5)) == Point(56, 100.5)


def test_guides_that_are_hidden_or_switched_off_draw_nothing() -> None:
    assert snapping(guides_shown=False).snap(Point(53, 76)) == Point(53, 76)
    assert snapping(snap_guides=False).snap(Point(53, 76)) == Point(53, 76)


def test_edges_and_the_middle_draw_when_they_are_asked_to() -> None:
    assert snapping().snap(Point(2, 198)) == Point(2, 198)
    edges = snapping(snap_edges=True)
    assert edges.snap(Point(2, 198)) == Point(0, 200)
    assert edges.snap(Point(148, -3)) == Point(150, 0)


@pytest.mark.parametrize(("at", "to"), [((31, 46), (32, 45)), ((17.5, 24), (16, 25)), ((-3, 6), (0, 5))])
def test_the_grid_draws_with_its_offset_and_finer_lines(at: tuple[float, float], to: tuple[float, float]) -> None:
    grid = Grid(spacing_x=32, spacing_y=40, offset_y=5, subdivisions=2)
    shown = snapping(Guides(), grid_shown=True, grid=grid)
    assert shown.snap(Point(*at)) == Point(*to)
    assert snapping(Guides(), grid=grid).snap(Point(*at)) == Point(*at)  # not shown, not felt


def test_the_nearest_line_wins() -> None:
    both = snapping(Guides(x=(50.0, 53.0)))
    assert both.snap(Point(52, 0)).x == 53


def test_a_rectangle_snaps_by_its_edges_and_its_middle() -> None:
    assert snapping().shift(Bounds(52, 10, 30, 30)) == (-2, 0)
    assert snapping().shift(Bounds(17, 10, 30, 30)) == (3, 0)
    assert snapping().shift(Bounds(37, 10, 30, 30)) == (-2, 0)
    assert snapping().shift(Bounds(100, 46, 30, 30)) == (0, 4)
    assert snapping(snap_edges=True).shift(Bounds(3, 168, 30, 30)) == (-3, 2)
