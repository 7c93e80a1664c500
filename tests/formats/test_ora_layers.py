"""Masks, clipping, adjustments, fills and locks in .ora: exactly ours again, and a picture of them for other programs.

`SDSTUDIO_ROUND_TRIPS=1000 pytest tests/formats/test_ora_layers.py` goes through more random documents.
"""

from __future__ import annotations

import io
import os
import random
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QColor

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer, PaintLayer
from sdstudio.errors import FileProblem
from sdstudio.formats.openraster import read_document, write_document
from sdstudio.formats.stack import Entry, from_xml
from sdstudio.raster.adjustments import KINDS, Blur, Curves, HueSaturation, Invert, Levels, LevelsRange
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.fills import GradientFill, GradientStop, SolidFill
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import over, view
from sdstudio.raster.tiles import Mask, Surface
from tests.document.test_composite import block
from tests.helpers.drawing import fingerprint

ROUND_TRIPS = int(os.environ.get("SDSTUDIO_ROUND_TRIPS", "40"))
CANVAS = Bounds(0, 0, 60, 50)
LEFT = Bounds(0, 0, 30, 50)


def random_document(seed: int) -> Document:
    chance = random.Random(seed)
    numbers = np.random.default_rng(seed)
    document = Document(Extent(chance.randrange(1, 70), chance.randrange(1, 70)))
    document.root.children = random_layers(chance, numbers, chance.randrange(6), 3)
    layers = list(document.walk())
    if layers:
        document.set_active(chance.choice(layers).id)
    document.selection = random_mask(chance, numbers) or Mask()
    document.selection.outside = 0
    for name in chance.sample(["hair", "sky — ☁", "a/b"], chance.randrange(3)):
        document.channels[name] = rectangle(LEFT)
    return document


def random_layers(chance: random.Random, numbers: np.random.Generator, count: int, depth: int) -> list[Layer]:
    layers: list[Layer] = []
    for index in range(count):
        kind = chance.choice([PaintLayer, PaintLayer, FillLayer, AdjustmentLayer, *([GroupLayer] if depth else [])])
        layer = kind(name=f"{index} <&“ü”>")
        if isinstance(layer, PaintLayer) and chance.random() < 0.8:
            pixels = numbers.integers(0, 256, (chance.randrange(1, 60), chance.randrange(1, 60), 4), np.uint8)
            pixels[:, :, :3] = np.minimum(pixels[:, :, :3], pixels[:, :, 3:])
            place = Point(chance.randrange(-30, 60), chance.randrange(-30, 60))
            layer.surface = Surface.from_image(over(pixels).copy(), place)
        elif isinstance(layer, GroupLayer):
            layer.children = random_layers(chance, numbers, chance.randrange(4), depth - 1)
            layer.isolated = chance.random() < 0.5
        elif isinstance(layer, FillLayer):
            layer.fill = SolidFill.of(QColor(*(chance.randrange(256) for _ in range(4))))
            if chance.random() < 0.5:
                stops = (GradientStop(0.0, "#00ff80"), GradientStop(0.7, "#800000", 0.3))
                layer.fill = GradientFill(stops, (0.0, 9.5), (chance.uniform(-50, 90), 4.0), "radial", "mirror", True)
        elif isinstance(layer, AdjustmentLayer):
            strong = [Levels(red=LevelsRange(9, 1.5, 99)), Curves(rgb=((0, 9), (99, 200))), HueSaturation(9, -9, 9)]
            layer.adjustment = chance.choice([*strong, *(one() for one in KINDS)])
        layer.visible, layer.opacity = chance.random() < 0.8, chance.choice([0.0, 0.37, 1.0])
        layer.mode, layer.clipped = chance.choice(list(BlendMode)), chance.random() < 0.3
        layer.mask, layer.mask_enabled = random_mask(chance, numbers), chance.random() < 0.7
        for flag in ("locked", "alpha_locked", "position_locked"):
            setattr(layer, flag, chance.random() < 0.3)
        layers.append(layer)
    return layers


def random_mask(chance: random.Random, numbers: np.random.Generator) -> Mask | None:
    if chance.random() < 0.5:
        return None
    mask = Mask(outside=chance.choice([0, 255]))
    if chance.random() < 0.8:
        area = Bounds(chance.randrange(-20, 40), chance.randrange(-20, 40), chance.randrange(1, 300), 20)
        mask.write(area, numbers.integers(0, 256, (area.height, area.width), np.uint8))
    return mask


@pytest.mark.parametrize("seed", range(ROUND_TRIPS))
def test_random_documents_come_back_exactly(seed: int, tmp_path: Path) -> None:
    document = random_document(seed)
    path = tmp_path / "random.ora"
    write_document(path, document.snapshot())
    again = read_document(path)
    assert fingerprint(again) == fingerprint(document)
    assert again.active_id == document.active_id
    assert again.channels.keys() == document.channels.keys()
    for name, mask in again.channels.items():
        assert mask.content_bounds() == document.channels[name].content_bounds()


def test_a_random_document_shows_the_same_again(tmp_path: Path) -> None:
    for seed in range(8):
        document = random_document(seed)
        write_document(tmp_path / "a.ora", document)
        again = read_document(tmp_path / "a.ora")
        assert render(again, again.bounds) == render(document, document.bounds)


def seen_by_others(path: Path) -> np.ndarray:
    """The baseline composed as a program does that knows normal and multiplied layers only: straight R, G, B, A."""
    with zipfile.ZipFile(path) as archive:
        extent, entries = from_xml(archive.read("stack.xml"))
        picture = np.zeros((extent.height, extent.width, 4))
        _lay_all(archive, picture, entries)
    return picture


