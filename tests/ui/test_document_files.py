"""Files as a person meets them: open, save, export, drop, paste, and the question before changes are lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QProgressDialog, QPushButton
from pytestqt.qtbot import QtBot

from sdstudio.app import Studio
from sdstudio.document.commands import EditSelection
from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.errors import FileProblem
from sdstudio.formats import openraster
from sdstudio.formats.exporting import write_picture
from sdstudio.formats.pictures import read_picture
from sdstudio.models.info import ModelInfo
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import filled
from sdstudio.ui.dialogs.export import ExportDialog
from sdstudio.ui.loading import load
from sdstudio.ui.main_window import MainWindow
from tests.helpers.drawing import pick
from tests.helpers.hand import Hand

PARAMETERS = "a blue cup\nNegative prompt: dark\nSteps: 31, Sampler: Euler a, CFG scale: 5.5, Seed: 77, Size: 64x64"


@pytest.fixture
def painted(window: MainWindow) -> MainWindow:
    Hand(window.canvas).drag((20, 20), (60, 60))
    return window


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[QMessageBox.StandardButton]:
    """What the person answers to questions, in order, and Discard to any more."""
    given: list[QMessageBox.StandardButton] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: given.pop(0) if given else QMessageBox.StandardButton.Discard)
    return given


def choose(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    for ask in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, ask, lambda *_arguments: (str(path), ""))


def drop(window: MainWindow, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    drop_data(window, data)


def drop_data(window: MainWindow, data: QMimeData) -> None:
    copy, left, no_keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), copy, data, left, no_keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(300, 300), copy, data, left, no_keys))


def test_save_and_open_bring_everything_back(
    painted: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = painted.editor.document
    before = render(document, document.bounds)
    choose(monkeypatch, tmp_path / "drawing")
    painted.actions_by_id["file.save"].trigger()
    qtbot.waitUntil(lambda: not document.is_modified)
    path = tmp_path / "drawing.ora"
    assert painted.editor.path == path
    assert painted.windowTitle() == "drawing.ora[*] – SD Studio"
    painted.files.open(path)
    assert painted.editor.document is not document
    assert [layer.name for layer in painted.editor.document.walk()] == ["Background", "Layer 1"]
    assert render(painted.editor.document, painted.editor.document.bounds) == before


def test_a_picture_s_name_saves_a_document_and_says_how_pictures_are_made(
    painted: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, tmp_path / "drawing.PNG")
    painted.actions_by_id["file.save_as"].trigger()
    qtbot.waitUntil(lambda: not painted.editor.document.is_modified)
    assert [path.name for path in tmp_path.glob("drawing*")] == ["drawing.ora"]
    [told] = painted.notices.messages
    assert "exported" in told


@pytest.mark.parametrize(("name", "action"), [("drawing", "file.save_as"), ("drawing", "file.export")])
@pytest.mark.parametrize("answer", [QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Ok])
def test_a_file_that_the_dialog_did_not_ask_about_is_asked_about(
    painted: MainWindow,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    answers: list[QMessageBox.StandardButton],
    name: str,
    action: str,
    answer: QMessageBox.StandardButton,
) -> None:
    monkeypatch.setattr(ExportDialog, "exec", lambda _dialog: 1)
    files = [tmp_path / "drawing.ora", tmp_path / "drawing.png"]
    for file in files:
        file.write_bytes(b"old")
    choose(monkeypatch, tmp_path / name)
    answers.append(answer)
    painted.actions_by_id[action].trigger()
    assert answers == []
    if answer == QMessageBox.StandardButton.Ok:
        qtbot.waitUntil(lambda: any(file.read_bytes() != b"old" for file in files))
    assert [file.read_bytes() == b"old" for file in files].count(True) == (
        1 if answer == QMessageBox.StandardButton.Ok else 2
    )


def test_the_title_has_a_star_only_while_something_is_unsaved(painted: MainWindow) -> None:
    assert painted.isWindowModified()
    painted.actions_by_id["edit.undo"].trigger()
    assert not painted.isWindowModified()


def test_a_failed_save_keeps_the_document_dirty_and_offers_to_try_again(
    painted: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, document: object, progress: object) -> None:
        raise FileProblem("The disk is full.")

    monkeypatch.setattr(openraster, "write_document", refuse)
    choose(monkeypatch, tmp_path / "a.ora")
    painted.actions_by_id["file.save"].trigger()
    qtbot.waitUntil(lambda: painted.notices.messages == ["The disk is full."])
    assert painted.editor.document.is_modified
    assert painted.editor.path is None
    monkeypatch.undo()
    [again] = [button for button in painted.canvas.findChildren(QPushButton) if button.text() == "Try again"]
    again.click()
    qtbot.waitUntil(lambda: not painted.editor.document.is_modified)


def test_a_save_that_failed_can_go_elsewhere_and_its_complaint_goes_then(
    painted: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, tmp_path / "gone" / "a.ora")
    painted.actions_by_id["file.save"].trigger()
    qtbot.waitUntil(lambda: any("does not exist" in text for text in painted.notices.messages))
    choose(monkeypatch, tmp_path / "b.ora")
    buttons = painted.canvas.findChildren(QPushButton)
    [elsewhere] = [button for button in buttons if button.text() == "Save elsewhere…"]
    elsewhere.click()
    qtbot.waitUntil(lambda: painted.editor.path == tmp_path / "b.ora")
    assert painted.notices.messages == []
    choose(monkeypatch, tmp_path / "gone" / "a.ora")
    painted.actions_by_id["file.save_as"].trigger()
    qtbot.waitUntil(lambda: len(painted.notices.messages) == 1)
    painted.actions_by_id["file.save"].trigger()
    qtbot.waitUntil(lambda: painted.notices.messages == [])


def test_a_copy_of_the_document_can_be_exported_without_leaving_its_file(
    painted: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, tmp_path / "copy.ora")
    painted.actions_by_id["file.export"].trigger()
    qtbot.waitUntil(lambda: painted.notices.messages == ["Exported as copy.ora."])
    assert painted.editor.path is None
    assert painted.editor.document.is_modified
    copy = openraster.read_document(tmp_path / "copy.ora")
    assert [layer.name for layer in copy.walk()] == [layer.name for layer in painted.editor.document.walk()]


def test_what_is_painted_while_saving_is_still_unsaved(
    painted: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, tmp_path / "a.ora")
    painted.actions_by_id["file.save"].trigger()
    Hand(painted.canvas).drag((80, 20), (80, 60))
    qtbot.waitUntil(lambda: painted.editor.path is not None)
    assert painted.editor.document.is_modified
    saved = openraster.read_document(tmp_path / "a.ora")
    assert pick(saved, Point(80, 40)) == QColor("white")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".avif", ".tif", ".bmp", ".gif", ".psd"])
def test_export_writes_what_is_seen(
    painted: MainWindow, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, tmp_path / f"out{suffix}")
    monkeypatch.setattr(ExportDialog, "exec", lambda _dialog: True)
    painted.actions_by_id["file.export"].trigger()
    written = load(tmp_path / f"out{suffix}").document
    image = render(written, written.bounds)
    assert (image.width(), image.height()) == (128, 128)
    assert image.pixelColor(40, 40).lightness() < 40
    assert image.pixelColor(120, 10).lightness() > 240


def test_an_exported_generation_carries_its_parameters(window: MainWindow, studio: Studio, tmp_path: Path) -> None:
    studio.session.parameters = studio.session.parameters.__class__(prompt="red apple", strength=1.0)
    studio.session.generate()
    studio.dispatcher.finish((10, 20, 30))  # type: ignore[attr-defined]
    window.files.export(tmp_path / "a.png")
    text = read_picture(tmp_path / "a.png").text["parameters"]
    assert text.startswith("red apple\n")
    assert "Model: Starter" in text


# Closing


def test_closing_asks_and_cancel_keeps_the_window(
    painted: MainWindow, answers: list[QMessageBox.StandardButton]
) -> None:
    answers.append(QMessageBox.StandardButton.Cancel)
    assert not painted.close()
    assert painted.isVisible()
    assert answers == []


def test_closing_and_discarding_closes(painted: MainWindow, answers: list[QMessageBox.StandardButton]) -> None:
    answers.append(QMessageBox.StandardButton.Discard)
    assert painted.close()


def test_closing_and_saving_closes_when_the_file_is_there(
    painted: MainWindow,
    answers: list[QMessageBox.StandardButton],
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers.append(QMessageBox.StandardButton.Save)
    choose(monkeypatch, tmp_path / "a.ora")
    painted.close()
    qtbot.waitUntil(lambda: not painted.isVisible())
    assert (tmp_path / "a.ora").is_file()


def test_an_unchanged_document_closes_without_a_question(
    window: MainWindow, answers: list[QMessageBox.StandardButton]
) -> None:
    assert window.close()


def test_opening_asks_first(painted: MainWindow, answers: list[QMessageBox.StandardButton], tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", filled(8, 8, QColor("red")))
    answers.append(QMessageBox.StandardButton.Cancel)
    painted.files.open(tmp_path / "a.png")
    assert painted.editor.document.extent == Extent(128, 128)


# From outside


def test_a_dropped_picture_becomes_the_document_when_nothing_was_done(window: MainWindow, tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", filled(40, 30, QColor("red")))
    drop(window, tmp_path / "a.png")
    assert window.editor.document.extent == Extent(40, 30)
    assert window.windowTitle().startswith("a[*]")
    assert window.editor.path is None, "saving must not write over a PNG with an .ora"


def test_a_dropped_picture_becomes_a_layer_when_something_was_done(painted: MainWindow, tmp_path: Path) -> None:
    write_picture(tmp_path / "cup.png", filled(40, 30, QColor("red")))
    drop(painted, tmp_path / "cup.png")
    document = painted.editor.document
    assert document.active is not None
    assert document.active.name == "cup"
    assert pick(document, Point(64, 64)) == QColor("red")
    assert pick(document, Point(64, 90)) == QColor("white")


def test_a_dropped_picture_with_parameters_offers_its_settings(window: MainWindow, tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", filled(40, 30, QColor("red")), parameters=PARAMETERS)
    drop(window, tmp_path / "a.png")
    [offer] = [button for button in window.canvas.findChildren(QPushButton) if button.text() == "Use its settings"]
    offer.click()
    found = window.session.parameters
    assert (found.prompt, found.negative_prompt, found.steps) == ("a blue cup", "dark", 31)
    assert (found.cfg_scale, found.sampler, found.seed, found.seed_locked) == (5.5, "euler_a", 77, True)
    assert window.generate_panel.prompt.text() == "a blue cup"


def test_settings_that_name_a_refiner_find_it_by_its_title(window: MainWindow) -> None:
    session = window.session
    gloss = ModelInfo(id="gloss-1", title="Gloss", path="g", family="sdxl_refiner")
    session.models = [*session.models, gloss]
    for told, name in (("Gloss [0123456789]", "gloss-1"), ("Lost", "Lost")):
        window.incoming.use_settings(f"a cup\nSteps: 9, Seed: 3, Refiner: {told}, Refiner switch at: 0.6")
        assert (session.parameters.refiner, session.parameters.refiner_switch) == (name, 0.6)
    window.incoming.use_settings("a cup\nSteps: 9, Seed: 3")
    assert session.parameters.refiner == ""


def test_a_file_that_cannot_be_read_is_a_sentence_and_changes_nothing(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"not a picture")
    document = window.editor.document
    drop(window, tmp_path / "a.png")
    assert window.editor.document is document
    assert len(window.notices.messages) == 1
    assert "a.png" in window.notices.messages[0]


def test_an_image_dragged_from_a_browser_becomes_a_layer(window: MainWindow) -> None:
    data = QMimeData()
    data.setImageData(filled(10, 10, QColor("green")))
    drop_data(window, data)
    assert pick(window.editor.document, Point(64, 64)) == QColor("green")


def test_recent_files_are_listed_and_open(painted: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    painted.files._save_to(tmp_path / "first.ora", None)
    qtbot.waitUntil(lambda: not painted.editor.document.is_modified)
    [menu] = [action.menu() for action in painted.menuBar().actions()[0].menu().actions() if action.menu()]
    assert menu.isEnabled()
    assert [action.text() for action in menu.actions()] == ["first.ora"]
    before = painted.editor.document
    menu.actions()[0].trigger()
    assert painted.editor.document is not before


def test_a_recent_file_that_is_gone_is_said_and_forgotten(window: MainWindow, tmp_path: Path) -> None:
    window.settings.remember_file(tmp_path / "gone.ora")
    window.files.open(tmp_path / "gone.ora")
    assert len(window.notices.messages) == 1
    assert window.settings.get("recent_files") == []


# The clipboard


def test_copy_and_paste_keep_place_and_pixels(painted: MainWindow) -> None:
    painted.actions_by_id["edit.copy"].trigger()
    painted.actions_by_id["edit.clear"].trigger()
    assert pick(painted.editor.document, Point(40, 40)) == QColor("white")
    painted.actions_by_id["edit.paste"].trigger()
    assert pick(painted.editor.document, Point(40, 40)).lightness() < 40
    assert painted.editor.document.active is not None
    assert painted.editor.document.active.name == "Pasted"


def test_cut_takes_only_what_is_selected(painted: MainWindow) -> None:
    painted.editor.document.run(EditSelection(rectangle(Bounds(0, 0, 40, 128)), "Select"))
    painted.actions_by_id["edit.cut"].trigger()
    assert pick(painted.editor.document, Point(30, 30)) == QColor("white")
    assert pick(painted.editor.document, Point(55, 55)).lightness() < 40
    copied = QApplication.clipboard().image()
    assert not copied.isNull()
    assert copied.width() <= 40


def test_copy_merged_is_an_opaque_picture_for_other_programs(painted: MainWindow) -> None:
    painted.actions_by_id["edit.copy_merged"].trigger()
    image = QApplication.clipboard().image()
    assert (image.width(), image.height()) == (128, 128)
    assert image.pixelColor(100, 20) == QColor("white")


def test_a_picture_from_another_program_is_pasted_in_the_middle(window: MainWindow) -> None:
    image = QImage(20, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("blue"))
    QApplication.clipboard().setImage(image)
    window.actions_by_id["edit.paste"].trigger()
    assert pick(window.editor.document, Point(64, 64)) == QColor("blue")
    assert pick(window.editor.document, Point(40, 64)) == QColor("white")


def test_a_picture_that_cannot_be_read_is_said(window: MainWindow) -> None:
    data = QMimeData()
    data.setData("image/png", b"broken")
    QApplication.clipboard().setMimeData(data)
    window.actions_by_id["edit.paste"].trigger()
    assert len(window.notices.messages) == 1
    assert not window.editor.document.is_modified


def test_pasting_nothing_says_so(window: MainWindow) -> None:
    QApplication.clipboard().clear()
    window.actions_by_id["edit.paste"].trigger()
    assert window.notices.messages == ["There is no picture in the clipboard."]
    assert not window.editor.document.is_modified


# Other programs' documents


def test_a_photoshop_document_opens_with_its_layers_and_is_not_written_over(
    painted: MainWindow, tmp_path: Path
) -> None:
    painted.files.export(tmp_path / "cup.psd")
    painted.files.open(tmp_path / "cup.psd")
    assert [layer.name for layer in painted.editor.document.walk()] == ["Background", "Layer 1"]
    assert painted.windowTitle().startswith("cup[*]")
    assert painted.editor.path is None, "saving makes an .ora"


def test_what_was_not_taken_over_is_said(window: MainWindow, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    window.files.open(tmp_path / "a.gif")
    assert window.notices.messages == ["Only the first of 2 frames was opened."]


def test_a_layered_document_can_be_placed_as_one_layer(painted: MainWindow, tmp_path: Path) -> None:
    painted.files.export(tmp_path / "cup.psd")
    painted.clipboard.place_file(tmp_path / "cup.psd")
    assert painted.editor.document.active is not None
    assert painted.editor.document.active.name == "cup"


def test_what_a_file_said_of_itself_is_exported_again(window: MainWindow, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera Works"
    Image.new("RGB", (32, 32), "red").save(tmp_path / "in.jpg", exif=exif)
    window.files.open(tmp_path / "in.jpg")
    window.files.export(tmp_path / "out.webp")
    with Image.open(tmp_path / "out.webp") as image:
        assert image.getexif()[0x010F] == "Camera Works"


# Saving that takes long


def test_a_long_save_tells_how_far_it_is_and_can_be_cancelled(
    painted: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.ora"
    openraster.write_document(path, painted.editor.document)
    before = path.read_bytes()
    write = openraster.write_document

    def slowly(path: Path, document: Document, progress: Callable[[float], None]) -> None:
        def tell(fraction: float) -> None:
            progress(fraction)
            time.sleep(0.2)

        write(path, document, tell)

    monkeypatch.setattr(openraster, "write_document", slowly)
    painted.files._saver._timer.setInterval(0)
    Hand(painted.canvas).drag((80, 20), (80, 60))
    painted.files._save_to(path, None)
    qtbot.waitUntil(lambda: any(text.startswith("Saving a.ora…") for text in painted.notices.messages))
    [cancel] = [button for button in painted.canvas.findChildren(QPushButton) if button.text() == "Cancel"]
    cancel.click()
    qtbot.waitUntil(lambda: painted.notices.messages == ["Saving was cancelled; the file is as it was."])
    assert path.read_bytes() == before
    assert painted.editor.document.is_modified


def test_a_second_save_waits_for_the_first_while_the_window_lives(
    painted: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, go_on = openraster.write_document, threading.Event()

    def slowly(path: Path, document: Document, progress: Callable[[float], None]) -> None:
        go_on.wait(10)
        write(path, document, progress)

    monkeypatch.setattr(openraster, "write_document", slowly)
    first, second = tmp_path / "first.ora", tmp_path / "second.ora"
    painted.files._save_to(first, None)
    painted.files._save_to(second, None)
    assert not first.exists()
    go_on.set()
    qtbot.waitUntil(second.exists)
    assert first.exists()
    qtbot.waitUntil(lambda: painted.editor.path == second)
    assert not painted.editor.document.is_modified


def test_closing_waits_for_a_save_and_can_be_given_up(
    painted: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, go_on = openraster.write_document, threading.Event()

    def slowly(path: Path, document: Document, progress: Callable[[float], None]) -> None:
        go_on.wait(10)
        write(path, document, progress)

    def give_up() -> None:
        for dialog in painted.findChildren(QProgressDialog):
            if dialog.isVisible():
                dialog.findChildren(QPushButton)[0].click()
                return
        QTimer.singleShot(20, give_up)

    monkeypatch.setattr(openraster, "write_document", slowly)
    painted.files._save_to(tmp_path / "a.ora", None)
    QTimer.singleShot(20, give_up)
    assert not painted.close()
    assert painted.isVisible()
    QTimer.singleShot(100, go_on.set)
    assert painted.close()
    assert (tmp_path / "a.ora").exists()


def test_what_only_calls_itself_a_photoshop_document_is_named_as_that(window: MainWindow, tmp_path: Path) -> None:
    file = tmp_path / "poster.psd"
    file.write_bytes(b"no picture at all")
    window.files.open(file)
    assert window.notices.messages == ["“poster.psd” is not a Photoshop document, or is damaged."]
