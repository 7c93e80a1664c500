"""IP-Adapters (arXiv:2308.06721): the picture takes after another one, plain and plus alike.

The denoiser's attention is replaced while a job needs it, and put back as it was. The network that looks at pictures
(CLIP's) is a file of its own. Must not know where files come from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.models.embeddings import ImageProjection
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from sdstudio.engine.failures import is_out_of_memory
from sdstudio.errors import ModelProblem
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.header import read_header
from sdstudio.protocol.request import ControlUse

# CLIP's published image encoders by their width: heads and activation, which no tensor tells.
_KNOWN = {1024: (16, "quick_gelu"), 1280: (16, "gelu"), 1664: (16, "gelu"), 768: (12, "quick_gelu")}
_MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)  # of CLIP's training pictures
_DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RuntimeError, SafetensorError)


@dataclass(frozen=True)
class _Shown:
    """What one adapter lets the denoiser see: embeddings of its picture and of no picture, (1, ...) each."""

    use: ControlUse
    picture: torch.Tensor
    nothing: torch.Tensor


class Likeness:
    """The adapters in a denoiser's attention, and the image encoder that they share."""

    def __init__(self, unet: Any) -> None:
        self._unet = unet
        self._worn: tuple[str, ...] = ()
        self._before: tuple[Any, Any, Any] | None = None
        self._encoder: tuple[str, Any] | None = None
        self._shown: list[_Shown] = []

    def wear(self, adapters: Sequence[ExtraInfo], encoder: ExtraInfo | None, check: Callable[[], None]) -> None:
        """Have exactly these adapters in the denoiser, in this order. `check` may raise to stop.

        Raises ModelProblem when one is damaged or does not fit; the denoiser is then as it was made.
        """
        check()
        if encoder is not None and (self._encoder is None or self._encoder[0] != encoder.path):
            self._encoder = (encoder.path, _read_encoder(encoder).to(self._unet.device, self._unet.dtype))
        paths = tuple(adapter.path for adapter in adapters)
        if paths == self._worn:
            return
        self.take_off()
        if not adapters:
            return
        config = self._unet.config
        self._before = (dict(self._unet.attn_processors), self._unet.encoder_hid_proj, config.encoder_hid_dim_type)
        try:
            self._unet._load_ip_adapter_weights([_read_adapter(adapter) for adapter in adapters])
        except _UNREADABLE as error:
            self.take_off()
            if is_out_of_memory(error):
                raise
            titles = "”, “".join(adapter.title for adapter in adapters)
            raise ModelProblem(
                f"The IP-Adapter “{titles}” cannot be used with this model: it is damaged or of another kind.",
                detail=str(error),
            ) from error
        self._worn = paths

    def take_off(self) -> None:
        """Give the denoiser its own attention back."""
        if self._before is not None:
            processors, projection, kind = self._before
            self._unet.set_attn_processor(processors)
            self._unet.encoder_hid_proj = projection
            self._unet.config["encoder_hid_dim_type"] = kind
        self._before, self._worn, self._shown = None, (), []

    @torch.inference_mode()
    def look(self, uses: Sequence[ControlUse], pictures: Sequence[np.ndarray]) -> None:
        """Let each adapter see its picture, RGB uint8 (h, w, 3)."""
        self._shown = []
        if not self._worn:
            return
        assert self._encoder is not None
        for use, pixels, layer in zip(uses, pictures, self._unet.encoder_hid_proj.image_projection_layers, strict=True):
            self._shown.append(_Shown(use, *_embed(self._encoder[1], pixels, isinstance(layer, ImageProjection))))

    def joined(self, conditioning: dict[str, Any], index: int, count: int) -> dict[str, Any]:
        """`conditioning` for the network call `index` of `count`, with what the adapters show; the same without any."""
        if not self._shown:
            return conditioning
        begins, ends = index / count, (index + 1) / count
        scales = [
            shown.use.weight if begins >= shown.use.start and ends <= shown.use.end else 0.0 for shown in self._shown
        ]
        for processor in self._unet.attn_processors.values():
            if hasattr(processor, "scale") and isinstance(processor.scale, list):
                processor.scale = scales
        size = len(conditioning["encoder_hidden_states"])
        embeds = [
            torch.cat([shown.nothing if size > 1 and not row else shown.picture for row in range(size)])
            for shown in self._shown
        ]
        added = dict(conditioning.get("added_cond_kwargs") or {}) | {"image_embeds": embeds}
        return conditioning | {"added_cond_kwargs": added}


