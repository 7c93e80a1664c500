"""What the sampling loop needs to know about each family's network, behind the face that a UNet has.

Every denoiser takes plain latents (texts, channels, h, w), the scheduler's timestep and what `conditioning` gave, and
answers with the velocity from the picture to the noise, of the same shape. Packing into patches, scales of time and
signs are settled here and nowhere else. Must not know about schedulers, prompts or pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from sdstudio.engine.prompts import Embedding

TRAIN_STEPS = 1000
_CONTROLS = {"controlnet_block_samples", "controlnet_single_block_samples"}  # what control models add to Flux
PATCH = 2  # latent cells along the side of a patch, in all of these families


class Denoiser(torch.nn.Module):
    """A network of one of these families. `conditioning` and `velocity` are what differs."""

    velocity: Callable[..., torch.Tensor]
    """From the picture to the noise, of `(latents, timestep, **conditioning)`; latents are (texts, channels, h, w)."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network
        self.config = network.config

    @property
    def dtype(self) -> torch.dtype:
        return next(self.network.parameters()).dtype

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    @property
    def takes_guidance(self) -> bool:
        """The guidance scale is an input of the network, which was distilled from one with two passes."""
        return bool(self.config.get("guidance_embeds"))

    @property
    def own_channels(self) -> int:
        """Of the latents and all that belongs to the same patches; 0 where the latents are all there is."""
        return 0

    def conditioning(self, texts: Sequence[Embedding], cfg_scale: float) -> dict[str, Any]:
        """Keyword arguments of `velocity` that show it `texts`, one for each picture of its batch."""
        raise NotImplementedError

    def forward(
        self, latents: torch.Tensor, timestep: torch.Tensor, return_dict: bool = False, **conditioning: Any
    ) -> tuple[torch.Tensor]:
        """As a UNet is called."""
        return (self.velocity(latents, timestep, **conditioning),)

    def steady(self, guided: torch.Tensor, positive: torch.Tensor) -> torch.Tensor:
        """What guidance gave, mended as this family's authors do. `positive` is the answer to the prompt alone."""
        return guided

    def _of_any_length(self, texts: Sequence[Embedding]) -> dict[str, Any]:
        """Texts of unlike lengths in one batch, filled up with zeros, and (texts,) how long each of them is."""
        tokens = [text.tokens[0] for text in texts]
        return {
            "encoder_hidden_states": self._there([torch.nn.utils.rnn.pad_sequence(tokens, batch_first=True)]),
            "lengths": torch.tensor([len(one) for one in tokens]),
        }

    @staticmethod
    def texts(words: torch.Tensor, lengths: torch.Tensor) -> list[torch.Tensor]:
        """Each text alone, (tokens, width); at its full length where lengths are not known (on the meta device)."""
        if lengths.is_meta:
            return list(words)
        return [one[:length] for one, length in zip(words, lengths.tolist(), strict=True)]

    def _there(self, tensors: Sequence[torch.Tensor | None]) -> torch.Tensor:
        """All in one batch, where the network is."""
        return torch.cat([tensor for tensor in tensors if tensor is not None]).to(self.device, self.dtype)


class SD3Denoiser(Denoiser):
    """Stable Diffusion 3 and 3.5 (arXiv:2403.03206)."""

    def conditioning(self, texts: Sequence[Embedding], cfg_scale: float) -> dict[str, Any]:
        return {
            "encoder_hidden_states": self._there([text.tokens for text in texts]),
            "pooled_projections": self._there([text.pooled for text in texts]),
        }

    def velocity(self, latents: torch.Tensor, timestep: torch.Tensor, **conditioning: Any) -> torch.Tensor:
        times = timestep.expand(len(latents)).to(latents.device)
        answer: torch.Tensor = self.network(latents, timestep=times, return_dict=False, **conditioning)[0]
        return answer


