"""A run that stops and goes on gives the same weights, bit for bit, as one that does not stop."""

from pathlib import Path

import torch

from sdstudio.training import autoencoder, batches, checkpoint, diffusion, latents, recipe, tokenizer
from sdstudio.training.drawings import Drawings
from sdstudio.training.vocabulary import Thing


def weights_of(path: Path) -> dict[str, torch.Tensor]:
    state = checkpoint.load(path)
    assert state is not None
    return state["model"] | {f"average.{name}": value for name, value in state["average"].items()}


def same(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def material(things: list[Thing], tiny: recipe.Recipe, folder: Path) -> batches.Material:
    words = [word for thing in things for word in thing.words]
    reader = tokenizer.save(folder, *tokenizer.learn(words, tiny.text.vocabulary), tiny.text.positions)
    plan = latents.views(things, tiny)
    shape = (len(plan), tiny.autoencoder.latent_channels, tiny.latent_size, tiny.latent_size)
    return batches.Material(things, plan, torch.randn(shape, generator=torch.Generator().manual_seed(0)).half(), reader)


def test_diffusion_resumes_exactly(things: list[Thing], tiny: recipe.Recipe, tmp_path: Path) -> None:
    lesson = material(things, tiny, tmp_path / "tokenizer")
    diffusion.train(lesson, tiny, tmp_path / "whole")
    diffusion.train(lesson, tiny, tmp_path / "parts", stop_after=3)
    diffusion.train(lesson, tiny, tmp_path / "parts")

    assert same(weights_of(tmp_path / "whole" / "diffusion.pt"), weights_of(tmp_path / "parts" / "diffusion.pt"))


def test_autoencoder_resumes_exactly(drawn: Drawings, tiny: recipe.Recipe, tmp_path: Path) -> None:
    autoencoder.train(drawn, tiny, tmp_path / "whole")
    autoencoder.train(drawn, tiny, tmp_path / "parts", stop_after=2)
    autoencoder.train(drawn, tiny, tmp_path / "parts")

    assert same(weights_of(tmp_path / "whole" / "autoencoder.pt"), weights_of(tmp_path / "parts" / "autoencoder.pt"))
