"""IP-Adapters (arXiv:2308.06721): the picture takes after others, plain, plus, and for faces alike.

The denoiser's attention is replaced while a job needs it, and put back as it was. Pictures that are used alike go
through one adapter together. Must not know where files come from.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.models.embeddings import ImageProjection, MultiIPAdapterImageProjection
from msgspec.structs import replace
from safetensors.torch import load_file

from sdstudio.engine.extras.control import mask_of
from sdstudio.engine.extras.damage import UNREADABLE
from sdstudio.engine.extras.vision import as_clip_sees, read_encoder
from sdstudio.engine.failures import is_out_of_memory
from sdstudio.errors import ModelProblem
from sdstudio.models.extras import ExtraInfo, encoder_for
from sdstudio.models.header import read_header
from sdstudio.protocol.request import ControlPart, ControlUse

# The first layers of plain, plus and full-face adapters; those of other kinds read something else than CLIP's words.
ADAPTER_INPUTS = {"image_proj.proj.weight", "image_proj.proj_in.weight", "image_proj.proj.0.weight"}
REMEMBERED_ENCODERS = 2  # each has a gigabyte or more


@dataclass(frozen=True)
class _Shown:
    """What one adapter lets the denoiser see: embeddings of its pictures and of none, (1, pictures, ...) each, and
    where they count, (1, pictures, h, w)."""

    use: ControlUse
    picture: torch.Tensor
    nothing: torch.Tensor
    mask: torch.Tensor | None


class Likeness:
    """The adapters in a denoiser's attention, and the image encoders that they look through."""

    def __init__(self, unet: Any) -> None:
        self._unet = unet
        self._worn: tuple[str, ...] = ()
        self._before: tuple[Any, Any, Any] | None = None
        self._encoders: OrderedDict[str, Any] = OrderedDict()
        self._infos: Mapping[str, ExtraInfo] = {}
        self._encoder_of: dict[str, str] = {}  # of the present job: paths of encoders by the adapters' names
        self._shown: list[_Shown] = []

    def wear(
        self,
        uses: Sequence[ControlUse],
        infos: Mapping[str, ExtraInfo],
        known: Sequence[ExtraInfo],
        check: Callable[[], None],
    ) -> None:
        """Have exactly the adapters of `uses` in the denoiser: those among them whose names are in `infos`.

        `known` has the image encoders; `check` may raise to stop. Raises BadRequest when an encoder is missing and
        ModelProblem when something is damaged or does not fit; the denoiser is then as it was made.
        """
        check()
        self._infos = infos
        self._encoder_of = {name: self._hold(encoder_for(info, known)) for name, info in infos.items()}
        adapters = [infos[group[0].model] for group in _groups(self._own(uses))]
        paths = tuple(adapter.path for adapter in adapters)
        if paths == self._worn:
            return
        self.take_off()
        if not adapters:
            return
        config = self._unet.config
        kind = config.get("encoder_hid_dim_type")
        self._before = (dict(self._unet.attn_processors), getattr(self._unet, "encoder_hid_proj", None), kind)
        try:
            self._unet._load_ip_adapter_weights([self._read(adapter) for adapter in adapters])
        except UNREADABLE as error:
            self.take_off()
            if is_out_of_memory(error):
                raise
            titles = "”, “".join(dict.fromkeys(adapter.title for adapter in adapters))
            raise ModelProblem(
                f"The IP-Adapter “{titles}” cannot be used with this model: it is damaged or of another kind.",
                detail=str(error),
            ) from error
        self._worn = paths

    def _read(self, info: ExtraInfo) -> dict[str, dict[str, torch.Tensor]]:
        """The adapter's weights, in the parts that diffusers knows."""
        return _read_adapter(info)

    def _own(self, uses: Sequence[ControlUse]) -> list[ControlUse]:
        return [use for use in uses if use.model in self._infos]

    def _hold(self, info: ExtraInfo) -> str:
        """Have this image encoder in memory; its path."""
        if info.path not in self._encoders:
            self._encoders[info.path] = read_encoder(info).to(self._unet.device, self._unet.dtype)
        self._encoders.move_to_end(info.path)
        while len(self._encoders) > REMEMBERED_ENCODERS:
            self._encoders.popitem(last=False)
        return info.path

    def take_off(self) -> None:
        """Give the denoiser its own attention back."""
        if self._before is not None:
            processors, projection, kind = self._before
            self._unet.encoder_hid_proj = projection  # first: a plus adapter's has attention of its own
            self._unet.set_attn_processor(processors)
            self._unet.config["encoder_hid_dim_type"] = kind
        self._before, self._worn, self._shown = None, (), []

    @torch.inference_mode()
    def look(self, uses: Sequence[ControlUse], pictures: Sequence[np.ndarray]) -> None:
        """Let each adapter see its pictures: one for each use, uint8 (h, w, 3), or (h, w, 4) with a mask."""
        self._shown = []
        if not self._worn:
            return
        seen = {id(use): picture for use, picture in zip(uses, pictures, strict=True)}
        layers: MultiIPAdapterImageProjection = self._unet.encoder_hid_proj
        for group, layer in zip(_groups(self._own(uses)), layers.image_projection_layers, strict=True):
            encoder = self._encoders[self._encoder_of[group[0].model]]
            is_plain = isinstance(layer, ImageProjection)
            picture, nothing = _embed(encoder, [seen[id(use)][:, :, :3] for use in group], is_plain)
            mask = mask_of(seen[id(group[0])])
            if mask is not None:
                mask = mask.to(self._unet.device, self._unet.dtype).expand(1, len(group), -1, -1)
            self._shown.append(_Shown(group[0], picture, nothing, mask))

    def joined(self, conditioning: dict[str, Any], index: int, count: int) -> dict[str, Any]:
        """`conditioning` for the network call `index` of `count`, with what the adapters show; the same without any."""
        if not self._shown:
            return conditioning
        weights = self._weights_at(index, count)
        for name, processor in self._unet.attn_processors.items():
            if hasattr(processor, "scale") and isinstance(processor.scale, list):
                processor.scale = [
                    weight * share(self._unet, name, shown.use.part)
                    for weight, shown in zip(weights, self._shown, strict=True)
                ]
        size = len(conditioning["encoder_hidden_states"])
        added = dict(conditioning.get("added_cond_kwargs") or {}) | {"image_embeds": self._embeds(size)}
        joined = conditioning | {"added_cond_kwargs": added}
        if any(shown.mask is not None for shown in self._shown):
            joined["cross_attention_kwargs"] = {"ip_adapter_masks": [shown.mask for shown in self._shown]}
        return joined

    def _weights_at(self, index: int, count: int) -> list[float]:
        """How much each adapter counts in the network call `index` of `count`."""
        begins, ends = index / count, (index + 1) / count
        return [
            shown.use.weight if begins >= shown.use.start and ends <= shown.use.end else 0.0 for shown in self._shown
        ]

    def _embeds(self, texts: int) -> list[torch.Tensor]:
        """What each adapter shows beside so many texts: nothing beside the negative prompt."""
        return [
            torch.cat([shown.nothing if texts > 1 and not row else shown.picture for row in range(texts)])
            for shown in self._shown
        ]


