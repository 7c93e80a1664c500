"""The transformer families that learned a flow: what the window must know of each. One table, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sdstudio.models.info import SamplingDefaults

FLOW = "flow"  # ModelInfo.prediction of these families


@dataclass(frozen=True)
class Kind:
    """What one family likes."""

    words: str  # how people call it
    text_folders: tuple[str, ...]
    usual: SamplingDefaults
    distilled: SamplingDefaults  # of the variant that needs no guidance
    native_size: int = 1024
    size_multiple: int = 16

    def defaults(self, *, guided: bool) -> SamplingDefaults:
        """`guided`: the scale of the guidance is an input of the network, or works by a second pass."""
        return self.usual if guided else self.distilled


def _euler(steps: int, cfg_scale: float) -> SamplingDefaults:
    return SamplingDefaults(steps=steps, cfg_scale=cfg_scale, sampler="euler")


@dataclass(frozen=True)
class Variant:
    """A relative of Flux whose network reads a picture beside the noise."""

    usual: SamplingDefaults
    inpaint: bool = False
    reads: Literal["", "edit", "follow"] = ""


KONTEXT = "kontext"  # in a title or a pipeline's name: its tensors are those of Flux dev
# By what the network reads of each patch: 64 numbers of the picture, and as many or more beside them.
FLUX_VARIANTS = {
    384: Variant(_euler(28, 30.0), inpaint=True),  # Fill: the masked picture, and the mask at every pixel
    128: Variant(_euler(28, 10.0), reads="follow"),  # Canny, Depth
}
KONTEXT_VARIANT = Variant(_euler(28, 2.5), reads="edit")

KINDS = {
    "sd3": Kind(
        "Stable Diffusion 3", ("text_encoder", "text_encoder_2", "text_encoder_3"), _euler(28, 5.0), _euler(4, 1.0)
    ),
    "flux": Kind("Flux", ("text_encoder", "text_encoder_2"), _euler(28, 3.5), _euler(4, 1.0)),
    "qwen_image": Kind("Qwen-Image", ("text_encoder",), _euler(30, 4.0), _euler(8, 1.0)),
    "z_image": Kind("Z-Image", ("text_encoder",), _euler(30, 5.0), _euler(9, 1.0)),
}
