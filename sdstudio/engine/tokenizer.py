"""Reads a CLIP tokenizer's folder, checked first: the library that parses it fails without a type one could catch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transformers import CLIPTokenizer


def read_tokenizer(folder: Path, **options: str) -> Any:
    """The tokenizer in `folder`; `options` as for CLIPTokenizer. Raises ValueError or OSError for a damaged one."""
    if (folder / "vocab.json").exists():
        _check(folder)
    return CLIPTokenizer.from_pretrained(folder, local_files_only=True, **options)


def _check(folder: Path) -> None:
    """Every merge must join two words of the vocabulary to a third."""
    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    if not isinstance(vocabulary, dict) or not all(isinstance(number, int) for number in vocabulary.values()):
        raise ValueError("vocab.json is not a table of numbers")
    lines = (folder / "merges.txt").read_text(encoding="utf-8").split("\n")
    pairs = [line.split(" ") for line in lines if line.strip() and not line.startswith("#version")]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError("merges.txt has lines that are no pairs")
    words = {*(word for pair in pairs for word in pair), *map("".join, pairs)}
    if strangers := words - vocabulary.keys():
        raise ValueError(f"merges.txt does not fit to vocab.json: {min(strangers)[:80]!r}")
