"""Text to what the transformer families read: several text encoders side by side, of which some may be missing.

CLIP's pieces of 75 tokens, weights, schedules and the cache are PromptEncoder's; here is how the parts are laid
together, and the encoders that read a whole text at once (T5, Qwen). Equal to diffusers' encoding for plain prompts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from sdstudio.engine.prompts import Embedding, PromptEncoder, TextModel, Words
from sdstudio.models.text_readers import QWEN_ROOM, T5_LENGTH, Z_ROOM
from sdstudio.prompting.pieces import Token

QWEN_TASK = (
    "<|im_start|>system\nDescribe the image by detailing the color, shape, size, texture, quantity, text, spatial "
    "relationships of the objects and background:<|im_end|>\n<|im_start|>user\n"
)
_Z_TASK = "<|im_start|>user\n"
_ANSWER = "<|im_end|>\n<|im_start|>assistant\n"


class LongText(Protocol):
    """A text encoder without pieces."""

    encoder: Any

    def encode(self, words: Words) -> torch.Tensor:
        """(1, tokens, width)."""


class T5Text:
    """T5's encoder: always `length` tokens, filled up with padding that counts."""

    def __init__(self, tokenizer: Any, encoder: Any, length: int) -> None:
        self.tokenizer, self.encoder, self._length = tokenizer, encoder, length

    def encode(self, words: Words) -> torch.Tensor:
        tokens = numbered(self.tokenizer, words)[: self._length - 1]
        numbers = [token.number for token in tokens] + [self.tokenizer.eos_token_id]
        numbers += [self.tokenizer.pad_token_id] * (self._length - len(numbers))
        hidden: torch.Tensor = self.encoder(torch.tensor([numbers], device=self.encoder.device))[0]
        return weighed(hidden, tokens)


@dataclass
class ChatText:
    """A Qwen language model, asked as its family was trained: `task`, the prompt, and the beginning of an answer.

    The hidden states of `layer` (counted from the end, -1 the last) are what is read; those of the first `dropped`
    tokens, which are the task's, are not.
    """

    tokenizer: Any
    encoder: Any
    task: str
    room: int  # tokens of prompt and answer
    layer: int
    drops_task: bool

    def encode(self, words: Words) -> torch.Tensor:
        task, answer = ([Token(number) for number in _plain(self.tokenizer, text)] for text in (self.task, _ANSWER))
        room = self.room if self.drops_task else self.room - len(task)
        tokens = [*task, *[*numbered(self.tokenizer, words), *answer][:room]]
        numbers = torch.tensor([[token.number for token in tokens]], device=self.encoder.device)
        seen = torch.ones_like(numbers)
        output = self.encoder(input_ids=numbers, attention_mask=seen, output_hidden_states=True)
        hidden = weighed(output.hidden_states[self.layer], tokens)
        return hidden[:, len(task) :] if self.drops_task else hidden


def qwen_image(tokenizer: Any, encoder: Any) -> ChatText:
    return ChatText(tokenizer, encoder, QWEN_TASK, QWEN_ROOM, layer=-1, drops_task=True)


def z_image(tokenizer: Any, encoder: Any) -> ChatText:
    return ChatText(tokenizer, encoder, _Z_TASK, Z_ROOM, layer=-2, drops_task=False)


class PooledText(TextModel):
    """CLIP where only its one vector for the whole text is read, as Flux does."""

    def encode(self, pieces: list[list[Token]], clip_skip: int = 1) -> Embedding:
        numbers = torch.tensor([self._framed(pieces[0])], device=self.encoder.device)
        output = self.encoder(numbers)
        return Embedding(output.last_hidden_state, output.pooler_output)


class JointPromptEncoder(PromptEncoder):
    """CLIP's embeddings with T5's behind them (SD 3), T5's with CLIP's one vector (Flux), or a language model's alone.

    `width` is that of the text which the denoiser reads, `length` the tokens that stand for T5 where it is missing.
    """

    def __init__(self, clip: Sequence[TextModel], long: LongText | None, width: int, *, side_by_side: bool) -> None:
        super().__init__(list(clip))
        self.long, self._width, self._side_by_side = long, width, side_by_side

    @property
    def networks(self) -> list[Any]:
        return [*super().networks, *([] if self.long is None else [self.long.encoder])]

    def _compute(self, words: Words, count: int, clip_skip: int) -> Embedding:
        clip = self._encoded(words, count, clip_skip)
        far = None if self.long is None else self.long.encode(words)
        pooled = torch.cat([part.pooled for part in clip if part.pooled is not None], dim=-1) if clip else None
        if not self._side_by_side:
            if far is None:
                raise AssertionError("loading refuses models whose text encoder is missing")
            return Embedding(far, pooled)
        near = torch.cat([part.tokens for part in clip], dim=-1)
        near = torch.nn.functional.pad(near, (0, self._width - near.shape[-1]))
        if far is None:
            far = near.new_zeros(1, T5_LENGTH["sd3"], self._width)
        return Embedding(torch.cat([near, far.to(near.device, near.dtype)], dim=1), pooled)


def _plain(tokenizer: Any, text: str) -> list[int]:
    numbers: list[int] = tokenizer(text, add_special_tokens=False, truncation=False, verbose=False).input_ids
    return numbers


def numbered(tokenizer: Any, words: Words) -> list[Token]:
    """The words' tokens with their weights, of any length."""
    return [
        Token(number, fragment.weight)
        for fragment in words
        if not fragment.is_break
        for number in _plain(tokenizer, fragment.text)
    ]


def weighed(hidden: torch.Tensor, tokens: Sequence[Token]) -> torch.Tensor:
    """(1, tokens, width), each token's embedding times its weight, with the mean that all had before."""
    if all(token.weight == 1 for token in tokens):
        return hidden
    weights = torch.ones(hidden.shape[1], device=hidden.device, dtype=hidden.dtype)
    weights[: len(tokens)] = torch.tensor([token.weight for token in tokens]).to(weights)
    changed = hidden * weights[None, :, None]
    return changed * (hidden.mean() / changed.mean())
