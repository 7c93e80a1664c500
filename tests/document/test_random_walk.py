"""Whatever a person does, undoing all of it gives the start and redoing all of it gives the end.

`SDSTUDIO_WALK_STEPS=5000 pytest tests/document/test_random_walk.py` walks longer.
"""

from __future__ import annotations

import contextlib
import os
import random

import pytest
from PySide6.QtGui import QColor

from sdstudio.document.channels import RemoveChannel, RenameChannel, SaveChannel
from sdstudio.document.commands import (
    AddLayer,
    DuplicateLayer,
    EditSelection,
    MergeDown,
    MoveLayer,
    RemoveLayer,
    ResizeCanvas,
    SetLayer,
    TranslateLayer,
    cleared,
)
from sdstudio.document.composite import Projection, render
from sdstudio.document.document import Document
from sdstudio.document.extraction import layer_from_selection
from sdstudio.document.fill import Bucket, Fill
from sdstudio.document.gradient_drag import GradientDrag
from sdstudio.document.layer_masks import (
    MaskStart,
    add_mask,
    apply_mask,
    invert_mask,
    mask_from_selection,
    remove_mask,
    select_mask,
)
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, PaintLayer
from sdstudio.document.mask_stroke import LayerMaskStroke, mask_area, painted_mask
from sdstudio.document.merging import Flatten, MergeLayers, MergeVisible, layer_from_visible
from sdstudio.document.selecting import load_channel, select_alpha
from sdstudio.document.selection_draft import SelectionDraft
from sdstudio.document.stroke import MaskStroke, Stroke
from sdstudio.document.structure import GroupLayers, MoveLayers, Ungroup
from sdstudio.errors import StudioError
from sdstudio.raster.adjustments import Adjustment, Blur, BrightnessContrast, HueSaturation, Invert, Levels
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.dabs import Brush, Sample
from sdstudio.raster.fills import GradientFill, GradientStop, SolidFill
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.gradient import Gradient, Ramp, Stop
from sdstudio.raster.masks import rectangle
from sdstudio.raster.tiles import Mask
from sdstudio.raster.wand import Likeness
from tests.helpers.drawing import blank_document, fingerprint

STEPS = int(os.environ.get("SDSTUDIO_WALK_STEPS", "150"))


