from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QProgressDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from sdstudio.document.commands import AddLayer, SetLayer
from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.document.image_transforms import resized, turned_image
from sdstudio.document.layers import PaintLayer
from sdstudio.errors import StudioError
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import filled
from sdstudio.raster.warp import Filter, Progress, no_progress
from sdstudio.ui import long_edits
from sdstudio.ui.long_edits import go_to, redo, run_long, undo
from sdstudio.ui.patience import Cancelled
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


@pytest.fixture
def turned(document: Document, monkeypatch: pytest.MonkeyPatch) -> Document:
    """A picture that was made half as large and then turned; its steps count as long ones."""
    monkeypatch.setattr(long_edits, "QUICK_PX", 1)
    layer = document.layer(document.active_id or "")
    assert isinstance(layer, PaintLayer)
    layer.surface.write(Bounds(10, 20, 60, 30), filled(60, 30, QColor("red")))
    run_long(document, "Sizing…", lambda snapshot, tell: resized(snapshot, Extent(100, 70), Filter.SMOOTH, tell))
    run_long(document, "Turning…", lambda snapshot, tell: turned_image(snapshot, 90, Filter.SMOOTH, tell))
    return document


def test_long_steps_are_undone_and_done_again_as_short_ones_are(turned: Document) -> None:
    at_end = fingerprint(turned)
    assert undo(turned)
    half = fingerprint(turned)
    assert undo(turned)
    assert turned.history.position == 0
    start = fingerprint(turned)
    assert redo(turned)
    assert fingerprint(turned) == half
    assert redo(turned)
    assert fingerprint(turned) == at_end
    go_to(turned, 0)
    assert fingerprint(turned) == start
    go_to(turned, 2)
    assert fingerprint(turned) == at_end


def test_what_was_got_ready_for_another_state_is_not_used(turned: Document) -> None:
    for _ in range(2):
        command = turned.history.next_undo
        assert command is not None
        command.get_ready(turned.snapshot(), no_progress, back=True)
        layer = turned.layer(turned.active_id or "")
        assert isinstance(layer, PaintLayer)
        layer.surface.write(Bounds(0, 0, 4, 4), filled(4, 4, QColor("blue")))
        plain = turned.snapshot()
        command.revert(plain)
        turned.history.undo()
        assert fingerprint(turned) == fingerprint(plain)


def test_undoing_a_long_step_can_be_stopped(turned: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint(turned)

    def stopped(*_: object, **__: object) -> None:
        raise Cancelled

    monkeypatch.setattr(long_edits, "worked_out", stopped)
    assert not undo(turned)
    go_to(turned, 0)
    assert fingerprint(turned) == before
    assert turned.history.position == 2


def test_undoing_is_refused_when_the_picture_changes_meanwhile(
    turned: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(*_: object, **__: object) -> None:
        turned.run(SetLayer(turned.active_id or "", opacity=0.5))

    monkeypatch.setattr(long_edits, "worked_out", meanwhile)
    with pytest.raises(StudioError, match="changed meanwhile"):
        undo(turned)
    assert turned.history.position == 3
