"""What is exported loads in plain diffusers and draws: a tiny edition trained here, and the starter in the box."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionPipeline

from sdstudio.training import autoencoder, batches, diffusion, export, latents, recipe, tokenizer
from sdstudio.training.drawings import Drawings
from sdstudio.training.vocabulary import Thing

STARTER = Path(__file__).parents[2] / "resources" / "models" / "starter"


@pytest.fixture
def exported(drawn: Drawings, things: list[Thing], tiny: recipe.Recipe, tmp_path: Path) -> Path:
    """A tiny edition, trained for a few steps and exported."""
    autoencoder.train(drawn, tiny, tmp_path)
    cached = latents.prepare(things, drawn, tiny, tmp_path, autoencoder.load(tiny, tmp_path))
    words = [word for thing in things for word in thing.words]
    reader = tokenizer.save(tmp_path / "tokenizer", *tokenizer.learn(words, tiny.text.vocabulary), tiny.text.positions)
    diffusion.train(batches.Material(things, latents.views(things, tiny), cached, reader), tiny, tmp_path)
    nets, step, _ = diffusion.load(tiny, len(reader), tmp_path)
    assert step == tiny.diffusion.budget.steps
    vae = autoencoder.make(tiny.autoencoder)
    vae.load_state_dict(torch.load(tmp_path / "settled.pt", weights_only=True)["model"])
    export.write(tmp_path / "model", nets, vae, tmp_path / "tokenizer", tiny, words, ["flat"], {})
    return tmp_path / "model"


def draw(folder: Path, size: int) -> np.ndarray:
    pipeline = StableDiffusionPipeline.from_pretrained(folder, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    made = pipeline("a cat", num_inference_steps=2, generator=torch.Generator().manual_seed(1)).images[0]
    again = StableDiffusionImg2ImgPipeline(**pipeline.components, requires_safety_checker=False)
    again.set_progress_bar_config(disable=True)
    assert again("a cat", image=made, num_inference_steps=2, strength=0.5).images[0].size == (size, size)
    return np.asarray(made)


def test_a_tiny_edition_draws_in_plain_diffusers(exported: Path, tiny: recipe.Recipe) -> None:
    picture = draw(exported, tiny.size)
    assert picture.shape == (tiny.size, tiny.size, 3)


def test_the_program_finds_what_it_needs_beside_the_weights(exported: Path, tiny: recipe.Recipe) -> None:
    about = json.loads((exported / "sdstudio.json").read_text(encoding="utf-8"))
    assert about["native_size"] == tiny.size
    assert {"title", "steps", "cfg_scale", "sampler", "schedule", "vocabulary", "note"} <= about.keys()
    config = json.loads((exported / "scheduler" / "scheduler_config.json").read_text(encoding="utf-8"))
    assert config["prediction_type"] == "v_prediction"
    assert config["rescale_betas_zero_snr"]
    assert config["timestep_spacing"] == "trailing"


@pytest.mark.skipif(not STARTER.exists(), reason="the starter has not been trained yet")
def test_the_starter_draws_in_plain_diffusers() -> None:
    about = json.loads((STARTER / "sdstudio.json").read_text(encoding="utf-8"))
    picture = draw(STARTER, about["native_size"])
    assert picture.shape == (about["native_size"], about["native_size"], 3)
    assert sum(file.stat().st_size for file in STARTER.rglob("*")) < 60 * 2**20
