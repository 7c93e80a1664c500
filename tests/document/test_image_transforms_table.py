"""Whatever is done to the whole image, everything that has a place goes along: each thing, each way to turn it."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication

from sdstudio.document.channels import SaveChannel
from sdstudio.document.commands import AddLayer, EditSelection, SetLayer
from sdstudio.document.document import Document
from sdstudio.document.guides import Guides, SetGuides, guides_of
from sdstudio.document.history import Command
from sdstudio.document.image_transforms import flipped_image, recut, resized, turned_image
from sdstudio.document.layers import FillLayer, PaintLayer
from sdstudio.document.mirrors import Mirrors, SetMirrors, mirrors_of
from sdstudio.document.text_layers import TextEdit, text_of
from sdstudio.raster.fills import GradientFill, GradientStop
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import blank
from sdstudio.raster.text import Text
from sdstudio.raster.tiles import Mask, Surface
from sdstudio.raster.transform import Transform
from sdstudio.raster.warp import Filter
from tests.helpers.drawing import fingerprint

pytestmark = pytest.mark.usefixtures("qapp")
EXTENT = Extent(300, 200)
BLOCK = Bounds(80, 70, 60, 40)  # of everything that is a mask or pixels
PLACE = Point(90, 80)  # of everything that is a point
Way = tuple[Callable[[Document], Command], Transform]


def _to_corner(transform: Transform) -> Transform:
    """What a turn or mirror around the origin is, with the canvas back at 0, 0."""
    place = transform.bounds(Bounds.of(EXTENT))
    return transform.then(Transform.move(-place.x, -place.y))


def _leaning() -> Way:
    degrees = 30
    turned = Transform.rotate(degrees, Point(150, 100))
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    width, height = math.ceil(300 * c + 200 * s), math.ceil(300 * s + 200 * c)
    way = turned.then(Transform.move(width / 2 - 150, height / 2 - 100))
    return (lambda document: turned_image(document, degrees, Filter.SMOOTH)), way


WAYS: dict[str, Way] = {
    "turn 90": (lambda d: turned_image(d, 90, Filter.SMOOTH), _to_corner(Transform.rotate(90))),
    "turn 180": (lambda d: turned_image(d, 180, Filter.SMOOTH), _to_corner(Transform.rotate(180))),
    "turn 270": (lambda d: turned_image(d, 270, Filter.SMOOTH), _to_corner(Transform.rotate(270))),
    "turn 30": _leaning(),
    "flip across": (lambda d: flipped_image(d, across=True), _to_corner(Transform.scale(-1, 1))),
    "flip down": (lambda d: flipped_image(d, across=False), _to_corner(Transform.scale(1, -1))),
    "image size": (lambda d: resized(d, Extent(600, 100), Filter.SMOOTH), Transform.scale(2, 0.5)),
    "crop": (lambda d: recut(d, Bounds(20, 10, 250, 180)), Transform.move(-20, -10)),
    "canvas size": (lambda d: recut(d, Bounds(-30, -20, 400, 300)), Transform.move(30, 20)),
}


def full_document() -> Document:
    """One of each kind of thing that has a place."""
    document = Document.new(EXTENT)
    block = blank(BLOCK.width, BLOCK.height)
    block.fill(0xFFFF0000)
    pixels = PaintLayer(name="pixels", surface=Surface.from_image(block, Point(BLOCK.x, BLOCK.y)))
    document.run(AddLayer(pixels))
    document.run(SetLayer(pixels.id, mask=rectangle(BLOCK)))
    fill = GradientFill(
        stops=(GradientStop(0, "#000000"), GradientStop(1, "#ffffff")),
        start=(PLACE.x, PLACE.y),
        end=(PLACE.x + 50, PLACE.y + 20),
        shape="radial",
    )
    document.run(AddLayer(FillLayer(name="gradient", fill=fill)))
    TextEdit(document, Text(words="Hi", size=40, width=120, place=Transform.move(PLACE.x, PLACE.y).rows)).commit()
    document.run(EditSelection(rectangle(BLOCK), "Select"))
    document.run(SaveChannel("kept"))
    document.run(EditSelection(Mask(), "Deselect"))
    document.run(EditSelection(rectangle(BLOCK), "Select"))
    document.run(SetGuides(Guides(x=(PLACE.x,), y=(PLACE.y,))))
    document.run(SetMirrors(Mirrors(kind="left-right", x=PLACE.x, y=PLACE.y), "Mirror"))
    return document


def named(document: Document, name: str) -> PaintLayer | FillLayer:
    found = next(layer for layer in document.walk() if layer.name == name)
    assert isinstance(found, PaintLayer | FillLayer)
    return found


def areas(document: Document) -> dict[str, Bounds]:
    pixels = named(document, "pixels")
    assert isinstance(pixels, PaintLayer)
    assert pixels.mask is not None
    masks = {
        "layer mask": pixels.mask,
        "selection": document.selection,
        "saved selection": document.channels["kept"],
        "selection to come back": document.dropped_selection,
    }
    return {"pixels": pixels.surface.content_bounds()} | {name: mask.content_bounds() for name, mask in masks.items()}


def points(document: Document) -> dict[str, tuple[float, float]]:
    gradient = named(document, "gradient")
    text = text_of(named(document, "Hi"))
    assert isinstance(gradient, FillLayer)
    assert isinstance(gradient.fill, GradientFill)
    assert text is not None
    mirror, corner = mirrors_of(document).center(document.extent), text.transform.map(Point(0, 0))
    return {
        "gradient's start": gradient.fill.start,
        "gradient's end": gradient.fill.end,
        "text": (corner.x, corner.y),
        "mirror axes": (mirror.x, mirror.y),
    }


@pytest.mark.parametrize("name", list(WAYS))
def test_everything_that_has_a_place_goes_along(qapp: QApplication, name: str) -> None:
    make, way = WAYS[name]
    document = full_document()
    before, wanted_area = points(document), way.bounds(BLOCK)
    document.run(make(document))
    slack = 2 if name == "turn 30" else 0
    for what, area in areas(document).items():
        edges = (area.x, area.y, area.right, area.bottom)
        wanted = (wanted_area.x, wanted_area.y, wanted_area.right, wanted_area.bottom)
        assert edges == pytest.approx(wanted, abs=slack), what
    for what, place in points(document).items():
        there = way.map(Point(*before[what]))
        assert place == pytest.approx((there.x, there.y), abs=1e-3), what
    is_turned = name in ("turn 90", "turn 270")
    assert mirrors_of(document).kind == ("top-bottom" if is_turned else "left-right")
    if name != "turn 30":  # guides cannot lean: those stay as they are
        corner, guides = way.map(PLACE), guides_of(document)
        assert (*guides.x, *guides.y) == pytest.approx((corner.x, corner.y))


@pytest.mark.parametrize("name", list(WAYS))
def test_undo_brings_every_place_back_and_redo_repeats_it(qapp: QApplication, name: str) -> None:
    document = full_document()
    before = (fingerprint(document), areas(document), points(document), dict(document.metadata))
    document.run(WAYS[name][0](document))
    after = (fingerprint(document), areas(document), points(document), dict(document.metadata))
    document.history.undo()
    assert (fingerprint(document), areas(document), points(document), dict(document.metadata)) == before
    document.history.redo()
    assert (fingerprint(document), areas(document), points(document), dict(document.metadata)) == after
