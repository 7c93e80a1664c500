from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from sdstudio.document import composite, flatten
from sdstudio.document.commands import AddLayer, MoveLayer, RemoveLayer, ResizeCanvas, SetLayer
from sdstudio.document.composite import Projection, render
from sdstudio.document.document import Document
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer, PaintLayer
from sdstudio.raster.adjustments import Blur, BrightnessContrast, HueSaturation, Invert
from sdstudio.raster.blend import BlendMode, blend
from sdstudio.raster.geometry import EMPTY, Bounds, Point
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import filled, view
from sdstudio.raster.tiles import Mask, Surface
from tests.helpers.drawing import blank_document, draw, pick

CANVAS = Bounds(0, 0, 300, 280)
LEFT, MIDDLE = Bounds(0, 0, 200, 280), Bounds(100, 0, 150, 280)


def block(color: QColor | str, area: Bounds, **properties: object) -> PaintLayer:
    surface = Surface.from_image(filled(area.width, area.height, QColor(color)), Point(area.x, area.y))
    return PaintLayer(surface=surface, **properties)


def document_of(*layers: Layer) -> Document:
    document = Document(CANVAS.extent)
    document.root.children = list(layers)
    return document


def color_at(document: Document, x: int, y: int = 100) -> str:
    return pick(document, Point(x + 0.5, y + 0.5)).name(QColor.NameFormat.HexArgb)


def test_layers_lie_on_each_other_bottom_first():
    document = document_of(block("red", LEFT), block("blue", MIDDLE))
    assert [color_at(document, x) for x in (50, 150, 220, 280)] == ["#ffff0000", "#ff0000ff", "#ff0000ff", "#00000000"]


def test_hidden_layers_and_groups_are_not_there():
    inner = block("blue", MIDDLE)
    document = document_of(block("red", LEFT), GroupLayer(children=[inner], visible=False))
    assert color_at(document, 150) == "#ffff0000"


def test_opacity_of_layer_and_group_multiply():
    inner = block("black", MIDDLE, opacity=0.5)
    document = document_of(block("white", CANVAS), GroupLayer(children=[inner], opacity=0.5))
    assert pick(document, Point(150, 100)).red() == pytest.approx(255 * 0.75, abs=1.5)


@pytest.mark.parametrize("mode", BlendMode)
def test_a_layer_is_blended_in_its_mode(mode: BlendMode):
    backdrop, top = QColor(200, 120, 40), QColor(90, 180, 230, 200)
    document = document_of(block(backdrop, CANVAS), block(top, MIDDLE, mode=mode, opacity=0.7))
    expected = filled(1, 1, backdrop)
    blend(expected, filled(1, 1, top), mode, 0.7)
    assert render(document, Bounds(150, 100, 1, 1)) == expected


def test_an_isolated_group_blends_only_among_its_own():
    multiplied = block("red", MIDDLE, mode=BlendMode.MULTIPLY)
    isolated = document_of(block("blue", CANVAS), GroupLayer(children=[multiplied]))
    passing = document_of(block("blue", CANVAS), GroupLayer(children=[multiplied], isolated=False))
    assert color_at(isolated, 150) == "#ffff0000"
    assert color_at(passing, 150) == "#ff000000"


def test_a_mask_shows_what_it_covers():
    layer = block("red", CANVAS)
    layer.mask = rectangle(MIDDLE)
    layer.mask.write(Bounds(100, 0, 50, 280), np.full((280, 50), 51, np.uint8))
    document = document_of(block("white", CANVAS), layer)
    assert [color_at(document, x) for x in (50, 120, 200, 290)] == ["#ffffffff", "#ffffcccc", "#ffff0000", "#ffffffff"]


def test_a_clipped_layer_shows_only_on_its_base():
    document = document_of(block("red", LEFT), block("blue", MIDDLE, clipped=True))
    assert [color_at(document, x) for x in (50, 150, 220)] == ["#ffff0000", "#ff0000ff", "#00000000"]


