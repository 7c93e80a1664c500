"""What the engine does besides pictures from prompts: control pictures, larger pictures, words for pictures, noise.

Must not know how the studio uses them.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import torch

from sdstudio.engine import describing, noise, pixels
from sdstudio.engine.extras import estimators, upscaler
from sdstudio.engine.extras.dressing import undress
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.service import Picture, Report
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.errands import Describe, Enlarge, Errand, Estimate, ShowNoise, Told
from sdstudio.raster.geometry import Extent

_MOST_PASSES = 2  # of an upscaler, when one is not enough: 4 times becomes 16
Load = Callable[[ModelInfo], LoadedModel]


def run(errand: Errand, picture: np.ndarray, device: torch.device, load: Load, report: Report) -> Picture | Told:
    """Do it for `picture`, RGB uint8 (h, w, 3). Raises StudioError, JobCancelledError, or what torch raises."""
    match errand:
        case Estimate():
            report.progress("loading")
            estimate = estimators.read(errand.estimator, device, errand.finder)
            report.progress("loading", fraction=1.0)
            report.progress("sampling")
            return Picture(estimate(picture), steps_run=1)
        case Enlarge():
            return Picture(_enlarge(errand, picture, device, report), steps_run=1)
        case Describe(clip=None):
            model = load(errand.model)
            undress(model, report.check_cancelled)
            with model.interruption.watched(report.check_cancelled):
                return Told(job_id=errand.job_id, **describing.by_imagining(picture, model, report))
        case Describe():
            assert errand.clip is not None
            report.progress("loading")
            return Told(job_id=errand.job_id, **describing.by_clip(picture, errand.clip, device, report))
        case ShowNoise():
            model = load(errand.model)
            undress(model, report.check_cancelled)
            with model.interruption.watched(report.check_cancelled):
                return Picture(_noised(errand, picture, model, report), steps_run=1)


def _enlarge(errand: Enlarge, picture: np.ndarray, device: torch.device, report: Report) -> np.ndarray:
    """At the target's size exactly; through the upscaler once more when once is not enough."""
    if errand.upscaler is not None:
        report.progress("loading")
        network = upscaler.read(errand.upscaler, device)
        report.progress("loading", fraction=1.0)
        for _ in range(_MOST_PASSES):
            picture = _drawn_larger(network, picture, report)
            height, width, _ = picture.shape
            if network.scale == 1 or (width >= errand.target.width and height >= errand.target.height):
                break
    report.progress("decoding")
    return _resampled(picture, errand.target)


def _drawn_larger(network: upscaler.Network, picture: np.ndarray, report: Report) -> np.ndarray:
    made = upscaler.enlarge(
        network, pixels.to_tensor(picture), lambda share: report.progress("sampling", fraction=share)
    )
    return pixels.from_tensor(made)


def _resampled(picture: np.ndarray, target: Extent) -> np.ndarray:
    """Lanczos where it grows, averages where it shrinks."""
    height, width, _ = picture.shape
    if (width, height) == (target.width, target.height):
        return picture
    grows = target.width >= width and target.height >= height
    way = cv2.INTER_LANCZOS4 if grows else cv2.INTER_AREA
    return np.ascontiguousarray(cv2.resize(picture, (target.width, target.height), interpolation=way))


@torch.inference_mode()
def _noised(errand: ShowNoise, picture: np.ndarray, model: LoadedModel, report: Report) -> np.ndarray:
    """The forward process as the denoiser sees it: encoded, noised in latents at that level, and decoded."""
    report.progress("encoding")
    code = pixels.encode(model.vae, pixels.to_tensor(picture), noise.generator(errand.seed)).to(model.dtype)
    drawn = noise.draw(tuple(code.shape), noise.generator(errand.seed), model.device, model.dtype)
    report.progress("decoding")
    return pixels.from_tensor(pixels.decode(model.vae, (code + errand.sigma * drawn) * (1 + errand.sigma**2) ** -0.5))
