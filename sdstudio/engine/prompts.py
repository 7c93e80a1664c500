"""Text to embeddings. Prompts of any length work: they are cut into pieces that the text encoder can read.

Equal to diffusers' own encoding for plain prompts that fit into one piece; weights are laid over the embeddings as in
A1111. What a prompt's signs mean is `prompting`'s part. Must not know about pictures.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from sdstudio.engine.extras.inversion import LearnedWords
from sdstudio.engine.remembered import Remembered
from sdstudio.engine.tally import Tally
from sdstudio.errors import BadRequest
from sdstudio.prompting.pieces import Token, cut
from sdstudio.prompting.reading import Fragment, Reading, readings

CACHED_BYTES = 64 * 2**20  # of embeddings: a hundred prompts of usual length, or one of a thousand words
_BATCH = 16  # pieces encoded at once: a prompt of 10,000 words must not need gigabytes

Words = tuple[Fragment, ...]


@dataclass(frozen=True)
class Embedding:
    """What the denoiser reads: `tokens` (1, pieces * length, width), and for SDXL `pooled` (1, width)."""

    tokens: torch.Tensor
    pooled: torch.Tensor | None = None

    @property
    def nbytes(self) -> int:
        return self.tokens.nbytes + (0 if self.pooled is None else self.pooled.nbytes)


@dataclass(frozen=True, eq=False)
class Composition:
    """What one step reads: the parts between AND with their weights, and the negative prompt when there is guidance."""

    parts: tuple[tuple[float, Embedding], ...]
    negative: Embedding | None

    @property
    def weights(self) -> tuple[float, ...]:
        return tuple(weight for weight, _ in self.parts)

    @property
    def is_plain(self) -> bool:
        """One part that counts once: it can be shown to the denoiser without the negative prompt."""
        return self.weights == (1.0,)

    def texts(self, *, guided: bool) -> list[Embedding]:
        """In the order of the denoiser's batch."""
        shown = [embedding for _, embedding in self.parts]
        return [self.negative, *shown] if guided and self.negative is not None else shown


class TextModel:
    """One tokenizer and its CLIP text encoder."""

    def __init__(self, tokenizer: Any, encoder: Any, *, penultimate: bool = False) -> None:
        self.tokenizer = tokenizer
        self.encoder = encoder
        self.learned = LearnedWords(encoder)  # textual inversions, which prompts name as words
        self._penultimate = penultimate  # SDXL reads the last but one layer, without the final norm
        self.length = min(tokenizer.model_max_length, encoder.config.max_position_embeddings)
        self._comma: int | None = tokenizer.convert_tokens_to_ids(",</w>")

    def pieces(self, words: Words) -> list[list[Token]]:
        """The words' tokens in pieces of at most `length` - 2."""
        stretches = (
            None if fragment.is_break else [Token(number, fragment.weight) for number in self.numbers(fragment.text)]
            for fragment in words
        )
        return cut(stretches, self.length - 2, self._comma)

    def numbers(self, text: str) -> list[int]:
        """Token numbers of the text alone, of any length; those of learned words are negative."""
        found: list[int] = []
        for part in self.learned.split(text):
            if isinstance(part, str):
                part = self.tokenizer(part, add_special_tokens=False, truncation=False, verbose=False).input_ids
            found += part
        return found

    def encode(self, pieces: list[list[Token]], clip_skip: int = 1) -> Embedding:
        """Encode all pieces and lay them end to end; `pooled` is that of the first piece.

        `clip_skip` is the layer that is read, counted from the last: 1 is the last, 2 the one before it.
        """
        depth = clip_skip + self._penultimate
        if depth > self.encoder.config.num_hidden_layers:
            most = self.encoder.config.num_hidden_layers - self._penultimate
            raise BadRequest(f"CLIP skip is {clip_skip}, but this model's text encoder allows {most} at most.")
        tokens, pooled = [], None
        for start in range(0, len(pieces), _BATCH):
            batch = pieces[start : start + _BATCH]
            ids = torch.tensor([self._framed(piece) for piece in batch], device=self.encoder.device)
            output = self.encoder(ids, output_hidden_states=depth > 1)
            hidden = output[0] if depth == 1 else output.hidden_states[-depth]
            if depth > 1 and not self._penultimate:
                hidden = getattr(self.encoder, "text_model", self.encoder).final_layer_norm(hidden)
            if pooled is None:
                pooled = getattr(output, "text_embeds", None)
            hidden = torch.stack([_weighed(one, piece) for one, piece in zip(hidden, batch, strict=True)])
            tokens.append(hidden.reshape(1, -1, hidden.shape[-1]))
        return Embedding(torch.cat(tokens, dim=1), None if pooled is None else pooled[:1])

    def _framed(self, piece: list[Token]) -> list[int]:
        """Exactly `length` numbers: begin, the piece, end, padding."""
        tokenizer = self.tokenizer
        framed = [tokenizer.bos_token_id, *(token.number for token in piece), tokenizer.eos_token_id]
        return framed + [tokenizer.pad_token_id] * (self.length - len(framed))


