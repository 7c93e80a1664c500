from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from sdstudio.raster.curves import STRAIGHT, Points
from sdstudio.ui.widgets.curve import CurveEditor

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def curve(qtbot: QtBot) -> CurveEditor:
    made = CurveEditor("Curve")
    qtbot.addWidget(made)
    made.resize(216, 216)  # 200 pixels a side between the margins of 8
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def told(curve: CurveEditor) -> list[Points]:
    changes: list[Points] = []
    curve.changed.connect(changes.append)
    return changes


def at(x: float, y: float) -> QPoint:
    return QPoint(round(8 + 200 * x), round(208 - 200 * y))


def drag(curve: CurveEditor, start: QPoint, *way: QPoint) -> None:
    QTest.mousePress(curve, LEFT, pos=start)
    for place in way:
        QTest.mouseMove(curve, place)
    QTest.mouseRelease(curve, LEFT, pos=way[-1])


def test_a_click_adds_a_point_and_a_drag_moves_it(curve: CurveEditor, told: list[Points]) -> None:
    drag(curve, at(0.5, 0.5), at(0.25, 0.75))
    assert curve.points == ((0, 0), (pytest.approx(0.25, abs=0.01), pytest.approx(0.75, abs=0.01)), (1, 1))
    assert told[-1] == curve.points


def test_the_ends_move_up_and_down_only(curve: CurveEditor) -> None:
    drag(curve, at(0, 0), at(0.5, 0.4))
    assert curve.points[0] == (0, pytest.approx(0.4, abs=0.01))
    drag(curve, at(1, 1), at(0.2, -0.5))
    assert curve.points[-1] == (1, 0)


def test_no_point_passes_another(curve: CurveEditor) -> None:
    drag(curve, at(0.4, 0.4), at(0.4, 0.4))
    drag(curve, at(0.6, 0.6), at(0.1, 0.9))
    xs = [x for x, _ in curve.points]
    assert xs == sorted(xs)
    assert len(set(xs)) == 4


def test_a_point_that_is_dragged_out_is_gone(curve: CurveEditor, told: list[Points]) -> None:
    drag(curve, at(0.5, 0.5), at(0.5, 0.8), at(0.5, 1.4))
    assert curve.points == STRAIGHT == told[-1]


def test_the_ends_cannot_be_dragged_out(curve: CurveEditor) -> None:
    drag(curve, at(0, 0), at(0.5, -0.6))
    assert curve.points == STRAIGHT


def test_keys_choose_move_and_remove_a_point(curve: CurveEditor) -> None:
    drag(curve, at(0.5, 0.5), at(0.5, 0.5))
    curve.set_points(curve.points)
    QTest.keyClick(curve, Qt.Key.Key_Up)
    QTest.keyClick(curve, Qt.Key.Key_Right)
    assert curve.points[1] == (pytest.approx(0.52, abs=0.01), pytest.approx(0.52, abs=0.01))
    QTest.keyClick(curve, Qt.Key.Key_PageUp)
    QTest.keyClick(curve, Qt.Key.Key_Delete)
    assert len(curve.points) == 3, "an end stays"
    QTest.keyClick(curve, Qt.Key.Key_PageDown)
    QTest.keyClick(curve, Qt.Key.Key_Delete)
    assert curve.points == STRAIGHT


def test_a_double_click_makes_it_straight(curve: CurveEditor, told: list[Points]) -> None:
    curve.set_points(((0, 1), (0.3, 0.2), (1, 0)))
    assert told == []
    QTest.mouseDClick(curve, LEFT, pos=at(0.7, 0.9))
    assert curve.points == STRAIGHT == told[-1]


def test_there_is_an_end_to_points(curve: CurveEditor) -> None:
    for index in range(40):
        drag(curve, at(0.02 + index * 0.024, 0.5), at(0.02 + index * 0.024, 0.5))
    assert len(curve.points) <= 16
