"""Where a document of every kind of layer comes from: the fixture of the other formats, and layers without pixels."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from sdstudio.document.document import Document
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, PaintLayer
from sdstudio.raster.adjustments import Levels, LevelsRange
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.fills import SolidFill
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import filled
from sdstudio.raster.resample import from_rgba
from sdstudio.raster.tiles import Mask


@pytest.fixture
def document(qapp: object) -> Document:
    made = Document.new(Extent(300, 200))
    _, top = made.root.children
    assert isinstance(top, PaintLayer)
    pixels = np.random.default_rng(5).integers(0, 256, (90, 120, 4), np.uint8)
    top.surface.write(Bounds(-30, 150, 120, 90), from_rgba(pixels))  # beyond the canvas on two sides
    top.name, top.opacity, top.mode = 'Sketch – 草图 🍎 <&">', 0.4, BlendMode.MULTIPLY
    top.mask, top.mask_enabled = Mask(255), False
    top.mask.write(Bounds(10, 20, 50, 40), np.random.default_rng(6).integers(0, 256, (40, 50), np.uint8))
    inner = PaintLayer(name="Inner", visible=False, alpha_locked=True)
    inner.surface.write(Bounds(40, 40, 20, 20), filled(20, 20, QColor(200, 10, 60, 101)))
    clipped = PaintLayer(name="Clipped", clipped=True, locked=True, position_locked=True, mode=BlendMode.LUMINOSITY)
    group = GroupLayer(name="Group", children=[inner, clipped], isolated=False, opacity=0.6)
    outer = GroupLayer(name="Outer", children=[group], mode=BlendMode.SCREEN, mask=Mask())
    assert outer.mask is not None
    outer.mask.write(Bounds(0, 0, 100, 100), np.full((100, 100), 77, np.uint8))
    levels = AdjustmentLayer(name="Levels", adjustment=Levels(rgb=LevelsRange(10, 1.5, 240)))
    made.root.children += [outer, levels, FillLayer(name="Fill", fill=SolidFill("#ff336699"), opacity=0.2)]
    return made
