"""Figures of saving, the journal and recovery beside their targets: `python tests/benchmarks/saving.py`.

Asserts nothing. Where other programs share the processor, the time that ours used it tells more. Twenty layers of
4096 x 4096, a quarter of each painted; while a file is written the event loop's longest gap is measured as a person
would feel it.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QRadialGradient

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.document.stroke import Stroke
from sdstudio.formats.exporting import write_picture
from sdstudio.formats.openraster import read_document, write_document
from sdstudio.formats.psd.writing import write_psd
from sdstudio.journal.journal import Journal
from sdstudio.journal.recovery import recover
from sdstudio.journal.store import Store
from sdstudio.raster.dabs import Brush, Sample
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.pixels import blank
from tests.benchmarks.table import beside

SIDE = 4096
LAYERS = 20


def main() -> None:
    QGuiApplication([])
    with tempfile.TemporaryDirectory() as folder:
        document = painted_document()
        print(f"{'figure':62} {'target':>9} {'measured':>9} {'CPU':>9} {'gap p99':>8} {'gap max':>8}   (ms)")
        journal_figures(Path(folder), document)
        figure("save as .ora in the background", 8000, lambda: write_document(Path(folder) / "a.ora", document))
        figure("open it again", None, lambda: read_document(Path(folder) / "a.ora"))
        figure("export as .psd", None, lambda: write_psd(Path(folder) / "a.psd", document))
        picture = render(document, document.bounds)
        for name in ("a.png", "a.jpg", "a.webp", "a.avif", "a.tif"):
            figure(f"export as {name[2:]}", None, lambda name=name: write_picture(Path(folder) / name, picture))


def journal_figures(folder: Path, document: Document) -> None:
    journals: list[Journal] = []

    def begin() -> None:
        journals.append(Journal(folder / "a.journal", document, print))
        journals[0].flush()

    figure("journal snapshot of the whole document", 1000, begin)
    journal, in_gui, to_disk = journals[0], [], []
    chance = np.random.default_rng(3)
    for _ in range(30):
        start_at, end_at = chance.uniform(300, 3700, (2, 2))
        stroke = Stroke(document, document.active_id or "", Brush(size=30), QColor("red"))
        for share in np.linspace(0, 1, 60):
            stroke.add(Sample(Point(*(start_at + (end_at - start_at) * share))))
        began = time.perf_counter()
        stroke.commit()
        in_gui.append(time.perf_counter() - began)
        journal.flush()
        to_disk.append(time.perf_counter() - began)
    row("stroke of 30 px: commit and snapshot, in the GUI thread", None, 1000 * median(in_gui))
    row("the same until it is on the disk", None, 1000 * median(to_disk))
    journal.close(keep=True)
    store = Store(folder / "a.journal")
    figure("recovery: the document and its 30 steps", None, lambda: recover(store))
    size = sum(path.stat().st_size for path in folder.glob("a.journal*"))
    of_steps = sum(nbytes for _, nbytes in store.step_bytes()) / 2**20
    print(f"journal on the disk: {size / 2**20:.0f} MiB; of 30 strokes {of_steps:.1f}")
    store.close()


def painted_document() -> Document:
    """Soft strokes and washes over a quarter of every layer."""
    document = Document(Extent(SIDE, SIDE))
    for number in range(LAYERS):
        layer = PaintLayer(name=f"Layer {number}")
        x, y = number % 2 * SIDE // 2, number // 2 % 2 * SIDE // 2
        layer.surface.write(Bounds(x, y, SIDE // 2, SIDE // 2), _washes(SIDE // 2, number))
        document.root.children.append(layer)
    document.active_id = document.root.children[-1].id
    return document


def _washes(side: int, seed: int) -> QImage:
    chance = np.random.default_rng(seed)
    image = blank(side, side)
    painter = QPainter(image)
    for _ in range(60):
        x, y, radius = chance.uniform(0, side), chance.uniform(0, side), chance.uniform(80, 500)
        color = QColor(*(int(value) for value in chance.integers(0, 256, 3)), 200)
        gradient = QRadialGradient(x, y, radius, x, y)
        gradient.setColorAt(0, color)
        color.setAlpha(0)
        gradient.setColorAt(1, color)
        painter.fillRect(0, 0, side, side, gradient)
    painter.end()
    return image


def figure(what: str, target_ms: float | None, work: Callable[[], object]) -> None:
    """Run `work` on a thread while the event loop ticks."""
    wall_ms, cpu_ms, gaps_ms = beside(work)
    row(what, target_ms, wall_ms, cpu_ms, float(np.percentile(gaps_ms, 99)), max(gaps_ms))


def row(what: str, target_ms: float | None, measured_ms: float, *more_ms: float) -> None:
    target = f"{target_ms:9.0f}" if target_ms is not None else " " * 9
    print(f"{what:62} {target} {measured_ms:9.1f} " + " ".join(f"{value:8.1f}" for value in more_ms), flush=True)


if __name__ == "__main__":
    main()
