"""The log: a file of its own for each process, and no reason to fail."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdstudio import log


@pytest.fixture(autouse=True)
def root_logger() -> Iterator[logging.Logger]:
    """Puts the root logger back as pytest has set it up."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    root.handlers = []
    yield root
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = handlers, level


def test_lines_go_to_the_file_of_the_process_and_to_stderr(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SDSTUDIO_HOME", str(tmp_path))
    log.start("engine")
    log.start("engine")  # a second call must not double the lines
    logging.getLogger("sdstudio.test").info("loaded in %d ms", 7)
    text = (tmp_path / "logs" / "engine.log").read_text()
    assert text.count("loaded in 7 ms") == 1
    assert capsys.readouterr().err.count("loaded in 7 ms") == 1


def test_a_folder_that_cannot_be_made_costs_only_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("a file is in the way")
    monkeypatch.setenv("SDSTUDIO_HOME", str(tmp_path))
    log.start("engine")
    logging.getLogger("sdstudio.test").warning("still here")
    shown = capsys.readouterr().err
    assert "no log file" in shown
    assert "still here" in shown
