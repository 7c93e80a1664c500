"""Someone at the real window, whose engine is a real process that paints stripes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sdstudio.app import Studio
from sdstudio.document.composite import render
from sdstudio.document.layers import Layer
from sdstudio.headless_order import FAKE_MODEL
from sdstudio.raster.geometry import Bounds
from sdstudio.settings import Settings
from sdstudio.ui.widgets.number import NumberField
from sdstudio.worker.dispatcher import Dispatcher
from sdstudio.worker.process import own_engine_command
from tests.helpers.hand import Hand

WAIT_MS = 30_000
STEP_DELAY_MS = 15


class Person:
    """Works at the window with keys and mouse."""

    def __init__(self, studio: Studio, qtbot: QtBot) -> None:
        self.studio, self.qtbot = studio, qtbot
        self.window = studio.window
        self.hand = Hand(self.window.canvas)

    def types_prompt(self, words: str) -> None:
        prompt = self.window.generate_panel.prompt
        prompt.setFocus()
        QTest.keyClick(prompt, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(prompt, words)

    def sets_strength(self, percent: int) -> None:
        number = self.window.generate_panel.strength.findChild(NumberField)
        number.setFocus()
        number.selectAll()
        QTest.keyClicks(number, str(percent))
        QTest.keyClick(number, Qt.Key.Key_Return)

    def presses(self, key: Qt.Key, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.window, key, keys)
        QApplication.processEvents()

    def generates(self) -> None:
        self.presses(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    def sees_on_button(self, text: str) -> None:
        self.qtbot.waitUntil(lambda: self.window.generate_panel.button.text == text, timeout=WAIT_MS)

    def waits_for_layers(self, count: int) -> None:
        self.qtbot.waitUntil(lambda: len(self.layers) == count, timeout=WAIT_MS)

    @property
    def layers(self) -> list[Layer]:
        return list(self.studio.editor.document.walk())

    @property
    def picture(self) -> QImage:
        document = self.studio.editor.document
        return render(document, Bounds.of(document.extent))


@pytest.fixture
def person(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    monkeypatch.setenv("SDSTUDIO_HOME", str(tmp_path / "home"))
    command = [*own_engine_command(fake=True), "--step-delay-ms", str(STEP_DELAY_MS)]
    studio = Studio(Settings(), Dispatcher(command), [FAKE_MODEL])
    qtbot.addWidget(studio.window, before_close_func=lambda _: studio.editor.document.mark_saved())
    studio.show()
    qtbot.waitExposed(studio.window)
    yield Person(studio, qtbot)
    studio.close()
