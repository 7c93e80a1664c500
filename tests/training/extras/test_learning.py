"""Extras learn, go on where they stopped, leave the model alone, and become files that others can read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import ControlNetModel, StableDiffusionPipeline

from sdstudio.engine import loading
from sdstudio.engine.extras import inversion
from sdstudio.engine.extras.lora import Worn
from sdstudio.models.library import describe, look
from sdstudio.training import recipe as editions
from sdstudio.training.drawings import Drawings
from sdstudio.training.extras import learners
from sdstudio.training.extras.examples import DrawnExamples
from sdstudio.training.extras.learners import train
from sdstudio.training.extras.lesson import Batch, Lesson, batch_of
from sdstudio.training.extras.recipe import ExtraRecipe
from sdstudio.training.vocabulary import Thing

Sizes = Callable[..., ExtraRecipe]
KINDS = ("lora", "inversion", "controlnet")


class Course:
    """One kind of extra, learned from the tiny drawings."""

    def __init__(self, kind: str, base: Path, sizes: ExtraRecipe, things: list[Thing], drawn: Drawings,
                 tiny: editions.Recipe) -> None:  # fmt: skip
        self.kind, self.sizes = kind, sizes
        self.lesson = Lesson(base)
        self.examples = DrawnExamples(sizes.pictures, sizes.phrase, things, drawn, tiny, 0)
        self.latents = self.lesson.encode(np.stack([self.examples.picture(row) for row in range(len(self.examples))]))
        self.learner = learners.make(kind, self.lesson, sizes)

    def batch(self, step: int) -> Batch:
        return batch_of(self.examples, self.latents, self.sizes, step, with_hints=self.kind == "controlnet")

    def run(self, path: Path, stop_after: int | None = None) -> dict[str, torch.Tensor]:
        return train(self.learner, self.batch, self.sizes, path, stop_after=stop_after)


@pytest.fixture
def course(base: Path, things: list[Thing], drawn: Drawings, tiny: editions.Recipe) -> Callable[..., Course]:
    return lambda kind, sizes: Course(kind, base, sizes, things, drawn, tiny)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_stops_goes_on_as_if_it_had_not(
    course: Callable[..., Course], sizes: Sizes, tmp_path: Path, kind: str
) -> None:
    whole = course(kind, sizes()).run(tmp_path / "whole.pt")
    course(kind, sizes()).run(tmp_path / "parts.pt", stop_after=2)
    parts = course(kind, sizes()).run(tmp_path / "parts.pt")
    assert whole.keys() == parts.keys()
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_falls_and_the_model_stays_as_it_was(
    course: Callable[..., Course], sizes: Sizes, base: Path, tmp_path: Path, kind: str
) -> None:
    learning = course(kind, sizes(steps=40, caption_dropout=0.0))
    held = learning.batch(10_000)
    with torch.no_grad():
        before = learning.learner.loss(held).item()
    learning.run(tmp_path / "run.pt")
    with torch.no_grad():
        assert learning.learner.loss(held).item() < before
    fresh = Lesson(base)
    for ours, theirs in ((learning.lesson.unet, fresh.unet), (learning.lesson.text.encoder, fresh.text.encoder)):
        now = {name.replace(".base_layer", ""): value for name, value in ours.state_dict().items()}
        assert all(torch.equal(value, now[name]) for name, value in theirs.state_dict().items())


def written(learning: Course, folder: Path) -> Path:
    average = learning.run(folder / "run.pt")
    return learning.learner.write(folder / "extras" / "tiny", average, learning.sizes)


def plain(base: Path) -> Any:
    pipeline = StableDiffusionPipeline.from_pretrained(base, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def test_a_lora_is_read_by_the_engine_and_by_diffusers(
    course: Callable[..., Course], sizes: Sizes, base: Path, tmp_path: Path
) -> None:
    path = written(course("lora", sizes()), tmp_path)
    (extra,) = look([tmp_path]).extras
    assert (extra.kind, extra.title, extra.text_width, extra.note) == ("lora", "Tiny", 32, "A note.")
    model = loading.load(describe(base), torch.device("cpu"), lambda done: None)
    model.wardrobe.wear((Worn(str(path), "tiny", 1.0),))
    pipeline = plain(base)
    pipeline.load_lora_weights(str(path))
    pipeline.fuse_lora()
    pipeline.unload_lora_weights()
    theirs = pipeline.unet.state_dict()
    assert all(torch.allclose(value, theirs[name], atol=1e-6) for name, value in model.unet.state_dict().items())
    layer = "mid_block.attentions.0.transformer_blocks.0.attn1.to_q.weight"
    assert not torch.equal(theirs[layer], plain(base).unet.state_dict()[layer])


def test_a_word_is_read_by_the_engine_and_by_diffusers(
    course: Callable[..., Course], sizes: Sizes, base: Path, tmp_path: Path
) -> None:
    path = written(course("inversion", sizes("lavender")), tmp_path)
    (extra,) = look([tmp_path]).extras
    assert (extra.kind, extra.text_width) == ("embedding", 32)
    assert inversion.read(path, "tiny")[0].shape == (3, 32)
    pipeline = plain(base)
    pipeline.load_textual_inversion(str(path), token="<tiny>")
    assert len(pipeline.tokenizer.tokenize("<tiny>")) == 1


def test_a_control_model_is_read_by_the_engine_and_by_diffusers(
    course: Callable[..., Course], sizes: Sizes, base: Path, tmp_path: Path
) -> None:
    path = written(course("controlnet", sizes("views")), tmp_path)
    (extra,) = look([tmp_path]).extras
    assert (extra.kind, extra.text_width) == ("controlnet", 32)
    model = loading.load(describe(base), torch.device("cpu"), lambda done: None)
    model.controls.hold({"tiny": extra}, lambda: None)
    theirs = ControlNetModel.from_pretrained(path, local_files_only=True)
    assert theirs.config.conditioning_embedding_out_channels == [4, 8, 8]
