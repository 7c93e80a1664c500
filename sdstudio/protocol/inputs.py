"""Whether a job has the pictures that its model cannot do without, for the window and the engine alike."""

from __future__ import annotations

from collections.abc import Sequence

from sdstudio.errors import BadRequest
from sdstudio.models.flow_kinds import FLOW
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import DEPTH_INPUT, PICTURE_INPUT, REFERENCE, ControlUse


def check_inputs(controls: Sequence[ControlUse], model: ModelInfo) -> None:
    """Raise BadRequest with a sentence when a picture is missing, or given to a model that does not read it."""
    _check_pictures(controls, model)
    if model.prediction == FLOW and any(use.model == REFERENCE for use in controls):
        raise BadRequest(
            f"A reference without a model works in a UNet, and “{model.title}” has none. Take it out of the Control "
            "panel, or choose a model of the Stable Diffusion 1, 2 or XL kind."
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


def _check_pictures(controls: Sequence[ControlUse], model: ModelInfo) -> None:
    """Of models that read a picture themselves, to edit or to follow it. Flux dev may be a Kontext in disguise."""
    pictures = sum(use.model == PICTURE_INPUT for use in controls)
    if model.reads == "follow" and not pictures:
        raise BadRequest(
            f"The model “{model.title}” follows lines or a depth map. Add “Picture to follow” in the Control panel "
            f"(--control {PICTURE_INPUT}=FILE,canny) and choose what it is made from."
        )
    if model.reads == "follow" and pictures > 1:
        raise BadRequest("There are two pictures to follow, but a model reads only one; take one of them out.")
    if pictures and (model.family != "flux" or model.inpaint):
        raise BadRequest(
            f"The model “{model.title}” reads no picture beside the noise. Take it out of the Control panel, or choose "
            "a model such as Flux Kontext, Canny or Depth."
        )
