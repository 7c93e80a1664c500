"""Pieces of a picture worked on by all processors at once. Must not know what the work is.

Painting with Qt, OpenCV and numpy lets go of the interpreter while it computes, so threads are enough.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_MOST_WORKERS = 8
_WORTH_SHARING = 6  # pieces: to hand fewer over takes longer than it saves
_here = threading.local()
PROCESSORS = min(os.cpu_count() or 1, _MOST_WORKERS)
"""How many pieces are worked on at once."""


def each(work: Callable[[T], R], pieces: Sequence[T], *, worth_sharing: int = _WORTH_SHARING) -> Iterator[R]:
    """`work` for every piece, in order. It runs on several threads, so it may only read what it shares with others.

    Fewer than `worth_sharing` pieces are worked on here.
    """
    is_worker = getattr(_here, "is_worker", False)  # a worker that waits for workers could wait for ever
    if len(pieces) < worth_sharing or is_worker:
        yield from map(work, pieces)
        return
    # Little is begun ahead: memory stays small, and who paints while a file is saved waits for a few pieces only.
    begun: deque[Future[R]] = deque()
    for piece in pieces:
        if len(begun) >= 2 * PROCESSORS:
            yield begun.popleft().result()
        begun.append(_workers.submit(work, piece))
    while begun:
        yield begun.popleft().result()


def _begin() -> None:
    _here.is_worker = True


_workers = ThreadPoolExecutor(PROCESSORS, "pieces", _begin)
