from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from sdstudio.ui.widgets.flow import FlowLayout


@pytest.fixture
def room(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def arranged(room: QWidget, width: int, count: int = 5) -> tuple[FlowLayout, list[QRect]]:
    """The places of `count` parts of 100 x 40 in a room of this width."""
    flow = FlowLayout(spacing=8)
    parts = [QWidget() for _ in range(count)]  # buttons would have the theme's height
    for part in parts:
        part.setFixedSize(100, 40)
        flow.addWidget(part)
    room.setLayout(flow)
    room.resize(width, flow.heightForWidth(width))
    room.show()
    flow.activate()
    return flow, [part.geometry() for part in parts]


def test_one_row_where_there_is_room(room: QWidget) -> None:
    flow, places = arranged(room, 532)
    assert [place.left() for place in places] == [0, 108, 216, 324, 432]
    assert {place.top() for place in places} == {0}
    assert flow.heightForWidth(532) == 40


def test_another_row_where_the_width_ends(room: QWidget) -> None:
    flow, places = arranged(room, 531)
    assert [(place.left(), place.top()) for place in places[3:]] == [(324, 0), (0, 48)]
    assert flow.heightForWidth(531) == 88


def test_a_part_wider_than_the_room_has_a_row_of_its_own(room: QWidget) -> None:
    flow, places = arranged(room, 60, count=3)
    assert [place.top() for place in places] == [0, 48, 96]
    assert flow.minimumSize().width() == 100


def test_parts_can_be_taken_out(room: QWidget) -> None:
    flow, _ = arranged(room, 531)
    taken = flow.takeAt(0)
    assert taken is not None
    assert flow.count() == 4
    assert flow.heightForWidth(531) == 40
    assert flow.itemAt(9) is None
