"""How many tokens a prompt has and where it is cut, as the model's own tokenizer sees it; without torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import BPE

from sdstudio import paths
from sdstudio.models.info import ModelInfo
from sdstudio.prompting.pieces import Token, cut
from sdstudio.prompting.reading import Fragment, readings

_USUAL_LENGTH = 77
_WORD = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


@dataclass(frozen=True)
class Count:
    """`tokens` of the longest part, in pieces of `room`; `cuts` are the characters at which a new piece begins."""

    tokens: int
    room: int
    pieces: int
    cuts: tuple[int, ...] = ()


class Counter:
    """Counts with one tokenizer. `room` is what a piece holds beside its begin and end signs."""

    def __init__(self, tokenizer: Tokenizer, length: int) -> None:
        self._tokenizer = tokenizer
        self.room = length - 2
        self._comma: int | None = tokenizer.token_to_id(",</w>")

    def numbers(self, text: str) -> list[int]:
        """The tokens of `text` alone."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def count(self, text: str) -> Count:
        """What the text encoder reads at the first step. Raises BadRequest as `reading` does."""
        counts = [self._count(words) for _, words in readings(text, 1)[0].parts]
        return max(counts, key=lambda count: (count.pieces, count.tokens))

    def _count(self, words: tuple[Fragment, ...]) -> Count:
        pieces = cut(
            (None if fragment.is_break else self._tokens(fragment) for fragment in words), self.room, self._comma
        )
        ends = [piece[-1].end for piece in pieces[:-1] if piece]
        return Count(sum(map(len, pieces)), self.room, len(pieces), tuple(ends))

    def _tokens(self, fragment: Fragment) -> list[Token]:
        encoded = self._tokenizer.encode(fragment.text, add_special_tokens=False)
        return [
            Token(number, fragment.weight, _in_source(fragment, end))
            for number, (_, end) in zip(encoded.ids, encoded.offsets, strict=True)
        ]


def counter_for(model: ModelInfo | None) -> Counter | None:
    """A counter with the tokenizer of `model`, or CLIP's own when it has none; None when neither can be read."""
    own = Path(model.path) / "tokenizer" if model is not None else None
    for folder in (own, paths.resources() / "families" / "tokenizer"):
        if folder is not None and (folder / "vocab.json").is_file():
            try:
                return _read(folder)
            except (OSError, ValueError, KeyError, TypeError):
                continue  # a damaged one: the engine will say so when it matters
    return None


@lru_cache(maxsize=4)
def _read(folder: Path) -> Counter:
    vocabulary, merges = BPE.read_file(str(folder / "vocab.json"), str(folder / "merges.txt"))
    config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    unknown = config.get("unk_token", "<|endoftext|>")
    unknown = unknown if isinstance(unknown, str) else unknown["content"]
    tokenizer = Tokenizer(
        BPE(vocabulary, merges, continuing_subword_prefix="", end_of_word_suffix="</w>", unk_token=unknown)
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORD), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.add_special_tokens([token for token in ("<|startoftext|>", "<|endoftext|>") if token in vocabulary])
    length = config.get("model_max_length", _USUAL_LENGTH)
    return Counter(tokenizer, length if isinstance(length, int) and 2 < length <= _USUAL_LENGTH else _USUAL_LENGTH)


def _in_source(fragment: Fragment, end: int) -> int:
    """The character of the source behind the `end`-th of the fragment's text."""
    found = end
    for offset, position in fragment.places:
        if offset >= end:
            break
        found = position + end - offset
    return found
