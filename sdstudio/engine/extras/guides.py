"""What guides a picture at each step: control models and T2I-Adapters, asked beside the denoiser.

ControlNet (arXiv:2302.05543), alone, several, or a union of several kinds in one network; T2I-Adapter
(arXiv:2302.08453), which looks at its picture only once. Must not know files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import torch
from diffusers import ControlNetUnionModel, T2IAdapter
from PIL import Image
from torch.nn.functional import interpolate

from sdstudio.errors import BadRequest
from sdstudio.protocol.request import ControlKind, ControlUse

# The places that published unions have for each kind of picture, in their order.
UNION_PLACES: tuple[ControlKind, ...] = (
    "pose", "depth", "soft", "lines", "normals", "segments", "tile", "repaint",
)  # fmt: skip
# What a union is told of pictures that were made by a preprocessor, unless the request says otherwise.
KIND_OF: dict[str, ControlKind] = {
    "pose": "pose", "depth": "depth", "segments": "segments", "canny": "lines", "line_art": "lines",
}  # fmt: skip


@dataclass(frozen=True)
class Guide:
    """One network at work: its picture, RGB uint8 (h, w, 3), where it counts (1, 1, h, w) in 0..1, and its share."""

    network: Any
    pixels: np.ndarray
    mask: torch.Tensor | None
    use: ControlUse

    def works_at(self, index: int, count: int) -> bool:
        """Whether it has a say in the network call `index` of `count`; as diffusers counts it."""
        return not (index / count < self.use.start or (index + 1) / count > self.use.end)

    together: ClassVar[Callable[..., dict[str, Any]] | None] = None  # how its kind is asked, where that is not here

    @cached_property
    def picture(self) -> torch.Tensor:
        """(1, 3, h, w) in 0..1, where its network is."""
        return _tensor(self.pixels, self.network)

    @cached_property
    def features(self) -> list[torch.Tensor]:
        """What a T2I-Adapter sees, one tensor for each block of the denoiser, as strong as its share."""
        config = self.network.config
        pixels = self.pixels
        if config.in_channels == 1:
            pixels = np.asarray(Image.fromarray(pixels).convert("L"))[:, :, None]
        picture, fold = _tensor(pixels, self.network), self.network.downscale_factor
        sides = [-(-side // fold) * fold for side in picture.shape[2:]]
        if sides != list(picture.shape[2:]):
            picture = interpolate(picture, sides, mode="bilinear", antialias=True)
        return [masked(feature * self.use.weight, self.mask) for feature in self.network(picture)]

    @property
    def place(self) -> int:
        """Of its kind of picture among those of a union. Raises BadRequest when the union has no such place."""
        kind = self.use.kind or KIND_OF.get(self.use.preprocessor, "soft")
        place = UNION_PLACES.index(kind)
        if place >= self.network.config.num_control_type:
            raise BadRequest(
                f"The control model “{self.use.model}” cannot follow pictures of the kind “{kind}”; "
                f"choose one of: {', '.join(UNION_PLACES[: self.network.config.num_control_type])}."
            )
        return place


def check(guides: Sequence[Guide]) -> None:
    """Before time is spent: raises BadRequest when a union is asked for what it cannot follow."""
    for guide in guides:
        if isinstance(guide.network, ControlNetUnionModel):
            guide.place  # noqa: B018 - read for its refusal


def residuals(
    guides: Sequence[Guide], latents: torch.Tensor, timestep: torch.Tensor, conditioning: dict[str, Any]
) -> dict[str, Any]:
    """What the guides add to the denoiser's layers, as keyword arguments of it; empty without guides."""
    if guides and (ask := type(guides[0]).together) is not None:
        return ask(guides, latents, timestep, conditioning)
    added: dict[str, Any] = {}
    adapters = [guide for guide in guides if isinstance(guide.network, T2IAdapter)]
    if adapters:
        columns = zip(*(guide.features for guide in adapters), strict=True)
        added["down_intrablock_additional_residuals"] = [_sum(column) for column in columns]
    down: list[torch.Tensor] = []
    middle: torch.Tensor | None = None
    for group in _groups([guide for guide in guides if guide not in adapters]):
        given, centre = _ask(group, latents, timestep, conditioning)
        mask = group[0].mask
        given, centre = [masked(one, mask) for one in given], masked(centre, mask)
        down = [before + more for before, more in zip(down, given, strict=True)] if down else given
        middle = centre if middle is None else middle + centre
    if middle is not None:
        added |= {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}
    return added


def masked(values: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """`values` (n, c, h, w) where the mask is 1, nothing where it is 0."""
    if mask is None:
        return values
    return values * interpolate(mask, values.shape[2:], mode="area").to(values.device, values.dtype)


def _groups(guides: Sequence[Guide]) -> list[list[Guide]]:
    """Pictures of one union go through it together; all others one by one."""
    groups: list[list[Guide]] = []
    for guide in guides:
        joins = isinstance(guide.network, ControlNetUnionModel) and guide.mask is None
        mates = [group for group in groups if group[0].network is guide.network and group[0].mask is None]
        places = {other.place for other in mates[0]} if joins and mates else set()
        if joins and mates and guide.place not in places:
            mates[0].append(guide)
        else:
            groups.append([guide])
    return groups


def _ask(
    group: list[Guide], latents: torch.Tensor, timestep: torch.Tensor, conditioning: dict[str, Any]
) -> tuple[list[torch.Tensor], torch.Tensor]:
    """The answers of the one network of `group`."""
    network, count = group[0].network, len(latents)
    options: dict[str, Any] = {
        name: conditioning[name] for name in ("encoder_hidden_states", "added_cond_kwargs") if name in conditioning
    }
    pictures = [guide.picture.expand(count, -1, -1, -1) for guide in group]
    if isinstance(network, ControlNetUnionModel):
        places = [guide.place for guide in group]
        kinds = torch.zeros(network.config.num_control_type).scatter_(0, torch.tensor(places), 1)
        options |= {
            "controlnet_cond": pictures,
            "control_type": kinds[None].to(latents.device, latents.dtype).repeat(count, 1),
            "control_type_idx": places,
            "conditioning_scale": [guide.use.weight for guide in group],
        }
    else:
        options |= {"controlnet_cond": pictures[0], "conditioning_scale": group[0].use.weight}
    down, middle = network(latents, timestep, return_dict=False, **options)
    return list(down), middle


def _sum(values: Sequence[torch.Tensor]) -> torch.Tensor:
    first, *others = values
    for other in others:
        first = first + other
    return first


def _tensor(pixels: np.ndarray, network: Any) -> torch.Tensor:
    """(1, channels, h, w) in 0..1."""
    picture = torch.from_numpy(pixels.astype(np.float32) / 255.0).permute(2, 0, 1)[None]
    return picture.to(network.device, network.dtype)
