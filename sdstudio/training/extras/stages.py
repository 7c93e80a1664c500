"""The commands that train extras: which model, which examples, which files. Must not know how any of it works."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from sdstudio.training import checkpoint, courtesy, drawings, vocabulary
from sdstudio.training import recipe as editions
from sdstudio.training.extras import learners, recipe
from sdstudio.training.extras.examples import DrawnExamples, Examples, FolderExamples
from sdstudio.training.extras.lesson import Batch, Lesson, batch_of
from sdstudio.training.extras.recipe import ExtraRecipe
from sdstudio.training.latents import DEVIATION

log = logging.getLogger(__name__)


def train(
    kind: str, name: str, work: Path, model: Path, pictures: Path | None = None,
    each_step: Callable[[], bool] | None = None,
) -> Path:  # fmt: skip
    """Train the extra of the recipe ``name`` on the edition in ``model`` and write it to ``work/extras``.

    ``pictures`` is a folder of someone's own examples, instead of the edition's drawings. Returns what was written.
    """
    sizes = recipe.load(name)
    lesson = Lesson(model)
    examples = _examples(sizes, work, lesson, pictures)
    learned = None if pictures else _known_latents(sizes, examples, work)
    if learned is None:
        learned = _latents(lesson, examples, work / "extras" / f"{sizes.name}-latents.pt")
    learner = learners.make(kind, lesson, sizes)

    def batches(step: int) -> Batch:
        return batch_of(examples, learned, sizes, step, with_hints=kind == "controlnet")

    log.info("learning %s from %d pictures", sizes.name, len(examples))
    average = learners.train(learner, batches, sizes, work / "extras" / f"{sizes.name}.pt",
                        each_step=each_step or courtesy.Courtesy())  # fmt: skip
    written = learner.write(work / "extras" / sizes.name, average, sizes)
    log.info("written to %s", written)
    return written


def _examples(sizes: ExtraRecipe, work: Path, lesson: Lesson, pictures: Path | None) -> Examples:
    if pictures is not None:
        return FolderExamples(pictures, sizes.phrase, lesson.model.info.native_size)
    edition = editions.load(sizes.edition)
    store = drawings.Drawings(work / "drawings")
    things = vocabulary.read(edition.things, store)
    return DrawnExamples(sizes.pictures, sizes.phrase, things, store, edition, sizes.count)


def _known_latents(sizes: ExtraRecipe, examples: Examples, work: Path) -> torch.Tensor | None:
    """The edition's own cache, when the examples are its views: encoding all of them anew takes minutes."""
    if not isinstance(examples, DrawnExamples) or sizes.pictures != "views":
        return None
    state = checkpoint.load(work / "latents.pt")
    if state is None or len(state["latents"]) <= examples.numbers[-1]:
        return None
    known: torch.Tensor = state["latents"][examples.numbers]
    return known / DEVIATION


def _latents(lesson: Lesson, examples: Examples, path: Path) -> torch.Tensor:
    """The examples' latents, encoded once and kept beside the checkpoint; float16, (N, C, h, w)."""
    if (state := checkpoint.load(path)) is not None and len(state["latents"]) == len(examples):
        kept: torch.Tensor = state["latents"]
        return kept
    out = []
    for start in range(0, len(examples), 16):
        images = [examples.picture(row) for row in range(start, min(start + 16, len(examples)))]
        out.append(lesson.encode(np.stack(images)).half())
        log.info("%d of %d pictures encoded", start + len(images), len(examples))
    made = torch.cat(out)
    checkpoint.save(path, {"latents": made})
    return made
