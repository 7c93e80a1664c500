"""Pictures that a denoiser reads beside the noisy latents, as further input channels: how near everything is,
or the small picture that is to become large.

Inpainting models' mask is `sampling`'s part. Must not know files.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn.functional import interpolate

from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.pixels import to_tensor
from sdstudio.engine.validation import Pixels
from sdstudio.errors import BadRequest
from sdstudio.protocol.request import DEPTH_INPUT, PICTURE_INPUT, GenerationRequest


def beside(
    request: GenerationRequest,
    given: Pixels,
    source: torch.Tensor | None,
    shape: tuple[int, ...],
    model: LoadedModel,
    generator: torch.Generator,
) -> torch.Tensor | None:
    """(1, channels, h, w) at the latents' `shape` (1, channels, h, w); None for a model that reads latents alone.

    `source` (1, 3, h, w) in -1..1 is what a model that enlarges gets to see; BadRequest when there is none.
    """
    if model.enlarging is not None:
        if source is None:
            raise BadRequest(f"The model “{model.info.title}” makes small pictures large; give it one to begin with.")
        return model.enlarging.small_picture(source, shape, generator).to(model.device, model.dtype)
    if not model.info.depth:
        return None
    return _depth(_given(DEPTH_INPUT, request, given)[0], shape).to(model.device, model.dtype)


def read_pictures(
    request: GenerationRequest, given: Pixels, model: LoadedModel, generator: torch.Generator
) -> torch.Tensor | None:
    """The latents (1, channels, h, w) of the pictures that a model edits or follows; None without any.

    To be read before the noise is drawn, as diffusers' pipelines do: what a model follows is drawn from the seed, too.
    """
    pictures = [to_tensor(picture[:, :, :3]) for picture in _given(PICTURE_INPUT, request, given)]
    if not pictures:
        return None
    drawn = generator if model.info.reads == "follow" else None
    return torch.cat([model.encode(picture, drawn) for picture in pictures], dim=1).to(model.device, model.dtype)


def _given(name: str, request: GenerationRequest, given: Pixels) -> list[np.ndarray]:
    """The pictures of the request's controls that are called so."""
    return [pixels for use, pixels in zip(request.controls, given.controls, strict=True) if use.model == name]


def _depth(picture: np.ndarray, shape: Sequence[int]) -> torch.Tensor:
    """Grey of RGB (h, w, 3), white is near, as diffusers' depth-to-image has it: bicubic, from -1 to 1.

    A picture that is grey all over says nothing: 0.
    """
    grey = torch.from_numpy(picture[:, :, :3].astype(np.float32).mean(axis=2))[None, None]
    depth = interpolate(grey, tuple(shape[2:]), mode="bicubic", align_corners=False)
    low, high = depth.amin(), depth.amax()
    return torch.zeros_like(depth) if low == high else 2.0 * (depth - low) / (high - low) - 1.0
