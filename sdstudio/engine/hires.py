"""Two passes for large pictures: small first, where a model composes well, then enlarged and refined.

Must not know where models come from or who listens.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import torch
from torch.nn.functional import interpolate

from sdstudio.engine import pixels, sampling
from sdstudio.engine.extras import upscaler
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.service import Picture, Report
from sdstudio.engine.validation import Pixels
from sdstudio.models.extras import ExtraInfo, choose
from sdstudio.protocol.request import GenerationRequest
from sdstudio.protocol.steps import steps_to_run
from sdstudio.raster.geometry import Extent


def run(
    request: GenerationRequest,
    given: Pixels,
    model: LoadedModel,
    report: Report,
    extras: Sequence[ExtraInfo] = (),
) -> Picture:
    """Make one picture, in one pass or in two: `request.hires` times smaller first when that is above 1.

    Only pictures from text alone take two passes. `extras` has the upscaler, if the request names one. Raises as
    `sampling.run_job` does.
    """
    if request.hires <= 1 or request.mode != "text_to_image":
        return sampling.run_job(request, given, model, report)
    small = _smaller(request.extent, request.hires, max(model.cell, model.info.size_multiple))
    controls = tuple(_resized(picture, small) for picture in given.controls)
    first = msgspec.structs.replace(request, extent=small, hires=1.0)
    second = msgspec.structs.replace(
        request, mode="image_to_image", hires=1.0, strength=request.hires_strength, exact_strength=True
    )
    report.other_steps = (0, steps_to_run(second.steps, second.strength, exact=True))
    if request.hires_by != "latents":
        made = sampling.run_job(first, Pixels(None, None, controls), model, report)
        steps, enlarged_pixels = made.steps_run, made.pixels
        if request.hires_by != "pixels":
            info = choose(extras, "upscaler", request.hires_by, model.info)
            network = upscaler.read(info, model.device)
            large = upscaler.enlarge(network, pixels.to_tensor(made.pixels), lambda _share: report.check_cancelled())
            enlarged_pixels = pixels.from_tensor(large)
        source = Pixels(_resized(enlarged_pixels, request.extent), None, given.controls)
    else:
        with model.watched(report.check_cancelled), torch.inference_mode():
            latents, steps = sampling.sample(first, Pixels(None, None, controls), model, report)
            size = (request.extent.height // model.cell, request.extent.width // model.cell)
            enlarged = interpolate(latents.float(), size, mode="bicubic", antialias=True).to(model.dtype)
        source = Pixels(None, None, given.controls, latents=enlarged)
    report.other_steps = (steps, 0)
    finished = sampling.run_job(second, source, model, report)
    return Picture(finished.pixels, steps_run=steps + finished.steps_run)


def _smaller(extent: Extent, factor: float, cell: int) -> Extent:
    """`extent` over `factor`, in whole cells, at least one."""
    sides = (max(cell, round(side / factor / cell) * cell) for side in (extent.width, extent.height))
    return Extent(*sides)


def _resized(picture: np.ndarray, extent: Extent) -> np.ndarray:
    """RGB uint8 (h, w, 3) at `extent`: bicubic, averaged where it shrinks."""
    tensor = interpolate(pixels.to_tensor(picture), (extent.height, extent.width), mode="bicubic", antialias=True)
    return pixels.from_tensor(tensor)
