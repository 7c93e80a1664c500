"""Choosing among the pictures of a batch, in the real window."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from sdstudio.document.document import Document
from sdstudio.raster.geometry import Extent, Point
from sdstudio.ui.main_window import MainWindow
from sdstudio.ui.widgets.candidate_strip import CandidateStrip
from tests.helpers.scripted_engine import ScriptedEngine

RED, GREEN, BLUE = (200, 30, 60), (30, 200, 60), (30, 60, 200)


@pytest.fixture
def strip(window: MainWindow, engine: ScriptedEngine) -> CandidateStrip:
    """Three pictures of a batch are there to choose from."""
    session = window.session
    session.parameters = msgspec.structs.replace(session.parameters, prompt="apple", batch_count=3)
    window.actions_by_id["generate.start"].trigger()
    for color in (RED, GREEN, BLUE):
        engine.finish(color)
    QApplication.processEvents()
    return window.candidate_control.strip


def seen(window: MainWindow) -> tuple[int, int, int]:
    QApplication.processEvents()
    at = window.canvas.camera.to_view(Point(64, 20)).toPoint()
    color: QColor = window.canvas.grab().toImage().pixelColor(at)
    return color.red(), color.green(), color.blue()


def middle(strip: CandidateStrip, index: int) -> QPoint:
    return strip.thumbnails.cell(index).center().toPoint()


def count(window: MainWindow) -> int:
    return len(list(window.editor.document.walk()))


def button(strip: CandidateStrip, name: str) -> QToolButton:
    return next(one for one in strip.findChildren(QToolButton) if one.accessibleName() == name)


def test_the_strip_comes_with_a_batch_only(window: MainWindow, engine: ScriptedEngine) -> None:
    window.actions_by_id["generate.start"].trigger()
    engine.finish(RED)
    assert not window.candidate_control.strip.isVisible()


def test_pointing_looks_and_clicking_takes(window: MainWindow, strip: CandidateStrip) -> None:
    assert strip.isVisible()
    assert seen(window) == RED
    QTest.mouseMove(strip.thumbnails, middle(strip, 1))
    assert seen(window) == GREEN
    assert not window.editor.document.history.can_redo
    assert window.candidate_control.candidates.shown is window.candidate_control.candidates.jobs[0]
    QTest.mouseMove(strip.thumbnails, middle(strip, 2))
    assert seen(window) == BLUE
    QTest.mouseClick(strip.thumbnails, Qt.MouseButton.LeftButton, pos=middle(strip, 2))
    assert seen(window) == BLUE
    assert count(window) == 3
    window.actions_by_id["edit.undo"].trigger()
    assert seen(window) == RED


def test_keys_look_take_and_end(window: MainWindow, strip: CandidateStrip) -> None:
    strip.thumbnails.setFocus()
    QTest.keyClick(strip.thumbnails, Qt.Key.Key_Right)
    assert seen(window) == GREEN
    QTest.keyClick(strip.thumbnails, Qt.Key.Key_Return)
    assert window.candidate_control.candidates.shown is window.candidate_control.candidates.jobs[1]
    QTest.keyClick(strip.thumbnails, Qt.Key.Key_Escape)
    assert not strip.isVisible()
    assert seen(window) == GREEN


def test_the_menu_steps_through_them(window: MainWindow, strip: CandidateStrip) -> None:
    window.actions_by_id["generate.previous_candidate"].trigger()
    assert seen(window) == BLUE
    window.actions_by_id["generate.next_candidate"].trigger()
    assert seen(window) == RED
    button(strip, "Keep").click()
    assert not window.actions_by_id["generate.next_candidate"].isEnabled()


def test_all_are_kept_as_layers(window: MainWindow, strip: CandidateStrip) -> None:
    button(strip, "Keep all as layers").click()
    assert count(window) == 5
    assert seen(window) == RED
    assert not strip.isVisible()


def test_discarded_ones_are_in_the_job_list_still(window: MainWindow, strip: CandidateStrip) -> None:
    button(strip, "Discard").click()
    assert count(window) == 2
    assert not strip.isVisible()
    jobs = window.jobs_panel.model.jobs
    assert len(jobs) == 3
    window.jobs_panel.place_wanted.emit(jobs[0])
    assert count(window) == 3


def test_the_setting_turns_it_off(window: MainWindow, engine: ScriptedEngine) -> None:
    window.settings.set("offer_candidates", False)
    session = window.session
    session.parameters = msgspec.structs.replace(session.parameters, batch_count=2)
    window.actions_by_id["generate.start"].trigger()
    engine.finish(RED)
    engine.finish(GREEN)
    assert count(window) == 4
    assert not window.candidate_control.strip.isVisible()


def test_another_document_ends_the_choice(window: MainWindow, strip: CandidateStrip) -> None:
    window.editor.set_document(Document.new(Extent(64, 64)))
    assert not strip.isVisible()


def test_all_of_the_strip_is_within_a_narrow_canvas(window: MainWindow, engine: ScriptedEngine) -> None:
    session, strip = window.session, window.candidate_control.strip
    session.parameters = msgspec.structs.replace(session.parameters, batch_count=9)
    window.actions_by_id["generate.start"].trigger()
    engine.finish(RED)
    for width in (320, 480):
        window.canvas.setFixedWidth(width)
        QApplication.processEvents()
        assert window.canvas.rect().contains(strip.geometry())
        assert all(strip.rect().contains(one.geometry()) for one in strip.findChildren(QToolButton))
