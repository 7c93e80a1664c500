"""Ctrl+click at a picture in the layer list selects what it shows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest

from sdstudio.document.commands import EditSelection
from sdstudio.document.document import Document
from sdstudio.document.layer_masks import mask_from_selection
from sdstudio.document.layers import Layer
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.masks import rectangle
from sdstudio.raster.tiles import Mask
from sdstudio.ui.docks.layer_delegate import mask_area, thumbnail_area
from sdstudio.ui.main_window import MainWindow
from tests.helpers.hand import Hand, Keys

CONTROL, SHIFT, ALT = Keys.ControlModifier, Keys.ShiftModifier, Keys.AltModifier


@pytest.fixture
def document(window: MainWindow) -> Document:
    window.editor.set_brush("paint", size=20, hardness=1)
    Hand(window.canvas).drag((30, 60), (90, 60))
    return window.editor.document


def click(window: MainWindow, layer: Layer, area: object, keys: Keys) -> None:
    view = window.layers_panel.view
    row: QRect = view.visualRect(window.layers_panel.model.index_of(layer.id))
    place: QPoint = area(row, layer).center()  # type: ignore[operator]
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, keys, place)


def at(document: Document, x: int, y: int) -> int:
    return int(document.selection.read(Bounds(x, y, 1, 1))[0, 0])


def test_the_picture_selects_what_is_painted(window: MainWindow, document: Document) -> None:
    bottom, top = document.root.children
    click(window, top, thumbnail_area, CONTROL)
    assert (at(document, 60, 60), at(document, 60, 90)) == (255, 0)
    assert document.active is top
    click(window, bottom, thumbnail_area, CONTROL)
    assert at(document, 60, 90) == 255
    assert document.active is top  # the layer that is painted on stays
    document.history.undo()
    assert at(document, 60, 90) == 0


@pytest.mark.parametrize(("keys", "expected"), [(SHIFT, (255, 255, 0)), (ALT, (255, 0, 0)), (SHIFT | ALT, (0, 255, 0))])
def test_more_keys_combine(window: MainWindow, document: Document, keys: Keys, expected: tuple[int, int, int]) -> None:
    document.run(EditSelection(rectangle(Bounds(0, 0, 60, 128))))
    click(window, document.root.children[1], thumbnail_area, CONTROL | keys)
    assert (at(document, 10, 10), at(document, 50, 60), at(document, 100, 100)) == expected


def test_the_masks_picture_selects_what_it_shows(window: MainWindow, document: Document) -> None:
    top = document.root.children[1]
    document.run(EditSelection(rectangle(Bounds(0, 0, 40, 128))))
    document.run(mask_from_selection(document, top.id))
    document.run(EditSelection(Mask()))
    click(window, top, mask_area, CONTROL)
    assert document.selection.content_bounds() == Bounds(0, 0, 40, 128)


def test_nothing_painted_is_said(window: MainWindow, document: Document) -> None:
    window.actions_by_id["layer.add"].trigger()
    layer = document.active
    assert layer is not None
    click(window, layer, thumbnail_area, CONTROL)
    assert len(window.notices.messages) == 1
    assert document.selection.is_empty
