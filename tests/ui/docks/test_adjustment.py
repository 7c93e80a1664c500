"""The Adjustment panel: what is dragged there is seen at once, and one drag is one step."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from sdstudio.document.document import Document
from sdstudio.document.layers import AdjustmentLayer, FillLayer
from sdstudio.raster.adjustments import KINDS, BrightnessContrast, Curves, HueSaturation, Levels, LevelsRange
from sdstudio.raster.fills import GradientFill
from sdstudio.raster.geometry import Extent, Point
from sdstudio.ui.docks.adjustment import AdjustmentPanel
from sdstudio.ui.docks.adjustment_fields import LEVELS_NUMBERS, NUMBERS, NumberRows, from_slider, to_slider
from sdstudio.ui.docks.adjustment_forms import CurvesForm, FillForm, LevelsForm, NumbersForm
from sdstudio.ui.docks.gradient_form import GradientForm, default_gradient, direction_of, placed
from sdstudio.ui.layer_making import tag_of
from sdstudio.ui.main_window import MainWindow
from tests.helpers.drawing import pick


@pytest.fixture
def panel(window: MainWindow) -> AdjustmentPanel:
    window.panels.raise_panel("adjustment")
    return window.adjustment_panel


def document_of(window: MainWindow) -> Document:
    return window.editor.document


def add(window: MainWindow, id: str) -> AdjustmentLayer | FillLayer:
    window.actions_by_id[id].trigger()
    QApplication.processEvents()
    layer = document_of(window).active
    assert isinstance(layer, AdjustmentLayer | FillLayer)
    return layer


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_form_and_its_panel_comes_up(
    window: MainWindow, panel: AdjustmentPanel, kind: type[AdjustmentLayer]
) -> None:
    layer = add(window, f"layer.adjust.{tag_of(kind)}")
    assert isinstance(layer, AdjustmentLayer)
    assert type(layer.adjustment) is kind
    assert panel.form is not None
    assert panel.isVisible()
    document_of(window).set_active(document_of(window).root.children[0].id)
    assert panel.form is None


def test_a_drag_of_a_slider_is_seen_while_it_lasts_and_is_one_step(window: MainWindow, panel: AdjustmentPanel) -> None:
    layer = add(window, "layer.adjust.brightness_contrast")
    assert isinstance(panel.form, NumbersForm)
    slider, document = panel.form.rows.sliders["brightness"], document_of(window)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 2, 12))
    seen = []
    for share in (0.4, 0.3, 0.2):
        QTest.mouseMove(slider, QPoint(int(slider.width() * share), 12))
        QApplication.processEvents()
        seen.append(pick(document, Point(5, 5)).red())
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(int(slider.width() * 0.2), 12))
    assert seen == sorted(seen, reverse=True)
    assert 255 > seen[0] > seen[-1] > 0
    window.actions_by_id["edit.undo"].trigger()
    assert layer.adjustment == BrightnessContrast()
    assert panel.form.rows.fields["brightness"].value() == 0
    window.actions_by_id["edit.redo"].trigger()
    assert layer.adjustment != BrightnessContrast()


def test_two_drags_are_two_steps(window: MainWindow, panel: AdjustmentPanel) -> None:
    layer = add(window, "layer.adjust.blur")
    assert isinstance(panel.form, NumbersForm)
    slider = panel.form.rows.sliders["radius"]
    for share in (0.3, 0.8):
        QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(int(slider.width() * share), 12))
        QApplication.processEvents()
    assert isinstance(layer, AdjustmentLayer)
    wide = layer.adjustment
    window.actions_by_id["edit.undo"].trigger()
    assert layer.adjustment.radius < wide.radius  # type: ignore[union-attr]
    assert document_of(window).history.undo_label == "Adjust"


def test_levels_are_set_for_each_channel(window: MainWindow, panel: AdjustmentPanel) -> None:
    layer = add(window, "layer.adjust.levels")
    form = panel.form
    assert isinstance(form, LevelsForm)
    form.channel.setCurrentIndex(form.channel.findData("green"))
    form.rows.fields["out_white"].setValue(100)
    assert isinstance(layer, AdjustmentLayer)
    assert layer.adjustment == Levels(green=LevelsRange(out_white=100))
    assert pick(document_of(window), Point(5, 5)).name() == "#ff64ff"
    form.channel.setCurrentIndex(form.channel.findData("rgb"))
    assert form.rows.fields["out_white"].value() == 255
    panel.findChild(QPushButton).click()
    assert layer.adjustment == Levels()


def test_a_curve_is_bent_by_hand(window: MainWindow, panel: AdjustmentPanel) -> None:
    layer = add(window, "layer.adjust.curves")
    form = panel.form
    assert isinstance(form, CurvesForm)
    top_right = QPoint(form.curve.width() - 8, 8)
    QTest.mousePress(form.curve, Qt.MouseButton.LeftButton, pos=top_right)
    QTest.mouseMove(form.curve, QPoint(form.curve.width() - 8, form.curve.height() // 2))
    QTest.mouseRelease(form.curve, Qt.MouseButton.LeftButton)
    assert isinstance(layer, AdjustmentLayer)
    assert isinstance(layer.adjustment, Curves)
    assert layer.adjustment.rgb[-1][1] == pytest.approx(128, abs=3)
    assert pick(document_of(window), Point(5, 5)).red() == layer.adjustment.rgb[-1][1]


def test_the_histogram_counts_what_lies_below(window: MainWindow, panel: AdjustmentPanel) -> None:
    add(window, "layer.adjust.levels")
    panel._count()
    assert panel.form is not None
    assert panel.form.histogram is not None
    counts = panel.form.histogram._counts["red"]
    assert counts[255] > 0
    assert counts[:255].sum() == 0
    assert not panel.grab().isNull()


def test_a_fill_takes_the_foreground_colour_and_an_opacity(window: MainWindow, panel: AdjustmentPanel) -> None:
    layer = add(window, "layer.add_fill")
    form = panel.form
    assert isinstance(form, FillForm)
    window.editor.foreground = QColor("#336699")
    next(button for button in form.findChildren(QPushButton)).click()
    assert isinstance(layer, FillLayer)
    assert pick(document_of(window), Point(5, 5)).name() == "#336699"
    form.rows.fields["opacity"].setValue(50)
    assert QColor(layer.fill.color).alpha() == 128
    form.wheel.picked.emit(QColor("red"))
    assert QColor(layer.fill.color).name(QColor.NameFormat.HexArgb) == "#80ff0000"


def test_a_gradient_fill_is_made_of_both_colours_and_turned(window: MainWindow, panel: AdjustmentPanel) -> None:
    window.editor.foreground, window.editor.background = QColor("black"), QColor("white")
    layer, document = add(window, "layer.add_gradient"), document_of(window)
    form = panel.form
    assert isinstance(form, GradientForm)
    middle = document.extent.width // 2
    top, bottom = (pick(document, Point(middle, y)).red() for y in (1, document.extent.height - 1))
    assert top < 10 < 245 < bottom
    small = window.layers_panel._thumbnails.of(layer, 1.0).toImage()
    assert small.pixelColor(3, 1).red() < 60 < 200 < small.pixelColor(3, small.height() - 2).red()
    form.rows.fields["angle"].setValue(0)
    left, right = (pick(document, Point(x, middle)).red() for x in (1, document.extent.width - 1))
    assert left < 10 < 245 < right
    form.reverse.click()
    assert pick(document, Point(1, middle)).red() > 245
    form.wheel.picked.emit(QColor("red"))
    assert isinstance(layer, FillLayer)
    assert isinstance(layer.fill, GradientFill)
    assert layer.fill.stops[0].color == "#ff0000"
    form.rows.fields["opacity"].setValue(0)
    assert layer.fill.stops[0].opacity == 0
    form.shape.setCurrentIndex(form.shape.findData("radial"))
    form.shape.activated.emit(form.shape.currentIndex())
    assert layer.fill.shape == "radial"
    while document.history.can_undo:
        document.history.undo()
    assert pick(document, Point(1, middle)).name() == "#ffffff"


@pytest.mark.parametrize("shape", ["linear", "radial"])
@pytest.mark.parametrize(("angle", "size"), [(0.0, 100.0), (90.0, 50.0), (-135.0, 180.0), (33.0, 1.0)])
def test_a_gradient_knows_how_it_was_placed(shape: str, angle: float, size: float) -> None:
    extent = Extent(300, 200)
    fill = msgspec.structs.replace(default_gradient(QColor("red"), QColor("blue"), extent), shape=shape)
    assert direction_of(placed(fill, extent, angle, size), extent) == pytest.approx((angle, size), abs=0.01)


def test_a_locked_layer_is_not_set(window: MainWindow, panel: AdjustmentPanel) -> None:
    add(window, "layer.adjust.blur")
    window.actions_by_id["layer.locked"].trigger()
    assert panel.form is not None
    assert not panel.form.isEnabled()


@pytest.mark.parametrize("number", [*LEVELS_NUMBERS, *(one for numbers in NUMBERS.values() for one in numbers)])
def test_sliders_reach_every_end(number: object) -> None:
    for value in (number.low, number.default, number.high):  # type: ignore[attr-defined]
        assert from_slider(number, to_slider(number, value)) == pytest.approx(value, rel=0.02, abs=0.6)  # type: ignore[arg-type]


def test_what_a_tall_panel_has_left_goes_below_the_rows(qtbot: QtBot) -> None:
    rows = NumberRows(NUMBERS[HueSaturation])
    qtbot.addWidget(rows)
    rows.resize(280, rows.sizeHint().height())
    rows.show()
    low = [field.y() for field in rows.fields.values()]
    rows.resize(280, 600)
    assert [field.y() for field in rows.fields.values()] == low
