from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from sdstudio.document.commands import EditSelection, SetLayer
from sdstudio.document.document import Document
from sdstudio.document.gradient_drag import GradientDrag
from sdstudio.document.layer_masks import add_mask
from sdstudio.document.stroke import MaskStroke
from sdstudio.errors import StudioError
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.gradient import Gradient, Ramp, Stop
from sdstudio.raster.masks import rectangle
from tests.helpers.drawing import ROUND, active_surface, blank_document, draw, fingerprint, pick

BLACK_TO_WHITE = Ramp((Stop(0, "#000000"), Stop(1, "#ffffff")))
RED_TO_NOTHING = Ramp((Stop(0, "#ff0000"), Stop(1, "#ff0000", 0)))


def across(ramp: Ramp, width: int = 400) -> Gradient:
    return Gradient(ramp, Point(0, 0), Point(width, 0), dither=False)


def lay(document: Document, gradient: Gradient, opacity: float = 1.0) -> None:
    drag = GradientDrag(document, document.active_id or "", opacity)
    drag.show(gradient)
    drag.commit()


def test_it_covers_the_canvas_in_one_step_and_comes_back() -> None:
    document = blank_document()
    before = fingerprint(document)
    lay(document, across(BLACK_TO_WHITE))
    after = fingerprint(document)
    assert active_surface(document).content_bounds() == document.bounds
    assert pick(document, Point(300, 299)).red() == pytest.approx(255 * 300.5 / 400, abs=1)
    assert document.history.undo_label == "Gradient"
    document.history.undo()
    assert fingerprint(document) == before
    document.history.redo()
    assert fingerprint(document) == after


def test_only_the_last_one_that_was_shown_stays() -> None:
    document, other = blank_document(), blank_document()
    draw(document, (50, 50), (90, 90))
    document.snapshot()
    drag = GradientDrag(document, document.active_id or "")
    drag.show(across(BLACK_TO_WHITE))
    drag.show(across(RED_TO_NOTHING))
    drag.commit()
    draw(other, (50, 50), (90, 90))
    lay(other, across(RED_TO_NOTHING))
    for place in ((60, 60), (10, 10), (390, 200)):
        assert pick(document, Point(*place)) == pick(other, Point(*place))
    document.history.undo()
    assert document.history.undo_label == "Brush stroke"


def test_cancel_leaves_no_trace_and_nothing_comes_afterwards() -> None:
    document = blank_document()
    draw(document, (50, 50), (90, 90))
    before = fingerprint(document)
    drag = GradientDrag(document, document.active_id or "")
    drag.show(across(BLACK_TO_WHITE))
    drag.cancel()
    drag.show(across(BLACK_TO_WHITE))
    drag.commit()
    assert fingerprint(document) == before
    assert document.history.undo_label == "Brush stroke"


def test_it_respects_a_soft_selection_and_its_opacity() -> None:
    document = blank_document()
    selection = rectangle(Bounds(100, 100, 50, 60))
    selection.write(Bounds(100, 100, 25, 60), np.full((60, 25), 128, np.uint8))
    document.run(EditSelection(selection))
    told: list[Bounds] = []
    document.pixels_changed.connect(lambda layer_id, area: told.append(area))
    lay(document, across(Ramp((Stop(0, "#000000"),))), opacity=0.5)
    assert active_surface(document).content_bounds() == Bounds(100, 100, 50, 60)
    assert pick(document, Point(140, 120)).red() == pytest.approx(127, abs=1)
    assert pick(document, Point(110, 120)).red() == pytest.approx(191, abs=1)
    assert told == [Bounds(0, 0, 256, 256)]


def test_it_keeps_alpha_where_it_is_locked() -> None:
    document = blank_document()
    draw(document, (200, 100), (240, 100), color="blue")
    before = active_surface(document).content_bounds()
    document.run(SetLayer(document.active_id or "", alpha_locked=True))
    lay(document, across(Ramp((Stop(0, "#00ff00"),))))
    assert active_surface(document).content_bounds() == before
    assert pick(document, Point(220, 100)) == QColor("#00ff00")
    assert pick(document, Point(20, 20)) == QColor("white")


def test_a_locked_or_missing_layer_is_refused() -> None:
    document = blank_document()
    document.run(SetLayer(document.active_id or "", locked=True))
    with pytest.raises(StudioError, match="is locked"):
        GradientDrag(document, document.active_id or "")
    with pytest.raises(StudioError, match="no layer"):
        GradientDrag(Document(Extent(1, 1)), "")


def test_on_a_mask_it_shows_and_hides() -> None:
    document = blank_document()
    document.run(add_mask(document, document.active_id or ""))
    document.set_paints_mask(True)
    before = fingerprint(document)
    lay(document, across(BLACK_TO_WHITE))
    mask = document.active.mask
    assert mask is not None
    row = mask.read(Bounds(0, 150, 400, 1))[0].astype(int)
    assert np.abs(row - np.linspace(0, 255, 400)).max() <= 2
    document.history.undo()
    assert fingerprint(document) == before


def test_something_else_that_begins_ends_it_with_what_it_shows() -> None:
    document = blank_document()
    drag = GradientDrag(document, document.active_id or "")
    drag.show(across(BLACK_TO_WHITE))
    MaskStroke(document, ROUND, 255).cancel()
    assert document.history.undo_label == "Gradient"
    drag.cancel()
    assert pick(document, Point(0, 0)) == QColor("black")


def test_a_canvas_of_one_pixel() -> None:
    document = Document.new(Extent(1, 1))
    lay(document, Gradient(BLACK_TO_WHITE, Point(0, 0), Point(1, 0), dither=False))
    assert pick(document, Point(0, 0)).red() == pytest.approx(128, abs=1)
