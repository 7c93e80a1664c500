"""Transforms, sizes, turns, words and shapes in any order: undo all is the start, redo all the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress

import msgspec
import pytest
from PySide6.QtGui import QColor

from sdstudio.document.align import Line, aligned
from sdstudio.document.commands import EditSelection
from sdstudio.document.document import Document
from sdstudio.document.image_transforms import flipped_image, recut, resized, turned_image
from sdstudio.document.layers import PaintLayer
from sdstudio.document.shapes import Inked, draw_paths
from sdstudio.document.text_layers import TextEdit, text_of
from sdstudio.document.transforms import Subject, transformed
from sdstudio.errors import StudioError
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.masks import rectangle
from sdstudio.raster.shapes import KINDS, Shape
from sdstudio.raster.text import Text
from sdstudio.raster.tiles import Mask
from sdstudio.raster.transform import Transform
from sdstudio.raster.warp import Filter
from tests.helpers.drawing import blank_document, fingerprint

pytestmark = pytest.mark.usefixtures("qapp")
STEPS = 40


class Walk:
    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.document: Document = blank_document(160, 120)

    def step(self) -> None:
        acts: list[Callable[[], None]] = [
            self.transform, self.transform, self.turn, self.flip, self.size, self.cut,
            self.shape, self.shape, self.write, self.select, self.align, self.choose,
        ]  # fmt: skip
        with suppress(StudioError):  # that what is refused leaves no trace is seen at the end
            self.dice.choice(acts)()

    def transform(self) -> None:
        dice, document = self.dice, self.document
        way = Transform.rotate(dice.choice([0, 90, 180, dice.uniform(0, 360)]), self.point())
        way = way.then(Transform.scale(dice.uniform(0.4, 1.6), dice.choice([1, -1, 0.7]), self.point()))
        way = way.then(Transform.move(dice.randint(-40, 40), dice.randint(-40, 40)))
        subject = Subject.of(document, [layer.id for layer in document.chosen])
        document.run(transformed(document.snapshot(), subject, way, dice.choice(list(Filter))))

    def turn(self) -> None:
        degrees = self.dice.choice([90, -90, 180, 10])
        self.document.run(turned_image(self.document.snapshot(), degrees, Filter.SMOOTH))

    def flip(self) -> None:
        self.document.run(flipped_image(self.document, across=self.dice.random() < 0.5))

    def size(self) -> None:
        extent = Extent(self.dice.randint(60, 260), self.dice.randint(60, 260))
        self.document.run(resized(self.document.snapshot(), extent, self.dice.choice(list(Filter))))

    def cut(self) -> None:
        dice = self.dice
        area = Bounds(dice.randint(-30, 30), dice.randint(-30, 30), dice.randint(50, 250), dice.randint(50, 250))
        self.document.run(recut(self.document, area))

    def shape(self) -> None:
        shape = Shape(self.dice.choice(KINDS), self.point(), self.point(), corners=5)
        inked = [Inked(shape.path(), QColor.fromHsv(self.dice.randrange(360), 200, 200, 180))]
        self.document.run(draw_paths(self.document, self.document.active_id, inked))

    def write(self) -> None:
        layer = self.document.active
        text = text_of(layer) if layer is not None else None
        if isinstance(layer, PaintLayer) and text is not None:
            edit = TextEdit(self.document, text, layer)
            edit.show(msgspec.structs.replace(text, words=text.words + "x"))
        else:
            place = self.point()
            edit = TextEdit(self.document, Text(words="ab", size=20, place=Transform.move(place.x, place.y).rows))
        edit.commit()

    def select(self) -> None:
        place = self.point()
        mask = rectangle(Bounds(int(place.x), int(place.y), 50, 40).intersected(self.document.bounds))
        self.document.run(EditSelection(mask if self.dice.random() < 0.5 else Mask(), "Select"))

    def align(self) -> None:
        ids = [layer.id for layer in self.document.chosen]
        self.document.run(aligned(self.document, ids, self.dice.choice(list(Line))))

    def choose(self) -> None:
        layers = list(self.document.walk())
        active = self.dice.choice(layers)
        others = [layer.id for layer in layers if self.dice.random() < 0.3]
        self.document.choose(others, active.id)

    def point(self) -> Point:
        return Point(self.dice.uniform(0, 160), self.dice.uniform(0, 120))


@pytest.mark.parametrize("seed", range(4))
def test_undo_all_is_the_start_and_redo_all_the_end(seed: int) -> None:
    walk = Walk(seed)
    history, start = walk.document.history, fingerprint(walk.document)
    for _ in range(STEPS):
        walk.step()
    end = fingerprint(walk.document)
    count = history.position
    assert count > STEPS / 4
    while history.can_undo:
        history.undo()
    assert fingerprint(walk.document) == start
    while history.can_redo:
        history.redo()
    assert fingerprint(walk.document) == end
    history.go_to(count // 2)
    history.go_to(count)
    assert fingerprint(walk.document) == end
