"""Ways to make the same picture with less memory, and the ladder that a job goes down when memory runs out.

Each rung costs time; only weights in fewer bits change the picture by more than rounding. Must not know how much memory
there is (`fit` does) or how a picture is made.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import torch

from sdstudio.engine import memory, packed, pixels, slices, tiles
from sdstudio.engine.failures import is_out_of_memory
from sdstudio.engine.residence import BYTE, HALF, Residence, Where, has_room
from sdstudio.protocol.messages import LADDER, Saving

T = TypeVar("T")
_log = logging.getLogger(__name__)
# What makes room nowhere else than there.
_HELPS_DENOISER = frozenset({"batch_split", "attention_sliced"})
_HELPS_AUTOENCODER = frozenset({"vae_tiled"})
_ASIDE: tuple[Saving, ...] = ("text_unloaded", "offloaded")
_LOSSY: frozenset[Saving] = frozenset({"half_weights", "byte_weights"})


class Economy:
    """The savings of one model in memory. `changed` hears of those of a job when a lack of memory has added one."""

    def __init__(self, network: Any, encoders: Sequence[Any], vae: Any, device: torch.device) -> None:
        self._network, self._device = network, device
        self._weights, self._texts, self._pixels = Residence([network]), Residence(encoders), Residence([vae])
        movable = packed.others(network)  # what is packed stays so and counts for nothing here
        self.network_bytes = sum(weight.nbytes for weight in movable)
        self.numbers = sum(weight.numel() for weight in movable)
        self.largest_bytes = max((weight.nbytes for weight in network.parameters()), default=0)
        self.text_bytes = sum(weight.nbytes for weight in packed.others(*encoders))
        self.vae_bytes = sum(weight.nbytes for weight in vae.parameters())
        self.is_packed = packed.are_in(network, *encoders)
        self._possible: tuple[Saving, ...] = ()
        self.savings: tuple[Saving, ...] = ()
        self.changed: Callable[[tuple[Saving, ...]], None] = nobody

    def may_become(self, savings: Sequence[Saving]) -> bool:
        """Whether these savings leave the weights as the file has them, or as they say."""
        is_exact = all(residence.is_exact for residence in (self._weights, self._texts, self._pixels))
        return is_exact or set(_LOSSY & set(savings)) == set(_LOSSY & set(self.savings))

    def begin_halved(self, dtype: torch.dtype, *, is_exact: bool) -> None:
        """The model was read in half precision, as if it had been halved afterwards, and works in `dtype`."""
        for residence in (self._weights, self._texts, self._pixels):
            residence.take_over(dtype, is_exact=is_exact)
        self.network_bytes = self.numbers * dtype.itemsize
        self.largest_bytes = self.largest_bytes * dtype.itemsize // HALF.itemsize
        self.text_bytes = self.text_bytes * dtype.itemsize // HALF.itemsize
        self.vae_bytes = self.vae_bytes * dtype.itemsize // HALF.itemsize
        self.savings = ("half_weights",)

    def adopt(self, savings: Sequence[Saving], possible: Sequence[Saving]) -> None:
        """Save in exactly these ways from now on; `possible` are those that may follow when memory runs out."""
        self._possible = tuple(possible)
        elsewhere: Where = "host" if self._device.type == "cuda" else "disk"
        slices.slice_networks(self._network, on="attention_sliced" in savings)
        half = HALF if "half_weights" in savings else None
        self._pixels.settle(half, "here")
        self._texts.settle(half, elsewhere if "text_unloaded" in savings else "here")
        self._weights.settle(
            BYTE if "byte_weights" in savings else half, elsewhere if "offloaded" in savings else "here"
        )
        self.savings = tuple(saving for saving in LADDER if saving in savings)

    def step_aside(self) -> bool:
        """Leave the device's memory to another model, until `adopt` says otherwise; whether that made room."""
        if set(_ASIDE) <= set(self.savings) or self._device.type == "mps":
            return False
        if self._device.type == "cpu" and not has_room(self.network_bytes + self.text_bytes):
            return False
        self.adopt((*self.savings, *_ASIDE), self._possible)
        memory.give_back(self._device)
        return True

    def denoise(self, given: torch.Tensor, timestep: torch.Tensor, conditioning: dict[str, Any], unet: Any) -> Any:
        """The denoiser's answers to `given` (texts, channels, h, w): all at once or, to save memory, one by one."""
        with self._at_work():
            if "batch_split" not in self.savings or len(given) == 1:
                return unet(given, timestep, return_dict=False, **conditioning)[0]
            rows = [slice(row, row + 1) for row in range(len(given))]
            count = len(given)
            return torch.cat(
                [unet(given[row], timestep, return_dict=False, **rows_of(conditioning, row, count))[0] for row in rows]
            )

    def read(self, vae: Any, picture: torch.Tensor) -> Any:
        """What the autoencoder sees in `picture` (1, 3, h, w): see `pixels.read`."""
        return self.attempt(lambda: self._tool().read(vae, picture), on_pixels=True)

    def decode(self, vae: Any, latents: torch.Tensor) -> torch.Tensor:
        """Latents to a picture: see `pixels.decode`."""
        memory.give_back(self._device)  # the gaps that steps leave are too small for a decoder's pieces
        return self.attempt(lambda: self._tool().decode(vae, latents), on_pixels=True)

    def attempt(self, work: Callable[[], T], *, on_pixels: bool = False) -> T:
        """What `work` returns. When memory runs out in it, it is begun anew one rung further down.

        `work` must leave nothing half done behind when it fails. `on_pixels`: it runs the autoencoder, not the
        denoiser. Raises what `work` raised last when there is no rung left.
        """
        saving: Saving | None = None
        while True:
            try:
                if saving is not None:
                    self.adopt((*self.savings, saving), self._possible)
                    self.changed(self.savings)
                return work()
            except (MemoryError, RuntimeError) as error:
                saving = self._next(on_pixels=on_pixels) if is_out_of_memory(error) else None
                if saving is None:
                    raise
                _log.warning("memory ran out (%s); going on with %s", str(error).partition("\n")[0], saving)
            # Only here, with the failed attempt's frames gone, is its memory free.
            gc.collect()
            memory.give_back(self._device)

    def _next(self, *, on_pixels: bool) -> Saving | None:
        useless = _HELPS_DENOISER if on_pixels else _HELPS_AUTOENCODER
        left = (name for name in LADDER if name in self._possible and name not in self.savings)
        return next((name for name in left if name not in useless), None)

    def _tool(self) -> Any:
        return tiles if "vae_tiled" in self.savings else pixels

    def _at_work(self) -> AbstractContextManager[Any]:
        return slices.SlicedAttention() if "attention_sliced" in self.savings else nullcontext()


def nobody(savings: tuple[Saving, ...]) -> None:
    """Between jobs nobody wants to know."""


def rows_of(value: Any, row: slice, count: int) -> Any:
    """Some texts' part of whatever the denoiser takes for `count` of them."""
    match value:
        case torch.Tensor():
            return value[row] if value.ndim and len(value) == count else value
        case dict():
            return {name: rows_of(part, row, count) for name, part in value.items()}
        case list() | tuple():
            return [rows_of(part, row, count) for part in value]
    return value
