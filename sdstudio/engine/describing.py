"""Words for a picture: by CLIP and the bundled lists of words, or by which of its things a model would draw like it.

Must not know messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch

from sdstudio import paths
from sdstudio.engine import impressions, noise, pixels
from sdstudio.engine.extras.clip import Clip
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.service import Report
from sdstudio.engine.subject import Subject, find
from sdstudio.errors import BadRequest
from sdstudio.models.extras import ExtraInfo

# The lists, and how many words of each the prompt gets at most.
_LISTS = (("medium", 1), ("subject", 3), ("style", 2), ("light", 1), ("colour", 1))
_SHARPNESS = 100.0  # by which CLIP was taught to multiply likenesses before it compares them
_LOOKED_AT = 16  # things whose impressions are nearest are tried on the picture itself
_LEVELS = (0.55, 0.8)  # under these shares of the noise
_TOLD = 4  # words
# What the names of backgrounds mean, RGB.
_COLOURS = {
    "white": (255, 255, 255), "black": (20, 20, 20), "gray": (140, 140, 140), "red": (222, 52, 52),
    "orange": (250, 150, 40), "yellow": (252, 220, 80), "green": (76, 178, 84), "blue": (60, 118, 220),
    "purple": (146, 82, 200), "pink": (250, 170, 204), "brown": (140, 92, 58), "cyan": (110, 208, 230),
}  # fmt: skip


def by_clip(picture: np.ndarray, info: ExtraInfo, device: torch.device, report: Report) -> dict[str, Any]:
    """`prompt` and `words` of Told: from each list the words that go with `picture`, RGB (h, w, 3), best."""
    clip = Clip(info, device)
    report.progress("loading", fraction=1.0)
    seen = clip.picture(picture)
    words: list[tuple[str, float]] = []
    for number, (name, count) in enumerate(_LISTS):
        texts = word_list(name)

        def tell(share: float, number: int = number) -> None:
            report.progress("encoding", fraction=(number + share) / len(_LISTS))

        directions = clip.words(texts, tell)
        sure = (_SHARPNESS * seen @ directions.T).softmax(dim=-1)[0]
        best = sure.topk(min(count, len(texts)))
        found = list(zip((texts[index] for index in best.indices.tolist()), best.values.tolist(), strict=True))
        words += [found[0], *(pair for pair in found[1:] if pair[1] > 0.5 * found[0][1])]
    prompt = ", ".join(word for word, _ in words)
    return {"prompt": prompt, "words": tuple((word, round(share, 4)) for word, share in words)}


@cache
def word_list(name: str) -> tuple[str, ...]:
    """One of the bundled lists."""
    text = (paths.resources() / "words" / f"{name}.txt").read_text(encoding="utf-8")
    return tuple(line.strip() for line in text.splitlines() if line.strip())


@torch.inference_mode()
def by_imagining(picture: np.ndarray, model: LoadedModel, report: Report) -> dict[str, Any]:
    """`prompt` and `words` of Told: what `model` draws like `picture`, RGB (h, w, 3), of all the things that it knows.

    The picture is compared with how the model imagines each of them, and what comes nearest with the noise that each
    would leave in it: a diffusion model is a classifier (arXiv:2303.16203). Raises BadRequest for a model that knows no
    list of things.
    """
    things = model.info.vocabulary
    if not things:
        raise BadRequest(
            f"The model “{model.info.title}” cannot describe pictures by itself. Put a CLIP model (the image encoder "
            "together with its text encoder) into the models folder; then this works."
        )
    report.progress("encoding")
    known = impressions.of(model, lambda done, total: report.progress("sampling", done, total))
    report.progress("encoding")
    subject = find(picture, model.info.native_size)
    codes = [_code(view, model) for view in subject.views]
    likenesses = torch.stack([known.likeness(code) for code in codes])  # views, styles, things
    best = likenesses.amax(dim=(0, 1)).topk(min(_LOOKED_AT, len(things)))
    styles = model.info.styles or ("",)
    found = [
        (things[thing], styles[int(likenesses[:, :, thing].amax(dim=0).argmax())]) for thing in best.indices.tolist()
    ]
    scores = _spread(best.values)
    code = codes[int(likenesses.amax(dim=(1, 2)).argmax())]
    for level in _LEVELS:
        report.progress("sampling")
        scores = scores - _spread(_errors(code, [impressions.caption(*one) for one in found], level, model))
    shares, order = scores.softmax(dim=0).topk(min(_TOLD, len(found)))
    thing, style = found[int(order[0])]
    said = "" if style == styles[0] else style  # a model draws in its first style when a caption says none
    prompt = impressions.caption(thing, said, _background(subject, model.info.backgrounds))
    words = zip((found[index][0] for index in order.tolist()), shares.tolist(), strict=True)
    return {"prompt": prompt, "words": tuple((word, round(share, 4)) for word, share in words)}


def _errors(code: torch.Tensor, captions: Sequence[str], level: float, model: LoadedModel) -> torch.Tensor:
    """How far from the picture is what the model sees under each caption, (captions,), with the same noise for all."""
    alphas = impressions.alphas(model)
    timestep = round(level * (len(alphas) - 1))
    drawn = noise.draw(tuple(code.shape), noise.generator(0), model.device, model.dtype)
    noisy = alphas[timestep] ** 0.5 * code + (1 - alphas[timestep]) ** 0.5 * drawn
    with impressions.quickly(model):
        seen = impressions.predicted(noisy, timestep, captions, model)
    errors: torch.Tensor = (seen - code).float().pow(2).mean(dim=(1, 2, 3)).cpu()
    return errors


def _spread(values: torch.Tensor) -> torch.Tensor:
    """Around 0 with a spread of 1, so that measures of several kinds count alike."""
    return (values - values.mean()) / values.std().clamp_min(1e-6) if len(values) > 1 else torch.zeros(1)


def _background(subject: Subject, names: tuple[str, ...]) -> str:
    """The name among `names` for what the subject stands on; "" for the first of them, which is usual, or for none."""
    known = [name for name in names if name in _COLOURS]
    if subject.background is None or not known:
        return ""
    colour = np.array(subject.background)
    nearest = min(known, key=lambda name: float(np.linalg.norm(colour - _COLOURS[name])))
    return "" if nearest == names[0] else nearest


def _code(picture: np.ndarray, model: LoadedModel) -> torch.Tensor:
    return pixels.encode(model.vae, pixels.to_tensor(picture), None).to(model.dtype)
