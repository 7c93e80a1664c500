"""A tiny finished model to learn on, and tiny recipes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sdstudio.training.extras import recipe
from sdstudio.training.recipe import Budget
from tests.helpers import tiny_models


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as the starter is: 8 x 8 latents of 32 x 32 pixels."""
    folder = tmp_path_factory.mktemp("base") / "base"
    return tiny_models.write_model(
        folder, tiny_autoencoder=True, latent_channels=8, length=32, scheduler=tiny_models.ZERO_SNR_V
    )


@pytest.fixture
def sizes() -> Callable[..., recipe.ExtraRecipe]:
    def make(pictures: str = "line_art", steps: int = 4, **more: object) -> recipe.ExtraRecipe:
        values: dict[str, object] = {
            "name": "tiny", "title": "Tiny", "note": "A note.", "pictures": pictures, "edition": "tiny", "seed": 5,
            "batch": 2, "learning_rate": 1e-2, "budget": Budget(steps=steps), "phrase": "red-line",
            "layers": ["to_q", "to_k", "to_v", "to_out.0"], "rank": 2, "vectors": 3, "start_from": "red",
            "hint_widths": [4, 8, 8],
        }  # fmt: skip
        return recipe.ExtraRecipe(**(values | more))  # type: ignore[arg-type]

    return make
