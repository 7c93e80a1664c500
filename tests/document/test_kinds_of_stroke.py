"""What holds for every kind of stroke: the same dabs give the same pixels however they arrive, and cancel is exact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor

from sdstudio.document.commands import EditSelection, SetLayer
from sdstudio.document.document import Document
from sdstudio.document.drag import TipDrag
from sdstudio.document.retouch import BlurStroke, CloneStroke
from sdstudio.document.smudge import SmudgeStroke
from sdstudio.document.stroke import MaskStroke, Stroke
from sdstudio.document.symmetry import Symmetry
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Brush, Dynamic, Sample
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import over, view
from sdstudio.raster.stamps import learn
from tests.helpers.drawing import active_surface, blank_document, draw, fingerprint

SPOTS = learn((np.random.default_rng(5).random((24, 18)) > 0.5).astype(np.uint8) * 255)
PAPER = learn(np.random.default_rng(6).integers(0, 256, (40, 56), np.uint8))
RICH = Brush(
    size=36,
    hardness=0.6,
    opacity=0.7,
    flow=0.5,
    dynamics=(Dynamic("size", "pressure"), Dynamic("angle", "direction"), Dynamic("opacity", "random")),
    angle=20,
    roundness=0.6,
    tip=SPOTS,
    grain=PAPER,
    scatter=0.4,
    count=2,
    size_jitter=0.5,
    angle_jitter=0.3,
    spacing=0.3,
    color_rate=0.1,
)
WAY = [
    Sample(Point(200 + 90 * np.cos(i / 4), 150 + 70 * np.sin(i / 3)), 0.3 + 0.02 * i, 20, -10, 8.0 * i)
    for i in range(30)
]
BLUE = QColor("blue")

Begin = Callable[[Document, Brush, int], TipDrag]
KINDS: dict[str, Begin] = {
    "paint": lambda d, b, s: Stroke(d, d.active_id or "", b, BLUE, seed=s),
    "erase": lambda d, b, s: Stroke(d, d.active_id or "", b, BLUE, True, seed=s),
    "mask": lambda d, b, s: MaskStroke(d, b, 200, seed=s),
    "clone": lambda d, b, s: CloneStroke(d, d.active_id or "", b, -40, 25, merged=False, seed=s),
    "clone of all": lambda d, b, s: CloneStroke(d, d.active_id or "", b, 31, 8, merged=True, seed=s),
    "blur": lambda d, b, s: BlurStroke(d, d.active_id or "", b, 4, seed=s),
    "smudge": lambda d, b, s: SmudgeStroke(d, d.active_id or "", b, BLUE, seed=s),
}
every_kind = pytest.mark.parametrize("begin", KINDS.values(), ids=KINDS.keys())


def painted_document() -> Document:
    document = blank_document(520, 300)
    draw(document, (60, 60), (300, 200), (420, 90), color="#c04010", brush=Brush(size=70, hardness=0.3))
    draw(document, (300, 40), (90, 260), color="#20a050", brush=Brush(size=40, opacity=0.6))
    return document


def pixels(document: Document) -> np.ndarray:
    return view(active_surface(document).read(document.bounds)).copy()


def result(document: Document) -> bytes:
    """Equal for documents whose pixels and selection are equal, whatever their layers' ids."""
    return pixels(document).tobytes() + document.selection.read(document.bounds).tobytes()


@every_kind
def test_one_batch_or_many_give_the_same_pixels(begin: Begin) -> None:
    one, many = painted_document(), painted_document()
    at_once = begin(one, RICH, 7)
    at_once.redraw(WAY)
    at_once.commit()
    bit_by_bit = begin(many, RICH, 7)
    for sample in WAY:
        bit_by_bit.add(sample)
    bit_by_bit.commit()
    assert result(one) == result(many)
    assert result(one) != result(painted_document())


@every_kind
def test_the_same_seed_gives_the_same_stroke_and_another_a_different_one(begin: Begin) -> None:
    results = []
    for seed in (3, 3, 4):
        document = painted_document()
        stroke = begin(document, RICH, seed)
        for sample in WAY:
            stroke.add(sample)
        stroke.commit()
        results.append(result(document))
    assert results[0] == results[1] != results[2]


@every_kind
def test_cancel_gives_every_byte_back_and_leaves_no_step(begin: Begin) -> None:
    document = painted_document()
    before, steps = fingerprint(document), document.history.undo_label
    stroke = begin(document, RICH, 1)
    for sample in WAY:
        stroke.add(sample)
    assert fingerprint(document) != before
    stroke.cancel()
    stroke.add(WAY[0])
    stroke.commit()
    assert fingerprint(document) == before
    assert document.history.undo_label == steps


