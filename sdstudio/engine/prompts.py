"""Text to embeddings. Prompts of any length work: they are cut into pieces that the text encoder can read.

Equal to diffusers' own encoding for prompts that fit into one piece. Must not know about pictures.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import torch

from sdstudio.engine.extras.inversion import LearnedWords

CACHED_TEXTS = 8
_BATCH = 16  # pieces encoded at once: a prompt of 10,000 words must not need gigabytes


@dataclass(frozen=True)
class Embedding:
    """What the denoiser reads: `tokens` (1, pieces * length, width), and for SDXL `pooled` (1, width)."""

    tokens: torch.Tensor
    pooled: torch.Tensor | None = None


class TextModel:
    """One tokenizer and its CLIP text encoder."""

    def __init__(self, tokenizer: Any, encoder: Any, *, penultimate: bool = False) -> None:
        self.tokenizer = tokenizer
        self.encoder = encoder
        self.learned = LearnedWords(encoder)  # textual inversions, which prompts name as words
        self._penultimate = penultimate  # SDXL reads the last but one layer, without the final norm
        self.length = min(tokenizer.model_max_length, encoder.config.max_position_embeddings)

    def split(self, text: str) -> list[list[int]]:
        """Token ids in pieces of exactly `length`: begin, up to length - 2 tokens of text, end, padding."""
        tokenizer, room = self.tokenizer, self.length - 2
        ids = self.numbers(text)
        pieces = [ids[start : start + room] for start in range(0, len(ids), room)] or [[]]
        framed = [[tokenizer.bos_token_id, *piece, tokenizer.eos_token_id] for piece in pieces]
        return [piece + [tokenizer.pad_token_id] * (self.length - len(piece)) for piece in framed]

    def numbers(self, text: str) -> list[int]:
        """Token numbers of the text alone, of any length; those of learned words are negative."""
        found: list[int] = []
        for part in self.learned.split(text):
            if isinstance(part, str):
                part = self.tokenizer(part, add_special_tokens=False, truncation=False, verbose=False).input_ids
            found += part
        return found

    def encode(self, pieces: list[list[int]]) -> Embedding:
        """Encode all pieces and lay them end to end; `pooled` is that of the first piece."""
        tokens, pooled = [], None
        for start in range(0, len(pieces), _BATCH):
            ids = torch.tensor(pieces[start : start + _BATCH], device=self.encoder.device)
            output = self.encoder(ids, output_hidden_states=self._penultimate)
            hidden = output.hidden_states[-2] if self._penultimate else output[0]
            tokens.append(hidden.reshape(1, -1, hidden.shape[-1]))
            if pooled is None:
                pooled = getattr(output, "text_embeds", None)
        return Embedding(torch.cat(tokens, dim=1), None if pooled is None else pooled[:1])


class PromptEncoder:
    """All text encoders of a model (one for SD 1 and 2, two for SDXL), with the last embeddings remembered."""

    def __init__(self, text_models: list[TextModel], *, zero_when_empty: bool = False) -> None:
        self.text_models = text_models
        self.variant: Hashable = ()  # what LoRAs and embeddings the text encoders have, which changes what texts give
        self._zero_when_empty = zero_when_empty  # SDXL was trained with zeros for a missing negative prompt
        self._cache: OrderedDict[tuple[str, int, bool, Hashable], Embedding] = OrderedDict()

    def encode(self, prompt: str, negative_prompt: str | None) -> tuple[Embedding, Embedding | None]:
        """Embeddings of equal length for the prompt and, when there is guidance, the negative prompt."""
        texts = [prompt] if negative_prompt is None else [prompt, negative_prompt]
        pieces = max(len(model.split(text)) for model in self.text_models for text in texts)
        positive = self._embed(prompt, pieces, zero=False)
        if negative_prompt is None:
            return positive, None
        return positive, self._embed(negative_prompt, pieces, zero=self._zero_when_empty and not negative_prompt)

    def _embed(self, text: str, count: int, *, zero: bool) -> Embedding:
        key = (text, count, zero, self.variant)
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        embedding = self._compute(text, count)
        if zero:
            pooled = None if embedding.pooled is None else torch.zeros_like(embedding.pooled)
            embedding = Embedding(torch.zeros_like(embedding.tokens), pooled)
        self._cache[key] = embedding
        if len(self._cache) > CACHED_TEXTS:
            self._cache.popitem(last=False)
        return embedding

    def _compute(self, text: str, count: int) -> Embedding:
        """`count` pieces per encoder (an empty prompt fills up the shorter text), encoders side by side."""
        parts = []
        for model in self.text_models:
            pieces = model.split(text)
            parts.append(model.encode(pieces + model.split("") * (count - len(pieces))))
        if len(parts) == 1:
            return parts[0]
        return Embedding(torch.cat([part.tokens for part in parts], dim=-1), parts[-1].pooled)
