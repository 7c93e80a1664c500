"""How long the canvas widget takes: run `python -m tests.benchmarks.canvas_view` from the repository's root.

A 4096 x 4096 document of 20 layers in a 1920 x 1080 canvas. Each line is the median time and the 99th percentile, the
target, and, because machines differ from minute to minute, the median's ratio to copying one full screen, measured
right beside it.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import cycle

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from sdstudio.document.commands import EditSelection
from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.raster import masks
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.pixels import over
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.hand import Hand

ROUNDS = 60
FRAME_MS = 8  # the target for a frame of a pan or zoom, and for a sample of a stroke


def dense_document() -> Document:
    document = Document.new(Extent(4096, 4096))
    random = np.random.default_rng(0)
    for index in range(18):
        pixels = np.ascontiguousarray(random.integers(0, 256, (2048, 2048, 4), dtype=np.uint8))
        pixels[:, :, :3] = np.minimum(pixels[:, :, :3], pixels[:, :, 3:])
        layer = PaintLayer(name=f"Noise {index}", opacity=0.5)
        layer.surface.write(Bounds(index % 3 * 900, index % 4 * 600, 2048, 2048), over(pixels))
        document.root.children.insert(1, layer)
    return document


def flower() -> list[Point]:
    turns = np.linspace(0, 2 * np.pi, 400)
    radius = 1500 * (1 + 0.2 * np.sin(9 * turns))
    return [Point(2048 + r * np.cos(t), 2048 + r * np.sin(t)) for r, t in zip(radius, turns, strict=True)]


def measure(title: str, act: Callable[[], object]) -> None:
    act()
    times, copies = [], []
    for _ in range(ROUNDS):
        times.append(timed(act))
        copies.append(timed(copy_screen))
    middle, late = statistics.median(times), float(np.percentile(times, 99))
    ratio = middle / statistics.median(copies)
    print(f"{title:38} {1000 * middle:7.1f} ms  p99 {1000 * late:7.1f} ms  target {FRAME_MS} ms  {ratio:6.1f} x a copy")


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def copy_screen() -> None:
    painter = QPainter(SCREEN)
    painter.drawImage(0, 0, PICTURE)
    painter.end()


class Bench:
    def __init__(self) -> None:
        self.editor = Editor(dense_document())
        self.toolbox = Toolbox(self.editor)
        self.canvas = CanvasView(self.editor, self.toolbox)
        self.canvas.resize(1920, 1080)
        self.canvas.show()
        QApplication.processEvents()
        self.hand = Hand(self.canvas)
        self.way: Iterator[int] = cycle((1, -1))

    def pan(self) -> None:
        step = next(self.way)
        self.canvas.look_through(self.canvas.camera.panned(7 * step, 5 * step))
        self.canvas.repaint()

    def zoom(self) -> None:
        camera = self.canvas.camera
        self.canvas.look_through(camera.with_zoom(camera.zoom * 1.07 ** next(self.way), self.canvas.middle))
        self.canvas.repaint()

    def turn(self) -> None:
        self.canvas.rotate_by(3 * next(self.way))
        self.canvas.repaint()

    def stroke(self, title: str) -> None:
        """A sample of a stroke, from the event to the pixels on the screen."""
        middle = self.canvas.camera.to_document(self.canvas.middle)
        self.hand.press((middle.x, middle.y))
        places = iter(range(1, 10_000))
        measure(title, lambda: self.hand.move((middle.x + 8 * next(places), middle.y)))
        self.hand.release((middle.x, middle.y))
        self.editor.document.history.undo()


def main() -> None:
    bench = Bench()
    canvas, document = bench.canvas, bench.editor.document
    for zoom in (None, 0.4, 0.6, 1.0, 3.0, 10.0):
        canvas.fit() if zoom is None else canvas.zoom_to(zoom)
        name = f"{canvas.camera.zoom:.0%}"
        measure(f"pan at {name}", bench.pan)
        measure(f"zoom at {name}", bench.zoom)
    for zoom in (None, 0.6, 1.0):
        canvas.fit() if zoom is None else canvas.zoom_to(zoom)
        canvas.rotate_by(20)
        measure(f"pan at {canvas.camera.zoom:.0%}, turned by 20 degrees", bench.pan)
        measure(f"zoom at {canvas.camera.zoom:.0%}, turned by 20 degrees", bench.zoom)
        measure(f"turn at {canvas.camera.zoom:.0%}", bench.turn)
        canvas.reset_rotation()
    bench.editor.set_brush("paint", size=100)
    for zoom in (0.25, 1.0, 3.0):
        canvas.zoom_to(zoom)
        bench.stroke(f"stroke of 100 px at {zoom:.0%}")
    canvas.zoom_to(1.0)
    document.run(EditSelection(masks.polygon(flower())))
    measure("pan at 100% with marching ants", bench.pan)
    bench.toolbox.set_active("mask")
    measure("pan at 100% with the mask shown", bench.pan)
    measure("zoom at 100% with the mask shown", bench.zoom)


if __name__ == "__main__":
    application = QApplication([])
    SCREEN = QImage(1920, 1080, QImage.Format.Format_RGB32)
    PICTURE = QImage(1920, 1080, QImage.Format.Format_RGB32)
    main()