def test_clipping_keeps_the_alpha_of_a_translucent_base():
    base = block(QColor(255, 0, 0, 100), LEFT)
    document = document_of(
        base, block("blue", MIDDLE, clipped=True), block(QColor(0, 255, 0, 128), MIDDLE, clipped=True)
    )
    image = render(document, CANVAS)
    assert view(image)[100, 50].tolist() == [0, 0, 100, 100]
    assert view(image)[100, 150, 3] == 100
    assert view(image)[100, 150, :3].tolist() == pytest.approx([50, 50, 0], abs=1)


def test_a_hidden_base_hides_what_is_clipped_to_it():
    document = document_of(block("red", LEFT, visible=False), block("blue", MIDDLE, clipped=True))
    assert color_at(document, 150) == "#00000000"


def test_clipping_to_a_group():
    group = GroupLayer(children=[block("red", LEFT)])
    document = document_of(group, block("blue", CANVAS, clipped=True))
    assert [color_at(document, x) for x in (50, 250)] == ["#ff0000ff", "#00000000"]


def test_a_pass_through_group_that_is_faded_or_masked_changes_what_is_below_by_as_much():
    multiplied = block("red", CANVAS, mode=BlendMode.MULTIPLY)
    group = GroupLayer(children=[multiplied], isolated=False, opacity=0.5)
    document = document_of(block("white", CANVAS), group)
    assert color_at(document, 150) in ("#ffff7f7f", "#ffff8080")
    group.opacity, group.mask = 1.0, rectangle(LEFT)
    assert [color_at(document, x) for x in (150, 250)] == ["#ffff0000", "#ffffffff"]


@pytest.mark.parametrize("above", ["nothing", "clipped", "multiplied", "adjusted"])
def test_what_an_opaque_layer_hides_need_not_be_composed(above: str, monkeypatch: pytest.MonkeyPatch):
    cover = block("#408020", MIDDLE)
    hidden = [block(QColor(200, 0, 0, 120), CANVAS), AdjustmentLayer(adjustment=Invert())]
    over_it: dict[str, list[Layer]] = {
        "nothing": [],
        "clipped": [block("blue", LEFT, clipped=True, opacity=0.5)],
        "multiplied": [block("yellow", LEFT, mode=BlendMode.MULTIPLY, opacity=0.4)],
        "adjusted": [AdjustmentLayer(adjustment=Blur(radius=4.0))],
    }
    document = document_of(*hidden, cover, *over_it[above])
    quick = render(document, CANVAS)
    monkeypatch.setattr(flatten, "hides_below", lambda layer, area: False)
    assert render(document, CANVAS) == quick


def test_an_opaque_layer_hides_what_is_below_until_it_changes():
    cover = block("white", MIDDLE)
    document = document_of(block("red", CANVAS), cover)
    assert color_at(document, 150) == "#ffffffff"
    cover.surface.write(Bounds(140, 90, 20, 20), filled(20, 20, QColor(0, 0, 0, 0)))
    assert color_at(document, 150) == "#ffff0000"
    cover.opacity = 0.5
    assert color_at(document, 120) in ("#ffff7f7f", "#ffff8080")


def test_every_kind_of_layer_may_have_a_mask_and_a_disabled_one_does_nothing():
    inverted = AdjustmentLayer(adjustment=Invert())
    for layer in (GroupLayer(children=[block("black", CANVAS)]), FillLayer(), inverted):
        layer.mask = rectangle(LEFT)
        document = document_of(block("white", CANVAS), layer)
        assert [color_at(document, x) for x in (150, 250)] == ["#ff000000", "#ffffffff"]
        layer.mask_enabled = False
        assert [color_at(document, x) for x in (150, 250)] == ["#ff000000", "#ff000000"]


