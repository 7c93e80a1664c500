from __future__ import annotations

import hypothesis.strategies as st
import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer, PaintLayer
from sdstudio.generation.parameters import Parameters
from sdstudio.generation.place import REQUEST_KEY, SEAM_KEY, layer_name, patch, place, preview
from sdstudio.generation.prepare import Prepared, prepare
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import GenerationRequest
from sdstudio.raster.adjustments import Invert
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import filled, view
from sdstudio.raster.resample import from_rgb
from sdstudio.raster.tiles import Mask

WISH = Parameters(prompt="a red apple", strength=0.6)


def picture_for(prepared: Prepared, color: tuple[int, int, int] = (200, 30, 60)) -> NDArray[np.uint8]:
    extent = prepared.request.extent
    return np.full((extent.height, extent.width, 3), color, np.uint8)


def canvas(document: Document) -> NDArray[np.uint8]:
    return view(render(document, document.bounds)).copy()


def test_text_to_image_covers_the_canvas_in_one_undo_step(document: Document, model: ModelInfo) -> None:
    before = canvas(document)
    prepared = prepare(document, replace(WISH, strength=1.0), model, 7)
    layer = place(document, prepared, picture_for(prepared))
    assert document.active is layer
    assert layer.name == "a red apple"
    assert (canvas(document)[:, :, :3] == (60, 30, 200)).all()
    assert msgspec.json.decode(layer.metadata[REQUEST_KEY], type=GenerationRequest) == prepared.request
    document.history.undo()
    assert (canvas(document) == before).all()
    document.history.redo()
    assert document.history.undo_label == "Generate"


def test_at_its_own_scale_the_picture_arrives_unchanged(qapp: object, model: ModelInfo) -> None:
    document = Document.new(Extent(61, 64))
    prepared = prepare(document, replace(WISH, strength=1.0), model, 7)
    picture = np.random.default_rng(3).integers(0, 256, (64, 64, 3), np.uint8)
    left = -prepared.placement.context.x
    shown = view(patch(prepared, picture))
    assert (shown[:, :, 2::-1] == picture[:, left : left + 61]).all()


@st.composite
def selections(draw: st.DrawFn) -> NDArray[np.uint8]:
    """80 x 96: nothing but a few soft or hard shapes, lines and single pixels, also beyond the canvas edge."""
    mask = np.zeros((80, 96), np.uint8)
    for _ in range(draw(st.integers(1, 3))):
        x, y = draw(st.integers(0, 95)), draw(st.integers(0, 79))
        width, height = draw(st.integers(1, 60)), draw(st.integers(1, 60))
        part = mask[y : y + height, x : x + width]
        if draw(st.booleans()):
            part[:] = draw(st.sampled_from([1, 15, 128, 254, 255]))
        else:
            part[:] = np.linspace(0, 255, part.shape[1], dtype=np.uint8)
    return mask


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    selection=selections(),
    strength=st.sampled_from([0.0, 0.05, 0.5, 1.0]),
    native=st.sampled_from([64, 128]),
    color=st.tuples(*[st.integers(0, 255)] * 3),
    translucent=st.booleans(),
)
def test_unselected_pixels_stay_byte_identical(
    qapp: object,
    selection: NDArray[np.uint8],
    strength: float,
    native: int,
    color: tuple[int, int, int],
    translucent: bool,
) -> None:
    if not selection.any():
        return
    document = Document.new(Extent(96, 80), None if translucent else QColor("white"))
    layer = document.active
    assert isinstance(layer, PaintLayer)
    layer.surface.write(Bounds(5, 5, 70, 60), filled(70, 60, QColor(200, 90, 30, 77 if translucent else 255)))
    document.selection.write(document.bounds, selection)
    before = canvas(document)
    model = ModelInfo(id="m", title="M", path="/m", family="tiny", native_size=native)
    prepared = prepare(document, replace(WISH, strength=strength), model, 7)
    place(document, prepared, picture_for(prepared, color))
    after = canvas(document)
    assert (after[selection == 0] == before[selection == 0]).all()
    if strength == 0:
        assert (after == before).all()
    else:
        assert (patch_alpha(prepared) > 0).sum() == (selection > 0).sum(), "what is selected is put back"


def patch_alpha(prepared: Prepared) -> NDArray[np.uint8]:
    alpha = np.zeros((80, 96), np.uint8)
    target = prepared.placement.target
    alpha[target.y : target.bottom, target.x : target.right] = prepared.compose_mask
    return alpha


