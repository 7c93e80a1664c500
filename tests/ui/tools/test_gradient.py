from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog
from pytestqt.qtbot import QtBot

from sdstudio.document.commands import EditSelection, SetLayer
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.gradient import FOREGROUND, Ramp, Stop
from sdstudio.raster.masks import rectangle
from sdstudio.ui import theme
from sdstudio.ui.dialogs.gradient import GradientDialog
from sdstudio.ui.editor import Editor
from sdstudio.ui.ramps import PRESETS
from sdstudio.ui.tools.toolbox import Toolbox
from sdstudio.ui.widgets.ramp_bar import RampBar
from tests.helpers.hand import Hand, Keys, color_at


@pytest.fixture(autouse=True)
def black_to_white(editor: Editor, toolbox: Toolbox) -> None:
    theme.apply(cast(QApplication, QApplication.instance()), "dark")
    editor.foreground, editor.background = QColor("black"), QColor("white")
    editor.set_setting(gradient_dither=False)
    toolbox.set_active("gradient")


def red_at(editor: Editor, x: int, y: int = 100) -> int:
    return color_at(editor.document, x, y).red()


class TestTool:
    def test_a_drag_lays_one_gradient(self, hand: Hand, editor: Editor) -> None:
        hand.drag((50, 100), (120, 100), (250, 100))
        assert (red_at(editor, 10), red_at(editor, 290)) == (0, 255)
        assert red_at(editor, 150) == pytest.approx(128, abs=2)
        editor.document.history.undo()
        assert red_at(editor, 10) == 255
        assert not editor.document.history.can_undo

    def test_it_is_seen_while_it_is_drawn(self, hand: Hand, editor: Editor, qtbot: QtBot) -> None:
        hand.press((50, 100))
        hand.move((250, 100))
        qtbot.waitUntil(lambda: red_at(editor, 10) == 0, timeout=5000)
        hand.key(Qt.Key.Key_Escape)
        assert red_at(editor, 10) == 255
        hand.release((250, 100))
        assert not editor.document.history.can_undo

    def test_shift_turns_in_steps(self, hand: Hand, editor: Editor) -> None:
        hand.press((50, 100))
        hand.move((250, 110), Keys.ShiftModifier)
        hand.release((250, 110), Keys.ShiftModifier)
        assert red_at(editor, 150, 10) == red_at(editor, 150, 190)

    def test_a_click_lays_nothing(self, hand: Hand, editor: Editor) -> None:
        hand.click((50, 100))
        assert not editor.document.history.can_undo

    @pytest.mark.parametrize(
        ("setting", "value", "expected"),
        [
            ("gradient_shape", "reflected", {10: 51, 50: 0, 90: 51}),
            ("gradient_repeat", "mirror", {270: 230, 290: 204}),
            ("gradient_reverse", True, {10: 255, 290: 0}),
            ("gradient_opacity", 50.0, {10: 127, 290: 255}),
        ],
    )
    def test_the_options_count(
        self, hand: Hand, editor: Editor, setting: str, value: object, expected: dict[int, int]
    ) -> None:
        editor.set_value(setting, value)
        hand.drag((50, 100), (250, 100))
        for x, red in expected.items():
            assert red_at(editor, x) == pytest.approx(red, abs=3)

    def test_it_stays_inside_the_selection(self, hand: Hand, editor: Editor) -> None:
        editor.document.run(EditSelection(rectangle(Bounds(0, 0, 100, 200))))
        hand.drag((250, 100), (50, 100))
        assert red_at(editor, 200) == 255
        editor.set_value("gradient_reverse", True)
        hand.drag((250, 100), (50, 100))
        assert red_at(editor, 20) == 0

    def test_a_locked_layer_is_refused_with_a_sentence(self, hand: Hand, editor: Editor, sentences: list[str]) -> None:
        editor.document.run(SetLayer(editor.document.active_id or "", locked=True))
        hand.drag((50, 100), (250, 100))
        assert len(sentences) == 1


