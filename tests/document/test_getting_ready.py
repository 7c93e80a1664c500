"""Long steps are worked out from a snapshot: what is left for the window's thread writes no pixel, and is the same."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtGui import QColor

from sdstudio.document.changes import TileChange
from sdstudio.document.commands import EditSelection, TranslateLayer, cleared
from sdstudio.document.document import Document
from sdstudio.document.fill import fill_selection
from sdstudio.document.history import Command
from sdstudio.document.layer_masks import add_mask
from sdstudio.raster import masks
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import over
from sdstudio.raster.tiles import Surface
from sdstudio.raster.warp import no_progress
from tests.helpers.drawing import active_surface, fingerprint

EXTENT = Extent(700, 520)
SELECTED = Bounds(100, 90, 420, 300)
Make = Callable[[Document, str], Command]


def inverted(document: Document, layer_id: str) -> Command:
    return EditSelection(masks.inverted(document.selection, document.bounds), "Invert")


STEPS: dict[str, Make] = {
    "clear": cleared,
    "fill": lambda document, id: fill_selection(document, id, QColor("red"), on_mask=False),
    "fill translucent": lambda document, id: fill_selection(document, id, QColor(0, 90, 200, 99), on_mask=False),
    "fill mask": lambda document, id: fill_selection(document, id, QColor("grey"), on_mask=True),
    "invert": inverted,
    "select": lambda document, id: EditSelection(masks.ellipse(30, 40, 400.5, 500), "Select"),
    "move": lambda document, id: TranslateLayer(id, 13, -7),
    "move by tiles": lambda document, id: TranslateLayer(id, 256, 0),
}


@pytest.fixture(params=[False, True], ids=["everything", "selection"])
def document(request: pytest.FixtureRequest) -> Document:
    made = Document.new(EXTENT)
    noise = np.random.default_rng(3).integers(0, 256, (EXTENT.height, EXTENT.width, 4), np.uint8)
    noise[:, :, :3] = np.minimum(noise[:, :, :3], noise[:, :, 3:])
    active_surface(made).write(made.bounds, over(noise))
    made.run(add_mask(made, made.active_id or ""))
    if request.param:
        made.run(EditSelection(masks.rectangle(SELECTED)))
    return made


@pytest.mark.parametrize("name", STEPS)
def test_nothing_is_left_to_be_written(document: Document, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    layer_id, make = document.active_id or "", STEPS[name]
    plain = document.snapshot()
    plain.run(make(plain, layer_id))
    before, after = fingerprint(document), fingerprint(plain)
    command = make(document.snapshot(), layer_id)
    for back in (False, True, False):
        command.get_ready(document.snapshot(), no_progress, back=back)
        with monkeypatch.context() as patch:
            patch.setattr(TileChange, "write", None)
            patch.setattr(Surface, "translated", None)
            if document.history.next_redo is command:
                document.history.redo()
            elif back:
                document.history.undo()
            else:
                document.run(command)
        assert fingerprint(document) == (before if back else after)


@pytest.mark.parametrize("name", STEPS)
def test_what_was_got_ready_for_another_picture_is_done_again(document: Document, name: str) -> None:
    layer_id = document.active_id or ""
    document.run(STEPS[name](document.snapshot(), layer_id))
    command = document.history.next_undo
    assert command is not None
    command.get_ready(document.snapshot(), no_progress, back=True)
    active_surface(document).write(Bounds(300, 200, 9, 9), over(np.full((9, 9, 4), 255, np.uint8)))
    plain = document.snapshot()
    other = plain.snapshot()
    command.revert(plain)
    command.revert(other)
    assert fingerprint(plain) == fingerprint(other)


@pytest.mark.parametrize("name", ["clear", "fill", "fill mask"])
def test_working_it_out_can_be_stopped_and_leaves_the_picture_alone(document: Document, name: str) -> None:
    class Stopped(Exception):
        pass

    def stop(share: float) -> None:
        raise Stopped

    layer_id, before = document.active_id or "", fingerprint(document)
    stopping: dict[str, Callable[[], Command]] = {
        "clear": lambda: cleared(document, layer_id, stop),
        "fill": lambda: fill_selection(document, layer_id, QColor("red"), on_mask=False, progress=stop),
        "fill mask": lambda: fill_selection(document, layer_id, QColor("red"), on_mask=True, progress=stop),
    }
    with pytest.raises(Stopped):
        stopping[name]()
    assert fingerprint(document) == before


def test_moving_one_layer_tells_how_far_it_is(document: Document) -> None:
    heard: list[float] = []
    TranslateLayer(document.active_id or "", 13, 7).get_ready(document.snapshot(), heard.append, back=False)
    assert len(heard) >= 6
    assert heard == sorted(heard)
