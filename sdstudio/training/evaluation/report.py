"""Runs every measure on an exported edition and writes the figures down (a dictionary, JSON, a table for the card).

Owns which pictures are measured, with which captions and seeds, so that two runs measure the same. Must not know how
the measures work or how the model was trained.
"""

import json
import logging
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny

from sdstudio.training import captions, latents, packages, pictures
from sdstudio.training.autoencoder import HELD_OUT_EVERY, as_tensor
from sdstudio.training.drawings import Drawings, Entry
from sdstudio.training.evaluation import classifier, measures
from sdstudio.training.evaluation.artist import Artist
from sdstudio.training.evaluation.filling import Filler
from sdstudio.training.recipe import Recipe
from sdstudio.training.vocabulary import Thing

log = logging.getLogger(__name__)
JUDGE_STEPS = 3000
STYLE_STEPS = 1500
ASKED = 264  # captions that ask for a background, and as many for a style
STYLE_SIDE = 96  # a style is in the details


class Evaluation:
    """One evaluation: the model, the drawings it is held against, and the figures so far (``figures``)."""

    def __init__(
        self, model: Path, things: list[Thing], drawings: Drawings, recipe: Recipe, work: Path, quick: bool
    ) -> None:
        self.things, self.drawings, self.recipe, self.work = things, drawings, recipe, work
        self.model, self.quick = model, quick
        self.figures: dict[str, float] = {}
        self.artist = Artist(model, recipe.defaults.steps, recipe.defaults.cfg_scale, recipe.defaults.sampler)
        rng = np.random.default_rng(7)
        self.shown = sorted(rng.permutation(len(things))[:60].tolist()) if quick else list(range(len(things)))
        self.seeds = 1 if quick else 4

    def run(self) -> dict[str, float]:
        """Measure everything; a few minutes (quick) to half an hour on two cores."""
        for part in (self.speed, self.recognition, self.obedience, self.autoencoder, self.from_sketches, self.filling):
            started = time.monotonic()
            part()
            log.info("%s measured in %.0f s", part.__name__, time.monotonic() - started)
        return self.figures

    def note(self, **figures: float | np.floating) -> None:
        """Keep and print figures."""
        for name, value in figures.items():
            self.figures[name] = round(float(value), 4)
            log.info("  %s = %.4f", name, value)

    def real(self, entry: Entry, icon_set: str, ground: np.ndarray | None = None) -> np.ndarray:
        """A (size, size, 3) picture of a real drawing, on white or on the (3,) colour ``ground``."""
        placed = pictures.place(self.drawings.get(entry, icon_set), pictures.Placement(0.9), self.recipe.size)
        return pictures.over(placed, (np.full(3, 255, np.uint8) if ground is None else ground)[None, None])

    def speed(self) -> None:
        """Seconds for one picture at the default steps."""
        self.artist.from_text(["a cat"], [0])
        started = time.monotonic()
        self.artist.from_text(["a cat"], [1])
        self.note(seconds_per_picture=time.monotonic() - started)

    def judge(self) -> classifier.Classifier:
        """The classifier of things, trained on the three training sets; its own score on EmojiOne is noted."""
        drawn = [self.drawings.get(thing.entry, name) for thing in self.things for name in packages.STYLES]
        labels = torch.arange(len(self.things)).repeat_interleave(len(packages.STYLES))
        path = self.work / "judge.pt"
        model = classifier.train(classifier.shrink(drawn), labels, len(self.things), JUDGE_STEPS, path)
        held = [row for row, thing in enumerate(self.things) if "emojione" in thing.entry.rows]
        real = np.stack([self.real(self.things[row].entry, "emojione") for row in held])
        first, five = classifier.hits(classifier.rank(model, real), np.array(held))
        self.note(judge_emojione_top1=first, judge_emojione_top5=five, judge_emojione_pictures=len(held))
        return model

    def recognition(self) -> None:
        """Are the pictures of plain captions what they say? Beside it a control with permuted captions."""
        model = self.judge()
        labels = np.repeat(self.shown, self.seeds)
        said = [captions.plain(self.things[row].words[0]) for row in labels]
        made = self.artist.from_text(said, [1000 + i % self.seeds for i in range(len(said))])
        np.save(self.work / "generated.npy", made)
        ranked = classifier.rank(model, made)
        first, five = classifier.hits(ranked, labels)
        self.note(recognised_top1=first, recognised_top5=five, seeds_a_thing=self.seeds)
        permuted = np.random.default_rng(0).permutation(labels)
        self.note(permuted_top5=classifier.hits(ranked, permuted)[1], chance_top5=5 / len(self.things))
        plain = [measures.background_of(picture) == "white" for picture in made]
        self.note(plain_caption_on_white=np.mean(plain))
        self._copies(made[:500] if len(made) > 500 else made)
        self._judge = model

    def _copies(self, made: np.ndarray) -> None:
        whites = [v for v in latents.views(self.things, self.recipe) if v.background == "white"]
        training = [latents.picture(v, self.things[v.thing], self.drawings, self.recipe) for v in whites]
        others = [t for t in self.things if "emojione" in t.entry.rows]
        base = measures.small(np.stack(training))
        far = measures.nearest(measures.small(np.stack([self.real(t.entry, "emojione") for t in others])), base)
        near = measures.nearest(measures.small(made), base)
        self.note(nearest_training_median=np.median(near), nearest_training_p10=np.quantile(near, 0.1),
                  nearest_below_0_06=np.mean(near < 0.06), nearest_training_median_of_emojione=np.median(far),
                  nearest_samples=len(made))  # fmt: skip

    def obedience(self) -> None:
        """Is the background the colour that was said, and the style the one that was said?"""
        rng = np.random.default_rng(1)
        count = 60 if self.quick else ASKED
        rows = rng.integers(len(self.things), size=count)
        colours = [list(pictures.COLOURS)[i % len(pictures.COLOURS)] for i in range(count)]
        names = [captions.plain(self.things[row].words[0]) for row in rows]
        made = self.artist.from_text([f"{n}, on a {c} background" for n, c in zip(names, colours, strict=True)],
                                     list(range(count)))  # fmt: skip
        right = [measures.background_of(picture) == colour for picture, colour in zip(made, colours, strict=True)]
        self.note(background_right=np.mean(right))
        model = self._style_judge()
        styles = [i % len(packages.STYLES) for i in range(count)]
        words = list(packages.STYLES.values())
        made = self.artist.from_text([f"{n}, {words[s]} style" for n, s in zip(names, styles, strict=True)],
                                     list(range(count)))  # fmt: skip
        self.note(style_right=classifier.hits(classifier.rank(model, made), np.array(styles))[0])

    def _style_judge(self) -> classifier.Classifier:
        """The classifier of styles, trained on real drawings; its own score is noted, on every fourth, left out."""
        styles = list(packages.STYLES)
        held = set(range(0, len(self.drawings.entries), 4))
        shown = [entry for row, entry in enumerate(self.drawings.entries) if row not in held]
        drawn = [self.drawings.get(entry, name) for entry in shown for name in styles]
        model = classifier.train(
            classifier.shrink(drawn, STYLE_SIDE), torch.arange(len(styles)).repeat(len(shown)), len(styles),
            STYLE_STEPS, self.work / "style-judge.pt", colours=False,
        )  # fmt: skip
        tried = [self.drawings.entries[row] for row in sorted(held)]
        real = np.stack([self.real(entry, name) for entry in tried for name in styles])
        labels = np.tile(np.arange(len(styles)), len(tried))
        self.note(style_judge_real=classifier.hits(classifier.rank(model, real), labels)[0])
        return model

    def autoencoder(self) -> None:
        """How well the autoencoder keeps pictures it has not seen, and whether ten rounds change their colour."""
        held = [entry for row, entry in enumerate(self.drawings.entries) if row % HELD_OUT_EVERY == 0]
        rng = np.random.default_rng(2)
        sets, colours = list(packages.STYLES), list(pictures.COLOURS)
        whole = np.stack([
            self.real(entry, sets[row % 3], pictures.named_colour(colours[row % len(colours)], rng))
            for row, entry in enumerate(held)
        ])  # fmt: skip
        unseen = np.stack([self.real(t.entry, "emojione") for t in self.things if "emojione" in t.entry.rows][:96])
        vae = self.artist.text.vae
        self.note(autoencoder_psnr_held_out=_mean_psnr(vae, whole), autoencoder_psnr_emojione=_mean_psnr(vae, unseen))
        now = whole[:24]
        drifts = []
        for _ in range(10):
            after = _round_trip(vae, now)
            drifts.append(np.abs(after.mean((1, 2), dtype=np.float64) - now.mean((1, 2), dtype=np.float64)).mean())
            now = after
        total = np.abs(now.mean((1, 2), dtype=np.float64) - whole[:24].mean((1, 2), dtype=np.float64)).mean()
        self.note(drift_per_round_levels=np.mean(drifts), drift_of_ten_rounds_levels=total)

    def from_sketches(self) -> None:
        """From the 8x8-colour sketch of an EmojiOne drawing (never trained on), at strength 0.6."""
        rows = [row for row in self.shown if "emojione" in self.things[row].entry.rows][: 40 if self.quick else 120]
        sketches = np.stack([measures.sketch_of(self.real(self.things[row].entry, "emojione")) for row in rows])
        said = [captions.plain(self.things[row].words[0]) for row in rows]
        made = self.artist.from_pictures(sketches, said, list(range(len(rows))), 0.6)
        free = self.artist.from_text(said, list(range(len(rows))))
        self.note(sketch_recognised_top5=classifier.hits(classifier.rank(self._judge, made), np.array(rows))[1],
                  text_recognised_top5_same=classifier.hits(classifier.rank(self._judge, free), np.array(rows))[1],
                  sketch_ssim=np.mean([measures.ssim(a, b) for a, b in zip(made, sketches, strict=True)]),
                  text_ssim=np.mean([measures.ssim(a, b) for a, b in zip(free, sketches, strict=True)]))  # fmt: skip
        np.save(self.work / "sketched.npy", np.stack([sketches, made], 1))

    def filling(self) -> None:
        """Right halves of real drawings masked and drawn again by the program.

        How visible is the line, and is the half alone still what it was, for the judge, as often as the real half is?
        """
        rows = self.shown[:: max(1, len(self.shown) // (16 if self.quick else 64))]
        whole = np.stack([self.real(self.things[row].entry, "noto") for row in rows])
        middle = self.recipe.size // 2
        mask = np.zeros(whole.shape[1:3], bool)
        mask[:, middle:] = True
        said = [f"{captions.plain(self.things[row].words[0])}, {packages.STYLES['noto']} style" for row in rows]
        made = Filler(self.model).fill(whole, mask, said, list(range(len(rows))))
        seam = np.mean([measures.jump(p, middle) for p in made]) / np.mean([measures.jump(p, middle) for p in whole])
        kept = float((made[:, ~mask] == whole[:, ~mask]).all())
        self.note(seam_jump_ratio=seam, unmasked_identical=kept)
        halves = [np.where(mask[None, ..., None], images, 255).astype(np.uint8) for images in (made, whole)]
        drawn, real = (classifier.hits(classifier.rank(self._judge, half), np.array(rows))[1] for half in halves)
        self.note(filled_half_top5=drawn, real_half_top5=real)
        np.save(self.work / "filled.npy", np.stack([whole, made], 1))


def write(figures: dict[str, float], path: Path) -> None:
    """Write the figures as JSON."""
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


@torch.no_grad()
def _round_trip(vae: AutoencoderTiny, images: np.ndarray) -> np.ndarray:
    where = next(vae.parameters()).device
    made = [vae.decode(vae.encode(part.to(where)).latents).sample.cpu() for part in as_tensor(images).split(8)]
    return torch.cat(made).clamp(-1, 1).add(1).mul(127.5).round().byte().permute(0, 2, 3, 1).numpy()


def _mean_psnr(vae: AutoencoderTiny, images: np.ndarray) -> float:
    return float(np.mean([measures.psnr(a, b) for a, b in zip(_round_trip(vae, images), images, strict=True)]))
