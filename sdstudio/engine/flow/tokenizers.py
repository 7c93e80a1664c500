"""Tokenizers of T5 and Qwen: from a model's own folder, else those that ship with the program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transformers import Qwen2Tokenizer, T5Tokenizer

from sdstudio.engine.flow.families import Encoder
from sdstudio.prompting import vocabularies


def read_long_tokenizer(model: Path, encoder: Encoder) -> Any:
    """The tokenizer of a text encoder without pieces. Raises ValueError or OSError for a damaged one."""
    folder = model / encoder.tokenizer
    if encoder.role == "t5":
        return _read(T5Tokenizer, folder if folder.is_dir() else vocabularies.t5_folder())
    if folder.is_dir():
        return _read(Qwen2Tokenizer, folder)
    return _from_merges(vocabularies.qwen_merges())


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
    vocabulary, merges = vocabularies.qwen_vocabulary(path)
    return Qwen2Tokenizer(
        vocab=vocabulary, merges=merges, eos_token="<|im_end|>", additional_special_tokens=["<|im_start|>"]
    )
