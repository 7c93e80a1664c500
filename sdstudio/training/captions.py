"""Captions: the sentences that go with a picture, with parts left out at random.

Owns the grammar that the model learns, and nothing else: "a red apple, flat style, on a blue background". What a
caption does not say is mostly the same: a white background and the first style; colour and place may be
any. Must not know pixels or tokens.
"""

from dataclasses import dataclass

import numpy as np

from sdstudio.training.packages import STYLES
from sdstudio.training.pictures import COLOURS

ARTICLES = "aeiou"
UNSAID_STYLE = next(iter(STYLES.values()))
OWN_WORDS = [
    *("a", "an", "the", "on", "in", "at", "of", "style", "background", "picture", "two", "and", "small", "big"),
    *("left", "right", "top", "bottom", "center", "next", "to", "gradient", ",", "."),
]
OWN_WORDS += [*COLOURS, *STYLES.values()]


@dataclass(frozen=True)
class Scene:
    """What a picture shows: thing words, style word, colour word of the thing or "", background colour word."""

    words: tuple[str, ...]
    style: str
    colour: str
    background: str
    place: str = ""


def caption(scene: Scene, rng: np.random.Generator, dropout: float = 0.0) -> str:
    """A caption of ``scene``; empty with probability ``dropout``, else it always names the thing."""
    if rng.random() < dropout:
        return ""
    words = scene.words
    name = words[0] if len(words) == 1 or rng.random() < 0.7 else words[int(rng.integers(1, len(words)))]
    if scene.colour and scene.colour not in name and rng.random() < 0.3:
        name = f"{scene.colour} {name}"
    form = rng.random()
    if form < 0.6:
        name = f"{article(name)} {name}"
    elif form < 0.65:
        name = f"a picture of {article(name)} {name}"
    parts = [name]
    if rng.random() < (0.35 if scene.style == UNSAID_STYLE else 0.95):
        parts.append(f"{scene.style} style" if rng.random() < 0.7 else scene.style)
    if scene.place and rng.random() < 0.9:
        parts.append(scene.place)
    said_always = scene.background != "white"
    if rng.random() < (0.95 if said_always else 0.35):
        parts.append(f"on a {scene.background} background" if rng.random() < 0.7 else f"{scene.background} background")
    if len(parts) > 2 and rng.random() < 0.2:
        parts[1:] = [parts[1:][i] for i in rng.permutation(len(parts) - 1)]
    glue = ", " if rng.random() < 0.85 else " "
    return glue.join(parts)


def of_two(left: Scene, right: Scene, rng: np.random.Generator, dropout: float = 0.0) -> str:
    """A caption of two things side by side in one style on white; empty with probability ``dropout``."""
    if rng.random() < dropout:
        return ""
    glue = " and " if rng.random() < 0.7 else " next to "
    parts = [glue.join(f"{article(scene.words[0])} {scene.words[0]}" for scene in (left, right))]
    if rng.random() < (0.35 if left.style == UNSAID_STYLE else 0.95):
        parts.append(f"{left.style} style")
    return ", ".join(parts)


def article(name: str) -> str:
    """The article that goes before a name: "a" or "an" (also before plurals, which the model is not fussy about)."""
    return "an" if name[:1] in ARTICLES else "a"


def plain(word: str) -> str:
    """The caption that a person would type first for a thing: "a cat"."""
    return f"{article(word)} {word}"
