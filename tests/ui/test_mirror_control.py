"""The mirrors of the brushes in the window: the option, the axes on the canvas, and what the document remembers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from sdstudio.document.document import Document
from sdstudio.document.guides import Guides
from sdstudio.document.mirrors import Mirrors, SetMirrors, mirrors_of
from sdstudio.raster.geometry import Extent
from sdstudio.ui.canvas.aids import Aids, Snapping
from sdstudio.ui.canvas.mirror_axes import handles
from sdstudio.ui.main_window import MainWindow
from tests.helpers.hand import Hand, color_at

EXTENT = Extent(300, 200)


@pytest.fixture
def hand(window: MainWindow) -> Hand:
    """On a document of 300 x 200 at 100 %, with a small red brush."""
    window.editor.set_document(Document.new(EXTENT))
    window.toolbox.set_active("brush")
    window.editor.foreground = QColor("red")
    window.editor.set_brush("paint", size=8, hardness=1)
    QApplication.processEvents()
    window.canvas.zoom_to(1)
    return Hand(window.canvas)


def mirrors(window: MainWindow) -> Mirrors:
    return mirrors_of(window.editor.document)


def pull(window: MainWindow, hand: Hand, moved: str, across: float, down: float) -> None:
    """Drag the handle of an axis by so many pixels of the document."""
    canvas = window.canvas
    symmetry = mirrors(window).symmetry(EXTENT)
    assert symmetry is not None
    at = canvas.camera.to_document(handles(symmetry, canvas.camera, EXTENT, QRectF(canvas.rect()))[moved])
    hand.drag((at.x, at.y), (at.x + across / 2, at.y + down / 2), (at.x + across, at.y + down))


def test_the_document_remembers_the_option_and_tells_it_again(window: MainWindow, hand: Hand) -> None:
    window.editor.set_setting(symmetry="both")
    assert mirrors(window) == Mirrors(kind="both")
    document = window.editor.document
    window.editor.set_document(Document.new(EXTENT))
    assert window.editor.settings.symmetry == "none"
    window.editor.set_document(document)
    assert window.editor.settings.symmetry == "both"
    document.history.undo()
    assert window.editor.settings.symmetry == "none"
    assert not document.history.can_undo


@pytest.mark.parametrize("turn", [0, 90, 37])
def test_a_dragged_axis_mirrors_strokes_there_and_is_one_step(window: MainWindow, hand: Hand, turn: float) -> None:
    window.canvas.rotate_by(turn)
    window.editor.set_setting(symmetry="left-right")
    position = window.editor.document.history.position
    pull(window, hand, "x", -50, 20)
    assert mirrors(window) == Mirrors(kind="left-right", x=100)
    assert window.editor.document.history.position == position + 1
    hand.click((60, 50))
    assert color_at(window.editor.document, 140, 50) == QColor("red")
    assert color_at(window.editor.document, 240, 50) == QColor("white")
    window.editor.document.history.undo()
    window.editor.document.history.undo()
    assert mirrors(window).x is None


def test_near_the_middle_it_snaps_and_the_menu_brings_it_back(window: MainWindow, hand: Hand) -> None:
    window.editor.set_setting(symmetry="both")
    pull(window, hand, "x", 40, 0)
    pull(window, hand, "y", 0, -30.4)
    assert mirrors(window) == Mirrors(kind="both", x=190, y=69.5)
    pull(window, hand, "x", -35, 0)
    assert mirrors(window).x is None
    action = window.actions_by_id["view.center_mirrors"]
    assert action.isEnabled()
    action.trigger()
    assert mirrors(window) == Mirrors(kind="both")
    assert not action.isEnabled()


def test_it_snaps_to_guides(window: MainWindow, hand: Hand) -> None:
    guides = Guides(x=(200.0,))
    window.canvas.snap_with(lambda reach: Snapping(Aids(), guides, EXTENT, reach))
    window.editor.set_setting(symmetry="left-right")
    pull(window, hand, "x", 47, 0)
    assert mirrors(window).x == 200


def test_rays_are_moved_both_ways(window: MainWindow, hand: Hand) -> None:
    window.editor.set_setting(symmetry="rays")
    pull(window, hand, "xy", 30, 40)
    assert mirrors(window) == Mirrors(kind="rays", x=180, y=140)


def test_the_pen_moves_axes_too(window: MainWindow, hand: Hand) -> None:
    window.editor.set_setting(symmetry="left-right")
    symmetry = mirrors(window).symmetry(EXTENT)
    assert symmetry is not None
    canvas = window.canvas
    at = canvas.camera.to_document(handles(symmetry, canvas.camera, EXTENT, QRectF(canvas.rect()))["x"])
    hand.pen((at.x, at.y, 0.5), (at.x + 30, at.y, 0.5), (at.x + 60, at.y, 0.5))
    assert mirrors(window).x == 210


def test_other_tools_know_no_handles(window: MainWindow, hand: Hand) -> None:
    window.editor.document.run(SetMirrors(Mirrors(kind="left-right"), "Mirror"))
    window.toolbox.set_active("move")
    symmetry = mirrors(window).symmetry(EXTENT)
    assert symmetry is not None
    canvas = window.canvas
    at = handles(symmetry, canvas.camera, EXTENT, QRectF(canvas.rect()))["x"]
    assert window.mirror_control.cursor_at(at, canvas.camera) is None


def test_a_handle_stays_in_the_view_as_long_as_its_axis_does(window: MainWindow, hand: Hand) -> None:
    canvas, view = window.canvas, QRectF(window.canvas.rect())
    symmetry = Mirrors(kind="left-right").symmetry(EXTENT)
    assert symmetry is not None
    canvas.zoom_to(16)
    assert view.contains(handles(symmetry, canvas.camera, EXTENT, view)["x"])
    canvas.look_through(canvas.camera.panned(view.width(), 0))
    assert handles(symmetry, canvas.camera, EXTENT, view) == {}
