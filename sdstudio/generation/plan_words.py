"""How a job is to fit into memory, in one sentence: the same for the window and the terminal.

`say` translates a text where there is someone to translate it.
"""

from __future__ import annotations

from collections.abc import Callable

from sdstudio.protocol.messages import Planned, Saving

_GIGABYTE = 2**30
_WORDS: dict[Saving, str] = {
    "vae_tiled": "the picture is decoded in tiles",
    "text_unloaded": "the text encoder makes room",
    "half_weights": "the model is kept at half its size",
    "batch_split": "prompt and negative prompt take turns",
    "attention_sliced": "attention works in slices",
    "offloaded": "the model comes in layer by layer",
    "byte_weights": "the model is kept at a quarter of its size, which costs a little quality",
}

_PACKED = "the model stays as its file packs it"  # of one whose weights are unpacked layer by layer


def sentence(planned: Planned, say: Callable[[str], str] = str) -> str:
    """What the job takes, and what is saved for it. Empty when neither is known nor needed."""
    words = _WORDS | {"half_weights": _PACKED} if planned.is_packed else _WORDS
    savings = _joined([say(words[saving]) for saving in planned.savings], say)
    if planned.ran_out:
        return say("Memory ran out, so the job goes on with less: {savings}.").format(savings=savings)
    if not planned.memory_bytes and not savings:
        return ""
    takes = _size(planned.memory_bytes, say)
    if planned.seconds is not None:
        takes = say("{size} and {time}").format(size=takes, time=_time(planned.seconds, say))
    text = say("Takes about {takes}; {free} are free.").format(takes=takes, free=_size(planned.free_bytes, say))
    return say("{text} To fit, {savings}.").format(text=text, savings=savings) if savings else text


def _joined(parts: list[str], say: Callable[[str], str]) -> str:
    *first, last = parts or [""]
    return say("{first} and {last}").format(first=", ".join(first), last=last) if first else last


def _size(nbytes: int, say: Callable[[str], str]) -> str:
    if nbytes < _GIGABYTE / 10:
        return say("{count} MB").format(count=max(1, round(nbytes / 2**20)))
    return say("{count} GB").format(count=f"{nbytes / _GIGABYTE:.1f}")


def _time(seconds: float, say: Callable[[str], str]) -> str:
    if seconds >= 90:
        return say("{count} minutes").format(count=round(seconds / 60))
    count = max(1, round(seconds))
    return say("a second") if count == 1 else say("{count} seconds").format(count=count)
