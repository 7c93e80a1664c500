"""A memory that is bounded by bytes: what was used longest ago is forgotten first. Must not know what it holds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Remembered(Generic[V]):
    """Values by key, with the bytes that each of them takes."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._values: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self._nbytes = 0

    @property
    def nbytes(self) -> int:
        return self._nbytes

    def __len__(self) -> int:
        return len(self._values)

    def find(self, key: Hashable) -> V | None:
        """The value, which thereby becomes the one used last."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key][0]

    def keep(self, key: Hashable, value: V, nbytes: int) -> None:
        """Keep a value of `nbytes`, unless it alone is more than there may be."""
        self.drop(key)
        if nbytes > self._most_bytes:
            return
        self._values[key] = (value, nbytes)
        self._nbytes += nbytes
        while self._nbytes > self._most_bytes:
            self.drop(next(iter(self._values)))

    def drop(self, key: Hashable) -> None:
        """Forget one value, if it is there."""
        self._nbytes -= self._values.pop(key, (None, 0))[1]

    def clear(self) -> None:
        self._values.clear()
        self._nbytes = 0
