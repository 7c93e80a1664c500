"""A small byte-pair tokenizer of our own, in the file format of CLIP's (vocab.json and merges.txt).

Owns learning the merges (Sennrich et al., arXiv 1508.07909, with CLIP's end-of-word mark) and writing the files;
reading and encoding are transformers' CLIPTokenizer. Must not know which captions it will see.
"""

import json
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from transformers import CLIPTokenizer

START, END, WORD_END = "<|startoftext|>", "<|endoftext|>", "</w>"


def byte_letters() -> list[str]:
    """The 256 printable letters that stand for the bytes, in CLIP's order."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + row) for row in range(len(others))]


def learn(words: Iterable[str], size: int) -> tuple[list[str], list[tuple[str, str]]]:
    """Learn a vocabulary of at most ``size`` tokens from words (repeats count); returns tokens and merges in order."""
    counts = Counter(part for word in words for part in word.lower().split())
    pieces = {word: [*word[:-1], word[-1] + WORD_END] for word in counts if word.isascii() and word}
    letters = byte_letters()
    tokens = letters + [letter + WORD_END for letter in letters]
    merges: list[tuple[str, str]] = []
    while len(tokens) + 2 < size:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, parts in pieces.items():
            for pair in pairwise(parts):
                pairs[pair] += counts[word]
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        tokens.append(best[0] + best[1])
        pieces = {word: _merged(parts, best) for word, parts in pieces.items()}
    return [*dict.fromkeys(tokens), START, END], merges


def save(folder: Path, tokens: list[str], merges: list[tuple[str, str]], positions: int) -> CLIPTokenizer:
    """Write the tokenizer's folder and load it back as a CLIPTokenizer that pads and cuts to ``positions`` tokens."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {token: number for number, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    special = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": positions, "do_lower_case": True, **special}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=2), encoding="utf-8")
    return load(folder)


def load(folder: Path) -> CLIPTokenizer:
    """The tokenizer that ``save`` wrote."""
    return CLIPTokenizer.from_pretrained(str(folder), local_files_only=True)


def _merged(parts: list[str], pair: tuple[str, str]) -> list[str]:
    out: list[str] = []
    for part in parts:
        if out and (out[-1], part) == pair:
            out[-1] = out[-1] + part
        else:
            out.append(part)
    return out
