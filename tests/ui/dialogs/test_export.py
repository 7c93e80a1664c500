"""The options that each format has, and the size that they lead to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QCheckBox, QSlider
from pytestqt.qtbot import QtBot

from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.resample import from_rgb
from sdstudio.settings import Settings
from sdstudio.ui.dialogs.export import ExportDialog

Open = Callable[[str], ExportDialog]


@pytest.fixture
def open_dialog(qtbot: QtBot, tmp_path: Path) -> Open:
    document = Document.new(Extent(128, 128))
    layer = document.root.children[1]
    assert isinstance(layer, PaintLayer)
    noise = np.random.default_rng(1).integers(0, 256, (128, 128, 3), np.uint8)
    layer.surface.write(Bounds(0, 0, 128, 128), from_rgb(noise))
    settings = Settings(tmp_path / "settings.json")

    def make(kind: str) -> ExportDialog:
        dialog = ExportDialog("a", kind, document, None, settings)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return make


def test_less_quality_is_told_to_be_smaller(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog("JPEG")
    qtbot.waitUntil(lambda: dialog.size_text.startswith("about "))
    before = dialog.size_text
    dialog.findChild(QSlider).setValue(20)
    qtbot.waitUntil(lambda: dialog.size_text != before)
    assert dialog.options.quality == 20


@pytest.mark.parametrize(("kind", "sliders", "boxes"), [("PNG", 0, 1), ("JPEG", 1, 1), ("WEBP", 1, 2), ("AVIF", 1, 1)])
def test_each_format_shows_what_it_knows(open_dialog: Open, kind: str, sliders: int, boxes: int) -> None:
    dialog = open_dialog(kind)
    assert sum(slider.isVisible() for slider in dialog.findChildren(QSlider)) == sliders
    assert sum(box.isVisible() for box in dialog.findChildren(QCheckBox)) == boxes


def test_the_choice_is_remembered(open_dialog: Open) -> None:
    dialog = open_dialog("JPEG")
    dialog.findChild(QSlider).setValue(55)
    dialog.accept()
    assert open_dialog("AVIF").options.quality == 55
