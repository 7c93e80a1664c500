"""Textual inversion (arXiv:2208.01618): words that stand for vectors learned elsewhere, known by name.

The encoder's own table of words is never touched: a learned word gets negative token numbers, and a hook lays its
vectors over what the table gives for them. Must not know prompts' grammar.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from sdstudio.errors import ModelProblem
from sdstudio.models.header import read_header

Vectors = list[torch.Tensor]  # one (words, width) for each text encoder


def read(path: Path, title: str) -> Vectors:
    """Read an embedding in A1111's layout, SDXL's or diffusers'. Raises ModelProblem when it cannot be used."""
    read_header(path)
    try:
        weights = load_file(path)
    except (OSError, SafetensorError, ValueError) as error:
        raise ModelProblem(
            f"The embedding “{title}” cannot be read: its file is damaged.", detail=str(error)
        ) from error
    if "clip_l" in weights and "clip_g" in weights:
        found = [weights["clip_l"], weights["clip_g"]]
    else:
        found = [weights.get("emb_params", next(iter(weights.values())))]
    vectors = [vector.float().reshape(-1, vector.shape[-1]) for vector in found]
    if not all(torch.isfinite(vector).all() for vector in vectors):
        raise ModelProblem(f"The embedding “{title}” is damaged: some of its numbers are none (NaN).")
    return vectors


class LearnedWords:
    """The learned words of one text encoder: their names, the numbers that stand for them, and their vectors."""

    def __init__(self, encoder: Any) -> None:
        table = encoder.get_input_embeddings()
        self._width: int = table.embedding_dim
        self._numbers: dict[str, list[int]] = {}
        self._vectors = torch.empty(0, self._width)
        self._given: torch.Tensor | None = None
        self._pattern: re.Pattern[str] | None = None
        table.register_forward_pre_hook(self._on_numbers)
        table.register_forward_hook(self._on_vectors)

    def teach(self, words: dict[str, torch.Tensor]) -> None:
        """Know exactly these words; names are compared without regard to case, vectors are (count, width).

        Raises ModelProblem when vectors have another width than this encoder's.
        """
        for name, vectors in words.items():
            if vectors.shape[1] != self._width:
                raise ModelProblem(
                    f"The embedding “{name}” was made for another kind of model: "
                    f"its vectors have {vectors.shape[1]} numbers where this model has {self._width}."
                )
        self._numbers, taught = {}, 0
        for name, vectors in words.items():
            self._numbers[name.casefold()] = [-1 - taught - number for number in range(len(vectors))]
            taught += len(vectors)
        self._vectors = torch.cat([*words.values(), torch.empty(0, self._width)])
        names = sorted(map(re.escape, self._numbers), key=len, reverse=True)
        self._pattern = re.compile(rf"(?<![\w-])({'|'.join(names)})(?![\w-])", re.IGNORECASE) if names else None

    def split(self, text: str) -> list[str | list[int]]:
        """The text in order: stretches of ordinary words, and the token numbers of learned ones between them."""
        if self._pattern is None:
            return [text]
        parts = self._pattern.split(text)
        return [self._numbers[part.casefold()] if place % 2 else part for place, part in enumerate(parts) if part]

    def _on_numbers(self, table: Any, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...] | None:
        (numbers,) = inputs
        self._given = numbers if (numbers < 0).any() else None
        return None if self._given is None else (numbers.clamp_min(0),)

    def _on_vectors(self, table: Any, inputs: Any, output: torch.Tensor) -> torch.Tensor | None:
        if self._given is None:
            return None
        learned = self._given < 0
        output = output.clone()
        output[learned] = self._vectors.to(output.device, output.dtype)[-1 - self._given[learned].cpu()]
        self._given = None
        return output
