"""The first thing a person does, in the real window, with a real engine process (the one that paints stripes)."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from PySide6.QtCore import Qt

from sdstudio.generation.place import REQUEST_KEY
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import view
from tests.helpers.person import WAIT_MS, Person


def test_a_sketch_becomes_a_picture_in_one_undo_step(person: Person) -> None:
    person.hand.drag((60, 60), (120, 140), (190, 90))
    sketch = person.picture
    person.types_prompt("red apple")
    person.sets_strength(60)
    person.sees_on_button("Refine 60 %")
    previews: list[int] = []
    person.studio.queue.preview_changed.connect(lambda job: previews.append(job.step))
    person.generates()
    person.waits_for_layers(3)

    layer = person.studio.editor.document.active
    assert layer is not None
    assert layer.name == "red apple"
    assert '"prompt":"red apple"' in layer.metadata[REQUEST_KEY]
    assert previews, "no step was shown while the picture formed"
    assert previews == sorted(previews)
    assert person.picture != sketch
    person.presses(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert person.picture == sketch


def test_painting_goes_on_while_the_picture_forms(person: Person) -> None:
    person.types_prompt("a boat")
    person.generates()
    person.qtbot.waitUntil(lambda: person.studio.queue.running is not None, timeout=WAIT_MS)
    before = person.picture
    person.hand.drag((30, 30), (90, 60))
    assert person.picture != before
    assert len(person.layers) == 2, "the picture was done before the stroke: the test shows nothing"
    person.waits_for_layers(3)


def test_what_is_not_masked_stays_byte_for_byte(person: Person) -> None:
    person.hand.drag((20, 20), (230, 230))
    person.presses(Qt.Key.Key_Q)
    person.hand.drag((100, 120), (150, 140))
    selected = person.studio.editor.document.selection.read(Bounds(0, 0, 256, 256))
    assert 0 < (selected > 0).sum() < selected.size
    person.sees_on_button("Fill selection")
    before = view(person.picture).copy()
    person.types_prompt("a star")
    person.generates()
    person.waits_for_layers(3)
    after = view(person.picture)
    assert (after[selected == 0] == before[selected == 0]).all()
    assert (after[selected > 0] != before[selected > 0]).any()


def test_cancel_leaves_the_picture_as_it_was(person: Person) -> None:
    before = person.picture
    person.types_prompt("a house")
    person.generates()
    person.qtbot.waitUntil(
        lambda: bool(person.studio.queue.running and person.studio.queue.running.step), timeout=WAIT_MS
    )
    job = person.studio.queue.running
    assert job is not None
    person.presses(Qt.Key.Key_Escape)
    person.qtbot.waitUntil(lambda: job.is_over, timeout=WAIT_MS)
    assert job.state == "cancelled"
    assert len(person.layers) == 2
    assert person.picture == before


def test_a_killed_engine_costs_one_job_and_nothing_else(person: Person) -> None:
    person.hand.drag((20, 20), (230, 230))
    before = person.picture
    person.types_prompt("a ship")
    person.generates()
    person.qtbot.waitUntil(
        lambda: bool(person.studio.queue.running and person.studio.queue.running.step), timeout=WAIT_MS
    )
    job, pid = person.studio.queue.running, person.studio.dispatcher.engine_pid
    assert job is not None
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    person.qtbot.waitUntil(lambda: job.is_over, timeout=WAIT_MS)
    assert job.failure is not None
    assert job.failure.message in person.window.notices.messages
    assert person.picture == before
    person.generates()
    person.waits_for_layers(3)
    assert person.studio.dispatcher.engine_pid != pid


def test_a_saved_document_comes_back_whole_and_can_be_made_again(person: Person, tmp_path: Path) -> None:
    person.hand.drag((20, 20), (230, 230))
    person.types_prompt("a tree")
    person.generates()
    person.waits_for_layers(3)
    made, requests = person.picture, [layer.metadata for layer in person.layers]
    path = tmp_path / "work.ora"
    person.studio.editor.path = path
    person.presses(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    person.qtbot.waitUntil(lambda: not person.studio.editor.document.is_modified, timeout=WAIT_MS)
    person.window.files.open(path)
    person.qtbot.waitUntil(lambda: person.studio.editor.document.active is not None, timeout=WAIT_MS)
    assert person.picture == made
    assert [layer.metadata for layer in person.layers] == requests

    generated = next(layer for layer in person.layers if REQUEST_KEY in layer.metadata)
    person.studio.session.reproduce(generated)
    generated.visible = False
    person.generates()
    person.waits_for_layers(4)
    assert person.picture == made
