"""Tokenizers of T5 and Qwen: from a model's own folder, else those that ship with the program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transformers import Qwen2Tokenizer, T5Tokenizer

from sdstudio import paths
from sdstudio.engine.flow.families import Encoder

_KINDS = {"t5": T5Tokenizer, "qwen2_vl": Qwen2Tokenizer, "qwen3": Qwen2Tokenizer}
_SHIPPED = {"t5": "t5_tokenizer", "qwen2_vl": "qwen_tokenizer", "qwen3": "qwen_tokenizer"}


def read_long_tokenizer(model: Path, encoder: Encoder) -> Any:
    """The tokenizer of a text encoder without pieces. Raises ValueError or OSError for a damaged one."""
    folder = model / encoder.tokenizer
    if not folder.is_dir():
        folder = paths.resources() / "families" / _SHIPPED[encoder.role]
    if (folder / "tokenizer.json").exists():
        _check(folder / "tokenizer.json")
    return _KINDS[encoder.role].from_pretrained(folder, local_files_only=True)


def _check(path: Path) -> None:
    """The library that parses it fails without a type one could catch."""
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not isinstance(content.get("model"), dict):
        raise ValueError("tokenizer.json holds no model")
    if not isinstance(content["model"].get("vocab"), dict | list):
        raise ValueError("tokenizer.json holds no vocabulary")
