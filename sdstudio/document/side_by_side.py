"""Pieces of a picture worked on by all processors at once. Must not know what the work is.

Painting with Qt, OpenCV and numpy lets go of the interpreter while it computes, so threads are enough.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_MOST_WORKERS = 8
_AHEAD = 64  # pieces that are worked on before the first of them is used, so that memory stays small
_here = threading.local()


def each(work: Callable[[T], R], pieces: Sequence[T]) -> Iterator[R]:
    """`work` for every piece, in order. It runs on several threads, so it may only read what it shares with others."""
    if len(pieces) < 2 or getattr(_here, "is_worker", False):  # a worker that waits for workers could wait for ever
        yield from map(work, pieces)
        return
    for first in range(0, len(pieces), _AHEAD):
        yield from _workers.map(work, pieces[first : first + _AHEAD])


def _begin() -> None:
    _here.is_worker = True


_workers = ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_WORKERS), "pieces", _begin)
