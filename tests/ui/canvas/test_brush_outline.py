from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from sdstudio.raster.dabs import Brush
from sdstudio.raster.geometry import Point
from sdstudio.raster.stamps import learn
from sdstudio.raster.tips import Shape, dab
from sdstudio.ui.canvas.brush_outline import outline_of
from sdstudio.ui.canvas.camera import Camera

WEDGE = learn(np.tri(60, 60, dtype=np.uint8) * 255)


def test_a_round_brush_needs_only_its_diameter() -> None:
    assert outline_of(Brush(size=30), Camera()) is None


@pytest.mark.parametrize("brush", [Brush(size=80, roundness=0.3, angle=30), Brush(size=80, tip=WEDGE, angle=60)])
@pytest.mark.parametrize("camera", [Camera(), Camera(zoom=2.0, rotation=40.0), Camera(mirrored=True, rotation=-20.0)])
def test_the_outline_lies_where_the_dab_will(brush: Brush, camera: Camera) -> None:
    shape = outline_of(brush, camera)
    assert shape is not None
    made = dab(Point(0, 0), brush.size, 1.0, Shape(brush.angle, brush.roundness, brush.tip))
    origin = camera.to_view(Point(0, 0))
    wrong = 0
    for row in range(0, made.area.height, 4):
        for column in range(0, made.area.width, 4):
            place = camera.to_view(Point(made.area.x + column + 0.5, made.area.y + row + 0.5)) - origin
            wrong += shape.contains(QPointF(place)) != (made.coverage[row, column] > 0.5)
    inside = int((made.coverage[::4, ::4] > 0.5).sum())
    assert inside > 60
    assert wrong < inside * 0.12
