"""The start page: when it comes, what can be begun on it, and that it is never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from sdstudio.document.document import Document
from sdstudio.raster.geometry import Extent
from sdstudio.ui.main_window import MainWindow
from sdstudio.ui.start.control import StartControl
from sdstudio.ui.start.examples import examples
from sdstudio.ui.start.page import StartPage
from tests.helpers.hand import Hand
from tests.helpers.scripted_engine import ScriptedEngine


def page_of(window: MainWindow) -> StartPage:
    window.start_control.offer()
    QApplication.processEvents()
    page = window.start_control.page
    assert page is not None
    return page


def button(page: StartPage, words: str) -> QToolButton:
    return next(one for one in page.findChildren(QToolButton) if words in one.text() or words == one.accessibleName())


def test_it_covers_the_canvas_and_goes_with_escape(window: MainWindow) -> None:
    page = page_of(window)
    assert page.isVisible()
    assert page.size() == window.canvas.size()
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert not page.isVisible()
    window.actions_by_id["help.start"].trigger()
    assert page.isVisible()
    button(page, "Close").click()
    assert not page.isVisible()


def test_it_is_not_offered_when_it_is_not_wanted_or_something_was_begun(window: MainWindow) -> None:
    control: StartControl = window.start_control
    window.settings.set("show_start", False)
    control.offer()
    assert control.page is None
    window.settings.set("show_start", True)
    Hand(window.canvas).drag((10, 10), (50, 50))
    control.offer()
    assert control.page is None


def test_the_check_box_is_the_setting(window: MainWindow) -> None:
    page = page_of(window)
    page.show_at_start.setChecked(False)
    assert window.settings.get("show_start") is False


def test_a_size_that_suits_the_model_is_one_click(window: MainWindow) -> None:
    page = page_of(window)
    button(page, "Portrait").click()
    assert window.editor.document.extent == Extent(128, 192)
    assert not page.isVisible()


def test_recent_files_have_pictures_and_open(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    picture = QImage(60, 40, QImage.Format.Format_RGB32)
    picture.fill(QColor("#c02040"))
    path = tmp_path / "a rather long name of a picture.png"
    assert picture.save(str(path))
    window.settings.remember_file(tmp_path / "gone.png")
    window.settings.remember_file(path)
    page = page_of(window)
    assert list(page._recent_buttons) == [str(path)]  # what is gone is not offered
    recent = page._recent_buttons[str(path)]

    def shows_it() -> bool:
        image = recent.icon().pixmap(96, 96).toImage()
        return image.pixelColor(image.rect().center()) == QColor("#c02040")

    qtbot.waitUntil(shows_it)
    recent.click()
    assert window.editor.document.extent == Extent(60, 40)
    assert not page.isVisible()


@pytest.mark.parametrize("index", range(3))
def test_an_example_starts_the_main_job(window: MainWindow, engine: ScriptedEngine, qtbot: QtBot, index: int) -> None:
    page = page_of(window)
    example = examples()[index]
    button(page, example.title).click()
    qtbot.waitUntil(lambda: bool(engine.sent))
    request = engine.sent[0].request
    assert request.prompt == example.prompt
    assert request.strength == pytest.approx(example.strength)
    assert request.mode == ("image_to_image", "inpaint", "text_to_image")[index]
    assert not page.isVisible()
    assert window.editor.document.extent == Extent(128, 128)
    engine.finish((10, 200, 30))
    assert len(list(window.editor.document.walk())) == 3


def test_it_makes_way_for_what_was_begun_otherwise(window: MainWindow, engine: ScriptedEngine) -> None:
    page = page_of(window)
    window.actions_by_id["layer.add"].trigger()
    assert not page.isVisible()
    window.actions_by_id["help.start"].trigger()
    assert page.isVisible()
    window.actions_by_id["generate.start"].trigger()
    assert not page.isVisible()


def test_examples_are_drawn_in_any_size(window: MainWindow) -> None:
    for example in examples():
        for side in (64, 256):
            document = example.make(side)
            assert isinstance(document, Document)
            assert document.extent == Extent(side, side)
            assert not document.is_modified
        assert example.thumbnail(96).width() == 96


def test_no_card_is_cut_in_a_narrow_window(window: MainWindow) -> None:
    window.resize(800, 700)
    page = page_of(window)
    QApplication.processEvents()
    cards = [one for one in page.findChildren(QToolButton) if one.property("card")]
    assert len(cards) == 8
    rights = [card.mapTo(page, card.rect().topRight()).x() for card in cards]
    assert max(rights) < page.width()
