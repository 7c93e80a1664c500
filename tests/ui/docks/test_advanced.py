"""The Advanced section: what a person changes arrives as parameters, and the plot follows."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox
from pytestqt.qtbot import QtBot

from sdstudio.generation.parameters import Parameters
from sdstudio.models.info import ModelInfo
from sdstudio.ui.docks.advanced import AdvancedSettings

EPSILON = ModelInfo(id="m", title="M", path="", family="sd1")
V = msgspec.structs.replace(EPSILON, prediction="v_prediction")


@pytest.fixture
def panel(qtbot: QtBot) -> AdvancedSettings:
    made = AdvancedSettings()
    made.show_parameters(Parameters(sampler="euler_a"), V)
    qtbot.addWidget(made)
    made.resize(280, 320)
    made.show()
    return made


@pytest.fixture
def changes(panel: AdvancedSettings) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    panel._told = found.append  # an Event holds functions weakly
    panel.changed.connect(panel._told)
    return found


def test_each_field_tells_its_value(panel: AdvancedSettings, changes: list[dict[str, Any]]) -> None:
    panel._clip_skip.setValue(2)
    panel._rescale.setValue(0.7)
    panel._from.setValue(10)
    panel._eta.setValue(0.5)
    panel._noise.setValue(1.005)
    panel._eta.setValue(-0.05)
    panel._speed.chosen.emit("fast")
    panel._prediction.activated.emit(panel._prediction.findText("Noise"))
    assert changes == [
        {"clip_skip": 2},
        {"cfg_rescale": 0.7},
        {"cfg_start": 0.1, "cfg_end": 1.0},
        {"eta": 0.5},
        {"s_noise": 1.005},
        {"eta": None},
        {"speed": "fast"},
        {"prediction": "epsilon"},
    ]


def test_the_ends_of_the_interval_do_not_cross(panel: AdvancedSettings, changes: list[dict[str, Any]]) -> None:
    panel.show_parameters(Parameters(cfg_start=0.4, cfg_end=0.6), V)
    panel._from.setValue(80)
    assert changes == [{"cfg_start": 0.8, "cfg_end": 0.8}]


def test_showing_tells_nothing(panel: AdvancedSettings, changes: list[dict[str, Any]]) -> None:
    panel.show_parameters(Parameters(clip_skip=3, eta=0.2, sampler="ddim", zero_snr=True, exact_strength=True), V)
    assert changes == []
    assert all(box.isChecked() for box in panel.findChildren(QCheckBox))


def test_what_has_no_use_is_greyed_out(panel: AdvancedSettings) -> None:
    panel.show_parameters(Parameters(sampler="dpmpp_2m"), EPSILON)
    assert not panel._eta.isEnabled()
    assert not panel._noise.isEnabled()
    assert not panel._zero_snr.isEnabled()
    panel.show_parameters(Parameters(sampler="dpmpp_2s_a"), V)
    assert panel._eta.isEnabled()
    assert panel._zero_snr.isEnabled()
    panel.show_parameters(Parameters(prediction="epsilon"), V)
    assert not panel._zero_snr.isEnabled()
    assert panel._prediction.currentText() == "Noise"


def test_the_plot_follows_steps_and_strength(panel: AdvancedSettings, qtbot: QtBot) -> None:
    panel.show_parameters(Parameters(steps=20, strength=0.5), EPSILON)
    assert "10 steps from sigma" in panel.plot.accessibleDescription()
    half = panel.plot.grab().toImage()
    panel.show_parameters(Parameters(steps=20, strength=1.0), EPSILON)
    assert "20 steps from sigma 1" in panel.plot.accessibleDescription()
    assert panel.plot.grab().toImage() != half


def test_the_plot_tells_at_which_step_the_pointer_is(panel: AdvancedSettings, qtbot: QtBot) -> None:
    panel.show_parameters(Parameters(steps=10), EPSILON)
    plot = panel.plot
    told: list[int] = []
    plot.pointed.connect(told.append)
    QTest.mouseMove(plot, QPoint(6, 40))
    QTest.mouseMove(plot, QPoint(plot.width() - 6, 40))
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(plot.width() - 6, 40))
    assert told[-1] == 10
