"""Work of a tool that takes long on a large picture: done beside the window, with a progress bar and a cross."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from PySide6.QtWidgets import QApplication, QWidget

from sdstudio.ui.patience import Report, wait_for

T = TypeVar("T")


def worked_out(act: Callable[[Report], T], sentence: str, *, is_long: bool) -> T:
    """The result of `act`, at once unless `is_long`. Raises what it raises, and `patience.Cancelled`."""
    if not is_long:
        return act(lambda share: None)
    return wait_for(cast(QWidget, QApplication.activeWindow()), sentence, act)
