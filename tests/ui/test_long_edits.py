from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QProgressDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from sdstudio.document.commands import AddLayer, SetLayer
from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.document.layers import PaintLayer
from sdstudio.errors import StudioError
from sdstudio.raster.warp import Progress
from sdstudio.ui.long_edits import run_long
from tests.helpers.drawing import blank_document, fingerprint


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return blank_document()


@pytest.mark.parametrize("is_quick", [True, False])
def test_what_was_worked_out_is_one_step(document: Document, is_quick: bool) -> None:
    assert run_long(document, "Working…", lambda _snapshot, _tell: AddLayer(PaintLayer()), is_quick=is_quick)
    assert document.history.position == 1


def test_a_person_can_stop_it(document: Document) -> None:
    before = fingerprint(document)

    def work(snapshot: Document, tell: Progress) -> Command:
        for _ in range(1000):
            tell(0.5)
            time.sleep(0.01)
        return AddLayer(PaintLayer())

    def stop() -> None:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QProgressDialog) and widget.isVisible():
                widget.findChildren(QPushButton)[0].click()
                return
        QTimer.singleShot(20, stop)

    QTimer.singleShot(20, stop)
    assert not run_long(document, "Working…", work)
    assert fingerprint(document) == before
    assert document.history.position == 0


def test_a_picture_that_changed_meanwhile_is_left_alone(document: Document) -> None:
    def work(snapshot: Document, tell: Progress) -> Command:
        document.run(SetLayer(document.active_id or "", opacity=0.5))
        return AddLayer(PaintLayer())

    with pytest.raises(StudioError, match="changed meanwhile"):
        run_long(document, "Working…", work, is_quick=True)
    assert document.history.position == 1


@pytest.mark.parametrize("is_quick", [True, False])
def test_too_little_memory_is_a_sentence(document: Document, is_quick: bool) -> None:
    def work(snapshot: Document, tell: Progress) -> Command:
        raise MemoryError

    with pytest.raises(StudioError, match="memory"):
        run_long(document, "Working…", work, is_quick=is_quick)
    assert document.history.position == 0
