from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from sdstudio.generation.parameters import Parameters
from sdstudio.ui.docks.reference import ReferencePanel
from sdstudio.ui.main_window import MainWindow


@pytest.fixture
def panel(window: MainWindow) -> ReferencePanel:
    window.panels.raise_panel("reference")
    QApplication.processEvents()
    found = window.panels["reference"].findChild(ReferencePanel)
    assert isinstance(found, ReferencePanel)
    return found


def picture(path: Path, color: str, width: int = 60, height: int = 40) -> Path:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(color))
    assert image.save(str(path))
    return path


def middle_of(panel: ReferencePanel, index: int) -> QPoint:
    board = panel.board
    return board._transform.mapRect(board.references[index].place).center().toPoint()


def test_pictures_are_loaded_beside_each_other_and_give_their_colours(
    window: MainWindow, panel: ReferencePanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [str(picture(tmp_path / "a.png", "#12ab34")), str(picture(tmp_path / "b.png", "#8090a0"))]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (files, ""))
    panel.ask_load()
    first, second = panel.board.references
    assert first.place.right() < second.place.left()
    QTest.mouseClick(panel.board, Qt.MouseButton.LeftButton, pos=middle_of(panel, 0))
    assert window.editor.foreground == QColor("#12ab34")
    ctrl = Qt.KeyboardModifier.ControlModifier
    QTest.mouseClick(panel.board, Qt.MouseButton.LeftButton, ctrl, middle_of(panel, 1))
    assert (window.editor.foreground, window.editor.background) == (QColor("#12ab34"), QColor("#8090a0"))
    assert window.settings.get("reference_files") == files


def test_the_wheel_keeps_the_place_under_the_pointer(panel: ReferencePanel, tmp_path: Path) -> None:
    panel.load([picture(tmp_path / "a.png", "red")])
    board, at = panel.board, QPointF(50, 40)
    before = board._transform.inverted()[0].map(at)
    zoom = board._zoom
    event = QWheelEvent(
        at, board.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(board, event)
    after = board._transform.inverted()[0].map(at)
    assert board._zoom > zoom
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()))


def drag(panel: ReferencePanel, start: QPoint, keys: Qt.KeyboardModifier) -> None:
    QTest.mousePress(panel.board, Qt.MouseButton.LeftButton, keys, start)
    QTest.mouseMove(panel.board, start + QPoint(20, 10))
    QTest.mouseMove(panel.board, start + QPoint(30, 12))
    QTest.mouseRelease(panel.board, Qt.MouseButton.LeftButton, keys, start + QPoint(30, 12))


def test_a_drag_pans_and_with_shift_it_moves_a_picture(
    window: MainWindow, panel: ReferencePanel, tmp_path: Path
) -> None:
    panel.load([picture(tmp_path / "a.png", "red"), picture(tmp_path / "b.png", "blue")])
    before = window.editor.foreground
    pan, place = QPointF(panel.board._pan), panel.board.references[0].place.topLeft()
    drag(panel, middle_of(panel, 0), Qt.KeyboardModifier.NoModifier)
    assert panel.board._pan == pan + QPointF(30, 12)
    assert panel.board.references[0].place.topLeft() == place
    drag(panel, middle_of(panel, 0), Qt.KeyboardModifier.ShiftModifier)
    assert panel.board._pan == pan + QPointF(30, 12)
    assert panel.board.references[0].place.left() > place.x()
    assert window.editor.foreground == before  # a drag takes no colour


def test_pictures_are_dropped_pasted_and_removed(window: MainWindow, panel: ReferencePanel, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(picture(tmp_path / "a.png", "red")))])
    panel.board.dropped.emit(data)
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor("lime"))
    QGuiApplication.clipboard().setImage(image)
    panel.paste()
    assert len(panel.board.references) == 2
    assert panel.board.color_at(QPointF(middle_of(panel, 1))) == QColor("lime")
    assert len(window.settings.get("reference_files")) == 1  # the clipboard's is there only this time
    QTest.keyClick(panel.board, Qt.Key.Key_Delete)
    assert len(panel.board.references) == 1
    panel._clear.click()
    assert panel.board.references == []
    assert not panel._clear.isEnabled()
    assert len(list(window.editor.document.walk())) == 2  # the layers were not meant


def test_what_is_no_picture_is_told(window: MainWindow, panel: ReferencePanel, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"not a picture")
    panel.load([tmp_path / "x.png", picture(tmp_path / "ok.png", "red")])
    assert len(panel.board.references) == 1
    assert "x.png" in window.notices.messages[-1]
    QGuiApplication.clipboard().setText("words")
    panel.paste()
    assert "no picture" in window.notices.messages[-1]


def test_references_never_become_part_of_a_request(window: MainWindow, panel: ReferencePanel, tmp_path: Path) -> None:
    before: Parameters = window.session.parameters
    panel.load([picture(tmp_path / "a.png", "red")])
    assert window.session.parameters == before
    assert not window.editor.document.is_modified
