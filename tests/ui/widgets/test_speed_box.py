"""Choosing a speed, and what is said about it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from sdstudio.models import haste
from sdstudio.protocol.speeds import SPEEDS
from sdstudio.ui.widgets.speed_box import SpeedBox


@pytest.fixture
def speeds(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> SpeedBox:
    known = {"fast": haste.Measured(times=3.21, levels=0.84, likeness=0.99)}
    monkeypatch.setattr(haste, "measured", lambda: known)
    made = SpeedBox()
    qtbot.addWidget(made)
    made.show()
    made.cost.setParent(made)
    return made


def test_a_person_chooses_a_speed(speeds: SpeedBox, qtbot: QtBot) -> None:
    told: list[str] = []
    speeds.chosen.connect(told.append)
    qtbot.keyClick(speeds, Qt.Key.Key_Down)
    assert told == ["fast"]


def test_showing_one_says_what_it_costs_and_tells_nobody(speeds: SpeedBox) -> None:
    told: list[str] = []
    speeds.chosen.connect(told.append)
    speeds.show_speed("fast")
    assert speeds.currentData() == "fast"
    assert "3.2 ×" in speeds.cost.text()
    assert "0.8 of 255" in speeds.cost.text()
    assert speeds.cost.isVisibleTo(speeds)
    speeds.show_speed("exact")
    assert not speeds.cost.isVisibleTo(speeds)
    assert told == []


def test_what_was_measured_can_be_read() -> None:
    assert set(haste.measured()) <= set(SPEEDS)
    assert haste.measured()
    for measured in haste.measured().values():
        assert measured.times > 1
        assert 0 <= measured.levels < 255
