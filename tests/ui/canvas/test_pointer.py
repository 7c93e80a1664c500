from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QColor, QFocusEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from sdstudio.document.commands import SetLayer
from sdstudio.document.document import Document
from sdstudio.raster.dabs import Dynamic
from sdstudio.raster.geometry import Extent
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.drawing import fingerprint
from tests.helpers.hand import Button, Hand, Keys, color_at

WHITE, RED = QColor("white"), QColor("red")


def inked_rows(editor: Editor, x: int) -> int:
    """How thick the ink is in one column of the document."""
    return sum(color_at(editor.document, x, y) != WHITE for y in range(editor.document.extent.height))


def test_pen_pressure_makes_thinner_lines(hand: Hand, editor: Editor) -> None:
    hand.pen(*((x, 40, 1.0) for x in range(20, 200, 10)))
    hand.pen(*((x, 120, 0.3) for x in range(20, 200, 10)))
    document = editor.document
    heavy = sum(color_at(document, 100, y) != WHITE for y in range(20, 60))
    light = sum(color_at(document, 100, y) != WHITE for y in range(100, 140))
    assert heavy in range(19, 23)
    assert light in range(5, 9)


def test_a_brush_that_follows_tilt_is_thinner_the_more_upright_the_pen_is(hand: Hand, editor: Editor) -> None:
    editor.set_brush("paint", dynamics=(Dynamic("size", "tilt"),))
    for y, tilt in ((40, (60, 0)), (100, (0, -30)), (160, (0, 0))):
        hand.pen(*((x, y, 1.0) for x in range(20, 200, 10)), tilt=tilt)
    rows = [color_at(editor.document, 100, y) != WHITE for y in range(editor.document.extent.height)]
    assert sum(rows[20:60]) in range(19, 23)
    assert sum(rows[80:120]) in range(9, 13)
    assert not any(rows[140:180])


def test_pen_events_are_accepted_so_that_qt_sends_no_mouse(hand: Hand) -> None:
    for kind in (QEvent.Type.TabletPress, QEvent.Type.TabletMove, QEvent.Type.TabletRelease):
        assert hand.pen_event(kind, (50, 50), 0.5, button=Button.LeftButton).isAccepted()


def test_a_mouse_event_beside_the_pen_draws_nothing(hand: Hand, editor: Editor) -> None:
    hand.pen_event(QEvent.Type.TabletPress, (50, 50), 1.0, button=Button.LeftButton)
    hand.drag((200, 150), (250, 150))
    hand.pen_event(QEvent.Type.TabletMove, (80, 50), 1.0)
    hand.pen_event(QEvent.Type.TabletRelease, (80, 50), 0.0, button=Button.LeftButton)
    assert color_at(editor.document, 65, 50) == RED
    assert color_at(editor.document, 225, 150) == WHITE
    editor.document.history.undo()
    assert not editor.document.history.can_undo


def test_the_other_end_of_the_pen_erases(hand: Hand, editor: Editor, toolbox: Toolbox) -> None:
    hand.drag((20, 50), (200, 50))
    hand.pen((100, 50, 1.0), (110, 50, 1.0), (120, 50, 1.0), kind="Eraser")
    assert color_at(editor.document, 110, 50) == WHITE
    assert color_at(editor.document, 40, 50) == RED
    assert toolbox.active.id == "brush"


@pytest.mark.parametrize(("key", "keys"), [(Qt.Key.Key_Escape, Keys.NoModifier), (Qt.Key.Key_Z, Keys.ControlModifier)])
def test_escape_or_undo_cancels_the_stroke_in_progress(hand: Hand, editor: Editor, key: Qt.Key, keys: Keys) -> None:
    hand.press((50, 50))
    hand.move((100, 50))
    hand.move((120, 50))
    assert color_at(editor.document, 70, 50) == RED
    hand.key(key, keys)
    assert color_at(editor.document, 70, 50) == WHITE
    hand.move((150, 50))
    hand.release((150, 50))
    assert color_at(editor.document, 120, 50) == WHITE
    assert not editor.document.history.can_undo


def test_no_shortcut_of_the_window_fires_during_a_stroke(
    canvas: CanvasView, hand: Hand, editor: Editor, qtbot: QtBot
) -> None:
    fired: list[bool] = []
    action = QAction("Select all", canvas)
    action.setShortcut("Ctrl+A")
    action.triggered.connect(lambda: fired.append(True))
    canvas.addAction(action)
    canvas.activateWindow()
    canvas.setFocus()
    qtbot.waitUntil(canvas.hasFocus)
    hand.press((50, 50))
    hand.key(Qt.Key.Key_A, Keys.ControlModifier)
    assert fired == []
    hand.release((60, 50))
    hand.key(Qt.Key.Key_A, Keys.ControlModifier)
    assert fired == [True]


def test_space_and_drag_pans_with_any_tool(canvas: CanvasView, hand: Hand, editor: Editor) -> None:
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    assert canvas.cursor().shape() == Qt.CursorShape.OpenHandCursor
    at = hand.in_view((50, 50))
    hand.press((50, 50))
    hand.move((90, 70))
    hand.release((50, 50))
    assert (hand.in_view((50, 50)) - at).x() == pytest.approx(40, abs=1)
    assert (hand.in_view((50, 50)) - at).y() == pytest.approx(20, abs=1)
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert canvas.cursor().shape() == Qt.CursorShape.BlankCursor
    assert not editor.document.history.can_undo


def test_the_middle_button_pans_and_with_shift_rotates(canvas: CanvasView, hand: Hand) -> None:
    before = canvas.camera
    hand.drag((50, 50), (80, 60), button=Button.MiddleButton)
    assert canvas.camera.pan_x - before.pan_x == pytest.approx(30, abs=1)
    assert canvas.camera.rotation == 0
    hand.drag((50, 50), (80, 60), button=Button.MiddleButton, keys=Keys.ShiftModifier)
    assert canvas.camera.rotation != 0


