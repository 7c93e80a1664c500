"""How a model imagines each thing that it knows: what it would draw from noise alone, in one step.

At the first step a picture is the mean of all that its caption may mean. A table of them tells what a picture shows
without running the model. It is made once and kept in the cache folder. Must not know how it is used.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import DDIMScheduler
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch.nn.functional import normalize

from sdstudio import paths
from sdstudio.engine import noise
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.speed import exact, half
from sdstudio.raster.geometry import Extent

_log = logging.getLogger(__name__)
_BATCH = 24
_LEAST_ALPHA = 1e-3
_KEPT = 4  # tables on the disk: those of the models that were asked last
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Impressions:
    """`codes` (styles, things, channels, h, w): latents on a white background, in half precision."""

    codes: torch.Tensor

    def likeness(self, code: torch.Tensor) -> torch.Tensor:
        """How much latents (1, channels, h, w) are like each, (styles, things) in -1..1, beside what all share."""
        known = self.codes.float()
        mean = known.mean(dim=(0, 1))
        directions = normalize((known - mean).flatten(2), dim=2)
        return directions @ normalize((code.float().cpu() - mean).flatten(), dim=0)


@torch.inference_mode()
def of(model: LoadedModel, tell: Tell) -> Impressions:
    """Of all styles and things of `model`: from the disk, or made now. `tell` hears how far it is and may raise."""
    path = paths.cache() / "impressions" / f"{_fingerprint(model)}.safetensors"
    styles = model.info.styles or ("",)
    with contextlib.suppress(FileNotFoundError):
        return _read(path)
    captions = [caption(thing, style) for style in styles for thing in model.info.vocabulary]
    made = []
    with quickly(model):
        for start in range(0, len(captions), _BATCH):
            tell(start, len(captions))
            made.append(_imagined(captions[start : start + _BATCH], model).to("cpu", torch.float16))
    codes = torch.cat(made).unflatten(0, (len(styles), -1))
    _write(path, codes)
    return Impressions(codes)


def caption(thing: str, style: str = "", background: str = "") -> str:
    """As such models are taught: “an apple, glossy style, on a blue background”."""
    parts = [f"{_article(thing)} {thing}"]
    parts += [f"{style} style"] if style else []
    parts += [f"on {_article(background)} {background} background"] if background else []
    return ", ".join(parts)


def quickly(model: LoadedModel) -> contextlib.AbstractContextManager[object]:
    """The fastest way to compute whose numbers are good enough to compare pictures by."""
    if exact.is_possible(model.device) and half.is_native():
        return model.half
    return exact.arithmetic(model.device)


def _article(word: str) -> str:
    return "an" if word[:1] in "aeiou" else "a"


def predicted(noisy: torch.Tensor, timestep: int, captions: Sequence[str], model: LoadedModel) -> torch.Tensor:
    """What the model takes latents (1, channels, h, w) at `timestep` of its training for, one for each caption."""
    kept = alphas(model)[timestep]
    texts = [model.prompts.encode(text, None)[0] for text in captions]
    extent = Extent(noisy.shape[3] * model.cell, noisy.shape[2] * model.cell)
    output: torch.Tensor = model.unet(
        noisy.expand(len(captions), -1, -1, -1), torch.tensor(timestep, device=model.device), return_dict=False,
        **model.conditioning(texts, extent, 1.0),
    )[0]  # fmt: skip
    if model.scheduler_config.get("prediction_type", "epsilon") == "v_prediction":
        return kept**0.5 * noisy - (1 - kept) ** 0.5 * output
    return (noisy - (1 - kept) ** 0.5 * output) / max(kept**0.5, _LEAST_ALPHA)


def alphas(model: LoadedModel) -> list[float]:
    """How much of the picture's variance is left at each step of the model's training."""
    kept: list[float] = DDIMScheduler.from_config(model.scheduler_config).alphas_cumprod.tolist()
    return kept


def _imagined(captions: Sequence[str], model: LoadedModel) -> torch.Tensor:
    """Latents (captions, channels, h, w) that the model sees where there is nothing but noise."""
    side = model.info.native_size // model.cell
    drawn = noise.draw((1, model.latent_channels, side, side), noise.generator(0), model.device, model.dtype)
    return predicted(drawn, len(alphas(model)) - 1, captions, model)


def _fingerprint(model: LoadedModel) -> str:
    """The same for the same weights and lists of words only."""
    digest = hashlib.blake2b(repr((model.info.styles, model.info.vocabulary)).encode(), digest_size=12)
    for network in (model.unet, *model.prompts.networks):
        for weight in network.state_dict().values():
            digest.update(weight.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _read(path: Path) -> Impressions:
    """Raises FileNotFoundError when there is none, or none that is whole."""
    try:
        made = Impressions(load_file(path)["codes"])
        path.touch()
    except (SafetensorError, KeyError) as error:
        _log.warning("%s is damaged and is made anew: %s", path, error)
        raise FileNotFoundError(path) from error
    return made


def _write(path: Path, codes: torch.Tensor) -> None:
    beside = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({"codes": codes.contiguous()}, beside)
        beside.replace(path)
        known = sorted(path.parent.glob("*.safetensors"), key=lambda one: one.stat().st_mtime)
        for old in known[:-_KEPT]:
            old.unlink()
    except OSError as error:
        _log.warning("the impressions of the model cannot be kept: %s", error)
