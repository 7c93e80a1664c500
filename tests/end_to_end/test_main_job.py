"""The first thing a person does, in the real window, with a real engine process (the one that paints stripes)."""

from __future__ import annotations

import os
import signal
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
from sdstudio.generation.place import REQUEST_KEY
from sdstudio.headless import FAKE_MODEL
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import view
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


def test_a_sketch_becomes_a_picture_in_one_undo_step(person: Person) -> None:
    person.hand.drag((60, 60), (120, 140), (190, 90))
    sketch = person.picture
    person.types_prompt("red apple")
    person.sets_strength(60)
    person.sees_on_button("Refine 60 %")
    previews: list[int] = []
    person.studio.queue.preview_changed.connect(lambda job: previews.append(job.step))
    person.generates()
    person.waits_for_layers(3)

    layer = person.studio.editor.document.active
    assert layer is not None
    assert layer.name == "red apple"
    assert '"prompt":"red apple"' in layer.metadata[REQUEST_KEY]
    assert previews, "no step was shown while the picture formed"
    assert previews == sorted(previews)
    assert person.picture != sketch
    person.presses(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert person.picture == sketch


def test_painting_goes_on_while_the_picture_forms(person: Person) -> None:
    person.types_prompt("a boat")
    person.generates()
    person.qtbot.waitUntil(lambda: person.studio.queue.running is not None, timeout=WAIT_MS)
    before = person.picture
    person.hand.drag((30, 30), (90, 60))
    assert person.picture != before
    assert len(person.layers) == 2, "the picture was done before the stroke: the test shows nothing"
    person.waits_for_layers(3)


def test_what_is_not_masked_stays_byte_for_byte(person: Person) -> None:
    person.hand.drag((20, 20), (230, 230))
    person.presses(Qt.Key.Key_Q)
    person.hand.drag((100, 120), (150, 140))
    selected = person.studio.editor.document.selection.read(Bounds(0, 0, 256, 256))
    assert 0 < (selected > 0).sum() < selected.size
    person.sees_on_button("Fill selection")
    before = view(person.picture).copy()
    person.types_prompt("a star")
    person.generates()
    person.waits_for_layers(3)
    after = view(person.picture)
    assert (after[selected == 0] == before[selected == 0]).all()
    assert (after[selected > 0] != before[selected > 0]).any()


def test_cancel_leaves_the_picture_as_it_was(person: Person) -> None:
    before = person.picture
    person.types_prompt("a house")
    person.generates()
    person.qtbot.waitUntil(
        lambda: bool(person.studio.queue.running and person.studio.queue.running.step), timeout=WAIT_MS
    )
    job = person.studio.queue.running
    assert job is not None
    person.presses(Qt.Key.Key_Escape)
    person.qtbot.waitUntil(lambda: job.is_over, timeout=WAIT_MS)
    assert job.state == "cancelled"
    assert len(person.layers) == 2
    assert person.picture == before


def test_a_killed_engine_costs_one_job_and_nothing_else(person: Person) -> None:
    person.hand.drag((20, 20), (230, 230))
    before = person.picture
    person.types_prompt("a ship")
    person.generates()
    person.qtbot.waitUntil(
        lambda: bool(person.studio.queue.running and person.studio.queue.running.step), timeout=WAIT_MS
    )
    pid = person.studio.dispatcher.engine_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    person.qtbot.waitUntil(lambda: bool(person.window.notices.messages), timeout=WAIT_MS)
    assert person.studio.queue.running is None
    assert person.picture == before
    person.generates()
    person.waits_for_layers(3)
    assert person.studio.dispatcher.engine_pid != pid


def test_a_saved_document_comes_back_whole_and_can_be_made_again(person: Person, tmp_path: Path) -> None:
    person.hand.drag((20, 20), (230, 230))
    person.types_prompt("a tree")
    person.generates()
    person.waits_for_layers(3)
    made, requests = person.picture, [layer.metadata for layer in person.layers]
    path = tmp_path / "work.ora"
    person.studio.editor.path = path
    person.presses(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    person.qtbot.waitUntil(lambda: not person.studio.editor.document.is_modified, timeout=WAIT_MS)
    person.window.files.open(path)
    person.qtbot.waitUntil(lambda: person.studio.editor.document.active is not None, timeout=WAIT_MS)
    assert person.picture == made
    assert [layer.metadata for layer in person.layers] == requests

    generated = next(layer for layer in person.layers if REQUEST_KEY in layer.metadata)
    person.studio.session.reproduce(generated)
    generated.visible = False
    person.generates()
    person.waits_for_layers(4)
    assert person.picture == made
