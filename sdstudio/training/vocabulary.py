"""What an edition can draw: things, the words for them, and their nameable colours.

Owns the reading of the lists in ``things/`` and of "all". Must not know pixels beyond the dominant colour, or networks.
"""

from dataclasses import dataclass
from importlib import resources

import numpy as np

from sdstudio.training import packages, pictures
from sdstudio.training.drawings import Drawings, Entry
from sdstudio.training.faults import TrainingError

CATEGORIES = ("Animals & Nature", "Food & Drink", "Travel & Places", "Objects", "Activities", "Smileys & Emotion")


@dataclass(frozen=True)
class Thing:
    """One thing: its words (best first), where its drawings are, and per training set its colour word or ""."""

    words: tuple[str, ...]
    entry: Entry
    colours: dict[str, str]


def read(name: str, drawings: Drawings) -> list[Thing]:
    """The things of a list by name, or of every usable category for "all". Raises TrainingError for unknown names."""
    if name == "all":
        listed = [(entry.name, _own_words(entry)) for entry in drawings.entries if entry.category in CATEGORIES]
    else:
        listed = _listed(name)
    unknown = [icon for icon, _ in listed if icon not in drawings.by_name]
    if unknown:
        raise TrainingError(f"the list {name} names drawings that do not exist: {', '.join(unknown)}")
    things = []
    for icon, words in listed:
        entry = drawings.by_name[icon]
        colours = {style: dominant_colour(drawings.get(entry, style)) for style in packages.STYLES}
        things.append(Thing(words, entry, colours))
    return things


def dominant_colour(drawing: np.ndarray) -> str:
    """The colour word that most of a (H, W, 4) premultiplied drawing has, or "" when no colour covers half of it."""
    small = drawing[::4, ::4].reshape(-1, 4)
    solid = small[small[:, 3] > 200][:, :3].astype(np.int32)
    if len(solid) == 0:
        return ""
    names = list(pictures.COLOURS)
    table = np.array([pictures.COLOURS[name] for name in names])
    nearest = np.square(solid[:, None] - table[None]).sum(-1).argmin(-1)
    counts = np.bincount(nearest, minlength=len(names))
    best = int(counts.argmax())
    return names[best] if counts[best] >= 0.5 * len(solid) else ""


def _own_words(entry: Entry) -> tuple[str, ...]:
    spoken = entry.name.replace("-", " ")
    return tuple(dict.fromkeys([spoken, *entry.keywords[:1]]))


def _listed(name: str) -> list[tuple[str, tuple[str, ...]]]:
    source = resources.files("sdstudio.training") / "things" / f"{name}.txt"
    try:
        lines = source.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise TrainingError(f"there is no list of things named {name}") from error
    pairs = [line.split(":", 1) for line in lines if line.strip() and not line.startswith("#")]
    return [(icon.strip(), tuple(word.strip() for word in words.split(","))) for icon, words in pairs]
