"""A tablet of 1000 reports a second for ten seconds: `python -m tests.benchmarks.tablet` from the repository's root.

Prints how many reports reached the stroke of how many sent, and how old they were when they did. Target (canvas.md): no
report lost, 12 ms at the 99th percentile. A 100 px brush on a 4096 x 4096 document of 20 layers, painted on the screen.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication

from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Point
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.stroke_tool import StrokeTool
from sdstudio.ui.tools.tool import Modifiers
from sdstudio.ui.tools.toolbox import Toolbox
from tests.benchmarks.canvas_view import dense_document
from tests.helpers.hand import Hand

SECONDS = 10
PER_SECOND = 1000


class Watched:
    """Stands between the canvas and the brush, and notes when each report arrives."""

    def __init__(self, tool: StrokeTool, started: float) -> None:
        self._moves, self._started = tool.moves, started
        self.ages_ms: list[float] = []
        tool.moves = self.moves  # type: ignore[method-assign]

    def moves(self, samples: Sequence[Sample], modifiers: Modifiers) -> None:
        now_ms = (time.perf_counter() - self._started) * 1000
        self.ages_ms += [now_ms - sample.time_ms for sample in samples]
        self._moves(samples, modifiers)


def main() -> None:
    sent, ages_ms, cpu_ms = replay()
    late = np.percentile(ages_ms, 99)
    print(f"{len(ages_ms)} of {sent} reports arrived; age median {np.median(ages_ms):.1f} ms, p99 {late:.1f}")
    print(f"each report took {cpu_ms / sent:.2f} ms of processor time")


def replay() -> tuple[int, list[float], float]:
    """How many reports were sent, the age of each when it arrived, and the processor time that all took, in ms."""
    editor = Editor(dense_document())
    toolbox = Toolbox(editor)
    canvas = CanvasView(editor, toolbox)
    canvas.resize(1920, 1080)
    canvas.show()
    canvas.zoom_to(0.5)
    editor.set_brush("paint", size=100)
    QApplication.processEvents()
    hand = Hand(canvas)
    hand.pen_event(QEvent.Type.TabletPress, (500, 2000), 0.5, button=Qt.MouseButton.LeftButton)
    brush = toolbox.active
    assert isinstance(brush, StrokeTool)
    started, used = time.perf_counter(), time.process_time()
    watched = Watched(brush, started)
    sent = 0
    while sent < SECONDS * PER_SECOND:
        passed_s = time.perf_counter() - started
        due = int(passed_s * PER_SECOND)
        if due == sent:  # an event loop with nothing to do takes no processor time
            time.sleep((due + 1) / PER_SECOND - passed_s)
        while sent < min(due, SECONDS * PER_SECOND):
            sent += 1
            send(hand, sent)
        QApplication.processEvents()
    QApplication.processEvents()
    hand.pen_event(QEvent.Type.TabletRelease, (500, 2000), 0.0, button=Qt.MouseButton.LeftButton)
    return sent, watched.ages_ms, 1000 * (time.process_time() - used)


def send(hand: Hand, number: int) -> None:
    """The report that was due at `number` milliseconds."""
    turn = number / 400
    place = Point(2048 + 1200 * np.cos(turn) * np.cos(turn / 7), 2048 + 900 * np.sin(turn))
    event = hand.pen_report(QEvent.Type.TabletMove, (place.x, place.y), 0.5 + 0.4 * np.sin(turn / 2))
    event.setTimestamp(number * 1000 // PER_SECOND)
    QApplication.sendEvent(hand.canvas, event)


if __name__ == "__main__":
    application = QApplication([])
    main()
