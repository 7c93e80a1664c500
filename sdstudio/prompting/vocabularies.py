"""The vocabularies of T5 and Qwen: from a model's own folder, else those in the box; without torch."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import BPE

from sdstudio import paths

# The bytes that stand for themselves in Qwen's vocabulary, in its order; the others follow as letters from 256 on.
_PRINTABLE = (*range(33, 127), *range(161, 173), *range(174, 256))
QWEN_SIGNS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_QWEN_WORD = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def t5_folder() -> Path:
    """T5's tokenizer in the box."""
    return paths.resources() / "families" / "t5_tokenizer"


def qwen_merges() -> Path:
    """Qwen's merges in the box, from which its vocabulary follows."""
    return paths.resources() / "families" / "qwen_tokenizer" / "merges.txt"


def qwen_vocabulary(merges_file: Path) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """(numbers by word, merges): the bytes, what each merge makes, the signs."""
    text = merges_file.read_text(encoding="utf-8")
    lines = (line.partition(" ") for line in text.split("\n") if line and not line.startswith("#version"))
    merges = [(first, second) for first, _, second in lines]
    letters = [chr(byte) for byte in _PRINTABLE] + [chr(256 + number) for number in range(256 - len(_PRINTABLE))]
    words = [*letters, *("".join(pair) for pair in merges), *QWEN_SIGNS]
    return {word: number for number, word in enumerate(words)}, merges


def read(role: str, own: Path | None, *, small_letters: bool = False) -> Tokenizer | None:
    """The tokenizer of the text encoder with this role; from the folder `own` if there is one that can be read.

    None when there is none: the engine will say so when it matters.
    """
    folders = [own, t5_folder() if role == "t5" else qwen_merges().parent]
    for folder in folders:
        if folder is not None and folder.is_dir():
            try:
                return _t5(folder, small_letters) if role == "t5" else _qwen(folder)
            except (OSError, ValueError, KeyError, TypeError):
                continue
    return None


@lru_cache(maxsize=2)
def _t5(folder: Path, small_letters: bool) -> Tokenizer:
    """Words apart at white space, as transformers has it, whatever the file says."""
    tokenizer = _from_json(folder)
    if small_letters:
        known = [] if tokenizer.normalizer is None else [tokenizer.normalizer]
        tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), *known])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True),
        ]
    )
    return tokenizer


@lru_cache(maxsize=2)
def _qwen(folder: Path) -> Tokenizer:
    if (folder / "tokenizer.json").is_file():
        tokenizer = _from_json(folder)
    elif (folder / "vocab.json").is_file():
        tokenizer = Tokenizer(BPE(*BPE.read_file(str(folder / "vocab.json"), str(folder / "merges.txt"))))
    else:
        tokenizer = Tokenizer(BPE(*qwen_vocabulary(folder / "merges.txt")))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_QWEN_WORD), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.add_special_tokens([sign for sign in QWEN_SIGNS if tokenizer.token_to_id(sign) is not None])
    return tokenizer


def _from_json(folder: Path) -> Tokenizer:
    """Checked first: the library that parses it fails without a type one could catch."""
    content = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not isinstance(content.get("model"), dict):
        raise ValueError("tokenizer.json holds no model")
    if not isinstance(content["model"].get("vocab"), dict | list):
        raise ValueError("tokenizer.json holds no vocabulary")
    return Tokenizer.from_file(str(folder / "tokenizer.json"))
