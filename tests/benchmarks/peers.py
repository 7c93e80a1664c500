"""The same brush path in our stroke engine and in libmypaint, as ratios of one run: `python tests/benchmarks/peers.py`.

libmypaint is MyPaint's own brush engine in C (Debian's `libmypaint-1.5-1`), driven through ctypes on its tiled surface
in memory: no display, no undo, no layers. Ours is a whole stroke as the canvas makes it: coverage, composition over the
layer, and the undo step. Both put a round tip every tenth of its diameter along the same samples. The thread's
processor time counts, which other programs hardly change. Asserts nothing.

Krita's own benchmark scene is the part `scene` of `canvas.py`. Krita itself is not beside it: Debian's package has none
of its benchmarks, and the scripting of its 5.1 cannot draw a stroke.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtGui import QColor

from sdstudio.document.document import Document
from sdstudio.document.stroke import Stroke
from sdstudio.raster.dabs import Brush, Sample
from sdstudio.raster.geometry import Extent, Point

SIDE = 4096
ROUNDS = 7
HARDNESS = 0.5


def path(length_px: float) -> list[tuple[float, float]]:
    """Points 8 px apart along a wave through the middle of the canvas."""
    count = int(length_px / 8)
    return [(200 + i * 8 * 0.8, SIDE / 2 + 600 * math.sin(i / 40)) for i in range(count)]


def ours(size: float, points: list[tuple[float, float]]) -> float:
    """Processor seconds for one whole stroke, committed."""
    document = Document.new(Extent(SIDE, SIDE))
    assert document.active_id is not None
    started = time.thread_time()
    stroke = Stroke(document, document.active_id, Brush(size=size, hardness=HARDNESS), QColor("black"))
    for x, y in points:
        stroke.add(Sample(Point(x, y)))
    stroke.commit()
    return time.thread_time() - started


def mypaint(library: ctypes.CDLL, size: float, points: list[tuple[float, float]]) -> float:
    """Processor seconds for the same path in libmypaint; one atomic part a sample, as an event loop would make it."""
    surface = library.mypaint_fixed_tiled_surface_new(SIDE, SIDE)
    canvas = library.mypaint_fixed_tiled_surface_interface(surface)
    brush = library.mypaint_brush_new()
    library.mypaint_brush_from_defaults(brush)
    values = {
        "radius_logarithmic": math.log(size / 2),
        "hardness": HARDNESS,
        "dabs_per_actual_radius": 5.0,
        "dabs_per_basic_radius": 0.0,
        "slow_tracking": 0.0,
    }
    for name, value in values.items():
        setting = library.mypaint_brush_setting_from_cname(name.encode())
        library.mypaint_brush_set_base_value(brush, setting, value)
    touched = (ctypes.c_int * 4)()
    started = time.thread_time()
    for index, (x, y) in enumerate(points):
        pressure = 0.0 if index == 0 else 1.0
        library.mypaint_surface_begin_atomic(canvas)
        library.mypaint_brush_stroke_to(brush, canvas, x, y, pressure, 0.0, 0.0, 0.008)
        library.mypaint_surface_end_atomic(canvas, touched)
    seconds = time.thread_time() - started
    library.mypaint_brush_unref(brush)
    library.mypaint_surface_unref(canvas)
    return seconds


def load() -> ctypes.CDLL:
    """libmypaint with the types of the calls above. Raises OSError when it is not installed."""
    name = ctypes.util.find_library("mypaint-1.5") or ctypes.util.find_library("mypaint")
    if name is None:
        raise OSError("libmypaint is not installed (Debian: libmypaint-1.5-1)")
    library = ctypes.CDLL(name)
    pointer, floating = ctypes.c_void_p, ctypes.c_float
    library.mypaint_fixed_tiled_surface_new.restype = pointer
    library.mypaint_fixed_tiled_surface_interface.restype = pointer
    library.mypaint_fixed_tiled_surface_interface.argtypes = [pointer]
    library.mypaint_brush_new.restype = pointer
    for call in ("mypaint_brush_from_defaults", "mypaint_brush_unref", "mypaint_surface_unref"):
        getattr(library, call).argtypes = [pointer]
    library.mypaint_surface_begin_atomic.argtypes = [pointer]
    library.mypaint_surface_end_atomic.argtypes = [pointer, pointer]
    library.mypaint_brush_setting_from_cname.argtypes = [ctypes.c_char_p]
    library.mypaint_brush_set_base_value.argtypes = [pointer, ctypes.c_int, floating]
    library.mypaint_brush_stroke_to.argtypes = [pointer, pointer, *[floating] * 5, ctypes.c_double]
    return library


def alternate(works: list[Callable[[], float]]) -> list[float]:
    """The median seconds of each, taken in turns so that a slow minute slows all of them."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for seconds, work in zip(times, works, strict=True):
            seconds.append(work())
    return [median(seconds) for seconds in times]


def main() -> None:
    try:
        library = load()
    except OSError as error:
        print(f"the same brush path in MyPaint's library: not measured, {error}")
        return
    print(f"{'stroke':28} {'ours':>9} {'libmypaint':>11} {'ratio':>7}   (ms, median of {ROUNDS})")
    for size, length in ((10, 3000), (30, 3000), (100, 3000), (200, 3000), (500, 2000)):
        points = path(length)
        mine, theirs = alternate([
            lambda size=size, points=points: ours(size, points),
            lambda size=size, points=points: mypaint(library, size, points),
        ])  # fmt: skip
        name = f"{size} px tip, {length} px long"
        print(f"{name:28} {1000 * mine:9.1f} {1000 * theirs:11.1f} {mine / theirs:7.2f}")


if __name__ == "__main__":
    main()
