"""Whether a job can be done at all, said in a sentence before anything is loaded.

Shared by the real and the fake engine. Must not import torch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sdstudio.errors import BadRequest
from sdstudio.models import extras, parts, refiners
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.errands import Errand
from sdstudio.protocol.inputs import check_inputs
from sdstudio.protocol.messages import Generate
from sdstudio.protocol.ranges import check_sampling
from sdstudio.protocol.request import (
    MAX_SEED,
    MAX_STEPS,
    WITHOUT_FILE,
    GenerationRequest,
)
from sdstudio.protocol.samplers import SAMPLERS, SCHEDULES, schedules_for
from sdstudio.protocol.uses import check_second_pass, check_uses

MAX_PIXELS = 8192 * 8192
MAX_CFG_SCALE = 100.0


@dataclass(frozen=True)
class Pixels:
    """What came beside a request: source (h, w, 3) and mask (h, w), uint8, read only; None when not sent.

    `controls` are pictures (h, w, 3), one for each of the request's controls, with a fourth channel where they have
    masks. `latents` (1, channels, h, w), a tensor, stand in for a source that was never pixels: between the two passes
    of a large picture, or where a job branches from another's step; `noise`, a tensor of the same shape, for that of
    the seed.
    """

    source: np.ndarray | None
    mask: np.ndarray | None
    controls: tuple[np.ndarray, ...] = ()
    latents: Any = None
    noise: Any = None


def check(message: Generate, blob: bytes) -> Pixels:
    """Check everything about the job that can be known without its model, and unpack its pixels.

    Raises BadRequest with a sentence that names the value and the allowed range.
    """
    check_request(message.request, message.model)
    parts.check_whole(message.model)
    check_inputs(message.request.controls, message.model)
    _check_refiner(message)
    check_uses(message.request.loras, message.request.hypernetworks, message.request.controls)
    for lora in message.request.loras:
        extras.choose(message.extras, "lora", lora.name, message.model)
    for net in message.request.hypernetworks:
        extras.choose(message.extras, "hypernetwork", net.name, message.model)
    if message.request.hires > 1 and message.request.hires_by not in ("pixels", "latents"):
        extras.choose(message.extras, "upscaler", message.request.hires_by, message.model)
    if message.request.vae:
        extras.choose(message.extras, "vae", message.request.vae, message.model)
    for control in message.request.controls:
        if control.preprocessor in extras.ESTIMATES:
            extras.estimator(message.extras, control)
        if control.model not in WITHOUT_FILE:
            guide = extras.guiding(message.extras, control.model, message.model)
            if guide.kind == "ip_adapter":
                extras.encoder_for(guide, message.extras)
    return unpack(message, blob)


def check_request(request: GenerationRequest, model: ModelInfo) -> None:
    """Raise BadRequest when a number or a name is outside of what the engine can do."""
    _check_extent(request, model)
    check_second_pass(request.hires, request.hires_strength)
    if not 1 <= request.steps <= MAX_STEPS:
        raise BadRequest(f"The number of steps is {request.steps}, but it must be between 1 and {MAX_STEPS}.")
    if not 0 <= request.seed <= MAX_SEED:
        raise BadRequest(f"The seed is {request.seed}, but it must be between 0 and {MAX_SEED}.")
    if not (math.isfinite(request.strength) and 0 <= request.strength <= 1):
        raise BadRequest(f"The strength is {request.strength}, but it must be between 0 and 1.")
    if not (math.isfinite(request.cfg_scale) and 0 <= request.cfg_scale <= MAX_CFG_SCALE):
        raise BadRequest(f"The CFG scale is {request.cfg_scale}, but it must be between 0 and {MAX_CFG_SCALE:g}.")
    if request.sampler not in SAMPLERS:
        raise BadRequest(f"There is no sampler “{request.sampler}”. Choose one of {', '.join(SAMPLERS)}.")
    if request.schedule not in SCHEDULES:
        raise BadRequest(f"There is no schedule “{request.schedule}”. Choose one of {', '.join(SCHEDULES)}.")
    if request.schedule not in schedules_for(request.sampler):
        allowed = ", ".join(schedules_for(request.sampler))
        raise BadRequest(
            f"The sampler {SAMPLERS[request.sampler]} cannot follow the schedule {SCHEDULES[request.schedule]}. "
            f"Choose one of {allowed}."
        )
    check_sampling(request, model)


def unpack(message: Generate, blob: bytes) -> Pixels:
    """Split the frame's blob into source and mask. Raises BadRequest when its length is not what was announced."""
    extent = message.request.extent
    if message.has_mask and not message.has_source:
        raise BadRequest("A mask was sent without a picture to change.")
    source_bytes = 3 * extent.area if message.has_source else 0
    mask_bytes = extent.area if message.has_mask else 0
    channels = [4 if use.mask else 3 for use in message.request.controls]  # the fourth one is where it counts
    expected = source_bytes + mask_bytes + sum(channels) * extent.area
    if len(blob) != expected:
        raise BadRequest(f"The job came with {len(blob)} bytes of pixels where {expected} were announced.")
    pixels = np.frombuffer(blob, np.uint8)
    shape = (extent.height, extent.width)
    ends = np.cumsum(channels, dtype=int) * extent.area
    rest = pixels[source_bytes + mask_bytes :]
    controls = [
        rest[end - count * extent.area : end].reshape(*shape, count) for end, count in zip(ends, channels, strict=True)
    ]
    return Pixels(
        source=pixels[:source_bytes].reshape(*shape, 3) if message.has_source else None,
        mask=pixels[source_bytes : source_bytes + mask_bytes].reshape(shape) if message.has_mask else None,
        controls=tuple(controls),
    )


def picture_of(errand: Errand, blob: bytes) -> np.ndarray:
    """RGB (h, w, 3), read only. Raises BadRequest when its bytes are not as many as announced."""
    extent = errand.extent
    if len(blob) != 3 * extent.area:
        raise BadRequest(f"{len(blob)} bytes of pixels came where {3 * extent.area} were announced.")
    return np.frombuffer(blob, np.uint8).reshape(extent.height, extent.width, 3)


def _check_refiner(message: Generate) -> None:
    if not message.request.refiner:
        return
    if message.model.refiner is None:
        raise BadRequest(f"The refiner “{message.request.refiner}” was not sent along with the job.")
    refiners.check(message.model, message.model.refiner)


def _check_extent(request: GenerationRequest, model: ModelInfo) -> None:
    width, height, multiple = request.extent.width, request.extent.height, model.size_multiple
    if width < 1 or height < 1:
        raise BadRequest(f"The size is {request.extent}, but both sides must be at least {multiple} pixels.")
    if width % multiple or height % multiple:
        raise BadRequest(f"The size is {request.extent}, but both sides must be multiples of {multiple} pixels.")
    if request.extent.area > MAX_PIXELS:
        raise BadRequest(f"The size is {request.extent}, but a picture may have at most {MAX_PIXELS:,} pixels.")
