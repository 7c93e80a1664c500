"""Every size and rate of an extra's training, as data: the typed form of ``recipes/extras/<name>.toml``.

Must not know how any of them is used, and imports nothing heavy.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Literal

import msgspec

from sdstudio.training.faults import TrainingError
from sdstudio.training.recipe import Budget

DEFAULTS = {"lora": "line-art", "inversion": "lavender", "controlnet": "scribble"}  # the recipe of each command


class ExtraRecipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One extra. ``pictures`` names a way of making examples from the edition's drawings; ``count`` limits them.

    ``phrase`` is what captions say about the examples; in a textual inversion it is the word that is learned.
    """

    name: str
    title: str
    note: str
    pictures: Literal["line_art", "lavender", "moved", "views"]
    edition: str
    seed: int
    batch: int
    learning_rate: float
    budget: Budget
    phrase: str = ""
    count: int = 0  # 0: all there are
    caption_dropout: float = 0.1
    min_snr: float = 5.0
    ema: float = 0.995
    rank: int = 8  # LoRA
    layers: list[str] = msgspec.field(default_factory=list)  # LoRA: names of the layers that get it
    vectors: int = 4  # textual inversion: how many vectors the word has
    start_from: str = ""  # textual inversion: words whose vectors the new one starts from
    hint_widths: list[int] = msgspec.field(default_factory=list)  # control model: the picture's encoder


def load(name: str) -> ExtraRecipe:
    """Read a recipe by name. Raises TrainingError for an unknown name or a value of the wrong type."""
    source = resources.files("sdstudio.training") / "recipes" / "extras" / f"{name}.toml"
    try:
        return msgspec.convert(tomllib.loads(source.read_text(encoding="utf-8")), ExtraRecipe)
    except FileNotFoundError as error:
        raise TrainingError(f"there is no recipe of an extra named {name}") from error
    except msgspec.ValidationError as error:
        raise TrainingError(f"the recipe {name} is not valid", detail=str(error)) from error