def _weighed(hidden: torch.Tensor, piece: list[Token]) -> torch.Tensor:
    """One piece's embeddings (length, width), each times its token's weight, with the mean that they had before."""
    if all(token.weight == 1 for token in piece):
        return hidden
    weights = [1.0, *(token.weight for token in piece)]
    weights += [1.0] * (len(hidden) - len(weights))
    mean = hidden.mean()
    hidden = hidden * torch.tensor(weights, device=hidden.device, dtype=hidden.dtype)[:, None]
    return hidden * (mean / hidden.mean())


class PromptEncoder:
    """All text encoders of a model (one for SD 1 and 2, two for SDXL), with the last embeddings remembered."""

    def __init__(self, text_models: list[TextModel], *, zero_when_empty: bool = False) -> None:
        self.text_models = text_models
        self.variant: Hashable = ()  # what LoRAs and embeddings the text encoders have, which changes what texts give
        self._zero_when_empty = zero_when_empty  # SDXL was trained with zeros for a missing negative prompt
        self.tally = Tally()
        self._cache: Remembered[Embedding] = Remembered(CACHED_BYTES)

    @property
    def networks(self) -> list[Any]:
        """All that read texts."""
        return [model.encoder for model in self.text_models]

    def encode(self, prompt: str, negative_prompt: str | None) -> tuple[Embedding, Embedding | None]:
        """Embeddings of equal length for what the prompts say at the first step."""
        composition = self.script(prompt, negative_prompt, steps=1)[0]
        return composition.parts[0][1], composition.negative

    def script(self, prompt: str, negative_prompt: str | None, *, steps: int, clip_skip: int = 1) -> list[Composition]:
        """What is read at each of `steps` steps; equal steps share one value, all embeddings are of equal length."""
        positive = readings(prompt, steps)
        negative = None if negative_prompt is None else readings(negative_prompt, steps, composed=False)
        texts = {words for reading in [*positive, *(negative or [])] for _, words in reading.parts}
        count = max((len(model.pieces(words)) for model in self.text_models for words in texts), default=1)
        is_zero = self._zero_when_empty and not negative_prompt
        made: dict[tuple[int, int], Composition] = {}
        script = []
        for step, reading in enumerate(positive):
            against = None if negative is None else negative[step]
            key = (id(reading), id(against))
            if key not in made:
                made[key] = self._compose(reading, against, count, clip_skip, is_zero=is_zero)
            script.append(made[key])
        return script

    def _compose(
        self, reading: Reading, against: Reading | None, count: int, clip_skip: int, *, is_zero: bool
    ) -> Composition:
        parts = tuple((weight, self._embed(words, count, clip_skip)) for weight, words in reading.parts)
        if against is None:
            return Composition(parts, None)
        return Composition(parts, self._embed(against.parts[0][1], count, clip_skip, zero=is_zero))

    def _embed(self, words: Words, count: int, clip_skip: int, *, zero: bool = False) -> Embedding:
        said = tuple((fragment.text, fragment.weight, fragment.is_break) for fragment in words)
        key = (said, count, clip_skip, zero, self.variant)
        known = self._cache.find(key)
        if known is not None:
            self.tally.texts_reused += 1
            return known
        self.tally.texts_encoded += 1
        embedding = self._compute(words, count, clip_skip)
        if zero:
            pooled = None if embedding.pooled is None else torch.zeros_like(embedding.pooled)
            embedding = Embedding(torch.zeros_like(embedding.tokens), pooled)
        self._cache.keep(key, embedding, embedding.nbytes)
        return embedding

    def _compute(self, words: Words, count: int, clip_skip: int) -> Embedding:
        """What the denoiser reads: the encoders side by side, with the last one's vector for the whole text."""
        parts = self._encoded(words, count, clip_skip)
        if len(parts) == 1:
            return parts[0]
        return Embedding(torch.cat([part.tokens for part in parts], dim=-1), parts[-1].pooled)

    def _encoded(self, words: Words, count: int, clip_skip: int) -> list[Embedding]:
        """Each encoder's part: `count` pieces (an empty prompt fills up the shorter text)."""
        parts = []
        for model in self.text_models:
            pieces: Sequence[list[Token]] = model.pieces(words)
            parts.append(model.encode([*pieces, *([] for _ in range(count - len(pieces)))], clip_skip))
        return parts