def test_a_mask_that_is_white_outside_hides_only_where_it_was_painted():
    layer = block("red", CANVAS, mask=Mask(outside=255))
    layer.mask.write(LEFT, np.zeros((LEFT.height, LEFT.width), np.uint8))
    document = document_of(block("white", CANVAS), layer)
    assert [color_at(document, x) for x in (150, 250)] == ["#ffffffff", "#ffff0000"]


def test_an_adjustment_changes_what_is_below_it_in_its_group_only():
    inverted = AdjustmentLayer(adjustment=Invert())
    group = GroupLayer(children=[block("red", LEFT), inverted, block("lime", Bounds(0, 0, 20, 280))])
    document = document_of(block("white", CANVAS), group)
    assert [color_at(document, x) for x in (10, 150, 250)] == ["#ff00ff00", "#ff00ffff", "#ffffffff"]
    group.isolated = False
    assert [color_at(document, x) for x in (10, 150, 250)] == ["#ff00ff00", "#ff00ffff", "#ff000000"]


def test_a_clipped_adjustment_works_on_its_base_alone():
    inverted = AdjustmentLayer(adjustment=Invert(), clipped=True)
    document = document_of(block("white", CANVAS), block("red", LEFT), inverted)
    assert [color_at(document, x) for x in (150, 250)] == ["#ff00ffff", "#ffffffff"]


def test_an_adjustment_keeps_alpha_and_fades_with_its_opacity():
    inverted = AdjustmentLayer(adjustment=Invert(), opacity=0.5)
    document = document_of(block(QColor(200, 0, 0, 100), LEFT), inverted)
    color = pick(document, Point(50.5, 50.5))
    assert color.getRgb() == pytest.approx((127, 127, 127, 100), abs=3)
    inverted.opacity = 0.0
    assert pick(document, Point(50.5, 50.5)).getRgb() == pytest.approx((200, 0, 0, 100), abs=2)


def test_an_adjustment_in_another_mode_blends_its_colours_with_those_before():
    same = AdjustmentLayer(adjustment=BrightnessContrast(), mode=BlendMode.MULTIPLY)
    document = document_of(block(QColor(128, 64, 255), LEFT), same)
    assert pick(document, Point(50, 50)).getRgb() == pytest.approx((64, 16, 255, 255), abs=1)


def test_a_blur_reaches_over_tiles_and_does_not_darken_the_canvas_edge():
    blur = AdjustmentLayer(adjustment=Blur(radius=10.0))
    document = document_of(block("white", CANVAS), block("black", Bounds(250, 0, 50, 280)), blur)
    grey = [pick(document, Point(x + 0.5, 100)).red() for x in (200, 240, 249, 250, 260, 299)]
    assert grey == sorted(grey, reverse=True)
    assert (grey[0], grey[-1]) == (255, 0)
    assert 100 < grey[2] < 155
    assert pick(document, Point(0.5, 0.5)).getRgb() == (255, 255, 255, 255)


def test_a_clipped_blur_does_not_darken_the_edge_of_its_base():
    blur = AdjustmentLayer(adjustment=Blur(radius=6.0), clipped=True)
    document = document_of(block("red", LEFT), blur)
    assert [color_at(document, x) for x in (0, 100, 199, 200)] == ["#ffff0000"] * 3 + ["#00000000"]


def busy_document() -> Document:
    document = blank_document(600, 500)
    draw(document, (100, 100), (500, 400), (300, 50))
    document.run(AddLayer(GroupLayer(name="Group", opacity=0.7, mode=BlendMode.SCREEN)))
    document.run(AddLayer(block("teal", Bounds(150, 100, 300, 300), mode=BlendMode.HUE), document.active_id))
    draw(document, (200, 400), (400, 60), color="orange")
    document.run(AddLayer(block(QColor(9, 99, 200, 99), Bounds(-50, 200, 400, 100), clipped=True), index=1))
    document.run(AddLayer(AdjustmentLayer(adjustment=Blur(radius=5.0), mask=rectangle(Bounds(90, 80, 300, 300)))))
    document.run(AddLayer(AdjustmentLayer(adjustment=HueSaturation(hue=90), opacity=0.6)))
    document.run(AddLayer(block(QColor(200, 90, 20, 150), Bounds(300, 0, 250, 500), mode=BlendMode.ADD, opacity=0.4)))
    return document


