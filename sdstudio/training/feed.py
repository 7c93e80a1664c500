"""Batches made ahead of time by a thread, so that the network does not wait for pixels.

Owns the thread and its queue. Batch ``n`` is ``make(n)`` and nothing else, which makes resuming exact. Must not know
what a batch is.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

Batch = TypeVar("Batch")


def ahead(make: Callable[[int], Batch], start: int, depth: int = 4) -> Iterator[Batch]:
    """Yield ``make(start)``, ``make(start + 1)``, … for ever, made up to ``depth`` ahead in a thread of its own."""
    made: queue.Queue[Batch | BaseException] = queue.Queue(depth)
    closed = threading.Event()

    def put(item: Batch | BaseException) -> None:
        while not closed.is_set():
            try:
                made.put(item, timeout=0.2)
                return
            except queue.Full:
                continue

    def work() -> None:
        step = start
        try:
            while not closed.is_set():
                put(make(step))
                step += 1
        except BaseException as error:  # noqa: BLE001 - handed to the consumer, which raises it in its own thread
            put(error)

    threading.Thread(target=work, name="batches", daemon=True).start()
    try:
        while True:
            item = made.get()
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        closed.set()
