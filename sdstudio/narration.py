"""Tells a person at a terminal how far a generation is: one line that is rewritten, or plain lines in a file."""

from __future__ import annotations

import time
from typing import TextIO

from sdstudio.generation.plan_words import sentence
from sdstudio.protocol.errands import Told
from sdstudio.protocol.messages import Failed, Finished, FromEngine, Planned, Progress, Ready

_PLAIN_EVERY_S = 2.0  # lines that cannot be rewritten come no more often, but for the first and the last step


class Narrator:
    """Hears every message of the engine; `close` leaves the cursor at the start of a clean line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._rewrites = stream.isatty()
        self._last = ""
        self._sampling_since_s = 0.0
        self._told_at_s = 0.0

    def starting(self) -> None:
        self._say("Starting the engine")

    def warned(self, sentence: str) -> None:
        """A whole line that stays."""
        self.close()
        self._stream.write(f"{sentence}\n")
        self._stream.flush()

    def hear(self, message: FromEngine) -> None:
        match message:
            case Ready():
                self._say(f"Engine ready on {message.device_name or message.device}")
            case Planned():
                if said := sentence(message):
                    self._say(said.removesuffix("."))
            case Progress(stage="sampling") if message.steps:
                self._tell_step(message)
            case Progress():
                words = {
                    "loading": "Loading the model",
                    "encoding": "Reading the prompt",
                    "decoding": "Decoding the picture",
                }
                self._say(words.get(message.stage, "Sampling"))
            case Finished() | Told() | Failed():
                self.close()

    def close(self) -> None:
        if self._rewrites and self._last:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
        self._last = ""

    def _tell_step(self, message: Progress) -> None:
        if message.step == 0:
            return
        now_s = time.monotonic()
        if message.step == 1:
            self._sampling_since_s = now_s
        text = f"Step {message.step} of {message.steps}"
        if self._rewrites and message.step > 1:
            left_s = (now_s - self._sampling_since_s) / (message.step - 1) * (message.steps - message.step)
            text += f", about {left_s:.0f} s left"
        is_due = now_s - self._told_at_s >= _PLAIN_EVERY_S
        if self._rewrites or is_due or message.step in (1, message.steps):
            self._told_at_s = now_s
            self._say(text)

    def _say(self, text: str) -> None:
        if text == self._last:
            return
        self._stream.write(f"\r\x1b[K{text}" if self._rewrites else f"{text}\n")
        self._stream.flush()
        self._last = text
