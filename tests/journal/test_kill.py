"""R5: a painting process killed at any moment loses at most the step that it was writing."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdstudio.journal.folder import JournalFolder
from sdstudio.journal.recovery import recover
from sdstudio.journal.store import Row, Step, Store
from tests.helpers.drawing import fingerprint

ROOT = Path(__file__).resolve().parents[2]


def paint_until_killed(path: Path, seed: int) -> list[str]:
    """The fingerprints that the killed process has told of, oldest first."""
    command = [sys.executable, "-m", "tests.helpers.journal_painter", str(path), str(seed)]
    painter = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert painter.stdout is not None
    told = [painter.stdout.readline().strip()]
    time.sleep(random.Random(seed).uniform(0.0, 0.6))
    painter.kill()
    told += painter.stdout.read().splitlines()
    painter.wait()
    return told


@pytest.mark.parametrize("seed", range(5))
def test_a_killed_process_loses_at_most_one_step(tmp_path: Path, seed: int, qapp: object) -> None:
    told = paint_until_killed(tmp_path / "a.journal", seed)
    store = Store(tmp_path / "a.journal")
    document = recover(store)
    store.close()
    whole = [line for line in told if len(line) == 64]  # the kill may have cut the last one
    found, at, steps = fingerprint(document), document.history.position, len(document.history.timeline)
    # What was told last may just have been written; a step after it may have been written and not told any more.
    around = []
    for position in range(max(0, at - 1 - len(told) + len(whole)), min(steps, at + 1) + 1):
        document.history.go_to(position)
        around.append(fingerprint(document))
    assert found in whole[-2:] or whole[-1] in around
    document.history.go_to(0)
    document.history.go_to(steps)


def test_a_kill_while_the_first_state_is_written_leaves_nothing_to_recover(tmp_path: Path) -> None:
    """Its tiles go straight into the file, beside SQLite's rollback journal."""
    (tmp_path / "killed").mkdir()

    def rows() -> Iterator[Row]:
        for x in range(100):
            yield Row("a.surface", 4, x, 0, 0, random.Random(x).randbytes(60_000))
        for path in tmp_path.glob("a.journal*"):  # as a kill would leave them
            shutil.copy(path, tmp_path / "killed" / path.name)

    store = Store(tmp_path / "a.journal", create=True)
    with store.transaction():
        store.put_step(Step(0, "", b"{}"), rows())
    store.log_from_now_on()
    store.close()
    killed = tmp_path / "killed" / "a.journal"
    assert killed.stat().st_size > 2**20, "the kill came too early to show anything"
    left = Store(killed)
    assert (left.steps(), list(left.rows())) == ([], [])
    left.close()
    assert JournalFolder(killed.parent).left_behind() == []
    assert list(killed.parent.iterdir()) == []
    whole = Store(tmp_path / "a.journal")
    assert len(list(whole.rows())) == 100
    whole.close()
