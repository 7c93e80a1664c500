"""What networks learn from is the same for the same seed, and is composed as it says."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from sdstudio.training import (
    autoencoder,
    captions,
    diffusion,
    latents,
    packages,
    pictures,
    recipe,
    tokenizer,
    vocabulary,
)
from sdstudio.training.drawings import Drawings
from sdstudio.training.faults import TrainingError
from sdstudio.training.vocabulary import Thing


def test_crops_depend_on_seed_and_step_only(drawn: Drawings, tiny: recipe.Recipe) -> None:
    assert np.array_equal(autoencoder.crops(drawn, tiny, 3), autoencoder.crops(drawn, tiny, 3))
    assert not np.array_equal(autoencoder.crops(drawn, tiny, 3), autoencoder.crops(drawn, tiny, 4))


def test_every_drawing_has_its_views_first_on_white(things: list[Thing], tiny: recipe.Recipe) -> None:
    plan = latents.views(things, tiny)
    assert len(plan) == len(things) * len(packages.STYLES) * tiny.diffusion.views
    assert plan == latents.views(things, tiny)
    assert plan[0].background == "white"
    assert plan[tiny.diffusion.views - 1].background != "white"


def test_batches_depend_on_seed_and_step_only(things: list[Thing], tiny: recipe.Recipe, tmp_path: Path) -> None:
    reader = tokenizer.save(tmp_path, *tokenizer.learn(captions.OWN_WORDS, 600), tiny.text.positions)
    plan = latents.views(things, tiny)
    lesson = diffusion.Material(things, plan, torch.randn(len(plan), 4, 8, 8), reader)
    one, same, other = (diffusion.batch_of(lesson, tiny, step) for step in (2, 2, 3))
    assert torch.equal(one.noise, same.noise)
    assert torch.equal(one.tokens, same.tokens)
    assert not torch.equal(one.noise, other.noise)


def test_settled_latents_are_centred_and_the_decoder_still_understands_them(tiny: recipe.Recipe) -> None:
    torch.manual_seed(0)
    model = autoencoder.make(tiny.autoencoder)
    pictures_in = torch.rand(4, 3, 32, 32) * 2 - 1
    with torch.no_grad():
        before = model.encoder(pictures_in) * 0.1  # far from where the decoder squashes
        model.encoder.layers[-1].weight.mul_(0.1)
        model.encoder.layers[-1].bias.mul_(0.1)
        shown = model.decoder(before)[..., 8:-8, 8:-8]
        latents.settle(model, before)
        after = model.encoder(pictures_in)
        assert torch.allclose(after.mean((0, 2, 3)), torch.zeros(4), atol=1e-4)
        assert torch.allclose(after.std((0, 2, 3)), torch.full((4,), latents.DEVIATION), atol=1e-3)
        assert (model.decoder(after)[..., 8:-8, 8:-8] - shown).abs().max() < 0.1


def test_a_drawing_covers_its_background_only_where_it_is_solid(drawn: Drawings) -> None:
    drawing = drawn.get(drawn.entries[0], "noto")
    made = pictures.over(drawing, np.array([[[10, 20, 30]]], np.uint8))
    assert made[0, 0].tolist() == [10, 20, 30]
    assert made[16, 16].tolist() == [220, 50, 50]


def test_moving_and_shrinking_keeps_the_drawing_inside(drawn: Drawings) -> None:
    placed = pictures.place(drawn.get(drawn.entries[0], "noto"), pictures.Placement(0.5, 0.25, 0.0), 32)
    assert placed[:, :16, 3].max() == 0
    assert placed[:, 16:, 3].max() == 255


def test_dominant_colours_have_names(drawn: Drawings) -> None:
    assert vocabulary.dominant_colour(drawn.get(drawn.entries[0], "noto")) == "red"
    assert vocabulary.dominant_colour(np.zeros((32, 32, 4), np.uint8)) == ""


def test_a_list_with_unknown_drawings_is_refused(drawn: Drawings) -> None:
    with pytest.raises(TrainingError, match="do not exist"):
        vocabulary.read("first", drawn)


def test_small_views_say_where_they_are(things: list[Thing], tiny: recipe.Recipe) -> None:
    aside = msgspec.structs.replace(tiny, diffusion=msgspec.structs.replace(tiny.diffusion, small_views=1))
    plan = latents.views(things, aside)
    assert [view.place.startswith("small, ") for view in plan[: tiny.diffusion.views]] == [False, False, True]
    assert plan[tiny.diffusion.views - 1].where.scale < 0.6


def test_shifted_latents_go_on_at_the_edges() -> None:
    latents = torch.arange(12.0).view(1, 3, 4)
    moved = diffusion.shifted(latents, 1, -2)
    assert moved.tolist() == [[[2, 3, 3, 3], [2, 3, 3, 3], [6, 7, 7, 7]]]
    assert torch.equal(diffusion.shifted(latents, 0, 0), latents)
