"""Control models beside a transformer: what each sees, and what it adds to the transformer's blocks at each step.

ControlNet (arXiv:2302.05543) as SD 3's and Flux's have it, alone, several, or a union. Must not know files.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch.nn.functional import interpolate

from sdstudio.engine.economy import rows_of
from sdstudio.engine.extras.control import ControlShelf
from sdstudio.engine.extras.guides import KIND_OF, Guide
from sdstudio.engine.flow import control_files
from sdstudio.engine.flow.denoisers import PATCH, TRAIN_STEPS, Denoiser, FluxDenoiser, QwenDenoiser, SD3Denoiser, pack
from sdstudio.engine.pixels import to_tensor
from sdstudio.errors import BadRequest
from sdstudio.models.extras import ExtraInfo
from sdstudio.protocol.request import ControlUse
from sdstudio.protocol.unions import FLUX_MODES

Encode = Callable[[torch.Tensor], torch.Tensor]
Added = dict[str, list[torch.Tensor]]
_DEVS_GUIDANCE = 3.5  # what a control model is told that was taught beside Flux dev, where schnell takes no guidance


def residuals(
    guides: Sequence[FlowGuide], latents: torch.Tensor, timestep: torch.Tensor, conditioning: dict[str, Any]
) -> dict[str, Any]:
    """What all of them add together; `latents` (texts, channels, h, w) are the plain ones."""
    sums: Added = {}
    for guide in guides:
        for name, samples in guide.added(latents, timestep, conditioning).items():
            before = sums.get(name)
            sums[name] = (
                [one + more for one, more in zip(before, samples, strict=True)]
                if before and samples
                else (before or samples)
            )
    return {name: samples for name, samples in sums.items() if samples}


@dataclass(frozen=True)
class FlowGuide(Guide):
    """One control model at work beside `host`. `encode` gives the latents of (1, 3, h, w) in -1..1, by their mean."""

    host: Denoiser
    encode: Encode
    shift: float  # of the autoencoder, in units of the latents
    together = staticmethod(residuals)

    @cached_property
    def seen(self) -> torch.Tensor:
        """(1, channels, h, w): its picture's latents, or the picture for those that look at pixels themselves."""
        network, picture = self.network, to_tensor(self.pixels)
        there = control_files.device_of(network)
        if not control_files.sees_latents(network):
            return picture.to(there, network.dtype)
        if there.type == "meta":  # shapes are all that counts there
            cells = [side // (PATCH * 8) * PATCH for side in picture.shape[2:]]
            channels = network.config["in_channels"] // (1 if isinstance(self.host, SD3Denoiser) else PATCH**2)
            return torch.empty(1, channels, *cells, device=there, dtype=network.dtype)
        code = self.encode(picture)
        if network.config.get("force_zeros_for_pooled_projection"):  # those were taught without the shift
            code = code + self.shift
        return code.to(there, network.dtype)

    @property
    def place(self) -> int:
        """Its kind of picture as a union counts them. Raises BadRequest when the union has no such place."""
        kind = self.use.kind or KIND_OF.get(self.use.preprocessor, "lines")
        if FLUX_MODES.get(kind, self.network.config["num_mode"]) >= self.network.config["num_mode"]:
            known = ", ".join(kind for kind, mode in FLUX_MODES.items() if mode < self.network.config["num_mode"])
            raise BadRequest(
                f"The control model “{self.use.model}” cannot follow pictures of the kind “{kind}”; choose one of: "
                f"{known}."
            )
        return FLUX_MODES[kind]

    def check(self) -> None:
        """Before time is spent: raises BadRequest when a union is asked for what it cannot follow."""
        if self.network.config.get("num_mode"):
            self.place  # noqa: B018 - read for its refusal

    def added(self, latents: torch.Tensor, timestep: torch.Tensor, conditioning: dict[str, Any]) -> Added:
        """What it adds to each of the transformer's blocks, as keyword arguments of the denoiser.

        Except with SD 3 the negative prompt is not shown to it: it guides both alike, as in diffusers' pipelines.
        """
        count = len(latents)
        is_shared = count > 1 and not isinstance(self.host, SD3Denoiser)
        if is_shared:
            conditioning = rows_of(conditioning, slice(1, None), count)
        told = _ASK[type(self.host)](self, latents[1:] if is_shared else latents, timestep, conditioning)
        return {
            name: [self._masked(torch.cat([one[:1], one]) if is_shared else one, latents.shape[2:]) for one in samples]
            for name, samples in told.items()
        }

    def _masked(self, sample: torch.Tensor, cells: Sequence[int]) -> torch.Tensor:
        """`sample` (n, patches, width) where the mask counts."""
        if self.mask is None:
            return sample
        small = interpolate(self.mask, [side // PATCH for side in cells], mode="area")
        return sample * small.reshape(1, -1, 1).to(sample)


class FlowShelf(ControlShelf):
    """The control models of one loaded transformer. `encode` and `shift` are FlowGuide's."""

    def __init__(self, host: Denoiser, encode: Encode, shift: float, on_loaded: Callable[[Any], None]) -> None:
        super().__init__(on_loaded)
        self._host, self._encode, self._shift = host, encode, shift

    def _read(self, info: ExtraInfo) -> Any:
        return control_files.read(info, self._host)

    def _guide(self, network: Any, pixels: np.ndarray, mask: torch.Tensor | None, use: ControlUse) -> Guide:
        guide = FlowGuide(network, pixels, mask, use, self._host, self._encode, self._shift)
        guide.check()
        return guide


def _flux(guide: FlowGuide, latents: torch.Tensor, timestep: torch.Tensor, conditioning: dict[str, Any]) -> Added:
    network, count, host = guide.network, len(latents), guide.host
    assert isinstance(host, FluxDenoiser)
    options = {name: conditioning[name] for name in ("encoder_hidden_states", "pooled_projections", "txt_ids")}
    if network.config["guidance_embeds"]:
        usual = torch.full([count], _DEVS_GUIDANCE, device=latents.device)
        options["guidance"] = conditioning.get("guidance", usual)
    if network.union:
        options["controlnet_mode"] = torch.full([count, 1], guide.place, device=latents.device)
    looks = not control_files.sees_latents(network)
    blocks, singles = network(
        hidden_states=pack(latents),
        controlnet_cond=(guide.seen if looks else pack(guide.seen)).expand(count, *([-1] * (3 if looks else 2))),
        conditioning_scale=guide.use.weight,
        timestep=timestep.expand(count).to(latents) / TRAIN_STEPS,
        img_ids=host.places(latents, 0),
        return_dict=False,
        **options,
    )
    config = host.network.config
    return {
        "controlnet_block_samples": _spread(blocks, config["num_layers"], repeats=looks),
        "controlnet_single_block_samples": _spread(singles, config["num_single_layers"]),
    }


def _sd3(guide: FlowGuide, latents: torch.Tensor, timestep: torch.Tensor, conditioning: dict[str, Any]) -> Added:
    network, count, pooled = guide.network, len(latents), conditioning["pooled_projections"]
    config = network.config
    blocks = network(
        hidden_states=latents if network.pos_embed is not None else _patches(guide.host, network, latents),
        controlnet_cond=guide.seen.expand(count, -1, -1, -1),
        conditioning_scale=guide.use.weight,
        encoder_hidden_states=None if config["joint_attention_dim"] is None else conditioning["encoder_hidden_states"],
        pooled_projections=torch.zeros_like(pooled) if config["force_zeros_for_pooled_projection"] else pooled,
        timestep=timestep.expand(count).to(latents.device),
        return_dict=False,
    )[0]
    number = guide.host.network.config["num_layers"]
    share = number / len(blocks)
    return {"block_controlnet_hidden_states": [blocks[int(block / share)] for block in range(number)]}


def _patches(host: Denoiser, network: Any, latents: torch.Tensor) -> torch.Tensor:
    """What SD 3.5 large's control models begin with: the transformer's own reading of the latents."""
    if latents.is_meta:  # the transformer is not there
        return latents.new_empty(len(latents), latents.shape[-2] * latents.shape[-1] // PATCH**2, network.inner_dim)
    patches: torch.Tensor = host.network.pos_embed(latents)
    return patches


def _qwen(guide: FlowGuide, latents: torch.Tensor, timestep: torch.Tensor, conditioning: dict[str, Any]) -> Added:
    """Texts of any length go through it one by one, as through the transformer itself."""
    height, width = latents.shape[-2:]
    texts = guide.host.texts(conditioning["encoder_hidden_states"], conditioning["lengths"])
    told = [
        guide.network(
            hidden_states=pack(one[None]),
            controlnet_cond=pack(guide.seen),
            conditioning_scale=guide.use.weight,
            encoder_hidden_states=words[None],
            encoder_hidden_states_mask=None,
            timestep=timestep.expand(1).to(latents) / TRAIN_STEPS,
            img_shapes=[[(1, height // PATCH, width // PATCH)]],
            return_dict=False,
        )
        for one, words in zip(latents, texts, strict=True)
    ]
    blocks = [torch.cat(rows) for rows in zip(*told, strict=True)]
    return {"controlnet_block_samples": _spread(blocks, guide.host.network.config["num_layers"])}


_ASK: dict[type[Denoiser], Callable[..., Added]] = {FluxDenoiser: _flux, SD3Denoiser: _sd3, QwenDenoiser: _qwen}


def _spread(samples: Sequence[torch.Tensor] | None, number: int, *, repeats: bool = False) -> list[torch.Tensor]:
    """One sample for each of `number` blocks: each stands for several in a row, or they take turns."""
    if not samples:
        return []
    share = math.ceil(number / len(samples))
    return [samples[block % len(samples) if repeats else block // share] for block in range(number)]
