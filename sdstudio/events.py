"""A typed event: the only way in which lower rooms tell higher ones that something changed.

Emit after the new state is true. Events belong to the GUI thread. Bound methods are held weakly, so that a closed
widget does not live on because it once listened; functions and lambdas are held strongly.
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVarTuple

Args = TypeVarTuple("Args")


class Event(Generic[*Args]):
    """Connect callables, then `emit(*args)` calls each in order of connection."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], Callable[..., Any] | None]] = []
        self._holders = 0
        self._held: tuple[*Args] | None = None

    def connect(self, listener: Callable[[*Args], Any]) -> None:
        self._listeners.append(_reference(listener))

    def disconnect(self, listener: Callable[[*Args], Any]) -> None:
        """Forget `listener`; a listener that was never connected is not an error."""
        self._listeners = [ref for ref in self._listeners if ref() not in (None, listener)]

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """What is emitted inside is emitted once when it is over, with the last arguments; nothing if nothing was."""
        self._holders += 1
        try:
            yield
        finally:
            self._holders -= 1
            held, self._held = self._held, None
            if held is not None:
                self.emit(*held)

    def emit(self, *args: *Args) -> None:
        if self._holders:
            self._held = args
            return
        for ref in tuple(self._listeners):
            listener = ref()
            if listener is not None:
                listener(*args)
        self._listeners = [ref for ref in self._listeners if ref() is not None]


def _reference(listener: Callable[..., Any]) -> Callable[[], Callable[..., Any] | None]:
    if inspect.ismethod(listener):
        return weakref.WeakMethod(listener)
    return lambda: listener
