from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog

from sdstudio.document.commands import EditSelection
from sdstudio.document.document import Document
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.masks import rectangle
from sdstudio.ui.dialogs.canvas_size import CanvasSizeDialog
from sdstudio.ui.dialogs.new_document import NewDocumentDialog
from sdstudio.ui.main_window import MainWindow
from tests.helpers.drawing import pick
from tests.helpers.hand import Hand


def document_of(window: MainWindow) -> Document:
    return window.editor.document


def trigger(window: MainWindow, *ids: str) -> None:
    for id in ids:
        window.actions_by_id[id].trigger()


def test_undo_names_what_it_takes_back(window: MainWindow) -> None:
    undo, redo = window.actions_by_id["edit.undo"], window.actions_by_id["edit.redo"]
    assert (undo.isEnabled(), redo.isEnabled()) == (False, False)
    trigger(window, "layer.add")
    assert undo.text() == "&Undo Add layer"
    trigger(window, "edit.undo")
    assert redo.text() == "&Redo Add layer"
    assert redo.toolTip().endswith("(Ctrl+Shift+Z)")


def test_undo_in_the_middle_of_a_stroke_ends_the_stroke(window: MainWindow) -> None:
    hand = Hand(window.canvas)
    hand.drag((10, 10), (30, 10))
    hand.press((10, 60))
    hand.move((30, 60))
    trigger(window, "edit.undo")
    hand.release((30, 60))
    assert pick(document_of(window), Point(20, 60)) == QColor("white")
    assert pick(document_of(window), Point(20, 10)) != QColor("white")


def test_clear_erases_inside_the_selection(window: MainWindow) -> None:
    Hand(window.canvas).drag((10, 20), (110, 20))
    document_of(window).run(EditSelection(rectangle(Bounds(0, 0, 60, 128)), "Select"))
    trigger(window, "edit.clear")
    assert pick(document_of(window), Point(30, 20)) == QColor("white")
    assert pick(document_of(window), Point(90, 20)) != QColor("white")


@pytest.mark.parametrize(("id", "color"), [("edit.fill", "red"), ("edit.fill_second", "blue")])
def test_fill_covers_the_selection_or_everything(window: MainWindow, id: str, color: str) -> None:
    window.editor.foreground, window.editor.background = QColor("red"), QColor("blue")
    document_of(window).run(EditSelection(rectangle(Bounds(0, 0, 60, 128))))
    trigger(window, id)
    assert pick(document_of(window), Point(30, 20)) == QColor(color)
    assert pick(document_of(window), Point(90, 20)) == QColor("white")
    trigger(window, "edit.undo", "select.none", id)
    assert pick(document_of(window), Point(90, 120)) == QColor(color)


def test_fill_on_a_mask_shows_as_much_as_the_colour_is_bright(window: MainWindow) -> None:
    trigger(window, "layer.mask.add")
    document_of(window).set_paints_mask(True)
    window.editor.foreground = QColor("black")
    trigger(window, "edit.fill")
    layer = document_of(window).active
    assert layer is not None
    assert layer.mask is not None
    assert not layer.mask.read(document_of(window).bounds).any()


def test_crop_makes_the_selection_the_canvas(window: MainWindow) -> None:
    document_of(window).run(EditSelection(rectangle(Bounds(40, 30, 50, 20)), "Select"))
    trigger(window, "image.crop")
    assert document_of(window).extent == Extent(50, 20)
    trigger(window, "edit.undo")
    assert document_of(window).extent == Extent(128, 128)


def test_canvas_size_is_one_undo_step(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    def accept(dialog: CanvasSizeDialog) -> int:
        dialog._width.setValue(200)
        return int(QDialog.DialogCode.Accepted)

    monkeypatch.setattr(CanvasSizeDialog, "exec", accept)
    trigger(window, "image.canvas_size")
    assert document_of(window).extent == Extent(200, 128)
    assert "200 × 128" in window.status_bar._extent.text()
    trigger(window, "edit.undo")
    assert document_of(window).extent == Extent(128, 128)


def test_a_new_document_is_what_the_dialog_says(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    def accept(dialog: NewDocumentDialog) -> int:
        dialog._width.setValue(64)
        dialog._background.setCurrentIndex(1)
        return int(QDialog.DialogCode.Accepted)

    monkeypatch.setattr(NewDocumentDialog, "exec", accept)
    trigger(window, "file.new")
    assert document_of(window).extent == Extent(64, 128)
    assert pick(document_of(window), Point(5, 5)).alpha() == 0


@pytest.mark.parametrize(("key", "opacity"), [(Qt.Key.Key_5, 0.5), (Qt.Key.Key_1, 0.1), (Qt.Key.Key_0, 1.0)])
def test_digits_set_the_opacity_of_the_tool(window: MainWindow, key: Qt.Key, opacity: float) -> None:
    window.editor.set_brush("paint", opacity=0.33)
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, key)
    assert window.editor.brushes["paint"].opacity == pytest.approx(opacity)


def test_digits_and_letters_in_the_prompt_are_text(window: MainWindow) -> None:
    window.activateWindow()
    prompt = window.generate_panel.prompt
    prompt.setFocus()
    tool, opacity = window.toolbox.active, window.editor.brushes["paint"].opacity
    QTest.keyClicks(prompt, "50 xqd[]")
    assert prompt.text() == "50 xqd[]"
    assert (window.toolbox.active, window.editor.brushes["paint"].opacity) == (tool, opacity)


def test_brackets_change_the_size_of_the_brush_in_the_hand(window: MainWindow) -> None:
    trigger(window, "edit.larger")
    larger = window.editor.brushes["paint"].size
    trigger(window, "edit.smaller", "edit.smaller")
    assert larger > window.editor.brushes["paint"].size


def test_the_view_actions_move_the_camera_and_not_the_picture(window: MainWindow) -> None:
    camera = window.canvas.camera
    trigger(window, "view.actual")
    assert window.canvas.camera.zoom == 1
    assert window.status_bar._zoom.text() == "100 %"
    trigger(window, "view.zoom_in")
    assert window.canvas.camera.zoom > 1
    trigger(window, "view.rotate_right", "view.mirror")
    assert window.canvas.camera.rotation != 0
    assert window.actions_by_id["view.mirror"].isChecked()
    trigger(window, "view.mirror", "view.reset_rotation", "view.fit")
    assert (window.canvas.camera.rotation, window.canvas.camera.mirrored) == (0, False)
    assert window.canvas.camera.zoom == pytest.approx(camera.zoom)
    assert not window.actions_by_id["view.mirror"].isChecked()
    assert not document_of(window).is_modified


def test_tool_keys_choose_tools_and_the_bar_follows(window: MainWindow) -> None:
    window.activateWindow()
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_E)
    QApplication.processEvents()
    assert window.toolbox.active.id == "eraser"
    assert window.tool_bar.tool_actions["eraser"].isChecked()
    assert not window.tool_bar.tool_actions["brush"].isChecked()


def test_options_of_the_tool_go_both_ways(window: MainWindow) -> None:
    from sdstudio.ui.widgets.number import NumberField
    from sdstudio.ui.widgets.slider import MarkedSlider

    [number] = [f for f in window.tool_options.findChildren(NumberField) if f.accessibleName() == "Size"]
    [slider] = [f for f in window.tool_options.findChildren(MarkedSlider) if f.accessibleName() == "Size"]
    number.setValue(300)
    assert window.editor.brushes["paint"].size == 300
    slider.setValue(slider.maximum())
    assert window.editor.brushes["paint"].size == 2000
    window.editor.set_brush("paint", size=12)
    assert number.value() == 12
