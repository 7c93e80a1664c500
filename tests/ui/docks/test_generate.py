from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from sdstudio.generation.parameters import Parameters
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import MAX_SEED
from sdstudio.protocol.samplers import FLOW_SAMPLERS
from sdstudio.ui.docks.more import MoreSettings
from sdstudio.ui.main_window import MainWindow


@pytest.fixture
def more(window: MainWindow) -> MoreSettings:
    window.generate_panel.section.set_open(True)
    return window.generate_panel.more


def test_a_model_brings_its_own_sampling(window: MainWindow, more: MoreSettings) -> None:
    assert (more._steps.value(), more._cfg.value(), more._size.value()) == (8, 4.0, 128)
    assert (more._sampler.currentData(), more._schedule.currentData()) == ("euler", "karras")


def test_numbers_go_into_the_parameters(window: MainWindow, more: MoreSettings) -> None:
    more._steps.setValue(12)
    more._cfg.setValue(2.5)
    more._batch.setValue(3)
    more._size.setValue(192)
    found = window.session.parameters
    assert (found.steps, found.cfg_scale, found.batch_count, found.native_size) == (12, 2.5, 3, 192)
    assert isinstance(found.steps, int)
    more._size.setValue(128)
    assert window.session.parameters.native_size is None, "the model's own size is not a wish"


def test_a_sampler_that_cannot_follow_the_schedule_takes_its_own(window: MainWindow, more: MoreSettings) -> None:
    more._sampler.setCurrentIndex(more._sampler.findData("ddim"))
    more._sampler.activated.emit(more._sampler.currentIndex())
    assert (window.session.parameters.sampler, window.session.parameters.schedule) == ("ddim", "normal")
    assert more._schedule.findData("karras") == -1


def test_a_person_can_say_that_a_model_needs_few_steps(window: MainWindow, more: MoreSettings) -> None:
    told: list[tuple[str, str]] = []
    more.few_steps_told.connect(lambda model_id, kind: told.append((model_id, kind)))
    assert more._few_steps.isEnabled()
    assert more._few_steps.currentText() == "The usual way"
    more._few_steps.setCurrentText("Lightning")
    more._few_steps.activated.emit(more._few_steps.currentIndex())
    assert told[-1] == (window.session.parameters.model_id, "lightning")


def test_the_largest_seed_fits(window: MainWindow, more: MoreSettings) -> None:
    line = more._seed.findChild(QLineEdit)
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "99999999999999999999")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert window.session.parameters.seed == MAX_SEED
    assert line.text() == str(MAX_SEED)


def test_the_lock_keeps_the_seed(window: MainWindow, more: MoreSettings) -> None:
    window.actions_by_id["generate.dice"].trigger()
    seed = window.session.parameters.seed
    more._seed._lock.click()
    window.actions_by_id["generate.start"].trigger()
    assert window.session.parameters.seed == seed
    more._seed._lock.click()
    window.actions_by_id["generate.start"].trigger()
    assert window.session.parameters.seed != seed


def test_strength_is_one_value_in_slider_and_number(window: MainWindow) -> None:
    strength = window.generate_panel.strength
    strength._number.setValue(35)
    assert strength._slider.value() == 35
    assert window.session.parameters.strength == pytest.approx(0.35)
    QTest.mouseDClick(strength._slider, Qt.MouseButton.LeftButton, pos=strength._slider.rect().center())
    assert window.session.parameters.strength == 1.0


def test_holding_the_strength_shows_what_the_model_sees(window: MainWindow) -> None:
    before = window.canvas.grab().toImage()
    window.generate_panel.looked_at.emit(True)
    assert window.canvas.grab().toImage() != before
    window.generate_panel.looked_at.emit(False)
    assert window.canvas.grab().toImage() == before


def test_the_prompt_grows_with_its_text_and_stops(window: MainWindow) -> None:
    prompt = window.generate_panel.prompt
    low = prompt.height()
    prompt.set_text("\n" * 5)
    middle = prompt.height()
    prompt.set_text("\n" * 200)
    assert low < middle < prompt.height() < 20 * prompt.fontMetrics().lineSpacing()


def test_a_small_model_says_what_it_knows(window: MainWindow) -> None:
    session, line = window.session, window.generate_panel.vocabulary
    assert not line.isVisibleTo(window), "a general model has no list"
    session.models = [msgspec.structs.replace(session.models[0], vocabulary=("cat", "red apple"))]
    assert line.isVisibleTo(window)
    assert line.text() == "Knows 2 things: cat, red apple …"
    QTest.keyClicks(window.generate_panel.prompt, "a dragon")
    assert line.text().startswith("This small model does not know that; try cat")
    QTest.keyClicks(window.generate_panel.prompt, " and two cats")
    assert line.text().startswith("Knows 2 things")
    assert "red apple" in line.toolTip()


def test_a_model_that_follows_a_flow_offers_only_the_samplers_that_can(more: MoreSettings) -> None:
    flux = ModelInfo(id="flux", title="Flux", path="", family="flux", prediction="flow", size_multiple=16)
    more.show_models([flux])
    more.show_parameters(Parameters(model_id="flux", sampler="euler"))
    offered = [more._sampler.itemData(index) for index in range(more._sampler.count())]
    assert offered == list(FLOW_SAMPLERS)
    assert more._sampler.currentData() == "euler"
