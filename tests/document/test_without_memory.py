"""Strokes in a process whose memory ends in the middle of them, wherever that is: refused, and the document whole."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from sdstudio.errors import StudioError, enough_memory
from sdstudio.raster.pixels import allocated, blank

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's limit of a process's memory")
def test_a_stroke_that_memory_does_not_suffice_for_is_refused_and_leaves_the_document_whole() -> None:
    command = [sys.executable, "-m", "tests.helpers.starving_painter"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [name for name, _, _ in found] == ["paint", "erase", "mask", "clone", "blur", "smudge"]
    assert [(name, problems) for name, _, problems in found if problems] == []
    assert all(refusals > 0 for _, refusals, _ in found), found


def test_a_picture_that_qt_could_not_make_is_a_lack_of_memory() -> None:
    with pytest.raises(MemoryError):
        allocated(QImage(2**30, 2**30, QImage.Format.Format_ARGB32))
    with pytest.raises(StudioError, match="memory"), enough_memory():
        blank(2**30, 2**30)
    assert blank(0, 5).isNull(), "nothing needs none"


def test_opencv_without_memory_says_so_too() -> None:
    import cv2
    import numpy as np

    small = np.zeros((2, 2), np.uint8)
    with pytest.raises(StudioError, match="memory"), enough_memory():
        cv2.resize(small, (2**30, 2**29))
    with pytest.raises(cv2.error), enough_memory():
        cv2.resize(small, (0, 0))
