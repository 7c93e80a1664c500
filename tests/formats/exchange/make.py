"""Makes the document that is exchanged with other programs: `python -m tests.formats.exchange.make FOLDER`.

Writes ours.ora, ours.psd and expected.png. README.md says what the programs made of them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PySide6.QtGui import QColor, QGuiApplication

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.layers import AdjustmentLayer, GroupLayer, Layer, PaintLayer
from sdstudio.formats.openraster import write_document
from sdstudio.formats.psd.writing import write_psd
from sdstudio.raster.adjustments import Invert
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.masks import ellipse
from sdstudio.raster.pixels import Pixels, filled, over
from sdstudio.raster.tiles import Mask, Surface

EXTENT = Extent(448, 640)  # higher than the strips in which a PNG is packed, and whole tiles of MyPaint


def made() -> Document:
    """A layer in Multiply, a mask, groups of both kinds, clipping, an adjustment with a mask, a hidden layer."""
    document = Document(EXTENT)
    document.root.children = [
        _layer("Background", _ramps(), 0, 0),
        _block("Blue multiply", Bounds(20, 30, 200, 260), "#3060d0", mode=BlendMode.MULTIPLY, opacity=0.8),
        _block("Masked red", Bounds(150, 80, 220, 220), "#e02020", mask=_soft_round()),
        GroupLayer(
            name="Group 50 %",
            opacity=0.5,
            children=[
                _block("Inner screen", Bounds(60, 300, 180, 140), "#40b060", mode=BlendMode.SCREEN),
                _block("Clipped yellow", Bounds(30, 350, 140, 200), "#f0d010", clipped=True),
            ],
        ),
        GroupLayer(
            name="Pass through",
            isolated=False,
            children=[_block("Difference", Bounds(200, 280, 180, 180), "#806020", mode=BlendMode.DIFFERENCE)],
        ),
        AdjustmentLayer(name="Invert", adjustment=Invert(), mask=_stripe(Bounds(300, 20, 90, 200))),
        _layer("Luminosity", _noise(), 120, 460, mode=BlendMode.LUMINOSITY),
        _block("Hidden", Bounds(0, 0, 448, 100), "#000000", visible=False),
    ]
    document.active_id = document.root.children[2].id
    return document


def main(folder: Path) -> None:
    document = made()
    write_document(folder / "ours.ora", document)
    write_psd(folder / "ours.psd", document)
    render(document, document.bounds).save(str(folder / "expected.png"))


def _layer(name: str, pixels: Pixels, x: int, y: int, **properties: object) -> Layer:
    surface = Surface()
    surface.write(Bounds(x, y, pixels.shape[1], pixels.shape[0]), over(pixels))
    return PaintLayer(name=name, surface=surface, **properties)  # type: ignore[arg-type]


def _block(name: str, area: Bounds, color: str, **properties: object) -> Layer:
    surface = Surface()
    surface.write(area, filled(area.width, area.height, QColor(color)))
    return PaintLayer(name=name, surface=surface, **properties)  # type: ignore[arg-type]


def _ramps() -> Pixels:
    pixels = np.full((EXTENT.height, EXTENT.width, 4), 255, np.uint8)
    pixels[:, :, 0] = np.linspace(40, 250, EXTENT.width)[None, :]
    pixels[:, :, 1] = np.linspace(250, 90, EXTENT.height)[:, None]
    pixels[:, :, 2] = np.linspace(200, 255, EXTENT.width)[None, :]
    return pixels


def _noise() -> Pixels:
    """Translucent, with pixels that round differently when they are made straight and premultiplied again."""
    rng = np.random.default_rng(8)
    pixels = rng.integers(0, 256, (140, 200, 4), np.uint8)
    pixels[:, :, 3] |= 128  # of what is hardly there, programs with other depths find another luminosity
    pixels[:, :, :3] = np.minimum(pixels[:, :, :3], pixels[:, :, 3:])
    return pixels


def _soft_round() -> Mask:
    mask = Mask(outside=255)
    mask.write(Bounds(150, 80, 220, 220), 255 - ellipse(170.5, 100.5, 330, 270).read(Bounds(150, 80, 220, 220)))
    return mask


def _stripe(area: Bounds) -> Mask:
    mask = Mask()
    mask.write(area, np.tile(np.linspace(0, 255, area.width).astype(np.uint8), (area.height, 1)))
    return mask


if __name__ == "__main__":
    app = QGuiApplication(sys.argv[:1])
    main(Path(sys.argv[1]))
