"""A painter without a model: deterministic pictures made of the request alone, for tests and `--engine fake`.

Behaves like the real one to the outside: stages, steps, previews, cancel, kept pixels. Must not import torch.
"""

from __future__ import annotations

import hashlib
import time

import numpy as np

from sdstudio.engine.failures import ModelMissing
from sdstudio.engine.service import Picture, Report
from sdstudio.engine.validation import Pixels
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.errands import Describe, Enlarge, Errand, Told
from sdstudio.protocol.messages import Generate, Ready
from sdstudio.protocol.request import GenerationRequest
from sdstudio.protocol.steps import steps_to_run

MISSING_PATH_PREFIX = "missing:"  # a model whose path starts so cannot be found: lets tests see that failure


class FakePainter:
    """Paints soft bands of two colours that depend on prompt and seed, over the source by the strength."""

    def __init__(self, step_delay_ms: int = 0, load_delay_ms: int = 0) -> None:
        self._step_delay_ms = step_delay_ms
        self._load_delay_ms = load_delay_ms
        self._loaded: str | None = None

    def ready(self) -> Ready:
        return Ready(
            device="fake", device_name="Fake engine", memory_bytes=0, torch_version="none", diffusers_version="none"
        )

    def paint(self, message: Generate, pixels: Pixels, report: Report) -> Picture:
        request = message.request
        self._load(message.model, report)
        report.progress("encoding")
        target = _target(request, pixels)
        noise = _noise(request)
        steps = steps_to_run(request.steps, request.strength if pixels.source is not None else 1.0)
        cell = message.model.size_multiple
        report.progress("sampling", 0, steps)
        for step in range(1, steps + 1):
            _sleep(self._step_delay_ms, report)
            report.progress("sampling", step, steps)
            if report.previews:
                seen = step / steps
                report.preview(step, steps, _mix(noise, target, np.float32(seen))[cell // 2 :: cell, cell // 2 :: cell])
        report.progress("decoding")
        return Picture(target, steps_run=steps)

    def run_errand(self, errand: Errand, picture: np.ndarray, report: Report) -> Picture | Told:
        """Words that are always the same, or the picture with hard pixels at the size that is asked for."""
        report.progress("sampling")
        _sleep(self._step_delay_ms, report)
        if isinstance(errand, Describe):
            return Told(job_id=errand.job_id, prompt="a fake picture", words=(("a fake picture", 1.0),))
        target = errand.target if isinstance(errand, Enlarge) else errand.extent
        height, width, _ = picture.shape
        rows, columns = (
            np.arange(target.height) * height // target.height,
            np.arange(target.width) * width // target.width,
        )
        return Picture(np.ascontiguousarray(picture[rows][:, columns]), steps_run=1)

    def recover(self, error: Exception) -> None:
        """Nothing can be broken here."""

    def _load(self, info: ModelInfo, report: Report) -> None:
        if info.path.startswith(MISSING_PATH_PREFIX):
            raise ModelMissing(f"The model “{info.title}” is not on this computer.")
        report.progress("loading")
        if self._loaded != info.path:
            _sleep(self._load_delay_ms, report)
            self._loaded = info.path
        report.progress("loading", fraction=1.0)


def _target(request: GenerationRequest, pixels: Pixels) -> np.ndarray:
    """The finished picture (h, w, 3): bands mixed over the source by strength; pixels where the mask is 0 as sent."""
    picture = _bands(request)
    if pixels.source is None:
        return picture
    picture = _mix(pixels.source, picture, np.float32(request.strength))
    if pixels.mask is not None:
        share = (pixels.mask.astype(np.float32) / 255)[:, :, None]
        picture = _mix(pixels.source, picture, share)
    return picture


def _bands(request: GenerationRequest) -> np.ndarray:
    words = f"{request.prompt}\0{request.negative_prompt}\0{request.seed}\0{request.cfg_scale}\0{request.sampler}"
    digest = hashlib.sha256(words.encode()).digest()
    first, second = np.frombuffer(digest[:6], np.uint8).reshape(2, 1, 1, 3)
    angle, bands = digest[6] / 255 * np.pi, 2 + digest[7] % 5
    across = np.linspace(0, 1, request.extent.width, dtype=np.float32)[None, :, None]
    down = np.linspace(0, 1, request.extent.height, dtype=np.float32)[:, None, None]
    wave = 0.5 + 0.5 * np.sin(
        2 * np.pi * bands * (across * np.float32(np.cos(angle)) + down * np.float32(np.sin(angle)))
    )
    return _mix(first, second, wave)


def _noise(request: GenerationRequest) -> np.ndarray:
    generator = np.random.default_rng(request.seed)
    return generator.integers(0, 256, (request.extent.height, request.extent.width, 3), np.uint8)


def _mix(kept: np.ndarray, new: np.ndarray, share: np.ndarray | np.float32) -> np.ndarray:
    """Exactly `kept` where `share` is 0, exactly `new` where it is 1."""
    return np.rint(kept * (1 - share) + new * share).astype(np.uint8)


def _sleep(delay_ms: int, report: Report) -> None:
    """Wait like a busy step; a cancel is seen within a few milliseconds, as between network calls."""
    end = time.monotonic() + delay_ms / 1000
    while (left := end - time.monotonic()) > 0:
        report.check_cancelled()
        time.sleep(min(left, 0.005))
