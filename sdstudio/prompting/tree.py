"""What a prompt consists of. Positions are characters of the source, `end` exclusive."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

LeafKind = Literal["text", "escape", "comment", "break", "wildcard", "open", "close"]
LORA, HYPERNETWORK = ("lora", "lyco"), ("hypernet",)


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something that a person most likely did not mean. The prompt works all the same."""

    start: int
    end: int
    message: str  # one sentence


@dataclass(frozen=True, slots=True)
class Leaf:
    """A stretch of text, or a sign that stands for itself: see `LeafKind`. `text` is as it is written."""

    start: int
    end: int
    kind: LeafKind
    text: str

    @property
    def children(self) -> tuple[Item, ...]:
        return ()

    @property
    def complaint(self) -> str | None:
        return None


@dataclass(frozen=True, slots=True)
class Network:
    """`<lora:name:0.8>`: a network to use with the picture. It says nothing to the text encoder."""

    start: int
    end: int
    kind: str
    arguments: tuple[str, ...]  # name, then weights; also `key=value`

    @property
    def name(self) -> str:
        return self.arguments[0].strip()

    @property
    def weights(self) -> tuple[float, float]:
        """Of the text encoder and of the denoiser; one number means both, none means 1."""
        plain = [number for text in self.arguments[1:] if "=" not in text and (number := as_number(text)) is not None]
        named = {key.strip(): as_number(text) for key, _, text in (a.partition("=") for a in self.arguments[1:])}
        text = plain[0] if plain else 1.0
        denoiser = plain[1] if len(plain) > 1 else text
        text_named, denoiser_named = named.get("te"), named.get("unet")
        return (
            text if text_named is None else text_named,
            denoiser if denoiser_named is None else denoiser_named,
        )

    @property
    def children(self) -> tuple[Item, ...]:
        return ()

    @property
    def complaint(self) -> str | None:
        if self.kind not in LORA + HYPERNETWORK:
            return f"“<{self.kind}:…>” at character {self.start + 1} means nothing; did you mean “<lora:…>”?"
        for argument in self.arguments[1:]:
            if as_number(argument.partition("=")[2] or argument) is None and not argument.startswith("dyn="):
                return f"“{argument}” at character {self.start + 1} is no weight; write a number such as 0.8."
        return None


@dataclass(frozen=True, slots=True)
class Emphasis:
    """`(a)`, `(a:1.3)` or `[a]`. `opening` and `closing` are as they are written."""

    start: int
    end: int
    items: tuple[Item, ...]
    opening: str
    closing: str

    @property
    def children(self) -> tuple[Item, ...]:
        return self.items

    @property
    def complaint(self) -> str | None:
        if self.closing.startswith(":") and as_number(self.closing[1:-1]) is None:
            return f"“{self.closing[1:-1]}” before character {self.end} is no weight; write a number such as 1.2."
        return None


@dataclass(frozen=True, slots=True)
class Scheduled:
    """`[from:to:when]`, `[from::when]`, `[to:when]`."""

    start: int
    end: int
    before: tuple[Item, ...]
    after: tuple[Item, ...]
    when: str

    def step(self, steps: int) -> int:
        """The first step, counted from 0, that shows `after`, of `steps`. With a point, `when` is a share of them."""
        number = float(self.when)
        return min(steps, int(number * steps if "." in self.when else number))

    @property
    def children(self) -> tuple[Item, ...]:
        return self.before + self.after

    @property
    def complaint(self) -> str | None:
        if float(self.when) < 0 or not math.isfinite(float(self.when)):
            return f"“{self.when}” before character {self.end} lies outside of the steps."
        return None


@dataclass(frozen=True, slots=True)
class Alternating:
    """`[a|b|c]`: another one at each step."""

    start: int
    end: int
    options: tuple[tuple[Item, ...], ...]

    @property
    def children(self) -> tuple[Item, ...]:
        return tuple(item for option in self.options for item in option)

    @property
    def complaint(self) -> str | None:
        return None


_HEAD = re.compile(r"\s*(?:(\d+)(-(\d*))?|-(\d+))\s*\$\$(?:(.*)\$\$)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Choice:
    """`{a|b|c}` or `{2$$ and $$a|b|c}`: by chance, once for the whole picture. `spans` are those of the options."""

    start: int
    end: int
    options: tuple[tuple[Item, ...], ...]
    spans: tuple[tuple[int, int], ...]
    head: str

    @property
    def count(self) -> tuple[int, int]:
        """How many options are taken, at least and at most."""
        match = _HEAD.fullmatch(self.head)
        if match is None:
            return 1, 1
        low = int(match[1] or 0)
        high = low if match[2] is None and match[4] is None else int(match[3] or match[4] or len(self.options))
        return min(low, len(self.options)), max(min(high, len(self.options)), min(low, len(self.options)))

    @property
    def joint(self) -> str:
        """What stands between several."""
        match = _HEAD.fullmatch(self.head)
        return ", " if match is None or match[5] is None else match[5]

    @property
    def children(self) -> tuple[Item, ...]:
        return tuple(item for option in self.options for item in option)

    @property
    def complaint(self) -> str | None:
        match = _HEAD.fullmatch(self.head)
        wanted = max((int(number) for number in (match[1], match[3], match[4]) if number), default=1) if match else 1
        if wanted > len(self.options):
            return f"At character {self.start + 1} {wanted} of {len(self.options)} options are asked for."
        return None


Item = Leaf | Network | Emphasis | Scheduled | Alternating | Choice


@dataclass(frozen=True, slots=True)
class Part:
    """What stands between two AND. `weight` is its share of the picture, `sign` where the AND before it stands."""

    items: tuple[Item, ...]
    weight: float = 1.0
    sign: int = -1


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text and its tree; there is always one part at least."""

    source: str
    parts: tuple[Part, ...]
    mistakes: tuple[Mistake, ...]

    def walk(self) -> Iterator[Item]:
        """Every item, parents before their children."""
        waiting = [item for part in reversed(self.parts) for item in reversed(part.items)]
        while waiting:
            item = waiting.pop()
            yield item
            waiting += reversed(item.children)

    @property
    def networks(self) -> list[Network]:
        """All `<lora:…>` and `<hypernet:…>`, in their order, wherever they stand."""
        return [item for item in self.walk() if isinstance(item, Network)]


def as_number(text: str) -> float | None:
    """The finite number that `text` is, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
