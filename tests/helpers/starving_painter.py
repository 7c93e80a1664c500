"""A process that paints every kind of stroke with less and less memory: `python -m tests.helpers.starving_painter`.

Prints a line of JSON for each kind: how often it was refused, and what else went wrong. Needs the limits of Linux.
"""

from __future__ import annotations

import json
import random
import resource
from collections.abc import Callable

import psutil
from PySide6.QtGui import QColor, QGuiApplication

from sdstudio.document.document import Document
from sdstudio.document.drag import TipDrag
from sdstudio.document.retouch import BlurStroke, CloneStroke
from sdstudio.document.smudge import SmudgeStroke
from sdstudio.document.stroke import MaskStroke, Stroke
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Brush, Sample
from sdstudio.raster.geometry import Extent, Point
from tests.helpers.drawing import fingerprint

SIDE = 1100
ROOMS_KIB = (0, 200, 700, 1500, 3000)
_NO_LIMIT = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def kinds(document: Document) -> dict[str, Callable[[], TipDrag]]:
    background, layer = (layer.id for layer in document.root.children)
    wide, narrow = Brush(size=500, hardness=0.4), Brush(size=250)
    return {
        "paint": lambda: Stroke(document, layer, wide, QColor("red")),
        "erase": lambda: Stroke(document, background, wide, QColor("red"), True),
        "mask": lambda: MaskStroke(document, wide, 255),
        "clone": lambda: CloneStroke(document, layer, wide, 90, 90, merged=True),
        "blur": lambda: BlurStroke(document, background, narrow, 5),
        "smudge": lambda: SmudgeStroke(document, background, narrow, QColor("blue")),
    }


def drag(stroke: TipDrag, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(12):
        stroke.add(Sample(Point(chance.uniform(0, SIDE), chance.uniform(0, SIDE))))


def starve(document: Document, begin: Callable[[], TipDrag], room_kib: int) -> str:
    """What was said of a stroke that found no more than so much memory; empty when it was painted."""
    stroke = begin()
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + 1024 * room_kib, _NO_LIMIT[1]))
    try:
        drag(stroke, room_kib)
    except StudioError as refused:
        return refused.message
    finally:
        resource.setrlimit(resource.RLIMIT_AS, _NO_LIMIT)
    stroke.cancel()
    return ""


def main() -> None:
    application = QGuiApplication([])
    document = Document.new(Extent(SIDE, SIDE))
    for name, begin in kinds(document).items():
        warm = begin()
        drag(warm, 0)
        warm.cancel()
        start, refusals, problems = fingerprint(document), 0, []
        for room_kib in ROOMS_KIB:
            said = starve(document, begin, room_kib)
            refusals += "memory" in said
            if fingerprint(document) != start or (said and "memory" not in said):
                problems.append(f"{room_kib} KiB: {said}")
        print(json.dumps([name, refusals, problems]), flush=True)
    del application


if __name__ == "__main__":
    main()
