"""Several layers at once, groups and masks in the layer list, as a hand does it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from sdstudio.document.commands import AddLayer
from sdstudio.document.document import Document
from sdstudio.document.edits import EditSelection
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer, PaintLayer
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.masks import rectangle
from sdstudio.ui import theme
from sdstudio.ui.canvas.text_entry import TextEntry
from sdstudio.ui.docks.layer_header import FAMILIES, PASS_THROUGH
from sdstudio.ui.docks.layer_row import mask_area, thumbnail_area
from sdstudio.ui.docks.layers import LayersPanel
from sdstudio.ui.main_window import MainWindow
from tests.helpers.drawing import fingerprint, pick
from tests.helpers.hand import Hand
from tests.ui.docks.test_layers import document_of, drop, names, trigger

Keys = Qt.KeyboardModifier


@pytest.fixture
def panel(window: MainWindow) -> LayersPanel:
    """e, d, c, b, a from the top."""
    document = Document(document_of(window).extent)
    document.root.children = [PaintLayer(name=name) for name in "abcde"]
    document.set_active(document.root.children[-1].id)
    window.editor.set_document(document)
    QApplication.processEvents()
    return window.layers_panel


def layer(window: MainWindow, name: str) -> Layer:
    return next(one for one in document_of(window).walk() if one.name == name)


def row_of(panel: LayersPanel, name: str) -> QRect:
    one = next(one for one in panel.model.document.walk() if one.name == name)
    panel.view.scrollTo(panel.model.index_of(one.id))
    return panel.view.visualRect(panel.model.index_of(one.id))


def click(panel: LayersPanel, name: str, keys: Keys = Keys.NoModifier) -> None:
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, keys, row_of(panel, name).center())


def chosen(document: Document) -> str:
    return "".join(one.name for one in document.chosen)


def test_control_and_shift_choose_several(window: MainWindow, panel: LayersPanel) -> None:
    document = document_of(window)
    click(panel, "b")
    assert chosen(document) == "b"
    click(panel, "d", Keys.ControlModifier)
    assert chosen(document) == "bd"
    assert document.active is layer(window, "d")
    click(panel, "d", Keys.ControlModifier)
    assert chosen(document) == "b"
    assert document.active is layer(window, "b")
    click(panel, "e", Keys.ShiftModifier)
    assert chosen(document) in ("bcde", "cde", "de")
    click(panel, "a")
    assert chosen(document) == "a"
    QTest.keyClick(panel.view, Qt.Key.Key_Up, Keys.ShiftModifier)
    assert chosen(document) == "ab"


def test_the_list_shows_what_is_chosen_elsewhere(window: MainWindow, panel: LayersPanel) -> None:
    document = document_of(window)
    document.choose([layer(window, "a").id, layer(window, "c").id], layer(window, "c").id)
    assert {index.data() for index in panel.view.selectionModel().selectedIndexes()} == {"a", "c"}
    assert panel.view.currentIndex().data() == "c"


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("layer.delete", ["e", "c", "a"]),
        ("layer.duplicate", ["e", "d copy", "d", "c", "b copy", "b", "a"]),
        ("layer.group", ["e", ("Group 1", ["d", "b"]), "c", "a"]),
        ("layer.merge_down", ["e", "b", "c", "a"]),
        ("layer.raise", ["d", "b", "e", "c", "a"]),
        ("layer.lower", ["e", "c", "a", "d", "b"]),
    ],
)
def test_what_is_done_to_several_is_one_step(
    window: MainWindow, panel: LayersPanel, action: str, expected: list[object]
) -> None:
    document = document_of(window)
    before = fingerprint(document)
    document.choose([layer(window, "b").id, layer(window, "d").id], layer(window, "d").id)
    trigger(window, action)
    assert names(panel.model) == expected
    trigger(window, "edit.undo")
    assert fingerprint(document) == before
    assert not document.history.can_undo


def test_a_property_is_set_on_all_that_are_chosen(window: MainWindow, panel: LayersPanel) -> None:
    document = document_of(window)
    click(panel, "b")
    click(panel, "d", Keys.ControlModifier)
    trigger(window, "layer.visible", "layer.position_locked")
    panel.header.opacity.setValue(30)
    panel.header.mode.setCurrentIndex(panel.header.mode.findData(BlendMode.HUE))
    panel.header.mode.activated.emit(panel.header.mode.currentIndex())
    for one in document.walk():
        is_chosen = one.name in "bd"
        assert (not one.visible, one.position_locked, one.opacity == 0.3, one.mode == BlendMode.HUE) == (is_chosen,) * 4
    for _ in range(4):
        trigger(window, "edit.undo")
    assert not document.history.can_undo


def test_several_are_dragged_together(window: MainWindow, panel: LayersPanel) -> None:
    indexes = [panel.model.index_of(layer(window, name).id) for name in "db"]
    panel.model.dropMimeData(panel.model.mimeData(indexes), Qt.DropAction.MoveAction, 0, 0, QModelIndex())
    QApplication.processEvents()
    assert names(panel.model) == ["d", "b", "e", "c", "a"]


def test_a_group_is_made_folded_and_opened_again(window: MainWindow, panel: LayersPanel) -> None:
    click(panel, "b")
    click(panel, "c", Keys.ControlModifier)
    trigger(window, "layer.group")
    group = document_of(window).active
    assert isinstance(group, GroupLayer)
    folder = thumbnail_area(row_of(panel, "Group 1"), group).center()
    assert row_of(panel, "c").isValid()
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=folder)
    assert not panel.view.isExpanded(panel.model.index_of(group.id))
    click(panel, "a")
    trigger(window, "layer.add")  # the list is made anew
    assert not panel.view.isExpanded(panel.model.index_of(group.id))
    QTest.mouseClick(
        panel.view.viewport(), Qt.MouseButton.LeftButton, pos=thumbnail_area(row_of(panel, "Group 1"), group).center()
    )
    assert panel.view.isExpanded(panel.model.index_of(group.id))


def test_layers_are_dragged_out_of_a_group_and_the_empty_group_stays(window: MainWindow, panel: LayersPanel) -> None:
    document_of(window).run(AddLayer(GroupLayer(name="G", children=[PaintLayer(name="inner")])))
    inner = panel.model.index_of(layer(window, "inner").id)
    drop(panel, inner, 0)
    assert names(panel.model) == ["inner", "G", "e", "d", "c", "b", "a"]


def test_ungrouping_and_moving_out_of_a_group_by_keys(window: MainWindow, panel: LayersPanel) -> None:
    document_of(window).run(AddLayer(GroupLayer(name="G", children=[PaintLayer(name="x"), PaintLayer(name="y")])))
    click(panel, "y")
    trigger(window, "layer.raise")
    assert names(panel.model)[:2] == ["y", ("G", ["x"])]
    click(panel, "G")
    trigger(window, "layer.ungroup")
    assert names(panel.model) == ["y", "x", "e", "d", "c", "b", "a"]
    assert not window.actions_by_id["layer.ungroup"].isEnabled()


def test_a_group_may_pass_through_and_others_may_not(window: MainWindow, panel: LayersPanel) -> None:
    mode = panel.header.mode
    assert mode.findData(PASS_THROUGH) == -1
    trigger(window, "layer.add_group")
    group = document_of(window).active
    assert isinstance(group, GroupLayer)
    mode.setCurrentIndex(mode.findData(PASS_THROUGH))
    mode.activated.emit(mode.currentIndex())
    assert not group.isolated
    mode.setCurrentIndex(mode.findData(BlendMode.SCREEN))
    mode.activated.emit(mode.currentIndex())
    assert (group.isolated, group.mode) == (True, BlendMode.SCREEN)


def test_every_mode_is_listed_once() -> None:
    listed = [mode for family in FAMILIES for mode in family]
    assert len(listed) == len(set(listed)) == len(BlendMode)


def test_a_mask_is_added_and_painted_on_with_the_brush(window: MainWindow, panel: LayersPanel) -> None:
    document, hand = document_of(window), Hand(window.canvas)
    window.editor.foreground = QColor("red")
    window.editor.set_brush("paint", size=40, hardness=1)
    window.toolbox.set_active("brush")
    hand.drag((20, 60), (110, 60))
    trigger(window, "layer.mask.add")
    assert document.paints_mask
    window.editor.foreground = QColor("black")
    hand.drag((60, 60), (62, 60))
    assert pick(document, Point(60, 60)).alpha() == 0
    assert pick(document, Point(25, 60)).name() == "#ff0000"
    window.toolbox.set_active("eraser")
    hand.drag((30, 60), (31, 60))
    assert pick(document, Point(30, 60)).alpha() == 0
    window.editor.foreground = QColor("white")
    window.toolbox.set_active("fill")
    hand.click((60, 60))
    assert pick(document, Point(60, 60)).name() == "#ff0000"
    for _ in range(3):
        trigger(window, "edit.undo")
    assert pick(document, Point(60, 60)).name() == "#ff0000"
    assert layer(window, "e").mask is not None
    trigger(window, "edit.undo")
    assert layer(window, "e").mask is None


def test_a_click_at_a_picture_says_what_is_painted_on(window: MainWindow, panel: LayersPanel) -> None:
    document, one = document_of(window), layer(window, "e")
    trigger(window, "layer.mask.add")
    click(panel, "a")
    assert not document.paints_mask
    viewport, row = panel.view.viewport(), row_of(panel, "e")
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=mask_area(row, one).center())
    assert document.paints_mask
    assert document.active is one
    assert window.actions_by_id["layer.mask.paint"].isChecked()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=thumbnail_area(row, one).center())
    assert not document.paints_mask
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, Keys.ShiftModifier, mask_area(row, one).center())
    assert not one.mask_enabled


def test_a_double_click_at_the_picture_of_a_text_opens_its_words(window: MainWindow, panel: LayersPanel) -> None:
    window.toolbox.set_active("text")
    Hand(window.canvas).click((20, 60))
    QTest.keyClicks(QApplication.focusWidget() or window, "Hill")
    window.toolbox.set_active("brush")
    one = layer(window, "Hill")
    viewport, row = panel.view.viewport(), row_of(panel, "Hill")
    badged = panel._thumbnails.of(one, 1.0).toImage()
    assert badged.pixelColor(badged.width() - 1, badged.height() - 1) == theme.color("panel")
    QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=thumbnail_area(row, one).center())
    assert window.toolbox.active.id == "text"
    entry = window.canvas.findChild(TextEntry)
    assert entry is not None
    assert (entry.words, entry.marked) == ("Hill", (0, 4))
    QTest.keyClicks(entry, "Lake")
    window.toolbox.active.settle()
    assert layer(window, "Lake") is one


def test_thin_lines_are_seen_in_small_pictures(window: MainWindow, panel: LayersPanel, qtbot: QtBot) -> None:
    document = Document.new(Extent(2048, 2048), QColor("white"))
    window.editor.set_document(document)
    window.editor.set_brush("paint", size=6, hardness=1)
    window.editor.foreground = QColor("black")
    window.canvas.fit()
    one = document.active
    assert one is not None
    before = panel._thumbnails.of(one, 1.0).toImage()
    with qtbot.waitSignal(panel._thumbnails.changed):
        Hand(window.canvas).drag((200, 1003), (1800, 1003))
    after = panel._thumbnails.of(one, 1.0).toImage()
    column = [(after.width() // 2, y) for y in range(after.height())]
    assert any(after.pixelColor(x, y).lightness() < before.pixelColor(x, y).lightness() - 10 for x, y in column)


def test_fills_and_adjustments_are_added_inside_the_selection(window: MainWindow, panel: LayersPanel) -> None:
    document = document_of(window)
    window.editor.foreground = QColor("teal")
    trigger(window, "layer.add_fill", "layer.adjust.invert")
    top, below = document.active, layer(window, "Fill 1")
    assert isinstance(top, AdjustmentLayer)
    assert isinstance(below, FillLayer)
    assert pick(document, Point(5, 5)).name() == "#ff7f7f"
    Hand(window.canvas)
    trigger(window, "select.all", "layer.adjust.threshold")
    assert document.active is not None
    assert document.active.mask is not None


def test_what_has_a_mask_and_what_is_set_is_painted(window: MainWindow, panel: LayersPanel) -> None:
    document = document_of(window)
    for one in (AdjustmentLayer(name="A", clipped=True), FillLayer(name="F"), GroupLayer(name="G")):
        document.run(AddLayer(one))
        trigger(window, "layer.mask.add")
    trigger(window, "layer.mask.enabled")
    panel.view.viewport().repaint()
    assert not panel.view.grab().isNull()


def test_the_canvas_says_that_a_mask_is_painted_on(window: MainWindow, panel: LayersPanel) -> None:
    badge = window.mask_badge
    assert not badge.isVisible()
    trigger(window, "layer.mask.add")
    assert badge.isVisible()
    badge.findChild(QPushButton).click()
    assert not badge.isVisible()
    assert not document_of(window).paints_mask
    trigger(window, "layer.mask.paint")
    assert badge.isVisible()
    click(panel, "a")
    assert not badge.isVisible()


def test_delete_hides_what_is_selected_while_the_mask_is_the_target(window: MainWindow, panel: LayersPanel) -> None:
    document = document_of(window)
    trigger(window, "layer.add_fill", "layer.mask.add", "edit.clear")
    assert pick(document, Point(5, 5)).alpha() == 0
    trigger(window, "edit.undo")
    document.run(EditSelection(rectangle(Bounds(0, 0, 20, 20))))
    trigger(window, "edit.clear")
    assert [pick(document, Point(x, 5)).alpha() for x in (5, 30)] == [0, 255]


def test_a_new_layer_goes_into_the_group_that_is_active(window: MainWindow, panel: LayersPanel) -> None:
    trigger(window, "layer.add_group", "layer.add")
    assert names(panel.model)[0] == ("Group 1", ["Layer 1"])


def test_the_mask_of_a_layer_without_pixels_is_always_the_target(window: MainWindow, panel: LayersPanel) -> None:
    trigger(window, "select.all", "layer.adjust.invert", "select.none")
    click(panel, "a")
    click(panel, "Invert 1")
    assert document_of(window).paints_mask
    assert window.mask_badge.isVisible()
    assert not window.mask_badge.findChild(QPushButton).isVisible()
    assert not window.actions_by_id["layer.mask.paint"].isEnabled()


def test_dragged_rows_let_what_lies_below_show_through(panel: LayersPanel) -> None:
    view = panel.view
    rows = [view.visualRect(panel.model.index(row, 0)) for row in (0, 1)]
    picture = view.picture_of(rows)
    ratio = view.devicePixelRatioF()
    assert picture.height() == round(sum(row.height() for row in rows) * ratio)
    image = picture.toImage()
    for row in rows:
        at = (row.center() - rows[0].topLeft()) * ratio
        assert 0 < image.pixelColor(at).alpha() < 255