def share(unet: Any, name: str, part: ControlPart) -> float:
    """How much of an adapter reaches the attention of this name when the picture is to take after only a `part`.

    SDXL keeps the composition in the last attention of its deepest block and the style in the middle of the first
    block of the way up (InstantStyle, arXiv:2404.02733). Models without that division have the composition in their
    deepest blocks, the style in all others.
    """
    if part == "all":
        return 1.0
    side, number, _, place, *_ = [*name.split("."), "", "", ""]
    deepest = max(
        (index for index, block in enumerate(unet.down_blocks) if getattr(block, "attentions", None)), default=0
    )
    first = min((index for index, block in enumerate(unet.up_blocks) if getattr(block, "attentions", None)), default=0)
    if unet.config.addition_embed_type == "text_time":
        last, middle = len(unet.down_blocks[deepest].attentions) - 1, len(unet.up_blocks[first].attentions) // 2
        composes = (side, number, place) == ("down_blocks", str(deepest), str(last))
        paints = (side, number, place) == ("up_blocks", str(first), str(middle))
    else:
        composes = side == "mid_block" or (side, number) == ("down_blocks", str(deepest))
        paints = not composes
    wanted = {"style": paints, "composition": composes, "style_and_composition": paints or composes}
    return float(wanted[part])


def _groups(uses: Sequence[ControlUse]) -> list[list[ControlUse]]:
    """Uses that differ in nothing but their pictures, together; all others one by one, in their order."""
    groups: dict[ControlUse, list[ControlUse]] = {}
    for use in uses:
        groups.setdefault(replace(use, source="", preprocessor=""), []).append(use)
    return list(groups.values())


def _embed(encoder: Any, pictures: Sequence[np.ndarray], is_plain: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Embeddings of the pictures and of nothing: (1, pictures, ...)."""
    side = encoder.config.image_size
    seen = torch.cat([as_clip_sees(np.ascontiguousarray(pixels), side) for pixels in pictures])
    seen = seen.to(encoder.device, encoder.dtype)
    if is_plain:
        made = encoder(seen).image_embeds
        return made[None], torch.zeros_like(made)[None]
    made, nothing = (
        encoder(given, output_hidden_states=True).hidden_states[-2] for given in (seen, torch.zeros_like(seen))
    )
    return made[None], nothing[None]


def _read_adapter(info: ExtraInfo) -> dict[str, dict[str, torch.Tensor]]:
    read_header(Path(info.path))
    parts: dict[str, dict[str, torch.Tensor]] = {"image_proj": {}, "ip_adapter": {}}
    weights = load_file(info.path)
    if not ADAPTER_INPUTS & set(weights):
        raise ModelProblem(
            f"The IP-Adapter “{info.title}” is of a kind that is not known. "
            "Choose a plain, plus or full-face one instead."
        )
    for name, value in weights.items():
        part, _, rest = name.partition(".")
        if not torch.isfinite(value.float()).all():
            raise ModelProblem(f"The IP-Adapter “{info.title}” is damaged: some weights are no numbers (NaN).")
        parts[part][rest] = value
    return parts