@pytest.mark.parametrize("area", [Bounds(0, 0, 1, 1), Bounds(250, 250, 12, 300), Bounds(-30, -40, 700, 600)])
def test_a_part_is_the_same_alone_as_in_the_whole(area: Bounds):
    document = busy_document()
    whole = render(document, Bounds(-100, -100, 900, 800))
    part = render(document, area)
    assert part == whole.copy(area.x + 100, area.y + 100, area.width, area.height)


def test_an_empty_area_gives_a_null_picture():
    assert render(busy_document(), EMPTY).isNull()
    assert render(busy_document(), EMPTY, scale=0.5).isNull()


def test_scale_gives_a_smaller_picture_of_the_same():
    document = document_of(block("red", LEFT), block("blue", Bounds(200, 0, 100, 280)))
    small = render(document, CANVAS, scale=0.1)
    assert (small.width(), small.height()) == (30, 28)
    assert small.pixelColor(10, 10) == QColor("red")
    assert small.pixelColor(25, 10) == QColor("blue")
    assert render(document, CANVAS, scale=0.0001).size().width() == 1


def test_pick_gives_the_straight_colour():
    document = document_of(block(QColor(200, 100, 50, 128), LEFT))
    color = pick(document, Point(0.2, 0.9))
    assert color.getRgb()[3] == 128
    assert color.red() == pytest.approx(200, abs=1)
    assert pick(document, Point(-1, 5)).alpha() == 0