def _lay_all(archive: zipfile.ZipFile, picture: np.ndarray, entries: list[Entry]) -> None:
    for entry in reversed(entries):
        if not entry.visible:
            continue
        above = np.zeros_like(picture)
        if entry.source is None:
            _lay_all(archive, above, entry.children)
        else:
            image = Image.open(io.BytesIO(archive.read(entry.source))).convert("RGBA")
            whole = Image.new("RGBA", (picture.shape[1], picture.shape[0]))
            whole.paste(image, (entry.x, entry.y))
            above = np.asarray(whole) / 255
        alpha, below = above[:, :, 3:] * entry.opacity, picture[:, :, 3:]
        assert entry.mode in ("svg:src-over", "svg:multiply")
        color = above[:, :, :3]
        if entry.mode == "svg:multiply":
            color = (1 - below) * color + below * color * picture[:, :, :3]
        total = alpha + below * (1 - alpha)
        mixed = color * alpha + picture[:, :, :3] * below * (1 - alpha)
        picture[:, :, :3] = np.divide(mixed, total, out=np.zeros_like(mixed), where=total > 0)
        picture[:, :, 3:] = total


@pytest.mark.parametrize(
    "layers",
    [
        [block("red", LEFT, mask=rectangle(Bounds(10, 10, 40, 20)))],
        [block("red", LEFT, mask=rectangle(LEFT), mask_enabled=False)],
        [block("red", LEFT), block("blue", Bounds(10, 10, 40, 20), clipped=True, opacity=0.5)],
        [block("red", LEFT, opacity=0.5), block("blue", Bounds(10, 10, 40, 20), clipped=True)],
        [block("red", LEFT, visible=False), block("blue", Bounds(10, 10, 40, 20), clipped=True)],
        [FillLayer(fill=SolidFill.of(QColor(0, 90, 200, 128)), mask=rectangle(LEFT), mode=BlendMode.MULTIPLY)],
        [GroupLayer(children=[block("red", CANVAS), FillLayer(mask=rectangle(LEFT))], mask=rectangle(LEFT))],
        [block("#808000", LEFT), AdjustmentLayer(adjustment=Invert(), opacity=0.6, mode=BlendMode.HUE)],
        [block("#808000", LEFT), AdjustmentLayer(adjustment=Blur(radius=3.0), mask=rectangle(Bounds(20, 0, 20, 50)))],
        [block("red", LEFT), AdjustmentLayer(adjustment=Invert(), clipped=True)],
        [block("red", LEFT), GroupLayer(children=[AdjustmentLayer(adjustment=Invert())], isolated=False)],
        [block("red", LEFT), AdjustmentLayer(adjustment=Invert(), visible=False)],
    ],
)
def test_other_programs_see_the_right_picture(layers: list[Layer], tmp_path: Path) -> None:
    document = Document(CANVAS.extent)
    document.root.children = [block("white", CANVAS), *layers]
    write_document(tmp_path / "others.ora", document)
    ours = view(render(document, CANVAS))[:, :, [2, 1, 0, 3]] / 255
    assert np.abs(seen_by_others(tmp_path / "others.ora") - ours).max() <= 3 / 255


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"type":"invert"', b'"type":"unheard"'),
        (b'"opacity":0.6', b'"opacity":"x"'),
        (b'"source":"sdstudio/mask', b'"source":"../../mask'),
    ],
)
def test_damaged_values_of_ours_are_one_sentence(old: bytes, new: bytes, tmp_path: Path) -> None:
    document = Document(CANVAS.extent)
    document.root.children = [AdjustmentLayer(adjustment=Invert(), opacity=0.6, mask=rectangle(LEFT))]
    write_document(tmp_path / "good.ora", document)
    with zipfile.ZipFile(tmp_path / "good.ora") as good, zipfile.ZipFile(tmp_path / "bad.ora", "w") as bad:
        for info in good.infolist():
            data = good.read(info)
            if info.filename == "sdstudio/document.json":
                assert old in data
                data = data.replace(old, new)
            bad.writestr(info, data)
    with pytest.raises(FileProblem, match="bad"):
        read_document(tmp_path / "bad.ora")


def test_an_opacity_out_of_range_is_brought_into_it(tmp_path: Path) -> None:
    document = Document(CANVAS.extent)
    document.root.children = [AdjustmentLayer(opacity=7.0)]
    write_document(tmp_path / "a.ora", document)
    assert read_document(tmp_path / "a.ora").root.children[0].opacity == 1.0


def test_saving_and_opening_tell_how_far_they_are(tmp_path: Path) -> None:
    document = random_document(3)
    for told, work in (
        (written := [], lambda: write_document(tmp_path / "a.ora", document, written.append)),
        (read := [], lambda: read_document(tmp_path / "a.ora", read.append)),
    ):
        work()
        assert told == sorted(told)
        assert 0 < told[-1] <= 1


def test_values_of_ours_are_plain_json(tmp_path: Path) -> None:
    document = Document(CANVAS.extent)
    document.root.children = [AdjustmentLayer(adjustment=Blur(radius=2.0)), FillLayer()]
    write_document(tmp_path / "a.ora", document)
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        stored = list(msgspec.json.decode(archive.read("sdstudio/document.json"))["layers"].values())
    assert {"type": "blur", "radius": 2.0} in [layer.get("adjustment") for layer in stored]
    assert {"type": "solid", "color": "#ff000000"} in [layer.get("fill") for layer in stored]
