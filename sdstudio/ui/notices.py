"""The one place where errors reach a person: a toast with one sentence, a remedy if there is one, and Details."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from sdstudio.errors import StudioError, enough_memory
from sdstudio.ui.patience import Cancelled
from sdstudio.ui.widgets.toast import Remedy, Toast, ToastStack

log = logging.getLogger(__name__)


class Notices(QObject):
    """Toasts over `canvas`; dialogs only for the details that a person asks for."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._toasts = ToastStack(canvas)
        self._toasts.details_wanted.connect(self.show_details)
        self._topics: dict[str, Toast] = {}  # the last complaint about each

    @property
    def messages(self) -> list[str]:
        """What is on the screen now, oldest first."""
        return self._toasts.messages

    def tell(self, message: str, remedy: Remedy | None = None) -> Toast:
        """Something worth knowing that is no error."""
        return self._toasts.show(message, remedy=remedy)

    def complain(
        self,
        message: str,
        detail: str = "",
        remedy: Remedy | None = None,
        *,
        other: Remedy | None = None,
        topic: str = "",
    ) -> None:
        """Something did not work; stays until it is closed, or its `topic` is settled."""
        log.warning("%s %s", message, detail)
        toast = self._toasts.show(message, detail=detail, is_error=True, remedy=remedy, other=other)
        if topic:
            self._topics[topic] = toast

    def settle(self, topic: str) -> None:
        """Close the last complaint about `topic`: it has been mended, or is tried again."""
        if topic in self._topics:
            self._toasts.close(self._topics.pop(topic))

    def keep_clear_of(self, widget: QWidget) -> None:
        """Let the messages stand above `widget`, which comes and goes at the lower edge of the canvas."""
        self._toasts.keep_clear_of(widget)

    def error(
        self, error: StudioError, remedy: Remedy | None = None, *, other: Remedy | None = None, topic: str = ""
    ) -> None:
        self.complain(error.message, error.detail, remedy, other=other, topic=topic)

    @contextmanager
    def caught(self, topic: str = "") -> Iterator[None]:
        """What raises a StudioError inside ends there and is shown; what a person has stopped just ends.

        An earlier complaint about the same `topic` goes.
        """
        self.settle(topic)
        try:
            with enough_memory():
                yield
        except Cancelled:
            log.info("stopped by a person")
        except StudioError as error:
            self.error(error, topic=topic)

    def show_details(self, message: str, detail: str) -> None:
        """A window with text to copy; it does not block the others."""
        from sdstudio.ui.dialogs.details import DetailsDialog

        DetailsDialog(message, detail, self._canvas.window()).open()
