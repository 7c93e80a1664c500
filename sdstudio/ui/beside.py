"""Work done beside the window for whoever does not wait for it: the result is handed over in the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt

from sdstudio.ui.patience import Work

T = TypeVar("T")


class Beside(QObject):
    """Called with what to work out, on a thread of its own, and with what to do with the result afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self._begun: dict[Work, Callable[[Any], None]] = {}

    def __call__(self, act: Callable[[], T], then: Callable[[T], None]) -> None:
        work = Work(lambda _report: act())
        self._begun[work] = then
        work.ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)
        work.start()

    def _on_ended(self) -> None:
        """Hand over what is there; an unexpected error comes out here, where it is reported."""
        for work in [work for work in self._begun if work.is_over]:
            then = self._begun.pop(work)
            if work.error is not None:
                raise work.error
            then(work.result)