@pytest.mark.parametrize("selected", [False, True])
@pytest.mark.parametrize("background", [None, QColor("white"), QColor(10, 200, 30, 90)])
def test_strength_0_returns_the_picture_byte_for_byte(
    qapp: object, model: ModelInfo, selected: bool, background: QColor | None
) -> None:
    document = Document.new(Extent(96, 80), background)
    layer = document.active
    assert isinstance(layer, PaintLayer)
    layer.surface.write(
        Bounds(5, 5, 70, 60), from_rgb(np.random.default_rng(2).integers(0, 256, (60, 70, 3), np.uint8))
    )
    if selected:
        document.selection = rectangle(Bounds(20, 20, 70, 50))
    before = canvas(document)
    prepared = prepare(document, replace(WISH, strength=0.0), model, 7)
    place(document, prepared, picture_for(prepared))
    assert (canvas(document) == before).all()


def test_one_selected_pixel_is_replaced_fully(document: Document, model: ModelInfo) -> None:
    document.selection = rectangle(Bounds(40, 40, 1, 1))
    before = canvas(document)
    prepared = prepare(document, replace(WISH, strength=1.0), model, 7)
    place(document, prepared, picture_for(prepared))
    changed = (canvas(document) != before).any(axis=2)
    assert changed.sum() == 1
    assert changed[40, 40]


def test_the_patch_fades_in_within_the_selection(document: Document, model: ModelInfo) -> None:
    document.selection = rectangle(Bounds(10, 10, 60, 60))
    alpha = prepare(document, WISH, model, 7).compose_mask
    row = alpha[30].astype(int)
    assert row[0] < 255
    assert row[30] == 255
    assert (np.diff(row[:31]) >= 0).all()
    assert (row == row[::-1]).all()


def test_the_layer_knows_its_seam(document: Document, model: ModelInfo) -> None:
    document.selection = rectangle(Bounds(10, 10, 60, 60))
    prepared = prepare(document, WISH, model, 7)
    layer = place(document, prepared, picture_for(prepared))
    assert 0 <= float(layer.metadata[SEAM_KEY]) <= 255


def test_the_result_goes_above_the_active_layer(document: Document, model: ModelInfo) -> None:
    below, above = document.root.children
    above.visible = False
    document.set_active(below.id)
    prepared = prepare(document, WISH, model, 7)
    layer = place(document, prepared, picture_for(prepared))
    assert document.root.children == [below, layer, above]


def test_what_would_hide_or_change_the_result_stays_below_it(document: Document, model: ModelInfo) -> None:
    below, above = document.root.children
    document.set_active(below.id)
    prepared = prepare(document, WISH, model, 7)
    layer = place(document, prepared, picture_for(prepared))
    assert document.root.children == [below, above, layer]
    inner = PaintLayer(name="Inner")
    document.root.children.append(GroupLayer(name="Shadows", mode=BlendMode.MULTIPLY, children=[inner]))
    document.set_active(inner.id)
    layer = place(document, prepared, picture_for(prepared))
    assert document.root.children[-1] is layer


@pytest.mark.parametrize(
    "look", [{"visible": False}, {"opacity": 0.5}, {"mode": BlendMode.MULTIPLY}, {"clipped": True}], ids=str
)
def test_a_group_that_would_change_the_result_does_not_get_it(
    document: Document, model: ModelInfo, look: dict[str, object]
) -> None:
    inner = PaintLayer(name="Inner")
    document.root.children.append(GroupLayer(name="Group", children=[inner]))
    document.set_active(inner.id)
    prepared = prepare(document, WISH, model, 7)
    assert place(document, prepared, picture_for(prepared)) in document.root.children[-1].children, "a plain group does"
    for name, value in look.items():
        setattr(document.root.children[-1], name, value)
    document.set_active(inner.id)
    layer = place(document, prepared, picture_for(prepared))
    assert document.root.children[-1] is layer


def test_a_clipping_group_is_not_torn_apart(document: Document, model: ModelInfo) -> None:
    below, above = document.root.children
    above.clipped, above.visible = True, False
    document.set_active(below.id)
    prepared = prepare(document, WISH, model, 7)
    layer = place(document, prepared, picture_for(prepared))
    assert document.root.children == [below, above, layer]


