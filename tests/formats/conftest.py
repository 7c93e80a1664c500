"""A document that has one of everything that a file must keep."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from sdstudio.document.document import Document
from sdstudio.document.layers import GroupLayer, PaintLayer
from sdstudio.raster.blend import BlendMode
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
    top.name, top.opacity, top.mode = 'Sketch – 草图 🍎 <&">', 0.37, BlendMode.MULTIPLY
    top.mask = Mask()
    top.mask.write(Bounds(10, 20, 50, 40), np.random.default_rng(6).integers(0, 256, (40, 50), np.uint8))
    top.metadata = {"sdstudio:request": '{"prompt": "a red apple"}', "sdstudio:seam": "1.50"}
    inner = PaintLayer(name="Inner", visible=False, alpha_locked=True)
    inner.surface.write(Bounds(40, 40, 20, 20), filled(20, 20, QColor(200, 10, 60, 101)))
    clipped = PaintLayer(name="Clipped", clipped=True, locked=True, mode=BlendMode.LUMINOSITY)
    group = GroupLayer(name="Group", children=[inner, clipped], isolated=False, opacity=0.5, mode=BlendMode.SCREEN)
    made.root.children.append(GroupLayer(name="Outer", children=[group]))
    made.selection.write(Bounds(5, 6, 70, 80), np.random.default_rng(7).integers(0, 256, (80, 70), np.uint8))
    made.metadata = {"author": "someone"}
    made.set_active(inner.id)
    return made
