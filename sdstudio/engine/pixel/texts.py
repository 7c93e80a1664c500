"""T5 as DeepFloyd IF reads it: small letters, 77 tokens, of which padding does not count."""

from __future__ import annotations

from typing import Any

import torch

from sdstudio.engine.flow.texts import numbered, weighed
from sdstudio.engine.prompts import Words
from sdstudio.models.pixel_folder import FAMILY
from sdstudio.models.text_readers import T5_LENGTH
from sdstudio.prompting.reading import Fragment

LENGTH = T5_LENGTH[FAMILY]


class LowerCaseT5:
    """A flow.texts.LongText."""

    def __init__(self, tokenizer: Any, encoder: Any) -> None:
        self.tokenizer, self.encoder = tokenizer, encoder

    def encode(self, words: Words) -> torch.Tensor:
        """(1, LENGTH, width)."""
        tokens = numbered(self.tokenizer, _small(words))[: LENGTH - 1]
        numbers = [token.number for token in tokens] + [self.tokenizer.eos_token_id]
        seen = [1] * len(numbers) + [0] * (LENGTH - len(numbers))
        numbers += [self.tokenizer.pad_token_id] * (LENGTH - len(numbers))
        there = self.encoder.device
        mask = torch.tensor([seen], device=there)
        hidden: torch.Tensor = self.encoder(torch.tensor([numbers], device=there), attention_mask=mask)[0]
        return weighed(hidden, tokens)


def _small(words: Words) -> Words:
    """In small letters, without spaces around the whole, as diffusers' IFPipeline prepares a prompt."""
    texts = [fragment.text.lower() for fragment in words]
    if texts:
        texts[0] = texts[0].lstrip()
        texts[-1] = texts[-1].rstrip()
    return tuple(
        Fragment(text, fragment.weight, is_break=fragment.is_break) for text, fragment in zip(texts, words, strict=True)
    )
