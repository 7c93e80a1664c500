from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sdstudio.raster.pixels import view
from sdstudio.ui.cards.card import Card, QuestionMark
from sdstudio.ui.cards.drawings import draw
from sdstudio.ui.cards.topics import topics
from sdstudio.ui.main_window import MainWindow


def open_card(window: MainWindow) -> Card:
    QApplication.processEvents()
    card = QApplication.activePopupWidget()
    assert isinstance(card, Card)
    return card


@pytest.mark.parametrize("topic", ["strength", "cfg", "steps", "sampler", "schedule", "seed"])
def test_each_setting_has_a_question_mark_that_opens_its_card(window: MainWindow, topic: str) -> None:
    window.generate_panel.section.set_open(True)
    marks = window.generate_panel.findChildren(QuestionMark)
    mark = next(one for one in marks if topics()[topic].title in one.accessibleName())
    QTest.mouseClick(mark, Qt.MouseButton.LeftButton)
    card = open_card(window)
    assert card.topic.id == topic
    QTest.keyClick(card, Qt.Key.Key_Escape)
    assert not isinstance(QApplication.activePopupWidget(), Card)


def test_the_mask_brush_has_one_in_its_options(window: MainWindow) -> None:
    assert not window.tool_options.findChildren(QuestionMark)
    window.toolbox.set_active("mask")
    assert window.tool_options.findChildren(QuestionMark)


def test_the_help_menu_has_them_all(window: MainWindow) -> None:
    menus = [action.menu() for action in window.menuBar().actions()]
    inner = [action.menu() for action in menus[-1].actions() if action.menu() is not None]
    assert [action.text() for action in inner[0].actions()] == [topic.title for topic in topics().values()]
    inner[0].actions()[-1].trigger()
    card = open_card(window)
    assert card.topic.id == "mask"
    card.close()


def drawn(topic: str, index: int) -> np.ndarray:
    image = QImage(72, 72, QImage.Format.Format_RGB32)
    image.fill(0x808080)
    painter = QPainter(image)
    draw(topic, painter, QRectF(0, 0, 72, 72), index)
    painter.end()
    return view(image).copy()


@pytest.mark.parametrize("topic", topics().values(), ids=lambda topic: topic.id)
def test_every_part_of_a_drawing_shows_something_of_its_own(qapp: QApplication, topic: object) -> None:
    parts = [drawn(topic.id, index) for index in range(len(topic.captions))]  # type: ignore[attr-defined]
    assert all(np.ptp(part) > 60 for part in parts)
    different = {part.tobytes() for part in parts}
    assert len(different) == len(set(topic.captions))  # type: ignore[attr-defined]  # the same seed is the same picture


def test_texts_are_short(qapp: QApplication) -> None:
    for topic in topics().values():
        assert 2 <= topic.text.count(".") + topic.text.count(":") <= 6
        assert len(topic.text) < 330, topic.id
