"""Messages on their way from the reading thread to the window.

Bounded on both sides: of previews only the newest of a job is kept while the window is busy, and a flood of other
messages makes the reader wait. Owns no thread and knows no Qt.
"""

from __future__ import annotations

import threading
from collections import deque

from sdstudio.protocol.messages import FromEngine, Preview

Item = tuple[FromEngine, bytes]


class Inbox:
    """A queue with one writer and one reader; everything stays in order except that newer previews replace older."""

    def __init__(self, capacity: int = 256) -> None:
        self._capacity = capacity
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, message: FromEngine, blob: bytes) -> bool:
        """Add a message; True when the inbox was empty, so that the reader must be woken. Waits while it is full."""
        with self._changed:
            if isinstance(message, Preview) and self._replace_preview(message, blob):
                return False
            self._changed.wait_for(lambda: self._closed or len(self._items) < self._capacity)
            if self._closed:
                return False
            self._items.append((message, blob))
            return len(self._items) == 1

    def take(self, at_most: int) -> tuple[list[Item], bool]:
        """Up to `at_most` messages, and whether more are waiting."""
        with self._changed:
            taken = [self._items.popleft() for _ in range(min(at_most, len(self._items)))]
            self._changed.notify_all()
            return taken, bool(self._items)

    def close(self) -> None:
        """Drop everything and let a waiting writer go."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()

    def _replace_preview(self, message: Preview, blob: bytes) -> bool:
        for index, (waiting, _) in enumerate(self._items):
            if isinstance(waiting, Preview) and waiting.job_id == message.job_id:
                self._items[index] = (message, blob)
                return True
        return False