def test_a_refusal_becomes_one_sentence_and_nothing_else(hand: Hand, editor: Editor, sentences: list[str]) -> None:
    layer_id = editor.document.active_id
    assert layer_id is not None
    editor.document.run(SetLayer(layer_id, locked=True))
    hand.drag((50, 50), (100, 50), (150, 60))
    assert len(sentences) == 1
    assert "Layer 1" in sentences[0]
    assert color_at(editor.document, 75, 50) == WHITE
    editor.document.history.undo()
    assert not editor.document.history.can_undo


def test_without_a_layer_there_is_a_sentence(hand: Hand, editor: Editor, sentences: list[str]) -> None:
    editor.set_document(Document(Extent(100, 100)))
    hand.drag((50, 50), (60, 50))
    assert len(sentences) == 1
    assert "no layer" in sentences[0]


def test_a_second_button_does_not_disturb_the_stroke(hand: Hand, editor: Editor) -> None:
    hand.press((50, 50))
    hand.press((50, 50), button=Button.RightButton)
    hand.release((50, 50), button=Button.RightButton)
    hand.move((100, 50))
    hand.release((100, 50))
    assert color_at(editor.document, 80, 50) == RED


def test_a_release_that_nobody_reported_ends_the_stroke_where_it_was(hand: Hand, editor: Editor) -> None:
    hand.press((50, 50))
    hand.move((100, 50))
    hand.hover((200, 150))
    hand.hover((250, 150))
    assert color_at(editor.document, 80, 50) == RED
    assert color_at(editor.document, 150, 100) == WHITE
    assert editor.document.history.can_undo
    hand.press((50, 100))
    hand.move((100, 100))
    hand.drag((50, 150), (100, 150))
    assert color_at(editor.document, 80, 100) == RED
    assert color_at(editor.document, 80, 150) == RED
    assert color_at(editor.document, 80, 125) == WHITE


def test_a_refusal_at_the_release_leaves_no_tool_at_work(
    hand: Hand, editor: Editor, toolbox: Toolbox, sentences: list[str]
) -> None:
    layer_id = editor.document.active_id
    assert layer_id is not None
    editor.document.run(SetLayer(layer_id, locked=True))
    toolbox.set_active("move")
    hand.press((50, 50))
    hand.release((90, 50))
    assert len(sentences) == 1
    assert not toolbox.active.is_active


def test_the_right_button_alone_paints_nothing(hand: Hand, editor: Editor) -> None:
    hand.drag((50, 50), (100, 50), button=Button.RightButton)
    assert color_at(editor.document, 70, 50) == WHITE


def test_two_quick_clicks_are_two_dabs(canvas: CanvasView, hand: Hand, editor: Editor) -> None:
    hand.click((50, 50))
    at = hand.in_view((100, 50))
    event = QMouseEvent(
        QEvent.Type.MouseButtonDblClick,
        at,
        canvas.mapToGlobal(at),
        Button.LeftButton,
        Button.LeftButton,
        Keys.NoModifier,
    )
    QApplication.sendEvent(canvas, event)
    hand.release((100, 50))
    assert color_at(editor.document, 50, 50) == RED
    assert color_at(editor.document, 100, 50) == RED


def test_another_document_in_the_middle_of_a_stroke_ends_it(hand: Hand, editor: Editor) -> None:
    hand.press((50, 50))
    editor.set_document(Document.new(Extent(100, 100)))
    hand.move((60, 50))
    hand.release((60, 50))
    assert color_at(editor.document, 55, 50) == WHITE
    assert not editor.document.history.can_undo


def test_zooming_in_the_middle_of_a_stroke_keeps_the_places(canvas: CanvasView, hand: Hand, editor: Editor) -> None:
    hand.press((50, 50))
    hand.move((100, 50))
    hand.wheel((100, 50), 4)
    hand.move((150, 50))
    hand.release((150, 50))
    for x in range(55, 150, 10):
        assert color_at(editor.document, x, 50) == RED
        assert color_at(editor.document, x, 75) == WHITE


def test_losing_the_keyboard_forgets_held_keys(canvas: CanvasView, hand: Hand, editor: Editor) -> None:
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    QApplication.sendEvent(canvas, QFocusEvent(QEvent.Type.FocusOut))
    hand.drag((50, 50), (100, 50))
    assert color_at(editor.document, 75, 50) == RED


def test_places_are_right_at_the_edges(hand: Hand, editor: Editor) -> None:
    editor.set_brush("paint", size=10)
    hand.drag((-30, 5), (0, 5), (20, 5))
    assert color_at(editor.document, 0, 5) == RED


def test_too_little_memory_for_a_tool_is_one_sentence(
    hand: Hand, editor: Editor, toolbox: Toolbox, sentences: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(toolbox.active, "press", fail)
    before = fingerprint(editor.document)
    hand.drag((50, 50), (60, 60))
    assert len(sentences) == 1
    assert "not enough memory" in sentences[0]
    assert fingerprint(editor.document) == before
    assert not toolbox.active.is_active


def test_a_button_that_was_released_over_a_dialog_ends_the_stroke(
    canvas: CanvasView, hand: Hand, editor: Editor, qtbot: QtBot
) -> None:
    hand.press((50, 50))
    hand.move((80, 50))
    assert editor.document.history.position == 0
    dialog = QWidget()
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(lambda: editor.document.history.position == 1)
    hand.release((200, 50))  # it comes after all, and changes nothing
    assert editor.document.history.position == 1