def test_a_document_that_has_shrunk_still_gets_its_result(document: Document, model: ModelInfo) -> None:
    document.selection = rectangle(Bounds(70, 60, 20, 20))
    prepared = prepare(document, WISH, model, 7)
    smaller = Document.new(Extent(40, 40))
    layer = place(smaller, prepared, picture_for(prepared))
    assert isinstance(layer, PaintLayer)
    assert smaller.bounds.contains(layer.surface.content_bounds())


def test_a_preview_is_masked_and_small(qapp: object, model: ModelInfo) -> None:
    document = Document.new(Extent(2000, 2000))
    document.selection = rectangle(Bounds(100, 200, 1200, 600))
    prepared = prepare(document, WISH, model, 7)
    image, area = preview(prepared, 8, 8, bytes([0, 128, 255]) * 64)
    assert area == Bounds(100, 200, 1200, 600)
    assert max(image.width(), image.height()) <= 512
    middle = image.pixelColor(image.width() // 2, image.height() // 2)
    assert (middle.red(), middle.green(), middle.blue(), middle.alpha()) == (0, 128, 255, 255)
    assert image.pixelColor(0, 0).alpha() < 128


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("a red apple", "a red apple"),
        ("  a\n red   apple ", "a red apple"),
        ("", "Refined"),
        (
            "a very detailed oil painting, of a lighthouse at dusk, dramatic light",
            "a very detailed oil painting, of a…",
        ),
        ("x" * 100, "x" * 39 + "…"),
    ],
)
def test_a_layer_is_named_after_its_prompt(prompt: str, name: str) -> None:
    request = GenerationRequest(mode="image_to_image", prompt=prompt, model="m", extent=Extent(8, 8))
    assert layer_name(request) == name
    assert len(name) <= 40


def test_a_mask_with_a_hole_keeps_the_hole(document: Document, model: ModelInfo) -> None:
    ring = np.full((40, 40), 255, np.uint8)
    ring[15:25, 15:25] = 0
    document.selection = Mask()
    document.selection.write(Bounds(20, 20, 40, 40), ring)
    before = canvas(document)
    prepared = prepare(document, replace(WISH, strength=1.0), model, 7)
    place(document, prepared, picture_for(prepared))
    assert (canvas(document)[35:45, 35:45] == before[35:45, 35:45]).all()


def test_a_drift_of_the_models_colours_does_not_show_in_the_patch(qapp: object, model: ModelInfo) -> None:
    """The engine's picture is exact where the mask is 0 and off by 12 levels wherever the model has decoded it."""
    document = Document.new(Extent(64, 64), QColor(90, 120, 60))
    document.selection = rectangle(Bounds(20, 20, 24, 24))
    before = canvas(document)
    prepared = prepare(document, WISH, model, 7)
    assert prepared.source is not None
    assert prepared.mask is not None
    decoded = np.clip(prepared.source.astype(int) + 12, 0, 255)
    picture = np.where(prepared.mask[..., np.newaxis] > 0, decoded, prepared.source).astype(np.uint8)
    place(document, prepared, picture)
    assert np.abs(canvas(document).astype(int) - before).max() <= 1


@pytest.mark.parametrize(
    "above",
    [
        AdjustmentLayer(adjustment=Invert()),
        FillLayer(opacity=0.5),
        GroupLayer(children=[AdjustmentLayer(adjustment=Invert())], isolated=False),
    ],
)
def test_what_adjusts_or_covers_the_active_layer_does_not_change_the_result(
    document: Document, model: ModelInfo, above: Layer
) -> None:
    document.root.children.append(above)
    document.set_active(document.root.children[0].id)
    prepared = prepare(document, replace(WISH, strength=1.0), model, 7)
    layer = place(document, prepared, picture_for(prepared))
    assert document.root.children[-1] is layer
    assert (canvas(document)[:, :, :3] == (60, 30, 200)).all()


@pytest.mark.parametrize(
    "above",
    [
        AdjustmentLayer(adjustment=Invert(), visible=False),
        AdjustmentLayer(adjustment=Invert(), mask=Mask()),
        GroupLayer(children=[AdjustmentLayer(adjustment=Invert())]),
    ],
)
def test_what_does_not_show_there_leaves_the_result_above_the_active_layer(
    document: Document, model: ModelInfo, above: Layer
) -> None:
    document.root.children.append(above)
    document.set_active(document.root.children[-2].id)
    prepared = prepare(document, replace(WISH, strength=1.0), model, 7)
    layer = place(document, prepared, picture_for(prepared))
    assert document.root.children[-2] is layer
