"""The decoder's last training: on true latents and on drafts, with the encoder left alone."""

from pathlib import Path

import msgspec
import pytest
import torch
from diffusers import AutoencoderTiny

from sdstudio.training import autoencoder, batches, captions, checkpoint, diffusion, drafts, latents, polish, tokenizer
from sdstudio.training.drafts import Drafts
from sdstudio.training.drawings import Drawings
from sdstudio.training.recipe import Budget, Recipe
from sdstudio.training.vocabulary import Thing


@pytest.fixture
def short(tiny: Recipe) -> Recipe:
    sizes = msgspec.structs.replace(tiny.autoencoder, polish=Budget(steps=30), polish_rate=5e-3, ema=0.8, batch=8)
    return msgspec.structs.replace(tiny, autoencoder=sizes)


@pytest.fixture
def lesson(things: list[Thing], short: Recipe, tmp_path: Path) -> batches.Material:
    words = [word for thing in things for word in thing.words] + captions.OWN_WORDS
    reader = tokenizer.save(tmp_path, *tokenizer.learn(words, 600), short.text.positions)
    plan = latents.views(things, short)
    torch.manual_seed(1)
    return batches.Material(things, plan, torch.randn(len(plan), 4, 8, 8).half(), reader)


def test_drafts_are_redrawn_views_of_things_that_are_not_held_out(
    lesson: batches.Material, drawn: Drawings, short: Recipe, tmp_path: Path
) -> None:
    nets = diffusion.Networks(short, len(lesson.tokenizer)).eval()
    made = drafts.prepare(nets, lesson, drawn, msgspec.structs.replace(
        short, autoencoder=msgspec.structs.replace(short.autoencoder, drafts=18)), tmp_path)  # fmt: skip
    assert made.latents.shape == (18, 4, 8, 8)
    unseen = {entry.code for entry in autoencoder.held_out(drawn)}
    assert unseen
    assert not unseen & {lesson.things[lesson.views[row].thing].entry.code for row in made.rows}
    true = lesson.latents[made.rows].float()
    assert (made.latents.float() - true).flatten(1).abs().amax(1).min() > 0.01
    again = drafts.make(nets, lesson, drawn, short, 18)
    assert again.rows == made.rows
    assert torch.equal(again.latents, made.latents)


def test_a_crop_of_a_draft_lies_over_the_same_crop_of_its_picture(
    lesson: batches.Material, drawn: Drawings, short: Recipe
) -> None:
    factor = short.scale_factor
    pictures = [latents.picture(view, lesson.things[view.thing], drawn, short) for view in lesson.views]
    shrunk = torch.stack([torch.from_numpy(one[::factor, ::factor, :1].copy()).permute(2, 0, 1) for one in pictures])
    drawn_all = Drafts(shrunk.float(), list(range(len(lesson.views))))
    for step in range(5):
        inside, shown = drafts.crops(drawn_all, lesson, drawn, short, step)
        assert inside.shape == (4, 1, 4, 4)
        assert torch.equal(inside[:, 0], torch.from_numpy(shown[:, ::factor, ::factor, 0].copy()).float())


def test_the_decoder_learns_to_mend_drafts_and_the_encoder_stays(
    lesson: batches.Material, drawn: Drawings, short: Recipe, tmp_path: Path
) -> None:
    torch.manual_seed(2)
    model = autoencoder.make(short.autoencoder)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    rows = list(range(len(lesson.views)))
    given = Drafts(lesson.latents, rows)

    def error(one: AutoencoderTiny) -> float:
        inside, shown = drafts.crops(given, lesson, drawn, short, 999)
        with torch.no_grad():
            made = one.decoder(inside)
        return autoencoder.difference(made, autoencoder.as_tensor(shown)).item()

    first = error(model)
    polish.train(model, given, lesson, drawn, short, tmp_path)
    state = checkpoint.load(tmp_path / "decoder.pt")
    assert state is not None
    model.load_state_dict(state["average"])
    assert error(model) < 0.8 * first
    encoder = {name for name in before if name.startswith("encoder")}
    assert encoder
    assert all(torch.equal(state["average"][name], before[name]) for name in encoder)
