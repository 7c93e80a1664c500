"""Pictures that Flux takes after: IP-Adapters in XLabs' layout, in its attention, and Redux, among its words.

Must not know where files come from.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sdstudio.engine.extras.likeness import Likeness
from sdstudio.engine.flow import redux
from sdstudio.engine.flow.denoisers import FluxDenoiser
from sdstudio.engine.flow.weights import read_files
from sdstudio.errors import BadRequest, ModelProblem
from sdstudio.models.extras import ExtraInfo, encoder_for
from sdstudio.protocol.request import ControlUse

_BLOCK = re.compile(r"^double_blocks\.(\d+)\.processor\.ip_adapter_double_stream_([kv])_proj\.(weight|bias)$")
_PROJECTION = "ip_adapter_proj_model."
Parts = tuple[Any, Any]  # SigLIP and Redux


class FluxLikeness(Likeness):
    """As `Likeness`; Redux needs no place in the attention, it lengthens the text."""

    def __init__(self, host: FluxDenoiser) -> None:
        super().__init__(host.network)
        self._host = host
        self._variations: OrderedDict[tuple[str, str], Parts] = OrderedDict()  # by the paths of their files
        self._held: dict[str, Parts] = {}  # of the present job, by name
        self._words: list[tuple[ControlUse, torch.Tensor]] = []

    def wear(
        self,
        uses: Sequence[ControlUse],
        infos: Mapping[str, ExtraInfo],
        known: Sequence[ExtraInfo],
        check: Callable[[], None],
    ) -> None:
        if any(use.part != "all" for use in uses if use.model in infos):
            raise BadRequest(
                "With Flux nobody knows where style and composition live: let the picture take after all of the other."
            )
        variations = {name: info for name, info in infos.items() if redux.is_redux(info)}
        self._held = {name: self._hold_variation(info, encoder_for(info, known)) for name, info in variations.items()}
        adapters = {name: info for name, info in infos.items() if name not in variations}
        super().wear([use for use in uses if use.model not in variations], adapters, known, check)

    def _hold_variation(self, info: ExtraInfo, encoder: ExtraInfo) -> Parts:
        key = (info.path, encoder.path)
        if key not in self._variations:
            there = {"device": self._host.device, "dtype": self._host.dtype}
            parts = redux.read_siglip(encoder), redux.read_redux(info, self._host.config["joint_attention_dim"])
            self._variations = OrderedDict({key: (parts[0].to(**there), parts[1].to(**there))})  # one is enough
        return self._variations[key]

    def _read(self, info: ExtraInfo) -> dict[str, dict[str, torch.Tensor]]:
        """In the parts that diffusers knows, from XLabs' names."""
        parts: dict[str, dict[str, torch.Tensor]] = {"image_proj": {}, "ip_adapter": {}}
        for name, value in read_files([Path(info.path)], self._host.dtype).items():
            if not torch.isfinite(value.float()).all():
                raise ModelProblem(f"The IP-Adapter “{info.title}” is damaged: some weights are no numbers (NaN).")
            if found := _BLOCK.match(name):
                parts["ip_adapter"][f"{found[1]}.to_{found[2]}_ip.{found[3]}"] = value
            elif name.startswith(_PROJECTION):
                parts["image_proj"][name.removeprefix(_PROJECTION)] = value
        return parts

    @torch.inference_mode()
    def look(self, uses: Sequence[ControlUse], pictures: Sequence[np.ndarray]) -> None:
        others = [index for index, use in enumerate(uses) if use.model not in self._held]
        super().look([uses[index] for index in others], [pictures[index] for index in others])
        self._words = []
        for use, picture in zip(uses, pictures, strict=True):
            if use.model in self._held and use.weight > 0:
                if use.mask:
                    raise BadRequest(f"“{use.model}” looks at its picture as a whole; let it work everywhere.")
                made = redux.tokens(*self._held[use.model], np.ascontiguousarray(picture[:, :, :3]))
                self._words.append((use, made * use.weight))

    def joined(self, conditioning: dict[str, Any], index: int, count: int) -> dict[str, Any]:
        joined = dict(conditioning)
        rows = len(conditioning["encoder_hidden_states"])
        for use, words in self._words:
            if index / count >= use.start and (index + 1) / count <= use.end:
                texts, places = joined["encoder_hidden_states"], joined["txt_ids"]
                nothing = torch.zeros_like(words)
                more = torch.cat([nothing if rows > 1 and not row else words for row in range(rows)])
                joined["encoder_hidden_states"] = torch.cat([texts, more.to(texts)], dim=1)
                joined["txt_ids"] = torch.cat([places, places.new_zeros(words.shape[1], 3)])
        if not self._shown:
            return joined
        weights = self._weights_at(index, count)
        for processor in self._unet.attn_processors.values():
            if hasattr(processor, "scale"):
                processor.scale = weights
        joined["joint_attention_kwargs"] = {"ip_adapter_image_embeds": self._embeds(rows)}
        return joined