class Walk:
    """A person who does anything, in any order."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.document = blank_document(320, 290)
        self.document.history._budget_bytes = 2**40
        self.steps = [
            *[self.paint] * 5, *[self.paint_mask] * 2, self.fill, self.select, self.clear, self.add, self.add_group,
            self.remove, self.move, self.set, self.duplicate, self.merge, self.translate, self.resize, self.choose,
            self.undo_some, self.add_adjustment, self.add_fill, self.adjust, *[self.mask] * 2,
            *[self.paint_layer_mask] * 3, self.fill_mask, self.group, self.ungroup, self.move_several,
            self.set_several, self.merge_several, self.extract, self.lay_gradient, self.keep, self.use_kept,
            self.try_selection,
        ]  # fmt: skip

    def step(self) -> None:
        # Refusals are part of life; a refused command must have changed nothing, or the way back fails.
        with contextlib.suppress(StudioError):
            self.random.choice(self.steps)()
        active = self.document.active
        assert active is not None or not self.document.root.children

    def anything(self) -> str:
        layers = [layer.id for layer in self.document.walk()]
        return self.random.choice(layers) if layers else ""

    def point(self) -> Point:
        return Point(self.random.uniform(-40, 360), self.random.uniform(-40, 330))

    def area(self) -> Bounds:
        a, b = self.point(), self.point()
        return Bounds.around(a.x, a.y, b.x, b.y)

    def brush(self) -> Brush:
        pick = self.random.choice
        return Brush(pick([1, 8, 40, 150]), pick([0, 0.5, 1]), pick([0.3, 1]), pick([0.2, 1]))

    def paint(self) -> None:
        color = QColor(*(self.random.randrange(256) for _ in range(3)))
        self.drag(Stroke(self.document, self.anything(), self.brush(), color, self.random.random() < 0.3))

    def paint_mask(self) -> None:
        self.drag(MaskStroke(self.document, self.brush(), self.random.choice([0, 90, 255])))

    def drag(self, stroke: Stroke | MaskStroke | LayerMaskStroke) -> None:
        for _ in range(self.random.randrange(1, 6)):
            stroke.add(Sample(self.point(), self.random.random()))
        self.random.choice([stroke.commit, stroke.commit, stroke.commit, stroke.cancel])()

    def fill(self) -> None:
        pick = self.random.choice
        likeness = Likeness(30, pick([True, False]), pick([0, 0, 5]), pick([True, False]), pick([-1, 0, 2]))
        bucket = Bucket(pick([QColor("teal"), None]), likeness, pick(["merged", "layer", "below"]), pick([1.0, 0.4]))
        pour = Fill(self.document, self.anything(), bucket)
        for _ in range(self.random.randrange(1, 3)):
            pour.add(self.point())
        pick([pour.commit, pour.commit, pour.cancel])()

    def lay_gradient(self) -> None:
        ramp = Ramp((Stop(0, "#ff0000", self.random.random()), Stop(1, "#0000ff", self.random.random())))
        gradient = GradientDrag(self.document, self.anything(), self.random.choice([1.0, 0.4]))
        for shape in self.random.sample(["linear", "radial", "angle"], 2):
            gradient.show(Gradient(ramp, self.point(), self.point(), shape))  # type: ignore[arg-type]
        self.random.choice([gradient.commit, gradient.commit, gradient.cancel])()

    def keep(self) -> None:
        self.document.run(SaveChannel(self.random.choice(["a", "b", "c"])))

    def use_kept(self) -> None:
        if not self.document.channels:
            return
        name = self.random.choice(list(self.document.channels))
        commands = [
            lambda: load_channel(self.document, name, self.random.choice(["replace", "add", "subtract", "intersect"])),
            lambda: RenameChannel(name, self.random.choice(["a", "d", "e"])),
            lambda: RemoveChannel(name),
            lambda: select_alpha(self.document, self.anything(), "add"),
        ]
        with contextlib.suppress(KeyError):
            self.document.run(self.random.choice(commands)())

    def try_selection(self) -> None:
        draft = SelectionDraft(self.document, "Select")
        for _ in range(2):
            draft.show(rectangle(self.area()))
        self.random.choice([draft.commit, draft.cancel])()

    def select(self) -> None:
        new = rectangle(self.area()) if self.random.random() < 0.5 else Mask()
        self.document.run(EditSelection(new, "Select"))

    def clear(self) -> None:
        self.document.run(cleared(self.document, self.anything()))

    def add(self) -> None:
        self.document.run(AddLayer(PaintLayer(name="Layer")))

    def add_group(self) -> None:
        self.document.run(AddLayer(GroupLayer(name="Group", isolated=self.random.random() < 0.7)))

    def remove(self) -> None:
        if target := self.anything():
            self.document.run(RemoveLayer(target))

    def move(self) -> None:
        groups = [None, *(layer.id for layer in self.document.walk() if isinstance(layer, GroupLayer))]
        if target := self.anything():
            self.document.run(MoveLayer(target, self.random.choice(groups), self.random.randrange(4)))

    def set(self) -> None:
        properties = {
            "opacity": self.random.random(),
            "mode": self.random.choice(list(BlendMode)),
            "visible": self.random.random() < 0.7,
            "locked": self.random.random() < 0.2,
            "alpha_locked": self.random.random() < 0.3,
            "clipped": self.random.random() < 0.15,
            "position_locked": self.random.random() < 0.3,
            "name": "Renamed",
        }
        name = self.random.choice(list(properties))
        if target := self.anything():
            self.document.run(SetLayer(target, **{name: properties[name]}))

    def duplicate(self) -> None:
        if (target := self.anything()) and len(list(self.document.walk())) < 12:
            self.document.run(DuplicateLayer(target))

    def merge(self) -> None:
        if target := self.anything():
            self.document.run(MergeDown(target))

    def translate(self) -> None:
        if target := self.anything():
            by = self.random.choice([(256, 0), (1, -1), (-300, 17)])
            self.document.run(TranslateLayer(target, *by))

    def resize(self) -> None:
        area = Bounds(self.random.randrange(-30, 30), self.random.randrange(-30, 30), 0, 0)
        self.document.run(
            ResizeCanvas(Bounds(area.x, area.y, self.random.randrange(200, 330), self.random.randrange(200, 330)))
        )

    def several(self) -> list[str]:
        ids = [layer.id for layer in self.document.walk()]
        return self.random.sample(ids, self.random.randrange(len(ids) + 1))

    def add_adjustment(self) -> None:
        if len(list(self.document.walk())) < 12:
            self.document.run(AddLayer(AdjustmentLayer(adjustment=self.adjustment())))

    def adjustment(self) -> Adjustment:
        pick = self.random.randrange
        chosen = [HueSaturation(pick(-180, 180), pick(-100, 100), 0), BrightnessContrast(pick(-50, 50), pick(-50, 50))]
        return self.random.choice([*chosen, Blur(radius=self.random.choice([0.0, 2.0, 5.0])), Invert(), Levels()])

    def add_fill(self) -> None:
        if len(list(self.document.walk())) < 12:
            color = QColor(*(self.random.randrange(256) for _ in range(4)))
            stops = (GradientStop(0.0, color.name()), GradientStop(1.0, "#ffffff", 0.5))
            gradient = GradientFill(stops, (0.0, 0.0), (self.random.uniform(-99, 300), 200.0), "diamond")
            self.document.run(AddLayer(FillLayer(fill=self.random.choice([SolidFill.of(color), gradient]))))

    def adjust(self) -> None:
        adjustments = [layer.id for layer in self.document.walk() if isinstance(layer, AdjustmentLayer)]
        if adjustments:
            self.document.run(SetLayer(self.random.choice(adjustments), adjustment=self.adjustment()))

    def mask(self) -> None:
        if target := self.anything():
            start: MaskStart = self.random.choice(["white", "black", "selection"])
            makers = [lambda: add_mask(self.document, target, start)] * 3
            makers += [lambda: SetLayer(target, mask_enabled=self.random.random() < 0.7)]
            for make in (apply_mask, remove_mask, invert_mask, mask_from_selection, select_mask):
                makers.append(lambda make=make: make(self.document, target))
            self.document.run(self.random.choice(makers)())

    def paint_layer_mask(self) -> None:
        masked = [layer.id for layer in self.document.walk() if layer.mask is not None]
        if masked:
            value = self.random.choice([0, 100, 255])
            self.drag(LayerMaskStroke(self.document, self.random.choice(masked), self.brush(), value))

    def fill_mask(self) -> None:
        value = self.random.choice([0, 255])
        if target := self.anything():
            area = mask_area(self.document, target, self.point(), Likeness(20), sample_merged=True)
            self.document.run(painted_mask(self.document, target, area, value, "Fill mask"))

    def group(self) -> None:
        if len(list(self.document.walk())) < 12:
            self.document.run(GroupLayers(self.several(), "Group"))

    def ungroup(self) -> None:
        if target := self.anything():
            self.document.run(Ungroup(target))

    def move_several(self) -> None:
        groups = [None, *(layer.id for layer in self.document.walk() if isinstance(layer, GroupLayer))]
        self.document.run(MoveLayers(self.several(), self.random.choice(groups), self.random.randrange(4)))

    def set_several(self) -> None:
        if some := self.several():
            self.document.run(SetLayer(some, opacity=self.random.random()))

    def merge_several(self) -> None:
        merges = [MergeLayers(self.several())] * 4 + [MergeVisible(), Flatten(), layer_from_visible(self.document, "V")]
        self.document.run(self.random.choice(merges))

    def extract(self) -> None:
        cut = self.random.random() < 0.5
        self.document.run(layer_from_selection(self.document, self.anything(), "Piece", cut=cut))

    def choose(self) -> None:
        self.document.set_active(self.anything() or None)

    def undo_some(self) -> None:
        for _ in range(self.random.randrange(4)):
            self.document.history.undo()
        for _ in range(self.random.randrange(3)):
            self.document.history.redo()


def redo_all(document: Document) -> None:
    while document.history.can_redo:
        document.history.redo()


def undo_all(document: Document) -> None:
    while document.history.can_undo:
        document.history.undo()
        assert document.active is not None or not document.root.children


@pytest.mark.timeout(120 + STEPS)
@pytest.mark.parametrize("seed", range(4))
def test_undoing_everything_gives_the_start_and_redoing_the_end(seed: int):
    walk = Walk(seed)
    start = fingerprint(walk.document)
    for _ in range(STEPS):
        walk.step()
    redo_all(walk.document)
    end = fingerprint(walk.document)
    undo_all(walk.document)
    assert fingerprint(walk.document) == start
    redo_all(walk.document)
    assert fingerprint(walk.document) == end


@pytest.mark.timeout(120 + STEPS)
@pytest.mark.parametrize("seed", range(20, 24))
def test_the_canvas_always_shows_what_a_fresh_composite_shows(seed: int):
    walk = Walk(seed)
    projection = Projection(walk.document)
    snapshot = walk.document.snapshot()
    before = fingerprint(snapshot)
    for _ in range(STEPS // 2):
        walk.step()
        part = walk.area().intersected(walk.document.bounds)
        assert projection.image(part) == render(walk.document, part)
    assert projection.image(walk.document.bounds) == render(walk.document, walk.document.bounds)
    assert fingerprint(snapshot) == before
