"""How many tokens a prompt has and where it is cut, as the model's own tokenizers see it; without torch."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import BPE

from sdstudio import paths
from sdstudio.models.info import ModelInfo
from sdstudio.models.text_readers import Reader, readers_of
from sdstudio.prompting import vocabularies
from sdstudio.prompting.pieces import Token, cut
from sdstudio.prompting.reading import Fragment, readings

_USUAL_LENGTH = 77
_WORD = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


@dataclass(frozen=True)
class Count:
    """`tokens` of the longest part, in pieces of `room`; `cuts` are the characters at which a new piece begins.

    What is behind the last of `pieces` is not read: those are the last `unread` tokens.
    """

    tokens: int
    room: int
    pieces: int
    cuts: tuple[int, ...] = ()
    reader: str = ""  # the text encoder that counts so; "" where there is no other
    is_gist: bool = False  # it reads the text for the whole picture's look alone
    unread: int = 0

    @property
    def warning(self) -> str:
        """A sentence for a prompt that is too long for its reader; else empty."""
        if not self.unread or self.is_gist:
            return ""
        return f"{self.reader} reads the first {self.room} of these {self.tokens} tokens."


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


class LongCounter:
    """Counts for a text encoder that reads `reader.room` tokens of a text at once, and no more."""

    def __init__(self, tokenizer: Tokenizer, reader: Reader) -> None:
        self._tokenizer, self._reader = tokenizer, reader

    def numbers(self, text: str) -> list[int]:
        """The tokens of `text` alone."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def count(self, text: str) -> Count:
        """What the text encoder reads at the first step. Raises BadRequest as `reading` does."""
        return max((self._count(words) for _, words in readings(text, 1)[0].parts), key=lambda count: count.tokens)

    def _count(self, words: tuple[Fragment, ...]) -> Count:
        ends = [
            _in_source(fragment, end)
            for fragment in words
            if not fragment.is_break
            for _, end in self._tokenizer.encode(fragment.text, add_special_tokens=False).offsets
        ]
        room = self._reader.room
        cuts = (ends[room - 1],) if len(ends) > room else ()
        return Count(len(ends), room, 1, cuts, self._reader.words, unread=max(0, len(ends) - room))


def count(text: str, model: ModelInfo | None) -> list[Count]:
    """How `text` is read by each text encoder of `model`, the most important one first.

    Raises BadRequest as `reading` does.
    """
    counts = []
    for reader in readers_of("" if model is None else model.family):
        if reader.reads_in_pieces:
            clip = counter_for(model)
            if clip is not None:
                counts.append(_as_read(clip.count(text), reader))
        elif (long := _long_counter(model, reader)) is not None:
            counts.append(long.count(text))
    return counts


def _as_read(count: Count, reader: Reader) -> Count:
    """CLIP's count; where only its gist counts, the first piece is all that it reads."""
    if not reader.is_gist:
        return replace(count, reader=reader.words)
    over = max(0, count.tokens - count.room)
    return replace(count, reader=reader.words, is_gist=True, pieces=1, cuts=(), unread=over)


def _long_counter(model: ModelInfo | None, reader: Reader) -> LongCounter | None:
    own = Path(model.path) / reader.folder if model is not None else None
    tokenizer = vocabularies.read(reader.role, own, small_letters=reader.small_letters)
    return None if tokenizer is None else LongCounter(tokenizer, reader)


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