@every_kind
def test_one_stroke_is_one_undo_step(begin: Begin) -> None:
    document = painted_document()
    before = fingerprint(document)
    stroke = begin(document, RICH, 1)
    for sample in WAY:
        stroke.add(sample)
    stroke.commit()
    after = fingerprint(document)
    document.history.undo()
    assert fingerprint(document) == before
    document.history.redo()
    assert fingerprint(document) == after


@pytest.mark.parametrize("kind", ["paint", "erase", "clone", "blur", "smudge"])
def test_nothing_changes_outside_the_selection(kind: str) -> None:
    document = painted_document()
    document.run(EditSelection(rectangle(Bounds(150, 100, 90, 80))))
    before = pixels(document)
    stroke = KINDS[kind](document, RICH, 1)
    for sample in WAY:
        stroke.add(sample)
    stroke.commit()
    changed = (pixels(document) != before).any(axis=2)
    assert changed[100:180, 150:240].any()
    changed[100:180, 150:240] = False
    assert not changed.any()


@pytest.mark.parametrize("kind", ["paint", "clone", "clone of all", "blur", "smudge"])
def test_a_locked_alpha_stays_as_it_is(kind: str) -> None:
    document = painted_document()
    document.run(SetLayer(document.active_id or "", alpha_locked=True))
    before = pixels(document)
    stroke = KINDS[kind](document, RICH, 1)
    for sample in WAY:
        stroke.add(sample)
    stroke.commit()
    after = pixels(document)
    # A faint pixel that goes through straight colour and back may be off by the rounding.
    assert np.abs(after[:, :, 3].astype(int) - before[:, :, 3]).max() <= 1
    assert (after != before).any()
    assert (after[:, :, :3] <= after[:, :, 3:]).all()


def test_redraw_forgets_what_was_drawn_before() -> None:
    straight, changed = painted_document(), painted_document()
    stroke = KINDS["paint"](straight, RICH, 2)
    stroke.redraw(WAY[:2])
    stroke.commit()
    stroke = KINDS["paint"](changed, RICH, 2)
    stroke.redraw(WAY)
    stroke.redraw(WAY[:2])
    stroke.commit()
    assert result(straight) == result(changed)


def test_chance_never_exceeds_the_opacity() -> None:
    document = blank_document(520, 300)
    brush = replace(RICH, opacity=0.5, grain="", tip="")
    stroke = Stroke(document, document.active_id or "", brush, BLUE, seed=1)
    for sample in WAY * 3:
        stroke.add(sample)
    stroke.commit()
    assert 0 < pixels(document)[:, :, 3].max() <= 128


def test_clone_copies_from_where_it_was_told() -> None:
    document = blank_document()
    noise = np.random.default_rng(1).integers(0, 256, (300, 400, 4), np.uint8)
    noise[:, :, 3] = 255
    active_surface(document).write(document.bounds, over(noise))
    brush = Brush(size=50, hardness=1, dynamics=())
    stroke = CloneStroke(document, document.active_id or "", brush, -100, 30, merged=False)
    stroke.add(Sample(Point(330, 150)))
    stroke.commit()
    assert (pixels(document)[135:166, 315:346] == noise[165:196, 215:246]).all()
    assert (pixels(document)[135:166, 280:300] == noise[135:166, 280:300]).all()


def test_blur_takes_the_edge_out_of_an_edge() -> None:
    document = blank_document()
    draw(document, (200, 50), (200, 250), brush=Brush(size=80, hardness=1))
    before = pixels(document)
    stroke = BlurStroke(document, document.active_id or "", Brush(size=60, hardness=1, dynamics=()), 5)
    stroke.add(Sample(Point(160, 150)))
    stroke.commit()
    alpha = pixels(document)[150, 140:180, 3].astype(int)
    assert np.abs(np.diff(alpha)).max() < 40
    assert alpha[0] < 10
    assert alpha[-1] > 245
    assert (pixels(document)[:115] == before[:115]).all()


def test_smudge_drags_colour_into_the_empty() -> None:
    document = blank_document()
    draw(document, (100, 150), brush=Brush(size=80, hardness=1))
    assert pixels(document)[150, 170, 3] == 0
    brush = Brush(size=30, opacity=0.95, hardness=0.8, dynamics=())
    stroke = SmudgeStroke(document, document.active_id or "", brush, BLUE)
    for x in range(100, 200, 5):
        stroke.add(Sample(Point(x, 150)))
    stroke.commit()
    dragged = pixels(document)[150, 150:190]
    assert dragged[20, 3] > 100
    assert (dragged[:, :2] == 0).all()
    assert (np.diff(dragged[:, 3].astype(int)) <= 1).all()


