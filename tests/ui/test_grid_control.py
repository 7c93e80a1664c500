"""X/Y/Z grids at the real window: the dialog reads axes, the queue makes the pictures, one undo step takes all back."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from PIL import Image
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from sdstudio.app import Studio
from sdstudio.document.document import Document
from sdstudio.document.layers import GroupLayer
from sdstudio.generation import grid
from sdstudio.generation.grid import axis
from sdstudio.generation.parameters import Parameters
from sdstudio.raster.geometry import Extent
from sdstudio.ui.dialogs.picture_grid import PictureGridDialog
from sdstudio.ui.docks.job_model import title_of
from sdstudio.ui.progress_text import describe, fraction_of
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


def test_models_can_be_compared(studio: Studio, engine: ScriptedEngine) -> None:
    session = studio.session
    other = msgspec.structs.replace(session.models[0], id="other", title="Another one")
    session.models = [*session.models, other]
    session.parameters = msgspec.structs.replace(session.parameters, prompt="a red apple")
    studio.window.grid_control.start([axis("model_id", f"{session.models[0].id}, another ONE")])
    finish_all(studio, engine)
    assert [sent.request.model for sent in engine.sent] == [session.models[0].id, "other"]


def test_a_grid_is_one_row_with_its_own_progress(running: Studio, engine: ScriptedEngine) -> None:
    queue = running.session.queue
    (job,) = queue.jobs
    assert title_of(job) == "Grid of Steps × CFG scale"
    engine.step(1, 4)
    assert describe(job).startswith("Picture 1 of 4 · Step 1 of 4")
    first = fraction_of(job)
    engine.finish((255, 0, 0))
    engine.step(1, 8)
    assert describe(job).startswith("Picture 2 of 4 · Step 1 of 8")
    assert 0 < first < 0.25 < fraction_of(job) < 0.5
    assert job.thumbnail is not None
    assert queue.jobs == [job]
    finish_all(running, engine)
    assert (job.state, job.count, describe(job), fraction_of(job)) == ("finished", 4, "Done", 1.0)


def test_cancelling_the_row_ends_the_grid_and_keeps_what_was_made(running: Studio, engine: ScriptedEngine) -> None:
    engine.finish((255, 0, 0))
    job = running.session.queue.running
    running.session.queue.cancel(job.id)
    engine.fail("cancelled", "The job was cancelled.")
    assert running.session.queue.running is None
    assert len(engine.sent) == 2
    group = running.editor.document.active
    assert isinstance(group, GroupLayer)
    assert [layer.name for layer in group.children] == ["Steps 4, CFG scale 2"]
    assert describe(job) == "1 of 4 pictures made"


def test_a_grid_that_fails_keeps_what_was_made_and_the_next_job_runs(running: Studio, engine: ScriptedEngine) -> None:
    running.session.generate()
    engine.finish((255, 0, 0))
    engine.fail("internal", "It broke.")
    assert isinstance(running.editor.document.active, GroupLayer)
    assert running.session.queue.running is not None
    assert running.session.queue.running.title == ""


def test_a_grid_that_waits_can_be_cancelled_as_a_whole(studio: Studio, engine: ScriptedEngine) -> None:
    session = studio.session
    session.parameters = msgspec.structs.replace(session.parameters, prompt="a red apple")
    session.generate()
    studio.window.grid_control.start(AXES)
    session.queue.cancel(session.queue.waiting[0].id)
    engine.finish((255, 0, 0))
    assert session.queue.running is None
    assert len(engine.sent) == 1


def test_the_pictures_of_a_grid_can_be_placed_again(running: Studio, engine: ScriptedEngine) -> None:
    finish_all(running, engine)
    (job,) = running.session.queue.jobs
    running.editor.document.history.undo()
    running.session.place(job)
    group = running.editor.document.active
    assert isinstance(group, GroupLayer)
    assert len(group.children) == 4


def test_a_grid_of_another_document_waits_for_it(running: Studio, engine: ScriptedEngine) -> None:
    session, mine = running.session, running.session.document
    session.document = Document.new(Extent(64, 64))
    layers = len(list(session.document.walk()))
    finish_all(running, engine)
    assert len(list(session.document.walk())) == layers
    session.document = mine
    assert isinstance(mine.active, GroupLayer)


def test_the_sheet_can_be_saved(
    running: Studio, engine: ScriptedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sheet.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    finish_all(running, engine)
    (save,) = [button for button in running.window.findChildren(QPushButton) if button.text() == "Save the sheet…"]
    save.click()
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


def test_each_axis_shows_what_could_be_written(qtbot: QtBot) -> None:
    dialog = PictureGridDialog(Parameters(prompt="a red apple"), names={"model_id": ["starter", "other"]})
    qtbot.addWidget(dialog)
    kind, values = dialog.kinds[0], dialog.values[0]
    kind.setCurrentIndex(kind.findData("model_id"))
    assert values.placeholderText() == "e.g. starter, other"
    kind.setCurrentIndex(kind.findData("sampler"))
    assert "DDIM" in values.toolTip()
    kind.setCurrentIndex(kind.findData(""))
    assert not values.isEnabled()


def test_every_example_can_be_read(qtbot: QtBot) -> None:
    dialog = PictureGridDialog(Parameters(prompt="a red apple"), names={"loras": ["ink"]})
    qtbot.addWidget(dialog)
    for field in grid.AXES:
        dialog.kinds[0].setCurrentIndex(dialog.kinds[0].findData(field))
        example = dialog.values[0].placeholderText().removeprefix("e.g. ").partition(":")[0]
        assert axis(field, example).values, field
