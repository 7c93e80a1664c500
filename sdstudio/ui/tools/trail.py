"""The steps of something that a tool has begun and not applied yet, to go back and forward in.

Must not know what the states are: they are plain values that nobody writes to.
"""

from __future__ import annotations

import time
from typing import Generic, TypeVar

State = TypeVar("State")

_ONE_CHANGE_S = 1.0  # changes of one kind that follow each other within this time are one step


class Trail(Generic[State]):
    """The states before and after the present one, which the tool itself holds."""

    def __init__(self) -> None:
        self._before: list[State] = []
        self._after: list[State] = []
        self._kind = ""
        self._last_s = 0.0

    @property
    def can_go_back(self) -> bool:
        return bool(self._before)

    @property
    def can_go_on(self) -> bool:
        return bool(self._after)

    def leave(self, state: State, kind: str = "") -> None:
        """`state` is about to become another one. Quick changes of one `kind`, such as arrow keys, are one step."""
        now_s = time.monotonic()
        goes_on = bool(kind) and kind == self._kind and now_s - self._last_s < _ONE_CHANGE_S and not self._after
        self._kind, self._last_s = kind, now_s
        if not (goes_on and self._before):
            self._before.append(state)
        self._after.clear()

    def back(self, state: State) -> State:
        """The state before `state`, the present one; only when `can_go_back`."""
        self._after.append(state)
        self._kind = ""
        return self._before.pop()

    def on(self, state: State) -> State:
        """The state after `state`, the present one; only when `can_go_on`."""
        self._before.append(state)
        self._kind = ""
        return self._after.pop()

    def clear(self) -> None:
        self._before.clear()
        self._after.clear()
        self._kind = ""
