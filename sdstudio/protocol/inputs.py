"""Whether a job has the pictures that its model cannot do without, for the window and the engine alike."""

from __future__ import annotations

from collections.abc import Sequence

from sdstudio.errors import BadRequest
from sdstudio.models.flow_kinds import FLOW
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import DEPTH_INPUT, ControlUse


def check_inputs(controls: Sequence[ControlUse], model: ModelInfo) -> None:
    """Raise BadRequest with a sentence when a picture is missing, or given to a model that does not read it."""
    if controls and model.prediction == FLOW:
        raise BadRequest(
            f"The model “{model.title}” cannot be guided by other pictures yet: control models and adapters are made "
            "for models with a UNet. Take them out of the Control panel."
        )
    maps = sum(use.model == DEPTH_INPUT for use in controls)
    if model.depth and not maps:
        raise BadRequest(
            f"The model “{model.title}” paints over a depth map. Add “Depth map” in the Control panel (--control "
            f"{DEPTH_INPUT}=FILE) and choose a picture in which near is white, or let a depth model make it."
        )
    if maps > 1:
        raise BadRequest("There are two depth maps, but a model reads only one; take one of them out.")
    if maps and not model.depth:
        raise BadRequest(
            f"The model “{model.title}” reads no depth map. Take it out of the Control panel, or choose a model for "
            "depth such as Stable Diffusion 2 Depth."
        )
