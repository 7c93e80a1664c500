"""The store of rendered drawings: SVG icons as premultiplied RGBA arrays on disk, with their names.

Owns rendering (QtSvg, the only Qt in this package, imported when needed) and the files ``drawings/<set>.npy`` and
``drawings/index.json``. Must not know captions, backgrounds or recipes.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sdstudio.training import packages

LEFT_OUT = {"Flags", None}
_SKIN_TONES = {"1f3fb", "1f3fc", "1f3fd", "1f3fe", "1f3ff"}
_HOURS = range(0x1F550, 0x1F568)


@dataclass(frozen=True)
class Entry:
    """One thing that can be drawn: its code points, English name, category, keywords, and its row in each set."""

    code: str
    name: str
    category: str
    keywords: list[str]
    rows: dict[str, int]


class Drawings:
    """Rendered drawings, read on demand from disk.

    ``pixels[set]`` is a (N, size, size, 4) uint8 memory map, premultiplied RGBA; ``entries`` name its rows.
    """

    def __init__(self, folder: Path) -> None:
        self.entries = [Entry(**item) for item in json.loads((folder / "index.json").read_text(encoding="utf-8"))]
        self.pixels = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in packages.SETS}
        self.by_name = {entry.name: entry for entry in self.entries}

    def get(self, entry: Entry, icon_set: str) -> np.ndarray:
        """The (size, size, 4) uint8 premultiplied drawing of ``entry`` in ``icon_set``; KeyError when there is none."""
        return np.array(self.pixels[icon_set][entry.rows[icon_set]])


def are_in(folder: Path) -> bool:
    """Whether ``build`` has finished in ``folder``: the index is written last."""
    return (folder / "index.json").exists()


def build(modules: Path, folder: Path, size: int) -> int:
    """Render every usable icon of every set at ``size`` pixels into ``folder``; returns the number of things."""
    folder.mkdir(parents=True, exist_ok=True)
    icons = {name: packages.read_icons(modules, name) for name in packages.SETS}
    keywords = packages.read_keywords(modules)
    entries: list[Entry] = []
    bodies: dict[str, list[str]] = {name: [] for name in packages.SETS}
    for code in usable_codes(icons):
        rows: dict[str, int] = {}
        names = [icons[name].by_codepoints.get(code) for name in ("noto", "twemoji", "fluent")]
        for name, sheet in icons.items():
            found = sheet.by_codepoints.get(code) or next((n for n in names if n in sheet.bodies), None)
            if found in sheet.bodies:
                rows[name] = len(bodies[name])
                bodies[name].append(sheet.bodies[found])
        noto = icons["noto"].by_codepoints[code]
        words = [word for word in keywords.get(code, []) if word.isascii()]
        entries.append(Entry(code, noto, icons["noto"].categories[noto], words, rows))
    for name, texts in bodies.items():
        np.save(folder / f"{name}.npy", render(texts, size))
    (folder / "index.json").write_text(json.dumps([vars(entry) for entry in entries]), encoding="utf-8")
    return len(entries)


def usable_codes(icons: dict[str, packages.Icons]) -> list[str]:
    """Code points that every training set draws, without flags, skin tones, keycaps and clocks by the hour; sorted."""
    common = set.intersection(*(set(icons[name].by_codepoints) for name in packages.STYLES))
    noto = icons["noto"]
    return sorted(
        code
        for code in common
        if noto.categories.get(noto.by_codepoints[code]) not in LEFT_OUT
        and not _SKIN_TONES & set(code.split("-"))
        and "20e3" not in code
        and int(code.split("-")[0], 16) not in _HOURS
    )


def render(texts: list[str], size: int) -> np.ndarray:
    """Render SVG texts to a (N, size, size, 4) uint8 array, premultiplied RGBA; needs QtSvg."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QByteArray, QRectF
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication.instance() or QGuiApplication([])
    out = np.zeros((len(texts), size, size, 4), np.uint8)
    for row, text in enumerate(texts):
        image = QImage(size, size, QImage.Format.Format_RGBA8888_Premultiplied)
        image.fill(0)
        painter = QPainter(image)
        QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(0, 0, size, size))
        painter.end()
        out[row] = np.frombuffer(image.constBits(), np.uint8).reshape(size, image.bytesPerLine() // 4, 4)[:, :size]
    del application
    return out