def test_a_smudge_brings_in_no_emptiness_from_beyond_the_canvas() -> None:
    document = blank_document(200, 100)
    document.set_active(document.root.children[0].id)
    stroke = SmudgeStroke(document, document.active_id or "", Brush(size=60, dynamics=()), BLUE)
    for x in range(-30, 230, 10):
        stroke.add(Sample(Point(x, 5)))
    stroke.commit()
    assert (pixels(document) == 255).all()


def test_an_airbrush_builds_up_while_it_rests() -> None:
    document = blank_document()
    brush = Brush(size=40, hardness=0.2, flow=0.1, build_up=50, dynamics=())
    stroke = Stroke(document, document.active_id or "", brush, BLUE)
    assert stroke.is_restless
    stroke.add(Sample(Point(100, 100)))
    first = int(pixels(document)[100, 100, 3])
    for _ in range(10):
        stroke.rest(20)
    assert int(pixels(document)[100, 100, 3]) == pytest.approx(255 * (1 - 0.9**11), abs=2)
    assert first == pytest.approx(25, abs=1)
    stroke.commit()
    document.history.undo()
    assert not pixels(document).any()


def test_mirrors_paint_everything_again() -> None:
    document = blank_document(400, 300)
    mirrors = Symmetry(Point(200, 150), left_right=True, top_bottom=True)
    brush = Brush(size=40, tip=SPOTS, angle=30, dynamics=(), hardness=1)
    stroke = Stroke(document, document.active_id or "", brush, BLUE, symmetry=mirrors)
    for x in range(60, 150, 10):
        stroke.add(Sample(Point(x + 0.5, 80.5 + x / 4)))
    stroke.commit()
    alpha = pixels(document)[:, :, 3].astype(int)
    assert alpha[80:130, 40:180].max() == 255
    assert np.abs(alpha - alpha[:, ::-1]).mean() < 1
    assert np.abs(alpha - alpha[::-1]).mean() < 1


def test_rays_turn_the_stroke_around_the_centre() -> None:
    document = blank_document(300, 300)
    stroke = Stroke(
        document,
        document.active_id or "",
        Brush(size=30, hardness=1, roundness=0.3, dynamics=()),
        BLUE,
        symmetry=Symmetry(Point(150, 150), rays=4),
    )
    for x in range(180, 260, 8):
        stroke.add(Sample(Point(x, 150)))
    stroke.commit()
    alpha = pixels(document)[:, :, 3].astype(int)
    assert alpha[150, 220] == 255
    assert np.abs(alpha - np.rot90(alpha)).mean() < 1.5


def test_a_stroke_without_memory_is_refused_and_leaves_the_document_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    document = painted_document()
    before = fingerprint(document)
    stroke = KINDS["paint"](document, RICH, 1)
    for sample in WAY[:10]:
        stroke.add(sample)

    def fail(*_args: object) -> None:
        raise MemoryError

    monkeypatch.setattr("sdstudio.document.coverages.np.full", fail)
    stroke.add(Sample(Point(500, 290)))
    with pytest.raises(StudioError, match="memory"):
        stroke.add(Sample(Point(510, 290)))
    monkeypatch.undo()
    stroke.commit()
    assert fingerprint(document) == before


@pytest.mark.parametrize(
    "brush", [Brush(size=20, hardness=1, dynamics=()), Brush(size=20, hardness=0.9, spacing=0.02, dynamics=())]
)
def test_a_hard_line_has_smooth_edges(brush: Brush) -> None:
    document = blank_document()
    draw(document, (60.3, 60.7), (330.9, 155.2), brush=brush)
    rows, columns = np.mgrid[80:130, 100:300] + 0.5
    start, end = np.array([60.3, 60.7]), np.array([330.9, 155.2])
    way = (end - start) / np.hypot(*(end - start))
    gap = np.abs((columns - start[0]) * way[1] - (rows - start[1]) * way[0])
    ideal = np.clip(10.5 - gap, 0, 1) * 255
    alpha = pixels(document)[80:130, 100:300, 3].astype(float)
    edge = (ideal > 0) & (ideal < 255)
    assert np.abs(alpha - ideal)[edge].mean() < 30
    assert (alpha[ideal == 255] > 200).all()


@every_kind
@pytest.mark.parametrize("size", [1, 2000])
def test_the_smallest_canvas_is_painted_on_without_harm(begin: Begin, size: float) -> None:
    document = blank_document(1, 1)
    before = fingerprint(document)
    stroke = begin(document, replace(RICH, size=size), 1)
    for x in (-3.0, 0.5, 0.6, 40.0):
        stroke.add(Sample(Point(x, 0.5)))
    stroke.commit()
    while document.history.can_undo:
        document.history.undo()
    assert fingerprint(document) == before
