"""X/Y/Z grids at the real window: the dialog reads axes, the queue makes the pictures, one undo step takes all back."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from PIL import Image
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog

from sdstudio.app import Studio
from sdstudio.document.layers import GroupLayer
from sdstudio.generation.grid import axis
from sdstudio.generation.parameters import Parameters
from sdstudio.ui.dialogs.picture_grid import PictureGridDialog
from tests.helpers.scripted_engine import ScriptedEngine

AXES = [axis("steps", "4, 8"), axis("cfg_scale", "2, 3")]


@pytest.fixture
def running(studio: Studio) -> Studio:
    session = studio.session
    session.parameters = msgspec.structs.replace(session.parameters, prompt="a red apple")
    studio.window.grid_control.start(AXES)
    return studio


def finish_all(studio: Studio, engine: ScriptedEngine) -> None:
    while studio.session.queue.running is not None:
        engine.finish((40 * len(engine.sent), 0, 0))


def test_the_pictures_become_one_group_in_one_undo_step(running: Studio, engine: ScriptedEngine) -> None:
    document = running.editor.document
    before = len(list(document.walk()))
    finish_all(running, engine)
    assert [(sent.request.steps, sent.request.cfg_scale) for sent in engine.sent] == [(4, 2), (8, 2), (4, 3), (8, 3)]
    assert len({sent.request.seed for sent in engine.sent}) == 1
    group = document.active
    assert isinstance(group, GroupLayer)
    names = [layer.name for layer in reversed(group.children)]
    assert names == ["Steps 4, CFG scale 2", "Steps 8, CFG scale 2", "Steps 4, CFG scale 3", "Steps 8, CFG scale 3"]
    assert [layer.visible for layer in reversed(group.children)] == [True, False, False, False]
    document.history.undo()
    assert len(list(document.walk())) == before


def test_cancelling_one_ends_the_grid_and_keeps_what_was_made(running: Studio, engine: ScriptedEngine) -> None:
    engine.finish((255, 0, 0))
    running.session.queue.cancel(running.session.queue.running.id)
    engine.fail("cancelled", "The job was cancelled.")
    assert running.session.queue.running is None
    assert not running.session.queue.waiting
    group = running.editor.document.active
    assert isinstance(group, GroupLayer)
    assert len(group.children) == 1
    assert running.session.grid is None


def test_the_sheet_can_be_saved(
    running: Studio, engine: ScriptedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = running.session.grid
    finish_all(running, engine)
    file = tmp_path / "sheet.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    running.window.grid_control._save(run)
    assert Image.open(file).size > (2 * 128, 2 * 128)


def test_the_dialog_counts_and_says_what_is_wrong(qtbot: object) -> None:
    dialog = PictureGridDialog(Parameters(prompt="a red apple"))
    ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert not ok.isEnabled()
    dialog.values[0].setText("1..3")
    dialog.values[1].setText("5, 7")
    assert ok.isEnabled()
    assert "6 picture" in dialog._words.text()
    assert [len(one.values) for one in dialog.axes] == [3, 2]
    dialog.values[1].setText("five")
    assert not ok.isEnabled()
    assert "“five”" in dialog._words.text()
