"""A tiny edition on hand-made drawings: four shapes, three styles, networks of a few thousand weights. No network."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from sdstudio.training import packages, recipe, vocabulary
from sdstudio.training.drawings import Drawings

SHAPES = ["red-apple", "cat-face", "sun", "tree"]


def tiny_recipe() -> recipe.Recipe:
    """The first edition's recipe, shrunk until a step takes milliseconds."""
    full = recipe.load("first")
    return msgspec.structs.replace(
        full,
        size=32,
        things="tiny",
        autoencoder=recipe.AutoencoderRecipe(width=8, encoder_blocks=[0, 0, 1], decoder_blocks=[1, 0, 0],
                                             latent_channels=4, crop=16, batch=2, learning_rate=1e-3,
                                             budget=recipe.Budget(steps=4)),
        text=recipe.TextRecipe(vocabulary=600, positions=28, width=32, layers=1, heads=2, steps=20),
        diffusion=recipe.DiffusionRecipe(widths=[16, 32], layers_per_block=1, head_width=8, batch=4,
                                         learning_rate=1e-3, budget=recipe.Budget(steps=6), views=3, norm_groups=8,
                                         style_shares={"fluent": 0.5, "noto": 0.25, "twemoji": 0.25}),
    )  # fmt: skip


@pytest.fixture
def tiny() -> recipe.Recipe:
    return tiny_recipe()


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawings:
    """A store of four shaded discs of different colours in every set."""
    folder = tmp_path_factory.mktemp("drawings")
    ys, xs = np.mgrid[0:32, 0:32]
    discs = np.zeros((len(SHAPES), 32, 32, 4), np.uint8)
    colours = [(220, 50, 50), (250, 150, 40), (252, 220, 80), (76, 178, 84)]
    for row, colour in enumerate(colours):
        inside = (xs - 16) ** 2 + (ys - 16) ** 2 < (8 + 2 * row) ** 2
        discs[row][inside] = (*colour, 255)
        discs[row][inside & (xs < 16), :3] -= 12  # the left half is a shade darker
    for name in packages.SETS:
        np.save(folder / f"{name}.npy", discs)
    entries = [
        {"code": f"1f34{row}", "name": name, "category": "Objects", "keywords": [f"word{row}"],
         "rows": dict.fromkeys(packages.SETS, row)}
        for row, name in enumerate(SHAPES)
    ]  # fmt: skip
    (folder / "index.json").write_text(json.dumps(entries), encoding="utf-8")
    return Drawings(folder)


@pytest.fixture
def things(drawn: Drawings) -> list[vocabulary.Thing]:
    return vocabulary.read("all", drawn)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"
