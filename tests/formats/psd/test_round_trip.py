"""What we write we read again, and psd-tools, which is not ours, reads the same from it.

`SDSTUDIO_ROUND_TRIPS=1000 pytest tests/formats/psd/test_round_trip.py` goes through more random documents.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import psd_tools
import pytest
from PySide6.QtGui import QColor

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.layers import AdjustmentLayer, GroupLayer, Layer, PaintLayer
from sdstudio.formats.psd.modes import KEYS
from sdstudio.formats.psd.reading import read_psd
from sdstudio.formats.psd.writing import write_psd
from sdstudio.raster.adjustments import (
    Adjustment,
    BrightnessContrast,
    Curves,
    HueSaturation,
    Invert,
    Levels,
    LevelsRange,
    Posterise,
    Threshold,
)
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import filled, view
from sdstudio.raster.tiles import Mask, Surface
from tests.helpers.random_documents import random_document

ROUND_TRIPS = int(os.environ.get("SDSTUDIO_ROUND_TRIPS", "40"))


def same_tiles(one: Surface | Mask, other: Surface | Mask) -> bool:
    area = one.content_bounds()
    if area != other.content_bounds() or area.is_empty:
        return area == other.content_bounds()
    if isinstance(one, Surface) and isinstance(other, Surface):
        return one.read(area) == other.read(area)
    assert isinstance(one, Mask)
    assert isinstance(other, Mask)
    return np.array_equal(one.read(area), other.read(area))


def check_same(one: Layer, other: Layer) -> None:
    assert type(one) is type(other)
    for name in ("name", "visible", "locked", "alpha_locked", "position_locked", "clipped", "mask_enabled"):
        assert getattr(one, name) == getattr(other, name), (one.name, name)
    assert KEYS[one.mode] == KEYS[other.mode]
    assert other.opacity == pytest.approx(one.opacity, abs=0.003)
    assert (one.mask is None) == (other.mask is None)
    if one.mask is not None and other.mask is not None:
        assert one.mask.outside == other.mask.outside
        assert same_tiles(one.mask, other.mask)
    if isinstance(one, PaintLayer) and isinstance(other, PaintLayer):
        assert same_tiles(one.surface, other.surface), one.name
    if isinstance(one, GroupLayer) and isinstance(other, GroupLayer):
        assert one.isolated == other.isolated
        assert len(one.children) == len(other.children)
        for child, same in zip(one.children, other.children, strict=True):
            check_same(child, same)


def test_everything_comes_back(document: Document, tmp_path: Path) -> None:
    write_psd(tmp_path / "a.psd", document)
    opened = read_psd(tmp_path / "a.psd")
    assert opened.notes == []
    assert opened.document.extent == document.extent
    for one, other in zip(document.root.children, opened.document.root.children, strict=True):
        check_same(one, other)


@pytest.mark.parametrize("mode", list(BlendMode), ids=lambda mode: mode.name)
def test_every_mode_comes_back(mode: BlendMode, tmp_path: Path, qapp: object) -> None:
    document = Document.new(Extent(8, 8))
    document.root.children[1].mode = mode
    write_psd(tmp_path / "a.psd", document)
    found = read_psd(tmp_path / "a.psd").document.root.children[1].mode
    assert found is (BlendMode.LINEAR_DODGE if mode is BlendMode.ADD else mode)
    layer = list(psd_tools.PSDImage.open(tmp_path / "a.psd"))[1]
    assert layer.blend_mode.value == KEYS[mode]


@pytest.mark.parametrize(
    "adjustment",
    [
        Levels(red=LevelsRange(5, 0.5, 200, 10, 220)),
        Curves(rgb=((0, 10), (100, 150), (255, 240)), blue=((0, 255), (255, 0))),
        HueSaturation(-120, 40, -7),
        BrightnessContrast(-30, 60),
        Invert(),
        Posterise(7),
        Threshold(99),
    ],
    ids=lambda adjustment: type(adjustment).__name__,
)
def test_every_adjustment_comes_back(adjustment: Adjustment, tmp_path: Path, qapp: object) -> None:
    document = Document.new(Extent(8, 8))
    document.root.children.append(AdjustmentLayer(name="A", adjustment=adjustment))
    write_psd(tmp_path / "a.psd", document)
    layer = read_psd(tmp_path / "a.psd").document.root.children[-1]
    assert isinstance(layer, AdjustmentLayer)
    assert layer.adjustment == adjustment
    kind = list(psd_tools.PSDImage.open(tmp_path / "a.psd"))[-1].kind
    assert kind == type(adjustment).__name__.lower().replace("posterise", "posterize")


def test_another_reader_sees_the_same(document: Document, tmp_path: Path) -> None:
    write_psd(tmp_path / "a.psd", document)
    psd = psd_tools.PSDImage.open(tmp_path / "a.psd")
    background, sketch, outer, levels, fill = psd
    assert (psd.width, psd.height) == (300, 200)
    assert [layer.name for layer in psd] == [layer.name for layer in document.root.children]
    assert [layer.kind for layer in psd] == ["pixel", "pixel", "group", "levels", "solidcolorfill"]
    assert sketch.bbox == (-30, 150, 90, 240)
    assert (sketch.opacity, sketch.mask.disabled, sketch.mask.background_color) == (102, True, 255)
    assert outer.mask.bbox == (0, 0, 100, 100)
    [group] = outer
    inner, clipped = group
    assert (inner.visible, clipped.clipping_layer) == (False, True)
    mine = document.root.children[1]
    assert isinstance(mine, PaintLayer)
    straight = mine.surface.read(Bounds(-30, 150, 120, 90)).convertToFormat(
        filled(1, 1, QColor()).Format.Format_RGBA8888
    )
    assert np.array_equal(sketch.numpy() * 255, view(straight))
    assert np.array_equal(
        np.asarray(psd.topil().convert("RGB"))[5, 290], view(render(document, Bounds(290, 5, 1, 1)))[0, 0, 2::-1]
    )
    assert levels is not None
    assert background is not None
    assert fill.opacity == 51


@pytest.mark.parametrize("seed", range(ROUND_TRIPS))
def test_random_documents_come_back(seed: int, tmp_path: Path, qapp: object) -> None:
    document = random_document(seed)
    write_psd(tmp_path / "a.psd", document)
    other = read_psd(tmp_path / "a.psd").document
    for one, same in zip(document.root.children, other.root.children, strict=True):
        check_same(one, same)
    assert sum(1 for _ in psd_tools.PSDImage.open(tmp_path / "a.psd").descendants()) == sum(1 for _ in document.walk())
