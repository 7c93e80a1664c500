"""The three kinds of extras as things that learn: LoRA (arXiv 2106.09685), textual inversion (arXiv 2208.01618) and
control model (arXiv 2302.05543).

Owns which weights change, how the loss sees them, and the file that each becomes, in layouts that diffusers reads.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import torch
from diffusers import ControlNetModel
from peft import LoraConfig
from safetensors.torch import save_file
from torch import nn

from sdstudio.training import device, run
from sdstudio.training.extras.lesson import Batch, Lesson
from sdstudio.training.extras.recipe import ExtraRecipe


class Learner(Protocol):
    """What is being learned: its weights, the loss of a batch, and the file that it becomes."""

    @property
    def weights(self) -> nn.Module:
        """The weights that change, and no others."""

    def loss(self, batch: Batch) -> torch.Tensor: ...

    def write(self, path: Path, average: dict[str, torch.Tensor], recipe: ExtraRecipe) -> Path:
        """Write the extra with the averaged weights; returns where it is."""


class LoraLearner:
    """Low-rank changes of the denoiser's layers; the words are left as they are."""

    def __init__(self, lesson: Lesson, recipe: ExtraRecipe) -> None:
        torch.manual_seed(recipe.seed)
        self._lesson, self._min_snr = lesson, recipe.min_snr
        config = LoraConfig(r=recipe.rank, lora_alpha=recipe.rank, target_modules=recipe.layers, init_lora_weights=True)
        lesson.unet.add_adapter(config)
        learned = {name: weight for name, weight in lesson.unet.named_parameters() if weight.requires_grad}
        self.weights: nn.Module = nn.ParameterDict({_key(name): weight for name, weight in learned.items()})
        self._names = {_key(name): name for name in learned}

    def loss(self, batch: Batch) -> torch.Tensor:
        noisy, wanted = self._lesson.noised(batch)
        with torch.no_grad():
            words = self._lesson.words(batch.texts)
        made = self._lesson.unet(noisy, batch.steps.to(noisy.device), words).sample
        return self._lesson.loss(made, wanted, batch.steps, self._min_snr)

    def write(self, path: Path, average: dict[str, torch.Tensor], recipe: ExtraRecipe) -> Path:
        """As diffusers writes LoRAs; the rank is the alpha, so no scale has to be told."""
        tensors = {f"unet.{self._names[key].replace('.default', '')}": value for key, value in average.items()}
        return _save(path.with_suffix(".safetensors"), tensors, recipe)


class InversionLearner:
    """The vectors of one new word; every network is left as it is."""

    def __init__(self, lesson: Lesson, recipe: ExtraRecipe) -> None:
        self._lesson, self._min_snr, self._word = lesson, recipe.min_snr, recipe.phrase
        table = lesson.text.encoder.get_input_embeddings().weight
        known = lesson.text.numbers(recipe.start_from)[: recipe.vectors] or [0]
        chosen = [known[number % len(known)] for number in range(recipe.vectors)]
        self._vectors = nn.Parameter(table[chosen].detach().clone().float())
        self.weights: nn.Module = nn.ParameterDict({"vectors": self._vectors})

    def loss(self, batch: Batch) -> torch.Tensor:
        self._lesson.text.learned.teach({self._word: self._vectors})
        noisy, wanted = self._lesson.noised(batch)
        words = self._lesson.words(batch.texts)
        made = self._lesson.unet(noisy, batch.steps.to(noisy.device), words).sample
        return self._lesson.loss(made, wanted, batch.steps, self._min_snr)

    def write(self, path: Path, average: dict[str, torch.Tensor], recipe: ExtraRecipe) -> Path:
        """As A1111 writes embeddings, which diffusers reads too."""
        return _save(path.with_suffix(".safetensors"), {"emb_params": average["vectors"]}, recipe)


class ControlLearner:
    """A copy of the denoiser's first half that reads a control picture; the denoiser is left as it is."""

    def __init__(self, lesson: Lesson, recipe: ExtraRecipe) -> None:
        torch.manual_seed(recipe.seed)
        self._lesson, self._min_snr = lesson, recipe.min_snr
        network: Any = ControlNetModel.from_unet(
            lesson.unet, conditioning_embedding_out_channels=tuple(recipe.hint_widths)
        )
        self._network = device.place(network.float().train().requires_grad_(True), lesson.model.device)
        self.weights: nn.Module = self._network

    def loss(self, batch: Batch) -> torch.Tensor:
        assert batch.hints is not None, "a control model learns from control pictures"
        noisy, wanted = self._lesson.noised(batch)
        with torch.no_grad():
            words = self._lesson.words(batch.texts)
        steps = batch.steps.to(noisy.device)
        down, middle = self._network(noisy, steps, words, batch.hints.to(noisy.device), return_dict=False)
        made = self._lesson.unet(
            noisy, steps, words, down_block_additional_residuals=down, mid_block_additional_residual=middle
        ).sample
        return self._lesson.loss(made, wanted, batch.steps, self._min_snr)

    def write(self, path: Path, average: dict[str, torch.Tensor], recipe: ExtraRecipe) -> Path:
        """As a diffusers folder, in half precision."""
        network: Any = ControlNetModel.from_config(self._network.config)
        network.load_state_dict(average)
        network.half().save_pretrained(path)
        for weights in path.glob("*.safetensors"):
            weights.chmod(0o644)  # safetensors makes them private
        return path


def make(kind: str, lesson: Lesson, recipe: ExtraRecipe) -> Learner:
    """A learner that has learned nothing yet; ``kind`` is a command's name."""
    if kind == "controlnet":
        return ControlLearner(lesson, recipe)
    return LoraLearner(lesson, recipe) if kind == "lora" else InversionLearner(lesson, recipe)


def _key(name: str) -> str:
    """A parameter's name without dots, which ParameterDict does not take."""
    return name.replace(".", "/")


def _save(path: Path, tensors: dict[str, torch.Tensor], recipe: ExtraRecipe) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    notes = {"modelspec.title": recipe.title, "sdstudio.note": recipe.note, "format": "pt"}
    halves = {name: value.detach().to("cpu", torch.float16).contiguous() for name, value in tensors.items()}
    save_file(halves, path, notes)
    path.chmod(0o644)
    return path


def train(
    learner: Learner, batches: Callable[[int], Batch], recipe: ExtraRecipe, path: Path,
    stop_after: int | None = None, each_step: Callable[[], bool] = lambda: False,
) -> dict[str, torch.Tensor]:  # fmt: skip
    """Train until the budget is used up, from the checkpoint ``path`` if it is there; returns the averaged weights."""
    manner = run.Manner(recipe.learning_rate, recipe.budget, recipe.ema, weight_decay=1e-3, warmup=50)
    going = run.Run(path, learner.weights, manner)

    def loss(batch: Batch) -> torch.Tensor:
        with device.attention(batch.latents.device):
            return learner.loss(batch)

    run.train(going, batches, loss, stop_after, each_step)
    return going.average.weights
