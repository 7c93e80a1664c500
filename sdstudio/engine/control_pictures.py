"""Control pictures that are still to be made by a model when a job comes in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from sdstudio.engine.service import Report
from sdstudio.engine.validation import Pixels
from sdstudio.models.extras import ESTIMATES, estimator, people_finder
from sdstudio.protocol.messages import Generate

if TYPE_CHECKING:
    from sdstudio.engine.extras.estimators import Estimator


def estimated(message: Generate, given: Pixels, device: torch.device, report: Report) -> Pixels:
    """`given` with depth, poses and segments in place of the pictures that they are to be made of.

    The models that make them leave memory again, since the picture needs it. Raises StudioError.
    """
    uses = message.request.controls
    if not any(use.preprocessor in ESTIMATES for use in uses):
        return given
    from sdstudio.engine.extras import estimators  # it brings OpenCV, which most jobs do without

    report.progress("loading")
    read: dict[str, Estimator] = {}
    made = []
    for use, pixels in zip(uses, given.controls, strict=True):
        if use.preprocessor in ESTIMATES:
            report.check_cancelled()
            info = estimator(message.extras, use)
            if info.path not in read:
                read[info.path] = estimators.read(info, device, people_finder(message.extras, use.preprocessor))
            shown = read[info.path](np.ascontiguousarray(pixels[:, :, :3]))
            pixels = np.dstack([shown, pixels[:, :, 3:]])
        made.append(pixels)
    return replace(given, controls=tuple(made))