class FluxDenoiser(Denoiser):
    """FLUX.1: dev and its relatives take the guidance scale as an input, schnell needs none.

    What its relatives read beside the latents are further channels of them: as many as the network knows belong to the
    same patches (Fill, Canny, Depth); all that follow are pictures of their own, seen beside this one (Kontext).
    """

    def conditioning(self, texts: Sequence[Embedding], cfg_scale: float) -> dict[str, Any]:
        words = self._there([text.tokens for text in texts])
        shown: dict[str, Any] = {
            "encoder_hidden_states": words,
            "pooled_projections": self._there([text.pooled for text in texts]),
            "txt_ids": torch.zeros(words.shape[1], 3, device=self.device, dtype=self.dtype),
        }
        if self.takes_guidance:
            shown["guidance"] = torch.full([len(texts)], cfg_scale, device=self.device, dtype=torch.float32)
        return shown

    def velocity(self, latents: torch.Tensor, timestep: torch.Tensor, **conditioning: Any) -> torch.Tensor:
        times = timestep.expand(len(latents)).to(latents)
        own = self.own_channels
        pictures = [latents[:, start : start + own] for start in range(0, latents.shape[1], own)]
        patches = [pack(picture) for picture in pictures]
        places = [self.places(latents, number) for number in range(len(pictures))]
        if (within := conditioning.get("joint_attention_kwargs")) is not None:
            conditioning["joint_attention_kwargs"] = dict(within)  # the network takes things out of it
        for name in _CONTROLS & set(conditioning):  # which know nothing of the other pictures
            more = sum(one.shape[1] for one in patches[1:])
            conditioning[name] = [torch.nn.functional.pad(one, (0, 0, 0, more)) for one in conditioning[name]]
        answer = self.network(
            hidden_states=torch.cat(patches, dim=1) if patches[1:] else patches[0],
            timestep=times / TRAIN_STEPS,
            img_ids=torch.cat(places),
            return_dict=False,
            **conditioning,
        )[0]
        return unpack(answer[:, : patches[0].shape[1]], latents.shape[-2], latents.shape[-1])

    @property
    def own_channels(self) -> int:
        return int(self.config["in_channels"]) // PATCH**2

    def places(self, latents: torch.Tensor, number: int) -> torch.Tensor:
        """Where each patch lies: (patches, 3) with the number of its picture, its row and its column."""
        rows, columns = (torch.arange(side // PATCH) for side in latents.shape[-2:])
        grid = torch.stack(torch.meshgrid(rows, columns, indexing="ij"), dim=-1).reshape(-1, 2)
        return torch.cat([torch.full((len(grid), 1), number), grid], dim=1).to(latents)


class QwenDenoiser(Denoiser):
    """Qwen-Image (arXiv:2508.02324): texts of any length, one pass each."""

    def conditioning(self, texts: Sequence[Embedding], cfg_scale: float) -> dict[str, Any]:
        shown = self._of_any_length(texts)
        if self.takes_guidance:
            shown["guidance"] = torch.full([1], cfg_scale, device=self.device, dtype=torch.float32)
        return shown

    def velocity(
        self,
        latents: torch.Tensor,
        timestep: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        lengths: torch.Tensor,
        **conditioning: Any,
    ) -> torch.Tensor:
        height, width = latents.shape[-2:]
        times = timestep.expand(1).to(latents) / TRAIN_STEPS
        added = conditioning.pop("controlnet_block_samples", [])
        answers = [
            self.network(
                hidden_states=pack(one[None]),
                timestep=times,
                encoder_hidden_states=words[None],
                encoder_hidden_states_mask=None,
                img_shapes=[[(1, height // PATCH, width // PATCH)]],
                controlnet_block_samples=[one[row : row + 1] for one in added] or None,
                return_dict=False,
                **conditioning,
            )[0]
            for row, (one, words) in enumerate(zip(latents, self.texts(encoder_hidden_states, lengths), strict=True))
        ]
        return unpack(torch.cat(answers), height, width)

    def steady(self, guided: torch.Tensor, positive: torch.Tensor) -> torch.Tensor:
        """Each patch keeps the length that it has without guidance."""
        changed, kept = pack(guided), pack(positive)
        scaled = changed * (torch.norm(kept, dim=-1, keepdim=True) / torch.norm(changed, dim=-1, keepdim=True))
        return unpack(scaled, guided.shape[-2], guided.shape[-1])


class ZImageDenoiser(Denoiser):
    """Z-Image (arXiv:2511.22699): its time runs from noise to picture, and so does its velocity."""

    def conditioning(self, texts: Sequence[Embedding], cfg_scale: float) -> dict[str, Any]:
        return self._of_any_length(texts)

    def velocity(
        self, latents: torch.Tensor, timestep: torch.Tensor, encoder_hidden_states: torch.Tensor, lengths: torch.Tensor
    ) -> torch.Tensor:
        times = (TRAIN_STEPS - timestep.expand(len(latents)).to(latents.device)) / TRAIN_STEPS
        pictures = list(latents.to(self.dtype).unsqueeze(2).unbind(dim=0))
        words = self.texts(encoder_hidden_states, lengths)
        rope = self.network.rope_embedder
        known = rope.freqs_cis
        try:
            answers = self.network(pictures, times, words, return_dict=False)[0]
        finally:
            if latents.is_meta:  # it keeps its table where it worked last, and from there is no way back
                rope.freqs_cis = known
        return -torch.stack([answer.float() for answer in answers]).squeeze(2)


def pack(latents: torch.Tensor) -> torch.Tensor:
    """(n, channels, h, w) to patches (n, h / 2 * w / 2, channels * 4)."""
    count, channels, height, width = latents.shape
    patches = latents.reshape(count, channels, height // PATCH, PATCH, width // PATCH, PATCH)
    return patches.permute(0, 2, 4, 1, 3, 5).reshape(count, -1, channels * PATCH**2)


def unpack(patches: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Patches (n, h / 2 * w / 2, channels * 4) to (n, channels, h, w)."""
    count, _, values = patches.shape
    grid = patches.reshape(count, height // PATCH, width // PATCH, values // PATCH**2, PATCH, PATCH)
    return grid.permute(0, 3, 1, 4, 2, 5).reshape(count, -1, height, width)
