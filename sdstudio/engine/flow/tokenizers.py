"""Tokenizers of T5 and Qwen: from a model's own folder, else those that ship with the program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transformers import Qwen2Tokenizer, T5Tokenizer

from sdstudio import paths
from sdstudio.engine.flow.families import Encoder

# The bytes that stand for themselves in Qwen's vocabulary, in its order; the others follow as letters from 256 on.
_PRINTABLE = (*range(33, 127), *range(161, 173), *range(174, 256))
_SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


def read_long_tokenizer(model: Path, encoder: Encoder) -> Any:
    """The tokenizer of a text encoder without pieces. Raises ValueError or OSError for a damaged one."""
    folder = model / encoder.tokenizer
    shipped = paths.resources() / "families"
    if encoder.role == "t5":
        return _read(T5Tokenizer, folder if folder.is_dir() else shipped / "t5_tokenizer")
    if folder.is_dir():
        return _read(Qwen2Tokenizer, folder)
    return _from_merges(shipped / "qwen_tokenizer" / "merges.txt")


def _read(kind: Any, folder: Path) -> Any:
    """Checked first: the library that parses it fails without a type one could catch."""
    if (folder / "tokenizer.json").exists():
        content = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        if not isinstance(content, dict) or not isinstance(content.get("model"), dict):
            raise ValueError("tokenizer.json holds no model")
        if not isinstance(content["model"].get("vocab"), dict | list):
            raise ValueError("tokenizer.json holds no vocabulary")
    return kind.from_pretrained(folder, local_files_only=True)


def _from_merges(path: Path) -> Any:
    """Qwen's vocabulary follows from its merges: the bytes, what each merge makes, the special tokens."""
    merges = [tuple(line.split(" ")) for line in path.read_text(encoding="utf-8").split("\n") if line]
    letters = [chr(byte) for byte in _PRINTABLE] + [chr(256 + number) for number in range(256 - len(_PRINTABLE))]
    words = [*letters, *("".join(pair) for pair in merges), *_SPECIAL]
    vocabulary = {word: number for number, word in enumerate(words)}
    return Qwen2Tokenizer(
        vocab=vocabulary, merges=merges, eos_token="<|im_end|>", additional_special_tokens=["<|im_start|>"]
    )
