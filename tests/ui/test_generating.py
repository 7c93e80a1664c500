"""The main job through the real window, with real events and an engine that says what the test lets it say."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from sdstudio.app import Studio
from sdstudio.document.commands import EditSelection
from sdstudio.generation.place import REQUEST_KEY
from sdstudio.models.extras import ExtraInfo
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.masks import rectangle
from sdstudio.ui.main_window import MainWindow
from tests.helpers.drawing import pick
from tests.helpers.hand import Hand
from tests.helpers.scripted_engine import ScriptedEngine

CTRL = Qt.KeyboardModifier.ControlModifier


def press(window: MainWindow, key: Qt.Key, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(QApplication.focusWidget() or window, key, keys)
    QApplication.processEvents()


@pytest.fixture
def active(window: MainWindow, qtbot: QtBot) -> MainWindow:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def generate(window: MainWindow, prompt: str, percent: int = 100) -> None:
    panel = window.generate_panel
    panel.prompt.setFocus()
    QTest.keyClicks(panel.prompt, prompt)
    panel.strength._slider.setValue(percent)
    press(window, Qt.Key.Key_Return, CTRL)


def test_what_is_typed_is_what_the_engine_gets(active: MainWindow, engine: ScriptedEngine) -> None:
    panel = active.generate_panel
    QTest.keyClicks(panel.negative, "blurry")
    generate(active, "red apple", 40)
    request = engine.sent[0].request
    assert (request.prompt, request.negative_prompt) == ("red apple", "blurry")
    assert request.strength == pytest.approx(0.4)
    assert request.mode == "image_to_image"
    assert (request.steps, request.cfg_scale, request.sampler, request.schedule) == (8, 4.0, "euler", "karras")
    assert request.seed == active.session.parameters.seed


def test_dragging_strength_says_what_will_happen(active: MainWindow, qtbot: QtBot) -> None:
    panel = active.generate_panel
    assert panel.button.text == "Create 128 × 128"
    slider = panel.strength._slider
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center())
    qtbot.waitUntil(lambda: panel.button.text.startswith("Refine"))
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center())
    active.actions_by_id["select.all"].trigger()
    qtbot.waitUntil(lambda: panel.button.text.startswith("Refine selection"))


def test_the_button_becomes_the_progress_and_can_queue_another(active: MainWindow, engine: ScriptedEngine) -> None:
    generate(active, "apple")
    button = active.generate_panel.button
    engine.step(3, 8)
    assert button.text.startswith("Step 3 of 8")
    another = [part for part in button.findChildren(QPushButton) if part.isVisible()]
    assert len(another) == 1
    QTest.mouseClick(another[0], Qt.MouseButton.LeftButton)
    assert len(active.session.queue.waiting) == 1
    assert "1 waiting" in button.text
    assert len(engine.sent) == 1, "the engine gets one job at a time"


def test_a_preview_is_seen_on_the_canvas_and_the_document_is_not_touched(
    active: MainWindow, engine: ScriptedEngine
) -> None:
    generate(active, "apple")
    engine.preview((0, 0, 255))
    shown = active.canvas.grab().toImage().pixelColor(active.canvas.rect().center())
    assert (shown.red() < 60, shown.green() < 60, shown.blue() > 200) == (True, True, True)
    assert pick(active.editor.document, Point(64, 64)) == QColor("white")


def test_previews_can_be_switched_off(active: MainWindow, engine: ScriptedEngine) -> None:
    active.settings.set("preview", False)
    generate(active, "apple")
    engine.preview((0, 0, 255))
    assert active.canvas.grab().toImage().pixelColor(active.canvas.rect().center()) == QColor("white")


def test_the_result_is_a_layer_and_one_undo_step(active: MainWindow, engine: ScriptedEngine) -> None:
    document = active.editor.document
    before = [layer.id for layer in document.walk()]
    generate(active, "apple")
    engine.preview((0, 0, 255))
    engine.finish((200, 10, 10))
    layers = list(document.walk())
    assert len(layers) == len(before) + 1
    assert REQUEST_KEY in layers[-1].metadata
    assert pick(document, Point(64, 64)) == QColor(200, 10, 10)
    assert active.canvas.grab().toImage().pixelColor(active.canvas.rect().center()) == QColor(200, 10, 10)
    active.actions_by_id["edit.undo"].trigger()
    assert [layer.id for layer in document.walk()] == before
    assert not document.history.can_undo


def test_what_is_not_selected_stays_as_it_is(active: MainWindow, engine: ScriptedEngine) -> None:
    document = active.editor.document
    document.run(EditSelection(rectangle(Bounds(0, 0, 64, 128)), "Select"))
    generate(active, "apple")
    assert engine.sent[0].request.mode == "inpaint"
    engine.finish((200, 10, 10))
    assert pick(document, Point(120, 64)) == QColor("white")
    assert pick(document, Point(20, 64)) != QColor("white")


def test_escape_cancels_the_job_from_the_prompt(active: MainWindow, engine: ScriptedEngine) -> None:
    generate(active, "apple")
    press(active, Qt.Key.Key_Escape)
    assert engine.cancelled == [engine.sent[0].job_id]
    engine.fail("cancelled", "The job was cancelled.")
    assert active.notices.messages == []
    assert active.generate_panel.button.text == "Create 128 × 128"


def test_the_menu_cancels_only_what_there_is(active: MainWindow, engine: ScriptedEngine) -> None:
    cancel, everything = active.actions_by_id["generate.cancel"], active.actions_by_id["generate.cancel_all"]
    (menu,) = [menu for menu in active.menuBar().findChildren(QMenu) if menu.title() == "&Generate"]
    menu.aboutToShow.emit()
    assert not cancel.isEnabled()
    assert not everything.isEnabled()
    menu.aboutToHide.emit()
    assert cancel.isEnabled()  # for the key, which a stroke may need at any time
    generate(active, "apple")
    menu.aboutToShow.emit()
    assert cancel.isEnabled()
    assert everything.isEnabled()
    cancel.trigger()
    assert engine.cancelled == [engine.sent[0].job_id]


def test_escape_ends_a_stroke_first(active: MainWindow, engine: ScriptedEngine) -> None:
    generate(active, "apple")
    active.canvas.setFocus()
    hand = Hand(active.canvas)
    hand.press((20, 20))
    hand.move((60, 60))
    press(active, Qt.Key.Key_Escape)
    assert engine.cancelled == []
    assert pick(active.editor.document, Point(40, 40)) == QColor("white")
    hand.release((60, 60))
    press(active, Qt.Key.Key_Escape)
    assert engine.cancelled == [engine.sent[0].job_id]


def test_painting_goes_on_while_the_engine_works(active: MainWindow, engine: ScriptedEngine) -> None:
    generate(active, "apple")
    Hand(active.canvas).drag((20, 20), (60, 20))
    assert pick(active.editor.document, Point(40, 20)) == QColor("black")


def buttons_on(canvas: QWidget) -> list[QPushButton]:
    return [button for button in canvas.findChildren(QPushButton) if button.isVisibleTo(canvas)]


def test_a_failure_is_one_sentence_with_details(active: MainWindow, engine: ScriptedEngine) -> None:
    generate(active, "apple")
    engine.fail("out_of_memory", "The model needs more memory than there is.", "CUDA out of memory")
    assert active.notices.messages == ["The model needs more memory than there is."]
    assert [button.text() for button in buttons_on(active.canvas)] == ["Try smaller", "Details"]


def test_details_can_be_read_and_copied(active: MainWindow, engine: ScriptedEngine, qtbot: QtBot) -> None:
    generate(active, "apple")
    engine.fail("internal", "Something broke.", "Traceback: line 7")
    [details] = [button for button in active.canvas.findChildren(QPushButton) if button.text() == "Details"]
    QTest.mouseClick(details, Qt.MouseButton.LeftButton)
    dialog = QApplication.activeModalWidget()
    assert dialog is not None
    [copy] = [button for button in dialog.findChildren(QPushButton) if button.text() == "Copy"]
    copy.click()
    assert "line 7" in QApplication.clipboard().text()
    dialog.close()


def test_trying_smaller_asks_for_a_smaller_picture(active: MainWindow, engine: ScriptedEngine) -> None:
    generate(active, "apple")
    engine.fail("out_of_memory", "Too large.")
    [smaller] = buttons_on(active.canvas)
    QTest.mouseClick(smaller, Qt.MouseButton.LeftButton)
    assert engine.sent[1].request.extent.area < engine.sent[0].request.extent.area


def test_losing_the_engine_is_said_once_and_the_next_job_runs(active: MainWindow, engine: ScriptedEngine) -> None:
    generate(active, "apple")
    engine.die("The engine stopped unexpectedly; the next job starts it again.", "signal 9")
    assert active.notices.messages == ["The engine stopped unexpectedly; the next job starts it again."]
    assert active.status_bar.engine_text.startswith("Engine stopped")
    press(active, Qt.Key.Key_Return, CTRL)
    engine.finish((1, 2, 3))
    assert active.editor.document.history.can_undo


def test_an_idle_engine_that_is_lost_is_said_once(active: MainWindow, engine: ScriptedEngine) -> None:
    engine.die("The engine stopped.", "")
    assert active.notices.messages == ["The engine stopped."]


def test_a_bad_request_is_said_before_the_engine_is_asked(active: MainWindow, engine: ScriptedEngine) -> None:
    for layer in list(active.editor.document.walk()):
        layer.visible = False
    generate(active, "apple", 40)
    assert engine.sent == []
    assert len(active.notices.messages) == 1
    assert "empty" in active.notices.messages[0]


def test_the_status_bar_says_what_the_engine_does(active: MainWindow, engine: ScriptedEngine) -> None:
    assert active.status_bar.engine_text == "Engine starting… · Starter"
    engine.get_ready()
    assert active.status_bar.engine_text == "Test processor · Starter"
    generate(active, "apple")
    engine.step(2, 8)
    assert active.status_bar.engine_text.startswith("Step 2 of 8")
    engine.finish((1, 2, 3))
    assert active.status_bar.engine_text == "Test processor · Starter"


def test_a_result_of_another_document_is_not_put_into_this_one(
    studio: Studio, active: MainWindow, engine: ScriptedEngine
) -> None:
    from sdstudio.document.document import Document
    from sdstudio.raster.geometry import Extent

    first = active.editor.document
    generate(active, "apple")
    studio.editor.set_document(Document.new(Extent(64, 64)))
    engine.preview((0, 0, 255))
    engine.finish((200, 10, 10))
    assert not studio.editor.document.is_modified
    studio.editor.set_document(first)
    assert pick(first, Point(64, 64)) == QColor(200, 10, 10)


def test_a_generated_layer_gives_its_settings_back(active: MainWindow, engine: ScriptedEngine) -> None:
    generate(active, "red apple", 100)
    seed = active.session.parameters.seed
    engine.finish((200, 10, 10))
    active.generate_panel.prompt.set_text("something else")
    active.actions_by_id["layer.settings"].trigger()
    assert active.generate_panel.prompt.text() == "red apple"
    assert active.session.parameters.seed == seed
    assert active.session.parameters.seed_locked


def test_a_generated_layer_can_be_made_once_more_with_another_seed(active: MainWindow, engine: ScriptedEngine) -> None:
    generate(active, "red apple", 100)
    engine.finish((200, 10, 10))
    active.generate_panel.prompt.set_text("something else")
    active.actions_by_id["layer.regenerate"].trigger()
    first, second = (sent.request for sent in engine.sent)
    assert second.prompt == "red apple"
    assert second.seed != first.seed
    assert second.steps == first.steps


def test_a_layer_that_was_not_generated_offers_neither(active: MainWindow) -> None:
    assert not active.actions_by_id["layer.settings"].isEnabled()
    assert not active.actions_by_id["layer.regenerate"].isEnabled()


def test_a_sketch_that_would_be_ignored_is_mentioned_once(active: MainWindow, engine: ScriptedEngine) -> None:
    Hand(active.canvas).drag((20, 20), (60, 60))
    generate(active, "apple")
    assert active.notices.messages == ["At strength 100 % your sketch is not looked at."]
    [follow] = [button for button in active.canvas.findChildren(QPushButton) if "sketch" in button.text()]
    QTest.mouseClick(follow, Qt.MouseButton.LeftButton)
    assert engine.cancelled == [engine.sent[0].job_id]
    engine.fail("cancelled", "The job was cancelled.")
    assert engine.sent[1].request.mode == "image_to_image"
    assert active.session.parameters.strength == pytest.approx(0.6)
    engine.finish((1, 2, 3))
    generate(active, "", 100)
    assert active.notices.messages == []


def test_following_the_sketch_later_does_not_look_at_the_first_try(active: MainWindow, engine: ScriptedEngine) -> None:
    Hand(active.canvas).drag((20, 20), (60, 60))
    generate(active, "apple")
    engine.finish((200, 10, 10))
    [follow] = [button for button in active.canvas.findChildren(QPushButton) if "sketch" in button.text()]
    QTest.mouseClick(follow, Qt.MouseButton.LeftButton)
    seen = engine.sent[1].source
    assert seen[-3:] == b"\xff\xff\xff", "the white paper in the corner, not the red picture"


def test_an_empty_canvas_is_no_sketch(active: MainWindow, engine: ScriptedEngine) -> None:
    generate(active, "apple")
    assert active.notices.messages == []


def test_following_an_empty_page_is_mentioned_once(active: MainWindow, engine: ScriptedEngine) -> None:
    generate(active, "apple", 60)
    [told] = active.notices.messages
    assert told.startswith("The page is empty")
    [create] = [button for button in active.canvas.findChildren(QPushButton) if "100 %" in button.text()]
    QTest.mouseClick(create, Qt.MouseButton.LeftButton)
    engine.fail("cancelled", "The job was cancelled.")
    assert engine.sent[1].request.mode == "text_to_image"
    engine.finish((1, 2, 3))
    generate(active, "", 60)
    assert active.notices.messages == []


def test_a_page_with_a_sketch_is_followed_without_a_word(active: MainWindow, engine: ScriptedEngine) -> None:
    Hand(active.canvas).drag((20, 20), (60, 60))
    generate(active, "apple", 60)
    assert active.notices.messages == []


def test_a_refusal_goes_when_the_next_try_is_possible(active: MainWindow, engine: ScriptedEngine) -> None:
    generate(active, "red apple <lora:nowhere:1>")
    assert any("nowhere" in message for message in active.notices.messages)
    active.generate_panel.prompt.clear()
    generate(active, "red apple")
    assert len(engine.sent) == 1
    assert active.notices.messages == []


def test_a_lora_that_is_not_here_is_told_while_it_is_written(active: MainWindow, qtbot: QtBot) -> None:
    panel = active.generate_panel
    QTest.keyClicks(panel.prompt, "a cat <lora:nowhere:1>")
    qtbot.waitUntil(lambda: "nowhere" in panel.prompt_line._problem.text())
    [mistake] = panel.prompt.mistakes
    assert panel.prompt.text()[mistake.start : mistake.end] == "<lora:nowhere:1>"


def test_escape_leads_from_the_prompt_back_to_the_tools(active: MainWindow, engine: ScriptedEngine) -> None:
    active.generate_panel.prompt.setFocus()
    press(active, Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is active.canvas


def test_another_model_is_no_remedy_for_a_damaged_lora(active: MainWindow, engine: ScriptedEngine) -> None:
    active.session.extras = [ExtraInfo(id="ink", title="Ink", kind="lora", path="nowhere")]
    generate(active, "apple <lora:ink:1>")
    engine.fail("model_invalid", "The LoRA “ink” is damaged.")
    assert "Choose a model" not in [button.text() for button in active.canvas.findChildren(QPushButton)]
    generate(active, "<lora:ink:1>")
    engine.fail("model_invalid", "The model is damaged.")
    assert "Choose a model" in [button.text() for button in active.canvas.findChildren(QPushButton)]