def _embed(encoder: Any, pixels: np.ndarray, is_plain: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Embeddings of the picture and of nothing, with room for several pictures: (1, 1, ...)."""
    seen = _as_clip_sees(pixels, encoder.config.image_size).to(encoder.device, encoder.dtype)
    if is_plain:
        picture = encoder(seen).image_embeds
        return picture[:, None], torch.zeros_like(picture)[:, None]
    picture, nothing = (
        encoder(given, output_hidden_states=True).hidden_states[-2] for given in (seen, torch.zeros_like(seen))
    )
    return picture[:, None], nothing[:, None]


def _as_clip_sees(pixels: np.ndarray, side: int) -> torch.Tensor:
    """The middle square at `side` pixels, with CLIP's mean and deviation: (1, 3, side, side)."""
    height, width, _ = pixels.shape
    shorter = min(height, width)
    size = (int(side * width / shorter), int(side * height / shorter))
    resized = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))
    top, left = (size[1] - side) // 2, (size[0] - side) // 2
    square = resized[top : top + side, left : left + side].astype(np.float32) / 255
    return torch.from_numpy((square - _MEAN) / _DEVIATION).permute(2, 0, 1)[None]


def _read_adapter(info: ExtraInfo) -> dict[str, dict[str, torch.Tensor]]:
    read_header(Path(info.path))
    parts: dict[str, dict[str, torch.Tensor]] = {"image_proj": {}, "ip_adapter": {}}
    for name, value in load_file(info.path).items():
        part, _, rest = name.partition(".")
        if not torch.isfinite(value.float()).all():
            raise ModelProblem(f"The IP-Adapter “{info.title}” is damaged: some weights are no numbers (NaN).")
        parts[part][rest] = value
    return parts


def _read_encoder(info: ExtraInfo) -> Any:
    """The image encoder, its sizes read from its shapes."""
    try:
        read_header(Path(info.path))
        weights = load_file(info.path)
        patches = weights["vision_model.embeddings.patch_embedding.weight"]
        places = len(weights["vision_model.embeddings.position_embedding.weight"]) - 1
        width = patches.shape[0]
        heads, activation = _KNOWN.get(width, (max(1, width // 64), "quick_gelu"))
        config = CLIPVisionConfig(
            hidden_size=width,
            intermediate_size=weights["vision_model.encoder.layers.0.mlp.fc1.weight"].shape[0],
            num_hidden_layers=1 + max(int(name.split(".")[3]) for name in weights if ".layers." in name),
            num_attention_heads=heads,
            patch_size=patches.shape[-1],
            image_size=round(places**0.5) * patches.shape[-1],
            projection_dim=weights["visual_projection.weight"].shape[0],
            hidden_act=activation,
        )
        encoder = CLIPVisionModelWithProjection(config)
        weights.pop("vision_model.embeddings.position_ids", None)
        missing, _ = encoder.load_state_dict(weights, strict=False)
        if [name for name in missing if not name.endswith("position_ids")]:
            raise ValueError(f"missing: {', '.join(missing[:5])}")
    except _UNREADABLE as error:
        if is_out_of_memory(error):
            raise
        raise ModelProblem(
            f"The image encoder “{info.title}” cannot be used: its file is damaged or of another kind.",
            detail=str(error),
        ) from error
    return encoder.eval().requires_grad_(False)
