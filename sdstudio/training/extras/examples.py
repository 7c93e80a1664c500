"""What an extra learns from: pictures with captions, made from an edition's drawings or read from a folder.

Owns how examples look and what is said about them. Must not know latents or networks.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from sdstudio.raster import outlines
from sdstudio.training import captions, packages, pictures
from sdstudio.training.drawings import Drawings
from sdstudio.training.faults import TrainingError
from sdstudio.training.latents import LARGE, SMALL, picture, views
from sdstudio.training.recipe import Recipe
from sdstudio.training.vocabulary import Thing

LAVENDER = np.array([[[203, 186, 240]]], np.uint8)  # lies between the colours that the edition has names for
_READABLE = {".png", ".jpg", ".jpeg", ".webp"}


class Examples(Protocol):
    """Pictures by number; everything random comes from the generator that is handed in."""

    def __len__(self) -> int: ...

    def picture(self, row: int) -> np.ndarray:
        """(size, size, 3) uint8, the same every time."""

    def caption(self, row: int, rng: np.random.Generator) -> str:
        """What may be said about it."""

    def hint(self, row: int, rng: np.random.Generator) -> np.ndarray:
        """A control picture that someone might have drawn for it, (size, size, 3) uint8."""


class DrawnExamples:
    """Examples from drawings on white (or lavender), moved about there, or, with ``kind`` "views", as the edition
    itself saw them.

    Where a moved thing lies no caption says: only a control picture can tell, so that a model learns to look at it.
    """

    def __init__(self, kind: str, phrase: str, things: list[Thing], drawings: Drawings, recipe: Recipe, count: int):
        self._kind, self._phrase, self._things, self._drawings, self._recipe = kind, phrase, things, drawings, recipe
        plan = views(things, recipe)  # in the order of the edition's cached latents
        shown = [number for number, view in enumerate(plan) if not view.sketched]
        if kind != "views":
            shown = [
                number for number in shown if plan[number].where.scale == LARGE and plan[number].background == "white"
            ]
        if count:
            order = np.random.default_rng(recipe.seed).permutation(len(shown))[:count]
            shown = [shown[place] for place in sorted(order)]
        self.numbers, self.rows = shown, [plan[number] for number in shown]
        if kind == "moved":
            rng = np.random.default_rng((recipe.seed, 9))
            self.rows = [replace(view, where=_anywhere(rng)) for view in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def picture(self, row: int) -> np.ndarray:
        view = self.rows[row]
        thing = self._things[view.thing]
        if self._kind == "lavender":
            placed = pictures.place(self._drawings.get(thing.entry, view.style), view.where, self._recipe.size)
            return pictures.over(placed, LAVENDER)
        plain = picture(view, thing, self._drawings, self._recipe)
        return line_drawing(plain) if self._kind == "line_art" else plain

    def caption(self, row: int, rng: np.random.Generator) -> str:
        view = self.rows[row]
        thing = self._things[view.thing]
        if self._kind == "views":
            scene = captions.Scene(
                thing.words,
                packages.STYLES[view.style],
                thing.colours[view.style],
                view.background,
                "small" if view.where.scale == SMALL else "",
            )
            return captions.caption(scene, rng)
        name = thing.words[int(rng.integers(len(thing.words)))]
        said = captions.plain(name) if rng.random() < 0.7 else name
        style = packages.STYLES[view.style]
        if self._kind != "line_art" and style != captions.UNSAID_STYLE:
            said = f"{said}, {style} style"
        if self._kind == "lavender":
            return f"{said}, on a {self._phrase} background"
        return f"{said}, {self._phrase}" if self._phrase else said

    def hint(self, row: int, rng: np.random.Generator) -> np.ndarray:
        return scribbled(self.picture(row), rng)


def _anywhere(rng: np.random.Generator) -> pictures.Placement:
    """Of any size from half of the picture on, whole within it, as it is or mirrored."""
    scale = float(rng.uniform(0.45, 0.95))
    dx, dy = rng.uniform(-0.5, 0.5, 2) * (1 - scale)
    return pictures.Placement(scale, float(dx), float(dy), bool(rng.random() < 0.5))


class FolderExamples:
    """A folder of someone's own pictures; beside each may lie a .txt of the same name with its caption."""

    def __init__(self, folder: Path, phrase: str, size: int) -> None:
        self._phrase, self._size = phrase, size
        self._files = sorted(path for path in folder.glob("*") if path.suffix.lower() in _READABLE)
        if not self._files:
            raise TrainingError(f"There are no pictures (.png, .jpg or .webp) in the folder {folder.name}.")

    def __len__(self) -> int:
        return len(self._files)

    def picture(self, row: int) -> np.ndarray:
        """The middle square, at the model's size."""
        try:
            with Image.open(self._files[row]) as opened:
                image = opened.convert("RGB")
        except (OSError, UnidentifiedImageError) as error:
            raise TrainingError(f"The picture {self._files[row].name} cannot be read.", detail=str(error)) from error
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        square = image.crop((left, top, left + side, top + side))
        return np.asarray(square.resize((self._size, self._size), Image.Resampling.LANCZOS))

    def caption(self, row: int, rng: np.random.Generator) -> str:
        text = self._files[row].with_suffix(".txt")
        said = text.read_text(encoding="utf-8").strip() if text.is_file() else ""
        return said if self._phrase in said else ", ".join(part for part in (said, self._phrase) if part)

    def hint(self, row: int, rng: np.random.Generator) -> np.ndarray:
        return scribbled(self.picture(row), rng)


def line_drawing(plain: np.ndarray) -> np.ndarray:
    """Black outlines on white, about 1/85 of the side wide."""
    lines = outlines.line_art(plain)
    width = max(2, round(plain.shape[0] / 110))
    thick = cv2.dilate(lines, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width)))
    return 255 - np.clip(thick.astype(np.float32) * 2, 0, 255).astype(np.uint8)


def scribbled(plain: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Outlines as someone might draw them: of one kind or another, thin or thick, and not quite in place."""
    kind = rng.random()
    if kind < 0.7:
        lines = outlines.scribble(plain)
    else:
        lines = outlines.canny(plain) if kind < 0.85 else (outlines.line_art(plain) > 90).astype(np.uint8) * 255
        width = int(rng.integers(1, 4))
        lines = cv2.dilate(lines, np.ones((width, width), np.uint8))
    side = plain.shape[0]
    bend = [cv2.resize(rng.normal(0, side / 160, (5, 5)).astype(np.float32), (side, side)) for _ in range(2)]
    down, across = np.mgrid[0:side, 0:side].astype(np.float32)
    return cv2.remap(lines, across + bend[0], down + bend[1], cv2.INTER_LINEAR)
