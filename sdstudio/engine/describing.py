"""Words for a picture: by CLIP and the bundled lists of words, or by which words the model itself would draw it from.

Must not know messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from diffusers import DDIMScheduler
from PIL import Image

from sdstudio import paths
from sdstudio.engine import noise, pixels
from sdstudio.engine.extras.clip import Clip
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.service import Report
from sdstudio.errors import BadRequest
from sdstudio.models.extras import ExtraInfo
from sdstudio.raster.geometry import Extent

# The lists, and how many words of each the prompt gets at most.
_LISTS = (("medium", 1), ("subject", 3), ("style", 2), ("light", 1), ("colour", 1))
_SHARPNESS = 100.0  # by which CLIP was taught to multiply likenesses before it compares them
_HALVINGS = ((1.0, 0.55), (0.12, 0.4), (0.12, 0.7), (0.25, 0.3), (0.5, 0.8))  # share of words kept, noise level
_BATCH = 16
_DRAWS = 2  # noises in which the best words are compared


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
def by_denoising(picture: np.ndarray, model: LoadedModel, report: Report) -> dict[str, Any]:
    """`prompt` and `words` of Told: the things of the model's vocabulary that explain noisy versions of it best.

    A diffusion model is a classifier (arXiv:2303.16203): the words under which it sees through the noise best are those
    for the picture. All words are tried at one noise level, the best of them at more. Raises BadRequest for a model
    that knows no list of things.
    """
    things = model.info.vocabulary
    if not things:
        raise BadRequest(
            f"The model “{model.info.title}” cannot describe pictures by itself. Put a CLIP model (the image encoder "
            "together with its text encoder) into the models folder; then this works."
        )
    report.progress("encoding")
    code = _code(picture, model)
    left = list(things)
    errors = dict.fromkeys(left, 0.0)
    work = _work(len(things))
    done = 0
    for share, level in _HALVINGS:
        left = sorted(left, key=lambda word: errors[word])[: max(4, round(share * len(left)))]
        for draw in range(1 if share == 1.0 else _DRAWS):
            for start in range(0, len(left), _BATCH):
                report.progress("sampling", fraction=min(done / work, 1.0))
                batch = left[start : start + _BATCH]
                found = _errors(code, [_caption(word) for word in batch], level, draw, model)
                for word, error in zip(batch, found, strict=True):
                    errors[word] += error
                done += len(batch)
    scores = torch.tensor([-errors[word] for word in left])
    sure = (scores / scores.std().clamp_min(1e-6)).softmax(dim=0).tolist()
    words = sorted(zip(left, sure, strict=True), key=lambda pair: -pair[1])
    return {"prompt": _caption(words[0][0]), "words": tuple((word, round(share, 4)) for word, share in words[:4])}


def _work(count: int) -> int:
    total, left = 0, count
    for share, _ in _HALVINGS:
        left = max(4, round(share * left))
        total += left * (1 if share == 1.0 else _DRAWS)
    return total


def _caption(thing: str) -> str:
    return f"{'an' if thing[:1] in 'aeiou' else 'a'} {thing}"


def _code(picture: np.ndarray, model: LoadedModel) -> torch.Tensor:
    """Latents of the picture at the model's own size."""
    side = model.info.native_size
    resized = np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC))
    return pixels.encode(model.vae, pixels.to_tensor(resized), None).to(model.dtype)


def _errors(code: torch.Tensor, texts: Sequence[str], level: float, draw: int, model: LoadedModel) -> list[float]:
    """How far the denoiser is from the picture under each text, with the same noise for all."""
    config = model.scheduler_config
    steps = int(config.get("num_train_timesteps", 1000))
    timestep = torch.tensor(round(level * (steps - 1)), device=model.device)
    kept = _kept(config)[int(timestep)]
    drawn = noise.draw(tuple(code.shape), noise.generator(draw), model.device, model.dtype)
    noisy = kept**0.5 * code + (1 - kept) ** 0.5 * drawn
    texts_read = [model.prompts.encode(text, None)[0] for text in texts]
    extent = Extent(code.shape[3] * model.cell, code.shape[2] * model.cell)
    output = model.unet(
        noisy.expand(len(texts), -1, -1, -1), timestep, return_dict=False,
        **model.conditioning(texts_read, extent, 1.0),
    )[0]  # fmt: skip
    if config.get("prediction_type", "epsilon") == "v_prediction":
        clean = kept**0.5 * noisy - (1 - kept) ** 0.5 * output
    else:
        clean = (noisy - (1 - kept) ** 0.5 * output) / max(kept**0.5, 1e-4)
    errors: list[float] = (clean - code).pow(2).mean(dim=(1, 2, 3)).tolist()
    return errors


def _kept(config: dict[str, Any]) -> list[float]:
    """How much of the picture's variance is left at each training step."""
    kept: list[float] = DDIMScheduler.from_config(config).alphas_cumprod.tolist()
    return kept
