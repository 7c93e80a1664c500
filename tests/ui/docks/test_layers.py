"""The layer list: what the document has, in the order in which it is seen, and every gesture a command."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from sdstudio.document.commands import AddLayer, SetLayer
from sdstudio.document.document import Document
from sdstudio.document.layers import GroupLayer, PaintLayer
from sdstudio.raster.blend import BlendMode
from sdstudio.ui.docks.layer_delegate import eye_area, lock_area
from sdstudio.ui.docks.layer_model import LayerModel
from sdstudio.ui.docks.layers import LayersPanel
from sdstudio.ui.main_window import MainWindow
from tests.helpers.hand import Hand


@pytest.fixture
def panel(window: MainWindow) -> LayersPanel:
    return window.layers_panel


def names(model: LayerModel, parent: QModelIndex | None = None) -> list[object]:
    found: list[object] = []
    for row in range(model.rowCount(parent or QModelIndex())):
        index = model.index(row, 0, parent or QModelIndex())
        inside = names(model, index)
        found.append((index.data(), inside) if inside else index.data())
    return found


def document_of(window: MainWindow) -> Document:
    return window.editor.document


def trigger(window: MainWindow, *ids: str) -> None:
    for id in ids:
        window.actions_by_id[id].trigger()


def test_the_top_layer_comes_first(panel: LayersPanel) -> None:
    assert names(panel.model) == ["Layer 1", "Background"]
    assert panel.view.currentIndex().data() == "Layer 1"


def test_groups_hold_their_layers(window: MainWindow, panel: LayersPanel) -> None:
    group = GroupLayer(name="Group", children=[PaintLayer(name="below"), PaintLayer(name="above")])
    document_of(window).run(AddLayer(group))
    assert names(panel.model) == [("Group", ["above", "below"]), "Layer 1", "Background"]
    inner = panel.model.index(0, 0, panel.model.index(0, 0))
    assert panel.model.parent(inner).data() == "Group"


def test_add_duplicate_merge_and_delete(window: MainWindow, panel: LayersPanel) -> None:
    trigger(window, "layer.add")
    assert names(panel.model) == ["Layer 2", "Layer 1", "Background"]
    trigger(window, "layer.duplicate")
    assert names(panel.model)[0] == "Layer 2 copy"
    trigger(window, "layer.merge_down")
    assert names(panel.model) == ["Layer 2", "Layer 1", "Background"]
    trigger(window, "layer.delete")
    assert names(panel.model) == ["Layer 1", "Background"]
    for _ in range(4):
        trigger(window, "edit.undo")
    assert names(panel.model) == ["Layer 1", "Background"]
    assert not document_of(window).is_modified


def test_up_and_down_change_the_order_and_end_at_the_ends(window: MainWindow, panel: LayersPanel) -> None:
    assert not window.actions_by_id["layer.raise"].isEnabled()
    trigger(window, "layer.lower")
    assert names(panel.model) == ["Background", "Layer 1"]
    assert not window.actions_by_id["layer.lower"].isEnabled()
    trigger(window, "layer.raise")
    assert names(panel.model) == ["Layer 1", "Background"]


def test_a_click_chooses_the_layer(window: MainWindow, panel: LayersPanel) -> None:
    row = panel.view.visualRect(panel.model.index(1, 0))
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    assert document_of(window).active is not None
    assert document_of(window).active.name == "Background"


def test_a_click_on_the_eye_hides_without_choosing(window: MainWindow, panel: LayersPanel) -> None:
    row = panel.view.visualRect(panel.model.index(1, 0))
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=eye_area(row).center())
    background = next(iter(document_of(window).walk()))
    assert not background.visible
    trigger(window, "edit.undo")
    assert background.visible


def test_two_quick_clicks_on_the_eye_hide_and_show(window: MainWindow, panel: LayersPanel) -> None:
    background = next(iter(document_of(window).walk()))
    eye = eye_area(panel.view.visualRect(panel.model.index(1, 0))).center()
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=eye)
    QTest.mouseDClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=eye)
    assert background.visible
    assert panel.view.findChild(QLineEdit) is None


def test_the_lock_can_be_clicked_open(window: MainWindow, panel: LayersPanel) -> None:
    layer = document_of(window).active
    assert layer is not None
    trigger(window, "layer.locked")
    assert layer.locked
    row = panel.view.visualRect(panel.model.index(0, 0))
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=lock_area(row).center())
    assert not layer.locked


def test_a_locked_layer_is_not_deleted_and_that_is_said(window: MainWindow, panel: LayersPanel) -> None:
    trigger(window, "layer.locked", "layer.delete")
    assert names(panel.model) == ["Layer 1", "Background"]
    assert len(window.notices.messages) == 1
    assert "locked" in window.notices.messages[0]


def test_a_double_click_renames(window: MainWindow, panel: LayersPanel, qtbot: QtBot) -> None:
    row = panel.view.visualRect(panel.model.index(0, 0))
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    QTest.mouseDClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    qtbot.waitUntil(lambda: panel.view.findChild(QLineEdit) is not None)
    editor = panel.view.findChild(QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "Apple")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(panel.model) == ["Apple", "Background"])
    trigger(window, "edit.undo")
    assert names(panel.model) == ["Layer 1", "Background"]


def test_an_empty_name_is_not_taken(panel: LayersPanel) -> None:
    assert not panel.model.setData(panel.model.index(0, 0), "  ")
    assert names(panel.model) == ["Layer 1", "Background"]


def test_opacity_and_mode_act_on_the_chosen_layer(window: MainWindow, panel: LayersPanel) -> None:
    layer = document_of(window).active
    assert layer is not None
    panel._opacity.setValue(40)
    panel._mode.setCurrentIndex(panel._mode.findData(BlendMode.MULTIPLY))
    panel._mode.activated.emit(panel._mode.currentIndex())
    assert (layer.opacity, layer.mode) == (0.4, BlendMode.MULTIPLY)
    trigger(window, "edit.undo", "edit.undo")
    assert (layer.opacity, layer.mode) == (1.0, BlendMode.NORMAL)
    assert (panel._opacity.value(), panel._mode.currentData()) == (100, BlendMode.NORMAL)


def drop(panel: LayersPanel, source: QModelIndex, row: int, parent: QModelIndex | None = None) -> None:
    data = panel.model.mimeData([source])
    panel.model.dropMimeData(data, Qt.DropAction.MoveAction, row, 0, parent or QModelIndex())
    QApplication.processEvents()


@pytest.mark.parametrize(
    ("source", "row", "expected"),
    [
        (0, 2, ["b", "a", "c"]),
        (0, 3, ["b", "c", "a"]),
        (2, 0, ["c", "a", "b"]),
        (2, 1, ["a", "c", "b"]),
        (1, 1, ["a", "b", "c"]),
        (1, 2, ["a", "b", "c"]),
    ],
)
def test_dragging_puts_a_layer_where_the_line_is(
    window: MainWindow, panel: LayersPanel, source: int, row: int, expected: list[str]
) -> None:
    document = document_of(window)
    document.run(AddLayer(PaintLayer(name="a")))
    for layer, name in zip(list(document.walk()), ("c", "b", "a"), strict=True):
        document.run(SetLayer(layer.id, name=name))
    drop(panel, panel.model.index(source, 0), row)
    assert names(panel.model) == expected


def test_dragging_onto_a_group_puts_the_layer_into_it_on_top(window: MainWindow, panel: LayersPanel) -> None:
    document_of(window).run(AddLayer(GroupLayer(name="Group", children=[PaintLayer(name="inner")])))
    drop(panel, panel.model.index(1, 0), -1, panel.model.index(0, 0))
    assert names(panel.model) == [("Group", ["Layer 1", "inner"]), "Background"]


def test_a_group_is_not_dragged_into_itself(window: MainWindow, panel: LayersPanel) -> None:
    document_of(window).run(AddLayer(GroupLayer(name="Group", children=[PaintLayer(name="inner")])))
    drop(panel, panel.model.index(0, 0), 0, panel.model.index(0, 0))
    assert names(panel.model)[0] == ("Group", ["inner"])
    assert "itself" in window.notices.messages[0]


def test_a_thumbnail_follows_the_brush(window: MainWindow, panel: LayersPanel, qtbot: QtBot) -> None:
    layer = document_of(window).active
    assert layer is not None
    before = panel._thumbnails.of(layer, 1.0).toImage()
    with qtbot.waitSignal(panel._thumbnails.changed):
        Hand(window.canvas).drag((10, 10), (110, 110))
    assert panel._thumbnails.of(layer, 1.0).toImage() != before


def test_another_document_is_shown_at_once(window: MainWindow, panel: LayersPanel) -> None:
    from sdstudio.raster.geometry import Extent

    other = Document.new(Extent(64, 64))
    other.run(AddLayer(PaintLayer(name="only here")))
    window.editor.set_document(other)
    assert names(panel.model) == ["only here", "Layer 1", "Background"]
    assert panel.view.currentIndex().data() == "only here"


def test_the_list_survives_a_layer_that_is_gone(window: MainWindow, panel: LayersPanel) -> None:
    index = panel.model.index(0, 0)
    trigger(window, "layer.delete")
    assert panel.model.layer_at(index) is None
    assert panel.model.data(index) is None


def test_painting_the_list_works_for_every_kind_of_layer(window: MainWindow, panel: LayersPanel) -> None:
    document = document_of(window)
    document.run(AddLayer(GroupLayer(name="Group")))
    document.run(AddLayer(PaintLayer(name="x" * 300, visible=False, locked=True, opacity=0.3, mode=BlendMode.SCREEN)))
    panel.view.viewport().repaint()
    shown = panel.view.grab(panel.view.rect()).toImage()
    assert not shown.isNull()
    assert shown.pixelColor(QPoint(2, 4)).isValid()
