"""What networks learn from is the same for the same seed, and is composed as it says."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from sdstudio.training import (
    autoencoder,
    batches,
    captions,
    diffusion,
    latents,
    networks,
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
    lesson = batches.Material(things, plan, torch.randn(len(plan), 4, 8, 8), reader)
    one, same, other = (batches.batch_of(lesson, tiny, step) for step in (2, 2, 3))
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


def with_everything(tiny: recipe.Recipe) -> recipe.Recipe:
    return msgspec.structs.replace(
        tiny, diffusion=msgspec.structs.replace(tiny.diffusion, batch=16, views=6, small_views=2, sketches=2)
    )


def test_a_drawing_has_large_views_then_small_ones_then_sketches(things: list[Thing], tiny: recipe.Recipe) -> None:
    full = with_everything(tiny)
    own = latents.views(things, full)[: full.diffusion.per_drawing]
    assert [view.where.scale < 0.6 for view in own] == [False] * 4 + [True] * 2 + [False] * 2
    assert [view.sketched for view in own] == [False] * 6 + [True] * 2
    assert [view.where == own[0].where for view in own[:4]] == [True, False, True, True]  # on colours as on white
    assert [view.background == "white" for view in own] == [True, True, False, False, True, False, True, False]
    assert [own[6].where, own[7].where] == [own[0].where, own[2].where]


def test_a_sketch_shows_its_view_blurred(things: list[Thing], tiny: recipe.Recipe, drawn: Drawings) -> None:
    full = with_everything(tiny)
    own = latents.views(things, full)[: full.diffusion.per_drawing]
    for view, sketch in ((own[0], own[6]), (own[2], own[7])):
        sharp, soft = (latents.picture(one, things[0], drawn, full).astype(float) for one in (view, sketch))
        assert np.abs(sharp[0, 0] - soft[0, 0]).max() < 12  # the same shade of the background
        assert np.abs(np.diff(soft, axis=1)).max() < np.abs(np.diff(sharp, axis=1)).max() / 2


def test_a_small_thing_starts_from_a_small_sketch_in_the_same_place(
    things: list[Thing], tiny: recipe.Recipe, tmp_path: Path
) -> None:
    full = msgspec.structs.replace(tiny, diffusion=msgspec.structs.replace(with_everything(tiny).diffusion, sketches=4))
    assert full.diffusion.sketched_views == [0, 2, 4, 5]
    words = [word for thing in things for word in thing.words] + captions.OWN_WORDS
    reader = tokenizer.save(tmp_path, *tokenizer.learn(words, 600), tiny.text.positions)
    plan = latents.views(things, full)
    # a bar in the middle: 1 where it is sharp, 2 where it is a sketch; larger views have none
    marks = torch.zeros(len(plan), 4, 8, 8)
    for row, view in enumerate(plan):
        marks[row, :, 4, 4] = (2.0 if view.sketched else 1.0) if view.where.scale < 0.6 else 0.0
    lesson = batches.Material(things, plan, marks, reader)
    pairs = 0
    for step in range(60):
        made = batches.batch_of(lesson, full, step)
        for seen, wanted in zip(made.seen, made.latents, strict=True):
            if not torch.equal(seen, wanted):
                pairs += 1
                assert torch.allclose(seen, 2 * wanted)
    assert pairs > 3


def test_batches_hold_places_pairs_and_sketches(things: list[Thing], tiny: recipe.Recipe, tmp_path: Path) -> None:
    full = with_everything(tiny)
    words = [word for thing in things for word in thing.words] + captions.OWN_WORDS
    reader = tokenizer.save(tmp_path, *tokenizer.learn(words, 600), tiny.text.positions)
    plan = latents.views(things, full)
    lesson = batches.Material(things, plan, torch.randn(len(plan), 4, 8, 8), reader)
    made = [batches.batch_of(lesson, full, step) for step in range(40)]
    said = [reader.decode(row, skip_special_tokens=True) for one in made for row in one.tokens]
    assert any("small, on the left" in text.replace(" ,", ",") for text in said)
    assert any(" and " in text or " next to " in text for text in said)
    sketched = torch.cat([(one.seen != one.latents).flatten(1).any(1) for one in made])
    steps = torch.cat([one.steps for one in made])
    assert 0.03 < sketched.float().mean() < 0.3
    assert steps[sketched].min() >= 300
    assert steps[sketched].max() < 800
    still = batches.batch_of(lesson, full, 3, still=True)
    assert torch.equal(still.seen, still.latents)


def test_what_is_wanted_from_a_sketch_leads_to_the_picture(things: list[Thing], tiny: recipe.Recipe) -> None:
    alphas = networks.make_schedule().alphas_cumprod
    torch.manual_seed(0)
    latents_, seen, noise = torch.randn(3, 2, 4, 8, 8)
    steps = torch.tensor([350, 700])

    class Oracle(torch.nn.Module):
        """Says the v that gives the wanted latents from what it is shown."""

        def unet(self, noisy: torch.Tensor, at: torch.Tensor, _words: torch.Tensor) -> object:
            alpha = alphas[at].view(-1, 1, 1, 1)
            return type("Made", (), {"sample": (alpha.sqrt() * noisy - latents_) / (1 - alpha).sqrt()})

        def text(self, tokens: torch.Tensor) -> tuple[torch.Tensor]:
            return (tokens,)

    batch = batches.Batch(latents_, seen, noise, steps, torch.zeros(2, 4))
    assert diffusion.loss_of(Oracle(), batch, alphas, 5.0).item() < 1e-9  # type: ignore[arg-type]


def test_two_things_lie_beside_each_other() -> None:
    left, right = torch.zeros(1, 4, 8), torch.ones(1, 4, 8)
    assert batches.beside(left, right)[0, 0].tolist() == [0] * 4 + [1] * 4


def test_shifted_latents_go_on_at_the_edges() -> None:
    latents = torch.arange(12.0).view(1, 3, 4)
    moved = batches.shifted(latents, 1, -2)
    assert moved.tolist() == [[[2, 3, 3, 3], [2, 3, 3, 3], [6, 7, 7, 7]]]
    assert torch.equal(batches.shifted(latents, 0, 0), latents)
