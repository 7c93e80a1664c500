"""Figures of the paint engine beside their targets. Asserts nothing: `python tests/benchmarks/canvas.py`.

The machine's speed swings by half within minutes: compare with a run from the same minutes only.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from PySide6.QtGui import QColor

from sdstudio.document.commands import SetLayer
from sdstudio.document.composite import Projection, render
from sdstudio.document.coverages import Coverages, Touched
from sdstudio.document.document import Document
from sdstudio.document.fill import Bucket, fill
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, PaintLayer
from sdstudio.document.stroke import Stroke
from sdstudio.raster.adjustments import Blur, BrightnessContrast, Curves, HueSaturation
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.contour import feather
from sdstudio.raster.dabs import Brush, Sample
from sdstudio.raster.dynamics import Dynamics, Touch
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import over
from sdstudio.raster.tiles import Surface, keys_over
from sdstudio.raster.wand import Likeness, like_area

SIDE = 4096
MIXED = [BlendMode.NORMAL] * 6 + [BlendMode.MULTIPLY, BlendMode.SCREEN, BlendMode.OVERLAY, BlendMode.ADD]


def main() -> None:
    print(f"{'figure':58} {'target':>9} {'median':>9} {'p99':>9}   (ms)")
    dabs()
    document = dense_document()
    area = Bounds(1000, 1000, 256, 256)
    row("256 x 256 dirty, 20 layers of mixed modes, no cache", 3, 100, lambda: render(document, area))
    projection = Projection(document)
    projection.image(document.bounds)
    top = document.root.children[-1].id

    def repaint() -> None:
        document.pixels_changed.emit(top, area)
        projection.image(area)

    row("the same through the canvas's cache", 1, 100, repaint)
    row("whole 4096 x 4096, 20 dense layers", 400, 3, lambda: render(document, document.bounds))
    every_kind()
    strokes()
    noise = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE), np.uint8)
    blank = Document.new(Extent(SIDE, SIDE))
    row(
        "flood fill 4096 x 4096, area only",
        150,
        3,
        lambda: like_area(partial(render, blank), blank.bounds, Point(9, 9), Likeness(10)),
    )
    colors = iter([QColor("red"), QColor("blue"), QColor("green")])
    row(
        "flood fill 4096 x 4096 as a command",
        150,
        3,
        lambda: fill(blank, blank.active_id or "", Point(9, 9), Bucket(next(colors))),
    )
    row("feather 50 px, 4096 x 4096", 250, 3, lambda: feather(noise, 50))


def dabs() -> None:
    for size, target in ((30, 0.03), (200, 0.15), (1000, 3.0)):
        brush = Brush(size=size, hardness=0.2, flow=0.3)
        dynamics, coverages = Dynamics(brush), Coverages(Bounds(0, 0, SIDE, SIDE))
        places = iter(np.random.default_rng(size).uniform(600, SIDE - 600, (2000, 2)))

        def press(
            dynamics: Dynamics = dynamics, coverages: Coverages = coverages, places: Iterator[object] = places
        ) -> None:
            for one in dynamics.presses(Touch(Point(*next(places)))):
                coverages.put(one, Touched())

        for _ in range(300):  # fill the tip cache
            press()
        row(f"soft dab of {size} px into the stroke", target, 300 if size < 1000 else 60, press)


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
    row("256 x 256 dirty, 20 layers of every kind, no cache", 10, 30, lambda: render(document, area))
    projection = Projection(document)

    def drag_slider() -> None:
        adjustment = BrightnessContrast(brightness=next(step) % 99)
        document.run(SetLayer(layers[19].id, adjustment=adjustment))
        projection.image(Bounds(0, 0, 1024, 1024))

    layers[19] = AdjustmentLayer()
    drag_slider()
    row("one move of an adjustment's slider, 1024 x 1024 in sight", 16, 20, drag_slider)
    layers[19] = AdjustmentLayer(adjustment=Blur(radius=20.0))
    row("256 x 256 dirty under a blur of 20 px", 10, 10, lambda: render(document, area))


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

    row("input event to pixels, 100 px brush, 4K, 20 layers", 8, 190, event_to_pixels)
    stroke.commit()

    long_one = Stroke(document, document.root.children[-1].id, Brush(size=30), QColor("red"))
    for i in range(41):
        long_one.add(Sample(Point(500 + 50 * i, 900 + 100 * (-1) ** i)))
    row("commit of a 2000 px stroke of 30 px", 10, 1, long_one.commit)
    time.sleep(0.5)
    row("undo of it", 10, 1, document.history.undo)


def dense_document() -> Document:
    document = Document(Extent(SIDE, SIDE))
    rng = np.random.default_rng(0)
    tile = rng.integers(0, 200, (256, 256, 4), np.uint8)
    tile[:, :, 3] = 200
    tiles = [over(tile).copy() for _ in range(64)]  # more than the processor's cache holds, less than memory does
    for index in range(20):
        surface = Surface()
        for place, key in enumerate(keys_over(document.bounds)):
            surface.replace(key, tiles[(place + index) % len(tiles)])
        document.root.children.append(PaintLayer(surface=surface, mode=MIXED[index % len(MIXED)], opacity=0.8))
    return document


def row(name: str, target_ms: float, count: int, work: Callable[[], object]) -> None:
    times = []
    for _ in range(count):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    p99 = sorted(times)[min(count - 1, int(count * 0.99))]
    print(f"{name:58} {target_ms:9.2f} {median(times):9.2f} {p99:9.2f}", flush=True)


if __name__ == "__main__":
    main()
