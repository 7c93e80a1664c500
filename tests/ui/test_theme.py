from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from sdstudio import paths
from sdstudio.ui import theme, tokens
from sdstudio.ui.editor import Editor
from sdstudio.ui.tool_options import ToolOptions
from sdstudio.ui.tools.toolbox import Toolbox

THEMES = ("dark", "light")
ACCENTS = {"accent", "accent_hover", "accent_text"}


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(("text", "ground"), tokens.TEXT_PAIRS)
def test_text_is_readable(name: str, text: str, ground: str) -> None:
    colors = tokens.load(name)
    assert tokens.contrast(colors[text], colors[ground]) >= 4.5


def test_contrast_is_that_of_the_guidelines() -> None:
    assert tokens.contrast(QColor("black"), QColor("white")) == pytest.approx(21)
    assert tokens.contrast(QColor("#777777"), QColor("white")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", THEMES)
def test_greys_are_neutral(name: str) -> None:
    tinted = [
        role
        for role, color in tokens.load(name).items()
        if role not in ACCENTS and not color.red() == color.green() == color.blue()
    ]
    assert tinted == []


def test_both_themes_have_the_same_roles_and_the_style_sheet_uses_only_these() -> None:
    roles = set(tokens.load("dark"))
    assert roles == set(tokens.load("light"))
    sheet = (paths.resources() / "themes" / "studio.qss").read_text(encoding="utf-8")
    assert set(re.findall(r"@(\w+)", sheet)) <= roles | {"small", "images"}


@pytest.mark.parametrize("name", THEMES)
def test_every_picture_of_the_style_sheet_exists(name: str) -> None:
    sheet = (paths.resources() / "themes" / "studio.qss").read_text(encoding="utf-8")
    pictures = re.findall(r"@images/([\w-]+\.svg)", sheet)
    assert pictures
    for picture in pictures:
        assert (paths.resources() / "themes" / name / picture).is_file()


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_an_icon_has_a_pixel_for_each_pixel_of_the_screen(qapp: QApplication, ratio: float) -> None:
    theme.apply(qapp, "dark")
    pixmap = theme.icon("brush").pixmap(QSize(20, 20), ratio)
    assert pixmap.width() == 20 * ratio
    assert pixmap.devicePixelRatio() == ratio


def test_an_icon_follows_the_theme(qapp: QApplication) -> None:
    icon = theme.icon("plus")

    def darkest() -> int:
        image = icon.pixmap(24, 24).toImage()
        drawn = [image.pixelColor(x, y) for x in range(24) for y in range(24)]
        return min(color.lightness() for color in drawn if color.alpha() > 200)

    theme.apply(qapp, "light")
    assert darkest() < 80
    theme.apply(qapp, "dark")
    assert darkest() > 180


def test_a_disabled_icon_is_fainter_and_a_checked_one_has_its_own_colour(qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    icon = theme.icon("plus", on_role="on_accent")
    middle = [
        icon.pixmap(QSize(24, 24), mode, state).toImage().pixelColor(12, 12).name()
        for mode, state in (
            (QIcon.Mode.Normal, QIcon.State.Off),
            (QIcon.Mode.Disabled, QIcon.State.Off),
            (QIcon.Mode.Normal, QIcon.State.On),
        )
    ]
    assert middle == [theme.color(role).name() for role in ("text", "disabled", "on_accent")]


def test_painting_an_icon_draws_inside_the_rectangle(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")
    pixmap = QPixmap(40, 40)
    pixmap.fill("black")
    painter = QPainter(pixmap)
    theme.icon("x").paint(painter, 10, 10, 20, 20)
    painter.end()
    image = pixmap.toImage()
    assert image.pixelColor(20, 20).lightness() > 150
    assert image.pixelColor(5, 5) == QColor("black")


def test_applying_a_theme_changes_widgets(qapp: QApplication, qtbot: QtBot) -> None:
    theme.apply(qapp, "dark")
    label = QLabel("text")
    qtbot.addWidget(label)
    theme.apply(qapp, "light")
    label.ensurePolished()
    assert label.palette().windowText().color() == tokens.load("light")["text"]
    assert not theme.is_dark()


def test_system_is_one_of_the_two(qapp: QApplication) -> None:
    theme.apply(qapp, "system")
    assert theme.name() in THEMES


def test_another_theme_moves_nothing_in_the_bar_of_options(qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply(qapp, "dark")
    editor = Editor()
    bar = ToolOptions(Toolbox(editor), editor)
    qtbot.addWidget(bar)
    bar.show()
    before = bar.layout().contentsMargins()
    theme.apply(qapp, "light")
    QApplication.processEvents()
    assert bar.layout().contentsMargins() == before
    theme.apply(qapp, "dark")
