"""The stages of an edition, in order. Owns which files each stage reads and writes; must not know how they work."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from diffusers import AutoencoderTiny
from transformers import CLIPTokenizer

from sdstudio import paths
from sdstudio.training import (
    autoencoder,
    batches,
    captions,
    card,
    checkpoint,
    courtesy,
    device,
    diffusion,
    drawings,
    export,
    latents,
    networks,
    packages,
    recipe,
    sampling,
    tokenizer,
    vocabulary,
    wording,
)  # fmt: skip
from sdstudio.training.evaluation import report
from sdstudio.training.faults import TrainingError

SHEET = [
    *("apple", "banana", "cat", "dog", "fish", "tree", "sun", "moon", "star", "house", "car", "rocket"),
    *("cake", "pizza", "heart", "hat", "key", "book", "guitar", "mushroom", "cactus", "snowman", "panda", "butterfly"),
]


@dataclass(frozen=True)
class Options:
    """What the command line said."""

    recipe: str
    work: Path
    packages: Path | None = None
    model: Path | None = None
    quick: bool = False


class Edition:
    """One edition in its work folder: what every stage needs, made when first asked for."""

    def __init__(self, options: Options) -> None:
        self.options, self.work = options, options.work
        self.recipe = recipe.load(options.recipe)
        self.model = options.model or options.work / "model"

    @cached_property
    def drawings(self) -> drawings.Drawings:
        """The rendered drawings, fetched and rendered when they are not there."""
        self.make_data()
        return drawings.Drawings(self.work / "drawings")

    @cached_property
    def things(self) -> list[vocabulary.Thing]:
        """What the edition can draw."""
        return vocabulary.read(self.recipe.things, self.drawings)

    @cached_property
    def tokenizer(self) -> CLIPTokenizer:
        """The tokenizer, learned from the edition's own words when it is not there."""
        folder = self.work / "tokenizer"
        if (folder / "vocab.json").exists():
            return tokenizer.load(folder)
        words = [word for thing in self.things for name in thing.words for word in name.split() * 3]
        words += captions.OWN_WORDS * 10
        return tokenizer.save(folder, *tokenizer.learn(words, self.recipe.text.vocabulary), self.recipe.text.positions)

    def settled(self) -> AutoencoderTiny:
        """The autoencoder whose latents the UNet learned, with the decoder's latest weights."""
        model = autoencoder.make(self.recipe.autoencoder)
        for name, kind in (("settled.pt", "model"), ("decoder.pt", "average")):
            if (state := checkpoint.load(self.work / name)) is not None:
                model.load_state_dict(state[kind])
        return model.eval()

    def make_data(self) -> None:
        """Fetch the packages and render the drawings, unless that has been done."""
        folder = self.work / "drawings"
        if not drawings.are_in(folder):
            modules = self.options.packages or packages.fetch(self.work / "packages")
            drawings.build(modules, folder, self.recipe.size)

    def train_autoencoder(self) -> None:
        """Train the autoencoder."""
        autoencoder.train(self.drawings, self.recipe, self.work, each_step=courtesy.Courtesy())

    def train_diffusion(self) -> None:
        """Encode the views and train the text encoder and the UNet."""
        cached = self.make_latents()
        views = latents.views(self.things, self.recipe)
        material = batches.Material(self.things, views, cached, self.tokenizer)
        polite = courtesy.Courtesy()

        def teach(nets: diffusion.Networks) -> None:
            wording.learn(nets, material, self.recipe, self.recipe.text.steps, polite)

        diffusion.train(material, self.recipe, self.work, self._sheet, each_step=polite, teach=teach)

    def make_latents(self) -> torch.Tensor:
        """The cached latents of every view."""
        if (state := checkpoint.load(self.work / "latents.pt")) is not None:
            return state["latents"]
        model = autoencoder.load(self.recipe, self.work)
        return latents.prepare(self.things, self.drawings, self.recipe, self.work, model)

    def polish_decoder(self) -> None:
        """Train the decoder on, with the latents as they are."""
        first = autoencoder.make(self.recipe.autoencoder)
        if (state := checkpoint.load(self.work / "settled.pt")) is None:
            raise TrainingError("There are no latents in the work folder yet; run the diffusion command first.")
        first.load_state_dict(state["model"])
        autoencoder.train(self.drawings, self.recipe, self.work, each_step=courtesy.Courtesy(), polish=first)

    def write_model(self) -> None:
        """Write the diffusers folder from the last checkpoints."""
        nets, step, seconds = diffusion.load(self.recipe, len(self.tokenizer), self.work)
        words = [thing.words[0] for thing in self.things]
        counters = {
            "ae_steps": self._counter("autoencoder.pt", "step"),
            "ae_minutes": self._counter("autoencoder.pt", "seconds") / 60,
            "decoder_steps": self._counter("decoder.pt", "step"),
            "decoder_minutes": self._counter("decoder.pt", "seconds") / 60,
            "steps_done": step,
            "minutes": seconds / 60,
            "text_weights": networks.parameters(nets.text) / 1e6,
            "unet_weights": networks.parameters(nets.unet) / 1e6,
            "device": device.describe(),
        }
        styles = list(packages.STYLES.values())
        export.write(self.model, nets, self.settled(), self.work / "tokenizer", self.recipe, words, styles, counters)

    def evaluate(self) -> None:
        """Measure the exported model, or the one in the box when there is none in the work folder.

        Writes ``figures.json`` into the work folder and the card into the model's.
        """
        if self.options.model is None and not self.model.exists():
            self.model = paths.resources() / "models" / "starter"
        work = self.work / "evaluation"
        work.mkdir(parents=True, exist_ok=True)
        measured = report.Evaluation(
            self.model, self.things, self.drawings, self.recipe, work, self.options.quick
        ).run()
        report.write(measured, work / ("figures-quick.json" if self.options.quick else "figures.json"))
        if not self.options.quick:
            about = json.loads((self.model / "sdstudio.json").read_text(encoding="utf-8"))
            words = about["vocabulary"]
            written = card.text(self.options.recipe, self.recipe, about["training"], measured, words)
            (self.model / "README.md").write_text(written, encoding="utf-8")

    def _counter(self, name: str, key: str) -> float:
        state = checkpoint.load(self.work / name)
        return 0 if state is None else state[key]

    def _sheet(self, nets: diffusion.Networks, path: Path) -> None:
        known = {word for thing in self.things for word in thing.words}
        said = [captions.plain(word) for word in SHEET if word in known] or [captions.plain(sorted(known)[0])]
        said += [f"{said[0]}, on a blue background", f"{said[-1]}, flat style, on a green background"]
        defaults = self.recipe.defaults
        made = sampling.sample(nets.text, nets.unet, self.tokenizer, said, list(range(len(said))), defaults.steps,
                               defaults.cfg_scale)  # fmt: skip
        sampling.sheet(sampling.decode(self.settled(), made), 9, path)


def run(command: str, options: Options) -> None:
    """Run one stage, or with "all" every stage."""
    edition = Edition(options)
    stages = {
        "data": edition.make_data,
        "autoencoder": edition.train_autoencoder,
        "diffusion": edition.train_diffusion,
        "decoder": edition.polish_decoder,
        "export": edition.write_model,
        "evaluate": edition.evaluate,
    }
    for name, stage in stages.items():
        if command in (name, "all"):
            stage()
