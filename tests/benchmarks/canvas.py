"""The paint engine's figures, every row of its table, beside their targets. Asserts nothing.

    python tests/benchmarks/canvas.py [PART …]

Parts: dabs, composite, view, strokes, scene, tablet, fills, saving, memory, engine, peers; without any, all of them.
Each takes a minute or less on an idle machine. Offscreen; 4096 x 4096 with 20 layers unless a row says otherwise.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import psutil
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from sdstudio.document.commands import AddLayer, SetLayer
from sdstudio.document.composite import Projection, render
from sdstudio.document.coverages import Coverages, Touched
from sdstudio.document.document import Document
from sdstudio.document.fill import Bucket, fill
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, PaintLayer
from sdstudio.document.stroke import Stroke
from sdstudio.formats.openraster import write_document
from sdstudio.journal.journal import Journal
from sdstudio.models.library import default_folders, find, look
from sdstudio.protocol.messages import Failed, Finished
from sdstudio.protocol.request import GenerationRequest
from sdstudio.raster.adjustments import Blur, BrightnessContrast, Curves, HueSaturation
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.contour import feather
from sdstudio.raster.dabs import Brush, Sample
from sdstudio.raster.dynamics import Dynamics, Touch
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.masks import rectangle
from sdstudio.raster.wand import Likeness, like_area
from sdstudio.worker.dispatcher import Dispatcher
from sdstudio.worker.process import own_engine_command
from tests.benchmarks import canvas_view, peers, tablet
from tests.benchmarks.brushes import krita_scene
from tests.benchmarks.dense import SIDE, dense_document, opaque_document
from tests.benchmarks.saving import painted_document
from tests.benchmarks.table import amount, beside, gaps_line, heading, line, row

MIB = 2**20
PYTHON = "each dab passes through the interpreter"
MEMORY = "every layer's pixels pass through memory once"
SCREEN = "every pixel of the screen is sampled by Qt"
TILES = "every tile that the stroke touched is looked at by itself"
ONE = "OpenCV does it on one processor"
PACKING = "ISA-L packs some 450 MiB a second on each processor, and there are 320"
BESIDE = "the engine is another process, which wants the same processors"
HELD = "Qt keeps the interpreter while it paints or converts a piece"


def main() -> None:
    parts: dict[str, Callable[[], None]] = {
        "dabs": dabs, "composite": composite, "view": view, "strokes": strokes, "scene": scene, "tablet": pen,
        "fills": fills, "saving": saving, "memory": memory, "engine": engine, "peers": peers.main,
    }  # fmt: skip
    unknown = set(sys.argv[1:]) - parts.keys()
    if unknown:
        sys.exit(f"There is no part “{unknown.pop()}”. Parts: {', '.join(parts)}.")
    if sys.argv[1:] != ["memory"]:
        heading()
    for name in sys.argv[1:] or parts:
        parts[name]()


def composite() -> None:
    document = dense_document()
    area = Bounds(1000, 1000, 256, 256)
    row("256 x 256 dirty, 20 layers of mixed modes, no cache", 3, 100, lambda: render(document, area), why=MEMORY)
    projection = Projection(document)
    projection.image(document.bounds)
    top = document.root.children[-1].id

    def repaint() -> None:
        document.pixels_changed.emit(top, area)
        projection.image(area)

    row("the same through the canvas's cache", 1, 100, repaint, why=MEMORY)
    row("whole 4096 x 4096, 20 dense layers", 400, 3, lambda: render(document, document.bounds), why=MEMORY)
    results = opaque_document()
    row("the same, 20 opaque pictures on each other", 400, 3, lambda: render(results, results.bounds), why=MEMORY)
    every_kind()


def fills() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE), np.uint8)
    blank = Document.new(Extent(SIDE, SIDE))
    like = partial(like_area, partial(render, blank), blank.bounds, Point(9, 9), Likeness(10))
    row("flood fill 4096 x 4096, area only", 150, 3, like, why=ONE)
    colors = iter([QColor("red"), QColor("blue"), QColor("green")])
    bucket = partial(fill, blank, blank.active_id or "", Point(9, 9))
    row("flood fill 4096 x 4096 as a command", 150, 3, lambda: bucket(Bucket(next(colors))), why=ONE)
    row("feather 50 px, 4096 x 4096", 250, 3, lambda: feather(noise, 50), why=ONE)


def view() -> None:
    """Frames of a 1920 x 1080 canvas."""
    bench = canvas_view.Bench()
    canvas = bench.canvas
    frame = partial(row, target_ms=8, count=40, why=SCREEN)
    first = partial(row, target_ms=400, count=1, work=canvas.repaint, why="what comes into sight is composed")
    for zoom in (0.25, 1.0, 3.0):
        canvas.zoom_to(zoom)
        first(f"first frame at {zoom:.0%}")
        frame(f"pan one frame at {zoom:.0%}", work=bench.pan)
        frame(f"zoom one frame at {zoom:.0%}", work=bench.zoom)
    canvas.zoom_to(0.6)
    canvas.rotate_by(20)
    first("first frame at 60%, turned by 20 degrees")
    frame("pan one frame at 60%, turned by 20 degrees", work=bench.pan)
    frame("zoom one frame at 60%, turned by 20 degrees", work=bench.zoom)
    canvas.reset_rotation()
    canvas.zoom_to(0.5)
    bench.editor.set_brush("paint", size=100)
    middle = canvas.camera.to_document(canvas.middle)
    bench.hand.press((middle.x, middle.y))
    places = iter(range(1, 10_000))

    def move() -> None:
        bench.hand.move((middle.x + 6 * next(places), middle.y))

    row("input event to pixels in the widget, 100 px brush", 8, 150, move, p99_ms=16, why=PYTHON)
    bench.hand.release((middle.x, middle.y))
    bench.editor.document.history.undo()


def scene() -> None:
    why = "a dab of 1000 px touches 25 tiles, each composed anew for every event"
    row("Krita's scene: 5000 x 5000, 16 strokes of 4800 px, 1000 px tip", 5000, 1, krita_scene, why=why)


def pen() -> None:
    sent, ages_ms, cpu_ms = tablet.replay()
    amount("tablet, 1000 reports a second for 10 s: reports lost", 0, sent - len(ages_ms), "")
    late = float(np.percentile(ages_ms, 99))
    line("tablet: age of a report", None, float(np.median(ages_ms)), late, None, p99_ms=12, why=PYTHON)
    line("tablet: each report's share of the processor", 1, cpu_ms / sent, None, cpu_ms / sent, why=PYTHON)


def saving() -> None:
    document = painted_document()
    with tempfile.TemporaryDirectory() as folder:
        journals: list[Journal] = []

        def begin() -> None:
            journals.append(Journal(Path(folder) / "a.journal", document, print))
            journals[0].flush()

        def write() -> None:
            write_document(Path(folder) / "a.ora", document)

        for name, target_ms, work in (("journal snapshot", 1000, begin), ("save as .ora", 8000, write)):
            wall_ms, cpu_ms, gaps_ms = beside(work)
            line(f"{name}, 20 layers a quarter covered", target_ms, wall_ms, None, cpu_ms, why=PACKING)
            gaps_line(f"{name}: the event loop's gaps meanwhile", gaps_ms, p99_ms=50, most_ms=150, why=HELD)
        journals[0].close(keep=False)


def memory() -> None:
    if sys.argv[1:] != ["memory"]:  # in a process of its own: what came before has left memory that can be used again
        subprocess.run([sys.executable, __file__, "memory"], check=True)
        return
    process = psutil.Process()
    before = process.memory_info().rss
    document = painted_document()
    took = (process.memory_info().rss - before) / MIB
    amount("memory of 20 layers a quarter covered", 450, took, "MiB")
    kept = sum(layer.surface.nbytes for layer in document.root.children if isinstance(layer, PaintLayer)) / MIB
    amount("of that, tiles", 450, kept, "MiB")


def engine() -> None:
    """The event loop's gaps while the real engine loads the starter model and makes a picture with it."""
    model = find(look(default_folders()).models, "starter")
    side = model.native_size
    request = GenerationRequest(
        mode="text_to_image", prompt="a red apple", model=model.id, extent=Extent(side, side), steps=8
    )
    dispatcher = Dispatcher(own_engine_command())
    answers: list[object] = []
    dispatcher.received.connect(lambda message, blob: answers.append(message))
    dispatcher.lost.connect(lambda message, detail: answers.append(Failed(job_id="", kind="crashed", message=message)))
    dispatcher.start()
    dispatcher.generate("figures", request, model)

    def wait() -> None:
        while not any(isinstance(answer, Finished | Failed) for answer in answers):
            time.sleep(0.01)

    _, _, gaps_ms = beside(wait)
    gaps_line("the event loop's gaps while a model loads and generates", gaps_ms, p99_ms=50, most_ms=150, why=BESIDE)
    dispatcher.close()