@pytest.fixture
def dialog(editor: Editor, qtbot: QtBot) -> GradientDialog:
    made = GradientDialog(editor, "gradient_ramp", None)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def bar_point(bar: RampBar, at: float, down: int = 34) -> Callable[[], QPointF]:
    return QPointF(bar._x(at), down).toPoint()  # type: ignore[return-value]


class TestDialog:
    def test_a_preset_is_used_at_once_and_marked(self, dialog: GradientDialog, editor: Editor) -> None:
        assert dialog._presets.currentRow() == 0
        dialog._presets.setCurrentRow(7)
        assert editor.settings.gradient_ramp == PRESETS[7].ramp
        assert dialog._bar.ramp == PRESETS[7].ramp

    def test_stops_are_added_dragged_and_thrown_away(self, dialog: GradientDialog, editor: Editor) -> None:
        bar = dialog._bar
        left = Qt.MouseButton.LeftButton
        QTest.mouseClick(bar, left, pos=bar_point(bar, 0.5))
        middle = editor.settings.gradient_ramp.stops[1]
        assert middle.at == pytest.approx(0.5, abs=0.01)
        assert QColor(middle.color).red() == pytest.approx(128, abs=3)
        QTest.mousePress(bar, left, pos=bar_point(bar, 0.5))
        QTest.mouseMove(bar, bar_point(bar, 0.25))
        assert editor.settings.gradient_ramp.stops[1].at == pytest.approx(0.25, abs=0.01)
        QTest.mouseMove(bar, bar_point(bar, 0.25, 200))
        assert len(editor.settings.gradient_ramp.stops) == 2
        QTest.mouseRelease(bar, left, pos=bar_point(bar, 0.25, 200))
        QTest.keyClick(bar, Qt.Key.Key_Delete)
        QTest.keyClick(bar, Qt.Key.Key_Delete)
        assert len(editor.settings.gradient_ramp.stops) == 1

    def test_a_stop_may_pass_another_and_stays_the_chosen_one(self, dialog: GradientDialog, editor: Editor) -> None:
        dialog._bar.choose(0)
        dialog._place.setValue(100)
        dialog._opacity.setValue(30)
        assert sorted(stop.opacity for stop in editor.settings.gradient_ramp.stops) == [0.3, 1.0]
        assert dialog._bar.stop.color == FOREGROUND

    def test_a_fixed_colour_does_not_follow_the_colours(self, dialog: GradientDialog, editor: Editor) -> None:
        dialog._bar.choose(0)
        dialog._source.setCurrentIndex(2)
        dialog._source.activated.emit(2)
        editor.foreground = QColor("red")
        assert editor.settings.gradient_ramp.stops[0].color == "#000000"

    def test_own_presets_are_kept_with_the_settings(
        self, dialog: GradientDialog, editor: Editor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dialog._bar.choose(0)
        dialog._opacity.setValue(40)
        monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Mist", True))
        dialog._save.click()
        again = Editor()
        again.from_json(editor.to_json())
        assert [named.name for named in again.settings.own_ramps] == ["Mist"]
        assert again.settings.own_ramps[0].ramp == editor.settings.gradient_ramp
        assert dialog._presets.currentItem().text() == "Mist"
        dialog._delete.click()
        assert editor.settings.own_ramps == ()

    def test_what_another_place_sets_is_shown(self, dialog: GradientDialog, editor: Editor) -> None:
        ramp = Ramp((Stop(0, "#123456"), Stop(0.3, "#abcdef", 0.5), Stop(1, "#ffffff")))
        editor.set_value("gradient_ramp", ramp)
        assert dialog._bar.ramp == ramp
        assert dialog._presets.currentRow() == -1


def test_the_button_in_the_options_bar_opens_the_editor_once(editor: Editor, toolbox: Toolbox, qtbot: QtBot) -> None:
    from sdstudio.ui.tool_options import ToolOptions
    from sdstudio.ui.widgets.ramp_button import RampButton

    bar = ToolOptions(toolbox, editor)
    qtbot.addWidget(bar)
    bar.show()
    [button] = bar.findChildren(RampButton)
    button.click()
    button.click()
    assert len(bar.findChildren(GradientDialog)) == 1
    assert not button.grab().isNull()
