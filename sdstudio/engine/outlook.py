"""What a job will take in memory and work, found with its own networks before they run.

Owns the arithmetic of peaks for each way of saving. Must not know how much memory there is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.func import functional_call

from sdstudio.engine import pixels, slices
from sdstudio.engine.dry_run import META, Need, Way, measure
from sdstudio.engine.extras import guides as guiding
from sdstudio.engine.residence import BYTE, HALF
from sdstudio.engine.tiles import TILE
from sdstudio.protocol.messages import Saving

# Beside which copies of the weights have no place.
LEAVES_NO_ROOM: frozenset[Saving] = frozenset({"offloaded", "half_weights", "byte_weights"})
_TILES_BESIDE = 5  # copies of the picture, three numbers a pixel, that tiles are put together from
_SLOWER: Mapping[Saving, float] = {"half_weights": 1.1, "byte_weights": 1.15, "offloaded": 2.0}  # each call of it
_SLOWER_SPLIT, _SLOWER_SLICED, _SLOWER_TILED = 1.15, 1.2, 1.6


@dataclass
class Outlook:
    """One job's needs. `denoise` gives those of a call for so many texts, in slices or not; the others by pixels."""

    network_bytes: int  # of the denoiser's weights as it works with them
    numbers: int  # of those weights
    text_bytes: int
    beside_bytes: int  # what kernels need beside weights and results, whatever the picture's size
    texts: int  # that a call of the denoiser sees
    calls: float  # of the denoiser, at full size
    area: int  # of the picture, in pixels
    denoise: Callable[[int, bool], Need]
    decode: Callable[[bool], Need]
    encode: Callable[[bool], Need] | None  # None: there is no source to encode
    vae_bytes: int = 0  # of the autoencoder's weights
    copies_bytes: int = 0  # that a hurried job will make of the denoiser's weights

    def working_bytes(self, savings: Collection[Saving]) -> int:
        """Of intermediate results, at the most."""
        return max(self._denoising(savings).nbytes, *(need.nbytes for need in self._on_pixels(savings)))

    def weight_bytes(self, savings: Collection[Saving]) -> int:
        """Of the weights of denoiser, text encoders and autoencoder at rest, in the device's memory."""
        held = self.network_bytes
        if "offloaded" in savings:
            held = 0
        elif "byte_weights" in savings:
            held = self.numbers * BYTE.itemsize
        elif "half_weights" in savings:
            held = min(held, self.numbers * HALF.itemsize)
        share = 2 if "half_weights" in savings else 1
        texts = 0 if "text_unloaded" in savings else self.text_bytes // share
        return held + texts + self.vae_bytes // share

    def copy_bytes(self, savings: Collection[Saving]) -> int:
        """Of the copies of weights that a hurried job makes beside them."""
        return 0 if LEAVES_NO_ROOM & set(savings) else self.copies_bytes

    def flops(self, savings: Collection[Saving] = ()) -> float:
        """Floating point operations of the whole job; what savings cost counts as operations, too."""
        call = float(self._denoising(()).flops)
        for saving in savings:
            call *= _SLOWER.get(saving, 1.0)
        call *= _SLOWER_SPLIT if "batch_split" in savings and self.texts > 1 else 1.0
        call *= _SLOWER_SLICED if "attention_sliced" in savings else 1.0
        on_pixels = sum(need.flops for need in self._on_pixels(()))
        return call * self.calls + on_pixels * (_SLOWER_TILED if "vae_tiled" in savings else 1.0)

    def _denoising(self, savings: Collection[Saving]) -> Need:
        texts = 1 if "batch_split" in savings else self.texts
        return self.denoise(texts, "attention_sliced" in savings)

    def _on_pixels(self, savings: Collection[Saving]) -> list[Need]:
        tiled = "vae_tiled" in savings
        needs = [self.decode(tiled)] if self.encode is None else [self.encode(tiled), self.decode(tiled)]
        beside = _TILES_BESIDE * 12 * self.area if tiled else 0
        return [Need(need.nbytes + beside, need.flops) for need in needs]


class _Call(nn.Module):
    """Something that is done with a network, as a network, so that its weights can be exchanged for the time."""

    def __init__(self, network: Any, act: Callable[..., object]) -> None:
        super().__init__()
        self.network, self._act = network, act

    def forward(self, *given: Any) -> object:
        return self._act(self.network, *given)


def need_of(network: Any, act: Callable[..., object], *given: Any, way: Way) -> Need:
    """What `act(network, *given)` needs; tensors in `given` stand for their shapes, the first also for its format.

    Weights that are at rest in another format are taken for what they are at work.
    """
    with torch.inference_mode(False), torch.no_grad():
        call, dtype = _Call(network, act), given[0].dtype
        weights = {
            name: torch.empty_strided(value.shape, value.stride(), dtype=_at_work(value, dtype), device=META)
            for name, value in (*call.named_parameters(), *call.named_buffers())
        }
        there = [to_meta(value) for value in given]
        return measure(lambda: functional_call(call, weights, tuple(there)), weights.values(), way)


def _at_work(weight: torch.Tensor, dtype: torch.dtype) -> torch.dtype:
    return dtype if weight.is_floating_point() else weight.dtype


def to_meta(value: Any) -> Any:
    """The same with tensors that have shapes only."""
    match value:
        case torch.Tensor():
            return torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device=META)
        case dict():
            return {name: to_meta(part) for name, part in value.items()}
        case list() | tuple():
            return [to_meta(part) for part in value]
    return value


def denoising(
    unet: Any,
    guides: Sequence[guiding.Guide],
    latents: torch.Tensor,
    timestep: torch.Tensor,
    conditioning: dict[str, Any],
    *,
    sliced: bool,
    way: Way,
) -> Need:
    """Of one call with `latents` (texts, channels, h, w), what the denoiser is shown beside them, and its guides."""

    def act(networks: nn.ModuleList, given: torch.Tensor, shown: dict[str, Any]) -> None:
        working = [
            replace(guide, network=network, mask=None) for guide, network in zip(guides, networks[1:], strict=True)
        ]
        more = guiding.residuals(working, given, timestep, shown)
        networks[0](given, timestep, return_dict=False, **shown, **more)

    networks = nn.ModuleList([unet, *(guide.network for guide in guides)])
    if not sliced:
        return need_of(networks, act, latents, conditioning, way=way)
    slices.slice_networks(unet, on=True)
    try:
        with slices.SlicedAttention():
            return need_of(networks, act, latents, conditioning, way=way)
    finally:
        slices.slice_networks(unet, on=False)


def decoding(vae: Any, latents: torch.Tensor, *, tiled: bool, way: Way) -> Need:
    """Of the autoencoder's way from `latents` (1, channels, h, w) to pixels; tiled: of one piece of them."""
    most = TILE // pixels.cell_size(vae)
    return need_of(vae, pixels.decode, _piece(latents, most) if tiled else latents, way=way)


def encoding(vae: Any, picture: torch.Tensor, *, tiled: bool, way: Way) -> Need:
    """Of the autoencoder's way from `picture` (1, 3, h, w) to latents; tiled: of one piece of it."""

    def act(network: Any, given: torch.Tensor) -> None:
        pixels.read(network, given)

    return need_of(vae, act, _piece(picture, TILE) if tiled else picture, way=way)


def _piece(whole: torch.Tensor, side: int) -> torch.Tensor:
    return whole[..., :side, :side].contiguous()
