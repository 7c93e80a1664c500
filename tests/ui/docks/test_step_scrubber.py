"""Looking at the steps of a finished job, and going on from one of them: at the real window with a scripted engine."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from sdstudio.app import Studio
from sdstudio.errors import BadRequest
from sdstudio.generation.place import REQUEST_KEY
from sdstudio.protocol.messages import Steps
from sdstudio.protocol.request import GenerationRequest
from tests.helpers.scripted_engine import ScriptedEngine

STEPS = 6


@pytest.fixture
def finished(studio: Studio, engine: ScriptedEngine) -> Studio:
    """A window in which one picture was made in six steps, each of another grey, and chosen in the list."""
    session = studio.session
    session.parameters = msgspec.structs.replace(session.parameters, prompt="a red apple", steps=STEPS)
    studio.window.generate_control.start()
    blob = b"".join(bytes([40 * step] * 3) * 16 for step in range(1, STEPS + 1))
    engine.received.emit(Steps(job_id=engine.sent[-1].job_id, count=STEPS, width=4, height=4), blob)
    engine.finish((255, 0, 0))
    studio.window.panels.raise_panel("jobs")
    studio.window.jobs_panel.select(session.queue.jobs[0])
    return studio


def test_the_slider_shows_each_step_on_the_canvas(finished: Studio) -> None:
    scrubber, canvas = finished.window.jobs_panel.steps, finished.window.canvas
    assert not scrubber.isHidden()
    assert (scrubber.slider.minimum(), scrubber.slider.maximum(), scrubber.slider.value()) == (1, STEPS, STEPS)
    assert not scrubber.button.isEnabled()
    middle = canvas.rect().center()

    def seen() -> str:
        return canvas.grab().toImage().pixelColor(middle).name()

    assert seen() == "#ff0000"
    scrubber.slider.setFocus()
    for step in (5, 4):
        QTest.keyClick(scrubber.slider, Qt.Key.Key_Left)
        assert seen() == f"#{40 * step:02x}" + 2 * f"{40 * step:02x}"
    QTest.keyClick(scrubber.slider, Qt.Key.Key_End)
    assert seen() == "#ff0000"


def test_a_branch_goes_on_from_a_step_and_is_kept_with_its_layer(finished: Studio, engine: ScriptedEngine) -> None:
    window, session = finished.window, finished.session
    scrubber = window.jobs_panel.steps
    scrubber.slider.setValue(2)
    QTest.mouseClick(scrubber.button, Qt.MouseButton.LeftButton)
    branch = session.parameters.branch
    assert branch is not None
    assert (branch.step, branch.parent.prompt) == (2, "a red apple")
    assert session.parameters.strength == pytest.approx(4 / STEPS)
    assert session.intent().title == "Branch from step 2"
    assert not window.generate_panel.branch.isHidden()
    window.generate_panel.branch.fresh.click()
    window.generate_panel.prompt.set_text("a blue pear")
    window.generate_control.start()
    request = engine.sent[-1].request
    assert request.branch is not None
    assert (request.mode, request.branch.fresh_noise, request.branch.parent) == ("text_to_image", True, branch.parent)
    engine.finish((0, 0, 255))
    layer = finished.editor.document.active
    assert layer is not None
    assert msgspec.json.decode(layer.metadata[REQUEST_KEY], type=GenerationRequest) == request
    QTest.mouseClick(window.generate_panel.branch.off, Qt.MouseButton.LeftButton)
    assert session.parameters.branch is None
    assert session.parameters.strength == branch.parent.strength
    session.reproduce(layer)
    assert session.parameters.branch == request.branch


def test_steps_beyond_those_kept_are_refused(finished: Studio) -> None:
    session = finished.session
    with pytest.raises(BadRequest, match="6 steps were kept"):
        session.branch_from(session.queue.jobs[0], 7)
