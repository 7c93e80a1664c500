"""Reference-only attention: the denoiser's own self-attention looks at another picture while it paints this one.

As ControlNet's authors published it for A1111's web UI (reference_only): the reference, as noisy as the picture is at
each step, goes through the denoiser first; what its self-attention reads is remembered and read beside the picture's
own. No file is needed. Must not know where pictures come from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch

from sdstudio.engine import pixels
from sdstudio.errors import BadRequest
from sdstudio.protocol.request import REFERENCE, ControlUse

_SEED = 0x5EED  # of the reference's noise: its own, so that the picture's is the same with and without it


@dataclass
class _Memory:
    """What all replaced layers share: whether they remember or look, and how much the reference's style counts."""

    mode: Literal["off", "remember", "look"] = "off"
    use: ControlUse = field(default_factory=lambda: ControlUse(model=REFERENCE))
    guided: bool = False  # whether the first row of the batch is the negative prompt's
    row: int = 0  # of the batch, with which the present call begins: to save memory, texts are asked one by one


class _Looking:
    """Stands for one self-attention's processor."""

    def __init__(self, own: Any, memory: _Memory, place: float) -> None:
        self._own, self._memory, self._place = own, memory, place
        self._bank: list[torch.Tensor] = []

    def forget(self) -> None:
        self._bank = []

    def __call__(self, attention: Any, hidden: torch.Tensor, *others: Any, **options: Any) -> torch.Tensor:
        memory = self._memory
        if memory.mode == "remember" and memory.use.weight > self._place:
            self._keep(hidden)
        if memory.mode != "look" or not self._bank:
            plain: torch.Tensor = self._own(attention, hidden, *others, **options)
            return plain
        rows = slice(memory.row, memory.row + len(hidden))
        beside = torch.cat([hidden, *(given[rows] for given in self._bank)], dim=1)
        looked: torch.Tensor = self._own(attention, hidden, beside)
        fidelity = memory.use.fidelity
        if memory.guided and memory.row == 0 and fidelity > 0:
            # The negative prompt's row does not look: guidance then leads to the style.
            faithful = looked.clone()
            faithful[:1] = self._own(attention, hidden[:1], hidden[:1])
            looked = fidelity * faithful + (1 - fidelity) * looked
        return looked

    def _keep(self, hidden: torch.Tensor) -> None:
        """What a reference shows this layer, as one tensor with a row for each text."""
        if self._memory.row == 0:
            self._bank.append(hidden)
        else:
            self._bank[-1] = torch.cat([self._bank[-1], hidden])


Ask = Callable[[torch.Tensor, torch.Tensor, dict[str, Any]], object]
"""How a step asks the denoiser: latents (texts, channels, h, w), the timestep, and its conditioning."""


class Reference:
    """The references of one job in the self-attention of one denoiser."""

    def __init__(self, unet: Any) -> None:
        self._unet = unet
        self._memory = _Memory()
        self._before: dict[str, Any] | None = None
        self._pictures: list[tuple[ControlUse, torch.Tensor]] = []
        self._noise: torch.Tensor | None = None

    def look(self, uses: Sequence[ControlUse], pictures: Sequence[np.ndarray], encode: Callable[..., Any]) -> None:
        """Take the pictures, RGB uint8 (h, w, 3), of the uses that are references; without any, nothing stays.

        `encode` makes latents of (1, 3, h, w) in -1..1 with a generator.
        """
        self.take_off()
        generator = torch.Generator().manual_seed(_SEED)
        for use, picture in zip(uses, pictures, strict=True):
            if use.model == REFERENCE and use.weight > 0:
                tensor = pixels.to_tensor(np.ascontiguousarray(picture[:, :, :3]))
                self._pictures.append((use, encode(tensor, generator).to(self._unet.device, self._unet.dtype)))
        if not self._pictures:
            return
        shape = self._pictures[0][1].shape
        self._noise = torch.randn(shape, generator=generator).to(self._unet.device, self._unet.dtype)
        places = self._places()
        if not places:
            self.take_off()
            raise BadRequest(
                "This model's attention cannot look at a reference. Take the reference out of the Control panel, or "
                "choose a model of the Stable Diffusion 1, 2 or XL kind."
            )
        self._before = dict(self._unet.attn_processors)
        self._unet.set_attn_processor(
            {
                name: _Looking(own, self._memory, places[name]) if name in places else own
                for name, own in self._before.items()
            }
        )

    def take_off(self) -> None:
        """Give the denoiser its own attention back."""
        if self._before is not None:
            self._unet.set_attn_processor(self._before)
        self._before, self._pictures, self._noise, self._memory.mode = None, [], None, "off"

    def remember(
        self,
        index: int,
        count: int,
        scheduler: Any,
        timestep: torch.Tensor,
        conditioning: dict[str, Any],
        ask: Ask,
    ) -> None:
        """Before the network call `index` of `count`: let the denoiser see the references as noisy as the picture.

        `ask` has to call what `looking` returns. A call that failed may be made again.
        """
        if self._before is None:
            return
        for processor in self._unet.attn_processors.values():
            if isinstance(processor, _Looking):
                processor.forget()
        memory, self._memory.mode = self._memory, "off"
        rows = len(conditioning["encoder_hidden_states"])
        for use, latents in self._pictures:
            if index / count < use.start or (index + 1) / count > use.end:
                continue
            memory.mode, memory.use, memory.guided = "remember", use, rows > 1
            noisy = scheduler.add_noise(latents, self._noise, timestep.reshape(1))
            ask(scheduler.scale_model_input(noisy.expand(rows, -1, -1, -1), timestep), timestep, conditioning)
        if memory.mode == "remember":
            memory.mode = "look"

    def looking(self) -> Any:
        """The denoiser, for one batch that may be asked in several calls, in the order of its rows."""
        if self._before is None:
            return self._unet
        row = 0

        def call(given: torch.Tensor, *others: Any, **options: Any) -> Any:
            nonlocal row
            self._memory.row, row = row, row + len(given)
            return self._unet(given, *others, **options)

        return call

    def _places(self) -> dict[str, float]:
        """Self-attention by name, from the widest (0) to the narrowest: a small weight reaches only the first."""
        names = [name for name in getattr(self._unet, "attn_processors", ()) if ".attn1." in name]
        widths = {name: self._unet.get_submodule(name.removesuffix(".processor")).to_q.in_features for name in names}
        ordered = sorted(names, key=lambda name: -widths[name])
        return {name: number / len(ordered) for number, name in enumerate(ordered)}
