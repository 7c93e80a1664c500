"""Recipes are complete, and a wrong one is refused in a sentence."""

import pytest
import torch

from sdstudio.training import autoencoder, networks, recipe
from sdstudio.training.faults import TrainingError


@pytest.mark.parametrize("name", ["first", "shipped", "large"])
def test_an_edition_fits_into_its_60_megabytes(name: str) -> None:
    plan = recipe.load(name)
    with torch.device("meta"):
        parts = [networks.make_text(plan, plan.text.vocabulary), networks.make_unet(plan)]
        parts.append(autoencoder.make(plan.autoencoder))
    assert 2 * sum(networks.parameters(part) for part in parts) < 60 * 2**20
    assert plan.latent_size * plan.scale_factor == plan.size


def test_an_unknown_recipe_is_refused() -> None:
    with pytest.raises(TrainingError, match="no recipe named nothing"):
        recipe.load("nothing")


def test_networks_with_zero_terminal_signal() -> None:
    assert float(networks.make_schedule().alphas_cumprod[-1]) == 0
