"""A model: its parts as read from the disk, and in memory, where it answers for all that differs between families."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch

from sdstudio.engine import pixels, preview
from sdstudio.engine.dry_run import Need
from sdstudio.engine.economy import Economy
from sdstudio.engine.enlarging import Enlarging
from sdstudio.engine.extras import vae
from sdstudio.engine.extras.control import ControlShelf, UNetShelf
from sdstudio.engine.extras.control_files import Host
from sdstudio.engine.extras.hypernetwork import Hypernetworks
from sdstudio.engine.extras.likeness import Likeness
from sdstudio.engine.extras.lora import Wardrobe
from sdstudio.engine.extras.reference import Reference
from sdstudio.engine.interrupt import Interruption
from sdstudio.engine.prompts import Embedding, PromptEncoder
from sdstudio.engine.remembered import Remembered
from sdstudio.engine.speed.enlarging import quicken
from sdstudio.engine.speed.half import Half
from sdstudio.engine.step_shelf import StepShelf
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import GenerationRequest
from sdstudio.raster.geometry import Extent

SEEN_BYTES = 128 * 2**20  # of pictures that were encoded already
_GOOD_SCORE, _BAD_SCORE = 6.0, 2.5  # what SDXL's refiner is told about the prompt and the negative prompt


@dataclass
class Parts:
    """What a model consists of, as read from the disk."""

    modules: dict[str, Any]  # by the names of diffusers' folders: unet, vae, text_encoder, text_encoder_2
    tokenizers: list[Any]  # one for each text encoder
    scheduler_config: dict[str, Any]
    zero_when_empty: bool = False  # see PromptEncoder


@dataclass(frozen=True)
class Refiner:
    """The model that goes on with what another one begins, and who makes room for whose turn it is."""

    model: LoadedModel
    take_over: Callable[[], None]  # its turn begins
    give_back: Callable[[], None]  # that of the model that begins


@dataclass
class LoadedModel:
    """One model in memory. Everything that differs between families is answered here."""

    info: ModelInfo
    prompts: PromptEncoder
    unet: Any
    vae: Any
    scheduler_config: dict[str, Any]
    device: torch.device
    dtype: torch.dtype  # of the denoiser and its latents
    enlarging: Enlarging | None = None  # of models that read a small picture
    refiner: Refiner | None = None  # where the present job has one
    half: Half = field(default_factory=Half)
    steps: StepShelf = field(default_factory=StepShelf)
    interruption: Interruption = field(init=False)
    economy: Economy = field(init=False)
    wardrobe: Wardrobe = field(init=False)
    controls: ControlShelf = field(init=False)
    likeness: Likeness = field(init=False)
    reference: Reference = field(init=False)
    hypernetworks: Hypernetworks = field(init=False)

    def __post_init__(self) -> None:
        encoders = [text.encoder for text in self.prompts.text_models]
        names = ("text_encoder", "text_encoder_2")[: len(encoders)]
        self.wardrobe = Wardrobe({"unet": self.network, **dict(zip(names, encoders, strict=True))})
        self.economy = Economy(self.network, self.prompts.networks, self.vae, self.device)
        self.tally = self.prompts.tally
        self.needs: dict[tuple[object, ...], Need] = {}  # what its networks take, as `fit` found it
        self._seen: Remembered[Any] = Remembered(SEEN_BYTES)
        self.interruption = Interruption([self.unet, self.vae])
        self.likeness = Likeness(self.unet)
        self.reference = Reference(self.unet)
        self.hypernetworks = Hypernetworks(self.unet)
        self._own_vae, self._chosen_vae = self.vae, ""
        quicken(self.unet, self.vae)
        self.controls = UNetShelf(Host(self.unet, self.cell, self.latent_channels), self.interruption.add)

    def choose_vae(self, info: ExtraInfo | None) -> None:
        """Decode and encode with another autoencoder; None for the model's own. Raises ModelProblem."""
        path = "" if info is None else info.path
        if path == self._chosen_vae:
            return
        self.vae = self._own_vae if info is None else vae.read(info, self._own_vae)
        self._chosen_vae = path
        vars(self).pop("previewer", None)
        if info is not None:
            self.interruption.add(self.vae)
            quicken(self.vae)

    @contextmanager
    def watched(self, check: Callable[[], None]) -> Iterator[None]:
        """Within this context every larger layer calls `check` first, its refiner's too; it may raise to stop."""
        with ExitStack() as stack:
            stack.enter_context(self.interruption.watched(check))
            if self.refiner is not None:
                stack.enter_context(self.refiner.model.interruption.watched(check))
            yield

    @property
    def network(self) -> Any:
        """The denoiser itself, by the names that LoRAs know."""
        return self.unet

    def steady(self, guided: torch.Tensor, positive: torch.Tensor) -> torch.Tensor:
        """What guidance gave, mended as the family's authors do; `positive` is the answer to the prompt alone."""
        return guided

    def work_in_full(self, *, is_exact: bool) -> None:
        """It was read in half precision to save memory: only its weights stay so. `is_exact`: its file has no more."""
        self.dtype = torch.float32
        self.economy.begin_halved(torch.float32, is_exact=is_exact)

    def encode(self, picture: torch.Tensor, generator: torch.Generator | None, wrapped: str = "") -> torch.Tensor:
        """`pixels.encode` with this model's autoencoder, which sees each picture once. `wrapped`: how edges meet."""
        digest = hashlib.sha256(picture.contiguous().numpy().data).digest()
        key = (digest, tuple(picture.shape), self._chosen_vae, wrapped, "vae_tiled" in self.economy.savings)
        seen = self._seen.find(key)
        if seen is None:
            seen = self.economy.read(self.vae, picture)
            self._seen.keep(key, seen, pixels.bytes_of(seen))
            self.tally.pixels_encoded += picture.shape[-2] * picture.shape[-1]
        else:
            self.tally.pixels_reused += picture.shape[-2] * picture.shape[-1]
        return pixels.draw(self.vae, seen, generator)

    @property
    def cell(self) -> int:
        return pixels.cell_size(self.vae)

    @property
    def latent_channels(self) -> int:
        return int(self.vae.config.latent_channels)

    @property
    def input_channels(self) -> int:
        """What the denoiser reads: latents, and beside them mask and masked picture, a depth map or a small picture."""
        if self.info.inpaint:
            return 2 * self.latent_channels + 1
        return self.latent_channels + (3 if self.enlarging is not None else int(self.info.depth))

    def channels_for(self, request: GenerationRequest) -> int:
        """`input_channels`, with what this job adds to them."""
        return self.input_channels

    def with_hole(self, mask: torch.Tensor, code: torch.Tensor) -> torch.Tensor:
        """What an inpainting model reads beside the latents: `mask` (1, 1, h, w) in pixels, and the masked picture's
        latents `code`."""
        small = torch.nn.functional.interpolate(mask, size=code.shape[2:])
        return torch.cat([small.to(code), code], dim=1)

    @property
    def distilled_guidance(self) -> bool:
        """The guidance scale is an input of the network, which then needs no second pass for the negative prompt."""
        return self.unet.config.time_cond_proj_dim is not None

    @cached_property
    def previewer(self) -> preview.Previewer:
        return preview.fit(self.vae)

    @property
    def _reads_scores(self) -> bool:
        """SDXL's refiner reads an aesthetic score in place of the size that the picture should look like."""
        config = self.unet.config
        pooled = config.projection_class_embeddings_input_dim - 5 * config.addition_time_embed_dim
        return pooled == self.prompts.text_models[-1].encoder.config.projection_dim

    def conditioning(self, texts: Sequence[Embedding], extent: Extent, cfg_scale: float) -> dict[str, Any]:
        """Keyword arguments of the denoiser that show it `texts`, one for each picture of its batch."""
        kwargs: dict[str, Any] = {
            "encoder_hidden_states": torch.cat([text.tokens for text in texts]).to(self.device, self.dtype)
        }
        if self.unet.config.addition_embed_type == "text_time":  # SDXL: pooled text, and the size it should look like
            size = [extent.height, extent.width, 0.0, 0.0]
            rows = [[*size, extent.height, extent.width]] * len(texts)
            if self._reads_scores:
                scores = [_GOOD_SCORE] if len(texts) == 1 else [_BAD_SCORE, *[_GOOD_SCORE] * (len(texts) - 1)]
                rows = [[*size, score] for score in scores]
            sizes = torch.tensor(rows)
            pooled = torch.cat([text.pooled for text in texts if text.pooled is not None])
            kwargs["added_cond_kwargs"] = {
                "text_embeds": pooled.to(self.device, self.dtype),
                "time_ids": sizes.to(self.device, self.dtype),
            }
        if self.enlarging is not None:
            kwargs["class_labels"] = self.enlarging.labels(len(texts), self.device)
        if self.distilled_guidance:
            kwargs["timestep_cond"] = _guidance_embedding(cfg_scale - 1, self.unet.config.time_cond_proj_dim).to(
                self.device, self.dtype
            )
        return kwargs


def _guidance_embedding(scale: float, width: int) -> torch.Tensor:
    """Sinusoidal embedding of the guidance scale, (1, width), as latent consistency models read it."""
    frequencies = torch.exp(torch.arange(width // 2) * -(torch.log(torch.tensor(10000.0)) / (width // 2 - 1)))
    angles = 1000 * scale * frequencies[None]
    return torch.cat([angles.sin(), angles.cos()], dim=1)
