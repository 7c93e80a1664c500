"""Figures of every kind of brush beside canvas.md's target for an event, and Krita's benchmark scene.

Asserts nothing: `python tests/benchmarks/brushes.py`. The machine's speed swings by half within minutes: compare with a
run from the same minutes only.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from PySide6.QtGui import QColor

from sdstudio.brushes.library import Library
from sdstudio.document.document import Document
from sdstudio.document.drag import TipDrag
from sdstudio.document.retouch import BlurStroke, CloneStroke
from sdstudio.document.smudge import SmudgeStroke
from sdstudio.document.stroke import MaskStroke, Stroke
from sdstudio.raster.dabs import Brush, Sample, with_changes
from sdstudio.raster.geometry import Extent, Point
from tests.benchmarks.table import heading, row

RED = QColor("red")
EVENT_MS = 8.0
SCENE_MS = 5000.0


def main() -> None:
    heading()
    document = Document.new(Extent(2048, 2048))
    with tempfile.TemporaryDirectory() as folder:
        for entry in Library(Path(folder)).entries:
            brush = with_changes(entry.preset.brush, {"size": 100})
            stroke = begin(document, entry.preset.kind, brush)
            way = iter([Sample(Point(200 + 8 * i, 900 + 300 * np.sin(i / 20)), 0.7, 0, 0, 8.0 * i) for i in range(200)])
            row(f"event, 100 px, {entry.preset.name}", EVENT_MS, 190, lambda: stroke.add(next(way)))  # noqa: B023
            stroke.cancel()
    row("Krita's scene: 5000 x 5000, 16 strokes of 4800 px, 1000 px tip", SCENE_MS, 1, krita_scene)


def begin(document: Document, kind: str, brush: Brush) -> TipDrag:
    layer_id = document.active_id or ""
    match kind:
        case "smudge":
            return SmudgeStroke(document, layer_id, brush, RED)
        case "blur":
            return BlurStroke(document, layer_id, brush, 6)
        case "clone":
            return CloneStroke(document, layer_id, brush, 300, 0, merged=False)
        case "mask":
            return MaskStroke(document, brush, 255)
        case _:
            return Stroke(document, layer_id, brush, RED, kind == "eraser")


def krita_scene() -> None:
    document = Document.new(Extent(5000, 5000))
    for line in range(16):
        stroke = Stroke(document, document.active_id or "", Brush(size=1000, hardness=1, dynamics=()), RED)
        y = 100 + 300 * line
        for step in range(97):
            stroke.add(Sample(Point(100 + 50 * step, y)))
        stroke.commit()


if __name__ == "__main__":
    start = time.perf_counter()
    main()
    print(f"all of it took {time.perf_counter() - start:.0f} s")
