"""A canvas on a small document, and a hand to work on it."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sdstudio.document.document import Document
from sdstudio.raster.geometry import Extent
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.hand import Hand


@pytest.fixture
def editor(qapp: QApplication) -> Editor:
    editor = Editor(Document.new(Extent(300, 200)))
    editor.foreground = QColor("red")
    editor.set_brush("paint", size=20, hardness=1)
    return editor


@pytest.fixture
def toolbox(editor: Editor) -> Toolbox:
    return Toolbox(editor)


@pytest.fixture
def canvas(editor: Editor, toolbox: Toolbox, qtbot: QtBot) -> CanvasView:
    canvas = CanvasView(editor, toolbox)
    qtbot.addWidget(canvas)
    canvas.resize(500, 400)
    canvas.show()
    qtbot.waitExposed(canvas)
    canvas.zoom_to(1)
    QApplication.processEvents()
    return canvas


@pytest.fixture
def hand(canvas: CanvasView) -> Hand:
    return Hand(canvas)


@pytest.fixture
def sentences(editor: Editor) -> list[str]:
    """What the person has been told."""
    told: list[str] = []
    editor.message.connect(told.append)
    return told
