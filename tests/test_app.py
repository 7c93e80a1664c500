"""The composition root: what it ties together beyond the window itself."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from sdstudio import app
from sdstudio.app import Studio
from sdstudio.doctor.models import Found
from sdstudio.doctor.system import Problem
from sdstudio.errors import FileProblem
from sdstudio.models.distilled import as_told
from sdstudio.settings import Settings
from sdstudio.ui import theme
from sdstudio.worker.dispatcher import Dispatcher
from tests.helpers.scripted_engine import ScriptedEngine
from tests.ui.conftest import MODEL


@pytest.fixture
def engine(qapp: QApplication) -> ScriptedEngine:
    theme.apply(qapp, "dark")
    return ScriptedEngine()


@pytest.fixture
def studio(engine: ScriptedEngine, tmp_path: Path, qtbot: QtBot) -> Studio:
    made = Studio(Settings(tmp_path / "settings.json"), cast(Dispatcher, engine), [MODEL])
    qtbot.addWidget(made.window)
    return made


def test_the_engine_starts_only_when_the_window_is_shown(studio: Studio, engine: ScriptedEngine, qtbot: QtBot) -> None:
    assert engine.state == "stopped"
    studio.show()
    assert engine.state == "stopped"
    qtbot.waitUntil(lambda: engine.state == "starting")
    assert studio.window.isVisible()
    studio.close()
    assert engine.state == "stopped"


def test_the_first_document_has_the_size_that_the_model_likes(studio: Studio) -> None:
    assert (studio.editor.document.extent.width, studio.editor.document.extent.height) == (128, 128)


def test_what_is_said_of_a_model_is_remembered(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "look", lambda _folders, told: Found(as_told([MODEL], told), []))
    studio.window.generate_panel.more.few_steps_told.emit(MODEL.id, "lightning")
    assert studio.settings.get("few_step_models") == {MODEL.id: "lightning"}
    found = studio.session.parameters
    assert (found.steps, found.cfg_scale, found.sampler, found.schedule) == (6, 1.0, "euler", "sgm_uniform")
    studio.window.generate_panel.more.few_steps_told.emit(MODEL.id, "")
    assert studio.session.parameters.steps == MODEL.defaults.steps


def test_files_of_the_command_line_are_opened(studio: Studio, tmp_path: Path, qtbot: QtBot) -> None:
    from PySide6.QtGui import QColor

    from sdstudio.formats.exporting import write_picture
    from sdstudio.raster.pixels import filled

    write_picture(tmp_path / "a.png", filled(30, 20, QColor("red")))
    studio.show([tmp_path / "a.png"])
    qtbot.waitUntil(lambda: studio.editor.document.extent.width == 30)


def test_without_a_model_that_is_said_and_painting_works(engine: ScriptedEngine, tmp_path: Path, qtbot: QtBot) -> None:
    made = Studio(Settings(tmp_path / "settings.json"), cast(Dispatcher, engine), [])
    qtbot.addWidget(made.window)
    made.show()
    qtbot.waitUntil(lambda: len(made.window.notices.messages) == 1)
    assert "No model" in made.window.notices.messages[0]
    made.window.actions_by_id["generate.start"].trigger()
    assert engine.sent == []
    made.window.actions_by_id["layer.add"].trigger()
    assert made.editor.document.is_modified
    made.editor.document.mark_saved()


def test_damaged_settings_are_said(engine: ScriptedEngine, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "settings.json").write_text("{", encoding="utf-8")
    made = Studio(Settings(tmp_path / "settings.json"), cast(Dispatcher, engine), [MODEL])
    qtbot.addWidget(made.window)
    made.show()
    qtbot.waitUntil(lambda: len(made.window.notices.messages) == 1)
    assert "settings" in made.window.notices.messages[0]


def test_another_engine_command_restarts_the_engine(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(studio.dispatcher, "restart", commands.append)
    studio.settings.set("engine_command", ["ssh", "box"])
    studio.settings.set("engine_command", [])
    assert commands[0] == ["ssh", "box"]
    assert commands[1][0] == sys.executable


def test_another_models_folder_is_looked_into(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[list[str]] = []

    def look(folders: list[str], _told: dict[str, str]) -> object:
        looked.append(folders)
        return Found([MODEL, MODEL], [])

    monkeypatch.setattr(app, "look", look)
    studio.settings.set("models_folders", [str(tmp_path)])
    assert looked == [[str(tmp_path)]]
    assert len(studio.session.models) == 2


def test_a_bug_is_shown_with_its_trace_and_the_window_lives(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    app._report_exceptions_to(studio)
    studio.window.show()
    with caplog.at_level(logging.ERROR):
        try:
            raise ZeroDivisionError("one by none")
        except ZeroDivisionError as error:
            sys.excepthook(type(error), error, error.__traceback__)
    assert len(studio.window.notices.messages) == 1
    canvas = studio.window.canvas
    assert [it.text() for it in canvas.findChildren(QPushButton) if it.isVisibleTo(canvas)] == ["Details"]
    assert "one by none" in caplog.text


def test_an_error_meant_for_people_is_shown_as_it_is(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    app._report_exceptions_to(studio)
    error = FileProblem("The disk is full.")
    sys.excepthook(type(error), error, None)
    assert studio.window.notices.messages == ["The disk is full."]


@pytest.mark.parametrize("count", [1, 3])
def test_models_that_cannot_be_used_are_mentioned_at_the_start_and_named_when_asked(
    studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    problems = [Problem(f"“{number}.safetensors” is cut off.", "It is somewhere.") for number in range(count)]
    studio.model_problems = problems
    studio.show()
    qtbot.waitUntil(lambda: bool(studio.window.notices.messages))
    [told] = studio.window.notices.messages
    assert told == "“0.safetensors” is cut off." if count == 1 else told.startswith("3 files")
    monkeypatch.setattr(app, "look", lambda _folders, _told: Found([MODEL], problems))
    details: list[str] = []
    monkeypatch.setattr(studio.window.notices, "complain", lambda _message, detail, **_more: details.append(detail))
    studio.window.extras_panel.rescan_wanted.emit()
    [detail] = details
    assert detail == "It is somewhere." if count == 1 else all(str(problem) in detail for problem in problems)
