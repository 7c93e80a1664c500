from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdstudio.errors import BadRequest
from sdstudio.generation.region import MAX_ASPECT, plan
from sdstudio.models.info import ModelInfo
from sdstudio.raster.geometry import Bounds, Extent


def a_model(native: int = 512, multiple: int = 8) -> ModelInfo:
    return ModelInfo(id="m", title="M", path="/m", family="sd1", native_size=native, size_multiple=multiple)


@pytest.mark.parametrize(
    ("native", "selection", "canvas", "strength", "context", "extent"),
    [
        # the figures' own example
        (512, Bounds(400, 400, 200, 200), Extent(1024, 1024), 1.0, Bounds(196, 196, 608, 608), Extent(512, 512)),
        # the same on a small model: its floor of 32 pixels is 16 there, and the share of the diagonal takes over
        (256, Bounds(400, 400, 200, 200), Extent(1024, 1024), 1.0, Bounds(204, 204, 592, 592), Extent(256, 256)),
        # below strength 1 only the padded selection is seen, never less than half the native size
        (512, Bounds(500, 500, 10, 10), Extent(1024, 1024), 0.4, Bounds(377, 377, 256, 256), Extent(512, 512)),
        (256, Bounds(500, 500, 10, 10), Extent(1024, 1024), 0.4, Bounds(441, 441, 128, 128), Extent(256, 256)),
        # on a large canvas at strength 1: a sixteenth of its longest side is seen around the padded selection
        (512, Bounds(2000, 500, 10, 10), Extent(4096, 1024), 1.0, Bounds(1621, 121, 768, 768), Extent(512, 512)),
        # one pixel
        (512, Bounds(512, 512, 1, 1), Extent(1024, 1024), 1.0, Bounds(256, 256, 512, 512), Extent(512, 512)),
        # in a corner, and partly outside: moved onto the canvas
        (512, Bounds(0, 0, 50, 50), Extent(1024, 1024), 1.0, Bounds(0, 0, 512, 512), Extent(512, 512)),
        (512, Bounds(-80, 1000, 100, 100), Extent(1024, 1024), 1.0, Bounds(0, 512, 512, 512), Extent(512, 512)),
        # no selection: the whole canvas, at its own size where that suits the model
        (512, None, Extent(512, 512), 1.0, Bounds(0, 0, 512, 512), Extent(512, 512)),
        (512, None, Extent(500, 500), 1.0, Bounds(-2, -2, 504, 504), Extent(504, 504)),
        (512, None, Extent(2048, 2048), 1.0, Bounds(0, 0, 2048, 2048), Extent(512, 512)),
        (256, None, Extent(1, 1), 1.0, Bounds(0, 0, 1, 1), Extent(256, 256)),
        (128, None, Extent(512, 512), 0.5, Bounds(0, 0, 512, 512), Extent(128, 128)),
        # longer than any model likes: widened over the edge, not squeezed
        (512, None, Extent(10_000, 30), 1.0, Bounds(0, -1965, 10_000, 3960), Extent(808, 320)),
    ],
)
def test_the_model_sees_what_the_figures_say(
    native: int, selection: Bounds | None, canvas: Extent, strength: float, context: Bounds, extent: Extent
) -> None:
    placement, size = plan(selection, canvas, strength, a_model(native))
    assert (placement.context, size) == (context, extent)
    assert placement.canvas == canvas


def test_the_target_is_the_selection_on_the_canvas() -> None:
    placement, _ = plan(Bounds(-10, 5, 30, 300), Extent(100, 90), 0.6, a_model())
    assert placement.target == Bounds(0, 5, 20, 85)


def test_the_feather_follows_the_strength() -> None:
    weak, _ = plan(Bounds(0, 0, 600, 800), Extent(2048, 2048), 0.25, a_model())
    full, _ = plan(Bounds(0, 0, 600, 800), Extent(2048, 2048), 1.0, a_model())
    assert (weak.feather, full.feather) == (25, 100)


def test_the_soft_edge_is_at_least_one_latent_cell() -> None:
    coarse = plan(Bounds(400, 400, 200, 200), Extent(1024, 1024), 0.1, a_model(256, 16))
    cell = 16 * coarse.placement.context.width / coarse.extent.width
    assert cell <= coarse.placement.feather <= cell + 1


@pytest.mark.parametrize("selection", [Bounds(200, 0, 10, 10), Bounds(-30, -30, 30, 30), Bounds(5, 5, 0, 0)])
def test_a_selection_outside_the_canvas_is_refused(selection: Bounds) -> None:
    with pytest.raises(BadRequest, match="outside the canvas"):
        plan(selection, Extent(100, 100), 1.0, a_model())


sides = st.integers(1, 12_000)


@given(
    canvas=st.builds(Extent, sides, sides),
    selection=st.none() | st.builds(Bounds, st.integers(-500, 9000), st.integers(-500, 9000), sides, sides),
    strength=st.floats(0, 1),
    native=st.sampled_from([128, 256, 512, 1024]),
    multiple=st.sampled_from([8, 16, 64]),
)
def test_every_plan_can_be_carried_out(
    canvas: Extent, selection: Bounds | None, strength: float, native: int, multiple: int
) -> None:
    whole = Bounds.of(canvas)
    if selection is not None and selection.intersected(whole).is_empty:
        return
    placement, extent = plan(selection, canvas, strength, a_model(native, multiple))
    context, target = placement.context, placement.target
    assert extent.width % multiple == extent.height % multiple == 0
    assert 0.6 * native**2 <= extent.area <= 1.5 * native**2
    assert max(extent.width / extent.height, extent.height / extent.width) <= MAX_ASPECT * 1.25
    assert whole.contains(target)
    assert context.contains(target), "what changes must be seen"
    if selection is None:
        assert context.contains(whole)
        assert target == whole
    # nothing is distorted: the two scales differ by less than one canvas pixel over the whole context
    across = context.height * extent.width / extent.height
    down = context.width * extent.height / extent.width
    assert abs(across - context.width) <= 1 or abs(down - context.height) <= 1
    # over the edge only where it does not fit
    for start, length, limit in (
        (context.x, context.width, canvas.width),
        (context.y, context.height, canvas.height),
    ):
        assert (start >= 0 and start + length <= limit) if length <= limit else (start <= 0 and start + length >= limit)