class Counted:
    """A Projection, and which areas it really composed."""

    def __init__(self, document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
        self.document = document
        self.composed: list[Bounds] = []
        original = composite.flatten

        def counting(layers: list[Layer], area: Bounds, canvas: Bounds) -> QImage:
            self.composed.append(area)
            return original(layers, area, canvas)

        monkeypatch.setattr(composite, "flatten", counting)
        self.projection = Projection(document)

    def check(self, area: Bounds) -> int:
        """The projection tells the truth; the number of pixels that it had to compose for it."""
        self.composed.clear()
        image = self.projection.image(area)
        pixels = sum(part.extent.area for part in self.composed)
        assert image == render(self.document, area)
        return pixels


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(busy_document(), monkeypatch)


def test_the_projection_composes_only_what_is_asked_for_and_only_once(counted: Counted):
    assert counted.check(Bounds(10, 10, 100, 100)) == 100 * 100
    assert counted.check(Bounds(10, 10, 100, 100)) == 0
    assert counted.check(Bounds(60, 10, 100, 100)) == 50 * 100


def test_a_stroke_makes_only_its_rectangle_stale(counted: Counted):
    counted.check(counted.document.bounds)
    draw(counted.document, (300, 250), layer_id=counted.document.root.children[0].id)
    assert 0 < counted.check(counted.document.bounds) < (40 + 2 * 18) ** 2  # the blur carries it 18 pixels farther
    counted.document.history.undo()
    assert 0 < counted.check(counted.document.bounds) <= (2 * 256 + 2 * 18) ** 2


def test_painting_on_the_top_layer_composes_what_lies_below_only_once(monkeypatch: pytest.MonkeyPatch):
    top = PaintLayer(name="Top")
    layers = [block("white", CANVAS), block("blue", MIDDLE, mode=BlendMode.MULTIPLY), block("red", LEFT, opacity=0.3)]
    document = document_of(*layers, GroupLayer(children=[top], opacity=0.6), block("green", LEFT, opacity=0.1))
    counted = Counted(document, monkeypatch)
    counted.check(CANVAS)
    for color in ("red", "blue", "black"):
        draw(document, (50, 50), (200, 200), color=color, layer_id=top.id)
        composed_below = counted.check(CANVAS)
        assert (composed_below > 0) == (color == "red")
    draw(document, (60, 60), (190, 200), layer_id=layers[1].id)
    counted.check(CANVAS)
    draw(document, (50, 50), (200, 200), color="teal", layer_id=top.id)
    counted.check(CANVAS)


def test_a_slider_that_is_dragged_composes_what_lies_below_only_once(monkeypatch: pytest.MonkeyPatch):
    layers = [block("white", CANVAS), block("blue", MIDDLE, mode=BlendMode.MULTIPLY)]
    adjustment = AdjustmentLayer(adjustment=BrightnessContrast())
    document = document_of(*layers, adjustment, block("green", LEFT, opacity=0.1))
    counted = Counted(document, monkeypatch)
    counted.check(CANVAS)
    for brightness in (10, 20, 30):
        document.run(SetLayer(adjustment.id, adjustment=BrightnessContrast(brightness=brightness)))
        assert (counted.check(CANVAS) > 0) == (brightness == 10)
    document.run(SetLayer(layers[1].id, opacity=0.5))
    counted.check(CANVAS)
    draw(document, (50, 50), (200, 200), color="teal", layer_id=layers[0].id)
    counted.check(CANVAS)
    document.run(SetLayer(layers[1].id, clipped=True))
    counted.check(CANVAS)
    document.history.undo()
    counted.check(CANVAS)


def test_properties_that_do_not_show_cost_nothing(counted: Counted):
    counted.check(counted.document.bounds)
    layer = counted.document.root.children[0]
    counted.document.run(SetLayer(layer.id, name="Paper", locked=True))
    assert counted.check(counted.document.bounds) == 0


def test_a_layer_that_changes_makes_only_its_tiles_stale(monkeypatch: pytest.MonkeyPatch):
    small = block("red", Bounds(10, 10, 20, 20))
    document = document_of(block("white", CANVAS), GroupLayer(children=[small]), block("blue", MIDDLE, opacity=0.5))
    counted = Counted(document, monkeypatch)
    counted.check(CANVAS)
    for command in (
        SetLayer(small.id, visible=False),
        SetLayer(document.root.children[1].id, opacity=0.5),
        MoveLayer(small.id, None, 1),
        RemoveLayer(small.id),
    ):
        document.run(command)
        assert counted.check(CANVAS) <= 256 * 256
        document.history.undo()
        assert counted.check(CANVAS) <= 256 * 256
        document.history.redo()
        counted.check(CANVAS)


def test_the_projection_follows_structure_and_size(counted: Counted):
    document = counted.document
    counted.check(document.bounds)
    for command in (
        RemoveLayer(document.root.children[0].id),
        SetLayer(document.root.children[-1].id, opacity=0.9),
        AddLayer(block("pink", Bounds(5, 5, 50, 50)), index=0),
        ResizeCanvas(Bounds(-20, 30, 500, 700)),
    ):
        document.run(command)
        counted.check(document.bounds)
        document.history.undo()
        counted.check(document.bounds)
        document.history.redo()
        counted.check(document.bounds)


def test_outside_of_the_canvas_the_projection_is_clear():
    document = document_of(block("red", Bounds(-100, -100, 600, 600)))
    image = Projection(document).image(Bounds(-10, -10, 20, 20))
    assert image.pixelColor(5, 5).alpha() == 0
    assert image.pixelColor(15, 15) == QColor("red")


def test_a_projection_that_nobody_holds_is_freed():
    document = blank_document()
    projection = Projection(document)
    projection.image(document.bounds)
    gone = weakref.ref(projection)
    del projection
    gc.collect()
    assert gone() is None
    draw(document, (10, 10), (90, 90))
