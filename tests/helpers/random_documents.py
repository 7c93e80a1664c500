"""Documents by chance: nested groups, masks, every mode, pixels on and off the canvas."""

from __future__ import annotations

import numpy as np

from sdstudio.document.document import Document
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer, PaintLayer
from sdstudio.raster.adjustments import BrightnessContrast, HueSaturation, Invert
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.fills import SolidFill
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.resample import from_rgba
from sdstudio.raster.tiles import Mask

_NAMES = ("Sky", "", "Ärger", "草图", "a/b\\c", "🍎", "x" * 300, '<&">', "</Layer group>")
_ADJUSTMENTS = (Invert(), HueSaturation(30, -20, 5), BrightnessContrast(10, -10))


def random_document(seed: int) -> Document:
    """The same document for the same seed."""
    chance = np.random.default_rng(seed)
    document = Document(Extent(int(chance.integers(1, 90)), int(chance.integers(1, 90))))
    document.root.children = [_layer(chance, 0) for _ in range(chance.integers(1, 6))]
    document.active_id = document.root.children[-1].id
    if chance.random() < 0.5:
        document.selection = _mask(chance, 0)
    return document


def _layer(chance: np.random.Generator, depth: int) -> Layer:
    layer: Layer
    what = chance.random()
    if what < 0.25 and depth < 3:
        children = [_layer(chance, depth + 1) for _ in range(chance.integers(0, 4))]
        layer = GroupLayer(children=children, isolated=bool(chance.random() < 0.5))
    elif what < 0.35:
        layer = AdjustmentLayer(adjustment=_ADJUSTMENTS[chance.integers(len(_ADJUSTMENTS))])
    elif what < 0.45:
        layer = FillLayer(fill=SolidFill(f"#ff{chance.integers(0, 2**24):06x}"))
    else:
        layer = PaintLayer()
        if chance.random() < 0.9:
            width, height = (int(side) for side in chance.integers(1, 60, 2))
            x, y = (int(place) for place in chance.integers(-50, 60, 2))
            pixels = chance.integers(0, 256, (height, width, 4), np.uint8)
            layer.surface.write(Bounds(x, y, width, height), from_rgba(pixels))
            layer.surface.drop_empty()
    layer.name = _NAMES[chance.integers(len(_NAMES))]
    layer.opacity = int(chance.integers(0, 256)) / 255
    isolated = not isinstance(layer, GroupLayer) or layer.isolated
    layer.mode = list(BlendMode)[chance.integers(len(BlendMode))] if isolated else BlendMode.NORMAL
    layer.visible, layer.clipped, layer.locked = (bool(flag) for flag in chance.random(3) < 0.3)
    layer.alpha_locked, layer.position_locked = (bool(flag) for flag in chance.random(2) < 0.2)
    if chance.random() < 0.3:
        layer.mask, layer.mask_enabled = _mask(chance, int(chance.choice([0, 255]))), bool(chance.random() < 0.7)
    return layer


def _mask(chance: np.random.Generator, outside: int) -> Mask:
    mask = Mask(outside)
    mask.write(Bounds(int(chance.integers(-20, 20)), 3, 30, 40), chance.integers(0, 256, (40, 30), np.uint8))
    return mask
