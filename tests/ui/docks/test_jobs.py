from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest

from sdstudio.protocol.messages import Planned
from sdstudio.ui.docks.job_model import JOB_ROLE
from sdstudio.ui.docks.jobs import JobsPanel
from sdstudio.ui.main_window import MainWindow
from tests.helpers.scripted_engine import ScriptedEngine


@pytest.fixture
def panel(window: MainWindow) -> JobsPanel:
    window.panels.raise_panel("jobs")
    return window.jobs_panel


def queue_up(window: MainWindow, *prompts: str) -> None:
    for prompt in prompts:
        window.generate_panel.prompt.set_text(prompt)
        window.actions_by_id["generate.start"].trigger()


def titles(panel: JobsPanel) -> list[str]:
    return [panel.model.index(row).data() for row in range(panel.model.rowCount())]


def test_what_runs_and_waits_comes_first_then_the_newest(
    window: MainWindow, panel: JobsPanel, engine: ScriptedEngine
) -> None:
    queue_up(window, "a", "b", "c", "d")
    engine.finish((1, 1, 1))
    engine.finish((1, 1, 1))
    assert titles(panel) == ["c", "d", "b", "a"]


def test_the_arrows_change_the_order_of_those_that_wait(window: MainWindow, panel: JobsPanel) -> None:
    queue_up(window, "a", "b", "c")
    panel.select(panel.model.jobs[2])
    assert (panel._up.isEnabled(), panel._down.isEnabled()) == (True, False)
    QTest.mouseClick(panel._up, Qt.MouseButton.LeftButton)
    assert titles(panel) == ["a", "c", "b"]
    assert panel.selected is panel.model.jobs[1]


def test_dragging_changes_the_order_but_never_passes_the_running_one(window: MainWindow, panel: JobsPanel) -> None:
    queue_up(window, "a", "b", "c")
    data = panel.model.mimeData([panel.model.index(2)])
    panel.model.dropMimeData(data, Qt.DropAction.MoveAction, 0, 0, QModelIndex())
    assert titles(panel) == ["a", "c", "b"]
    assert not panel.model.flags(panel.model.index(0)) & Qt.ItemFlag.ItemIsDragEnabled


def test_the_cross_cancels_a_job_and_then_removes_it(window: MainWindow, panel: JobsPanel) -> None:
    queue_up(window, "a", "b")
    panel.select(panel.model.jobs[1])
    QTest.mouseClick(panel._cancel, Qt.MouseButton.LeftButton)
    assert panel.model.jobs[1].state == "cancelled"
    QTest.mouseClick(panel._cancel, Qt.MouseButton.LeftButton)
    assert titles(panel) == ["a"]


def test_a_double_click_places_a_finished_picture_again(
    window: MainWindow, panel: JobsPanel, engine: ScriptedEngine
) -> None:
    queue_up(window, "a")
    engine.finish((9, 9, 9))
    layers = len(list(window.editor.document.walk()))
    panel.view.doubleClicked.emit(panel.model.index(0))
    assert len(list(window.editor.document.walk())) == layers + 1


def test_settings_of_a_job_come_back(window: MainWindow, panel: JobsPanel, engine: ScriptedEngine) -> None:
    queue_up(window, "a", "b")
    panel.select(panel.model.jobs[0])
    QTest.mouseClick(panel._again, Qt.MouseButton.LeftButton)
    assert window.generate_panel.prompt.text() == "a"


def test_state_is_said_in_words(window: MainWindow, panel: JobsPanel, engine: ScriptedEngine) -> None:
    queue_up(window, "a", "b")
    engine.step(2, 8)

    def said(row: int) -> str:
        return str(panel.model.index(row).data(Qt.ItemDataRole.AccessibleTextRole))

    assert said(0).startswith("a: Step 2 of 8")
    assert said(1) == "b: Waiting"
    engine.fail("internal", "It broke.")
    assert panel.model.index(1).data(Qt.ItemDataRole.ToolTipRole) == "It broke."


def test_every_state_can_be_painted(window: MainWindow, panel: JobsPanel, engine: ScriptedEngine) -> None:
    queue_up(window, "a", "b", "c", "d")
    engine.finish((9, 9, 9))
    engine.fail("internal", "It broke.")
    engine.step(1, 8)
    engine.preview((200, 0, 0))
    row = panel.view.visualRect(panel.model.index(0))
    shown = panel.view.grab().toImage().pixelColor(row.left() + 30, row.center().y())
    assert shown.red() > 150 > shown.green()
    assert panel.model.index(0).data(JOB_ROLE).state == "running"


def test_the_plan_of_a_job_is_told_in_its_row(window: MainWindow, panel: JobsPanel, engine: ScriptedEngine) -> None:
    queue_up(window, "a")
    sent = engine.sent[-1].job_id
    plan = Planned(job_id=sent, savings=("vae_tiled",), memory_bytes=2**31, free_bytes=2**32)
    engine.received.emit(plan, b"")
    index = panel.model.index(0)
    button = window.generate_panel.button
    assert "decoded in tiles" in button._detail.text()
    assert "Takes about 2.0 GB; 4.0 GB are free" in index.data(Qt.ItemDataRole.ToolTipRole)
    engine.step(2, 8)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole).endswith("saving memory")
    engine.finish((9, 9, 9))
    assert "Takes about" not in button._detail.text()


def test_running_out_of_memory_is_said_while_the_job_goes_on(
    window: MainWindow, panel: JobsPanel, engine: ScriptedEngine
) -> None:
    queue_up(window, "a")
    engine.received.emit(Planned(job_id=engine.sent[-1].job_id, savings=("batch_split",), ran_out=True), b"")
    assert "Memory ran out, so the job goes on with less" in window.notices.messages[-1]
    assert panel.model.jobs[0].state == "running"


def test_keys_do_what_the_buttons_do(window: MainWindow, panel: JobsPanel, engine: ScriptedEngine) -> None:
    queue_up(window, "a", "b", "c", "d")
    panel.select(panel.model.jobs[3])
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert titles(panel) == ["a", "b", "d", "c"]
    QTest.keyClick(panel.view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert titles(panel) == ["a", "b", "c", "d"]
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    assert titles(panel) == ["a", "b", "c"]
    assert panel.selected is panel.model.jobs[2]
