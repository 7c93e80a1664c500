"""A whole window with an engine that does only what the test says, and nothing of the user's own settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from sdstudio.app import Studio
from sdstudio.models.info import ModelInfo, SamplingDefaults
from sdstudio.settings import Settings
from sdstudio.ui import theme
from sdstudio.ui.main_window import MainWindow
from sdstudio.worker.dispatcher import Dispatcher
from tests.helpers.scripted_engine import ScriptedEngine

MODEL = ModelInfo(
    id="starter",
    title="Starter",
    path="nowhere",
    family="sd1",
    native_size=128,
    defaults=SamplingDefaults(steps=8, cfg_scale=4.0, sampler="euler", schedule="karras"),
)


@pytest.fixture
def engine(qapp: QApplication) -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings.json")


@pytest.fixture
def studio(
    engine: ScriptedEngine, settings: Settings, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Studio]:
    """A shown window. A question that a test does not expect is answered with Discard."""
    theme.apply(cast(QApplication, QApplication.instance()), "dark")
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: QMessageBox.StandardButton.Discard)
    made = Studio(settings, cast(Dispatcher, engine), [MODEL])
    made.show()
    made.window.resize(1280, 800)
    qtbot.addWidget(made.window)
    qtbot.waitExposed(made.window)
    qtbot.waitUntil(lambda: engine.state == "starting")
    yield made
    made.close()


@pytest.fixture
def window(studio: Studio) -> MainWindow:
    return studio.window