def dabs() -> None:
    for size, target in ((30, 0.03), (200, 0.15), (1000, 3.0)):
        brush = Brush(size=size, hardness=0.2, flow=0.3)
        dynamics = Dynamics(brush)
        coverages = Coverages(Bounds(0, 0, SIDE, SIDE), even_opacity=dynamics.even_opacity)
        places = iter(np.random.default_rng(size).uniform(600, SIDE - 600, (2000, 2)))

        def press(
            dynamics: Dynamics = dynamics, coverages: Coverages = coverages, places: Iterator[object] = places
        ) -> None:
            for one in dynamics.presses(Touch(Point(*next(places)))):
                coverages.put(one, Touched())

        for _ in range(300):  # fill the tip cache
            press()
        row(f"soft dab of {size} px into the stroke", target, 300 if size < 1000 else 60, press, why=PYTHON)


def every_kind() -> None:
    """The same picture with a mask, a clipped layer, groups, a fill and adjustments among its 20 layers."""
    document = dense_document()
    layers, half = document.root.children, rectangle(Bounds(0, 0, SIDE, SIDE // 2))
    layers[3].mask, layers[5].clipped = half, True
    layers[8] = GroupLayer(children=[layers[8]], opacity=0.7)
    layers[11] = FillLayer(opacity=0.1)
    layers[13] = AdjustmentLayer(adjustment=Curves(rgb=((0, 0), (90, 120), (255, 255))))
    layers[15] = AdjustmentLayer(adjustment=HueSaturation(hue=30), mask=half)
    layers[17].mode = BlendMode.LUMINOSITY
    area, step = Bounds(1000, 1000, 256, 256), iter(range(1, 1000))
    row("256 x 256 dirty, 20 layers of every kind, no cache", 10, 30, lambda: render(document, area), why=MEMORY)
    projection = Projection(document)

    def drag_slider() -> None:
        adjustment = BrightnessContrast(brightness=next(step) % 99)
        document.run(SetLayer(layers[19].id, adjustment=adjustment))
        projection.image(Bounds(0, 0, 1024, 1024))

    layers[19] = AdjustmentLayer()
    drag_slider()
    row("one move of an adjustment's slider, 1024 x 1024 in sight", 16, 20, drag_slider, why=MEMORY)
    layers[19] = AdjustmentLayer(adjustment=Blur(radius=20.0))
    margin = "a blur of 20 px looks 60 px around, so 376 x 376 of 20 layers are composed"
    row("256 x 256 dirty under a blur of 20 px, no cache", 10, 10, lambda: render(document, area), why=margin)
    projection = Projection(document)
    projection.image(document.bounds)

    def repaint() -> None:
        document.pixels_changed.emit(layers[18].id, area)
        projection.image(area)

    row("the same through the canvas's cache", 10, 20, repaint, why=margin)


def strokes() -> None:
    document = dense_document()
    projection = Projection(document)
    projection.image(document.bounds)
    dirty: list[Bounds] = []
    document.pixels_changed.connect(lambda layer_id, area: dirty.append(area))
    stroke = Stroke(document, document.root.children[-1].id, Brush(size=100, hardness=0.5), QColor("red"))
    way = iter([Sample(Point(500 + 12 * i, 900 + 300 * np.sin(i / 20))) for i in range(200)])

    def event_to_pixels() -> None:
        stroke.add(next(way))
        while dirty:
            projection.image(dirty.pop())

    row("input event to composed pixels, 100 px brush", 8, 190, event_to_pixels, p99_ms=16, why=PYTHON)
    stroke.commit()

    document.run(AddLayer(PaintLayer()))
    long_one = Stroke(document, document.active_id or "", Brush(size=30), QColor("red"))
    for i in range(41):
        long_one.add(Sample(Point(500 + 48 * i, 900 + 60 * np.sin(i / 3))))  # about 2000 px long
    row("commit of a 2000 px stroke of 30 px", 10, 1, long_one.commit, why=TILES)
    time.sleep(1)  # it is packed beside the work
    edit = document.history.timeline[-1]
    row("undo of it", 10, 1, document.history.undo, why=TILES)
    amount(
        "memory that the undo step of it takes", 256, edit.nbytes * 1024 / MIB, "KiB", why="blocks of 64 x 64 are kept"
    )


if __name__ == "__main__":
    application = QApplication([])
    main()
