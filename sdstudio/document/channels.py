"""Selections that were saved under a name: the commands that add, rename and remove them.

A saved mask is never written to, so documents and undo steps share it. Must not know files or widgets.
"""

from __future__ import annotations

from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.errors import StudioError
from sdstudio.raster.tiles import Mask

Channels = dict[str, Mask]

MAX_CHANNELS = 100


class _ChannelCommand(Command):
    """Puts another table of channels in the place of the present one."""

    def __init__(self) -> None:
        self._before: Channels = {}
        self._after: Channels = {}

    def apply(self, document: Document) -> None:
        document.end_drag()
        self._before = dict(document.channels)
        self._after = self._changed(dict(document.channels), document)
        self._put(document, self._after)

    def revert(self, document: Document) -> None:
        self._put(document, self._before)

    @property
    def nbytes(self) -> int:
        masks = {id(mask): mask for mask in (*self._before.values(), *self._after.values())}
        return 256 + sum(mask.nbytes for mask in masks.values())

    def _changed(self, channels: Channels, document: Document) -> Channels:
        """`channels` with the change made. Raises StudioError when it is not possible."""
        raise NotImplementedError

    def _put(self, document: Document, channels: Channels) -> None:
        document.channels = dict(channels)
        document.channels_changed.emit()


class SaveChannel(_ChannelCommand):
    """Keep the present selection under a name; one of that name is replaced."""

    label = "Save selection"

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name.strip()
        self._mask: Mask | None = None

    def _changed(self, channels: Channels, document: Document) -> Channels:
        _check_name(self._name)
        if self._mask is None:
            if document.selection.is_empty:
                raise StudioError("Nothing is selected, so there is nothing to save. Make a selection first.")
            self._mask = document.selection.snapshot()
        if self._name not in channels and len(channels) >= MAX_CHANNELS:
            raise StudioError(f"A document holds at most {MAX_CHANNELS} saved selections. Delete one first.")
        return channels | {self._name: self._mask}


class RemoveChannel(_ChannelCommand):
    """Raises KeyError when there is no such channel."""

    label = "Delete saved selection"

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def _changed(self, channels: Channels, document: Document) -> Channels:
        del channels[self._name]
        return channels


class RenameChannel(_ChannelCommand):
    """The channel keeps its place. Raises KeyError when there is no such channel, StudioError for a name in use."""

    label = "Rename saved selection"

    def __init__(self, name: str, new_name: str) -> None:
        super().__init__()
        self._name, self._new_name = name, new_name.strip()

    def _changed(self, channels: Channels, document: Document) -> Channels:
        _check_name(self._new_name)
        if self._new_name != self._name and self._new_name in channels:
            raise StudioError(f"There is a saved selection “{self._new_name}” already. Choose another name.")
        if self._name not in channels:
            raise KeyError(self._name)
        return {self._new_name if name == self._name else name: mask for name, mask in channels.items()}

    @property
    def is_empty(self) -> bool:
        return self._new_name == self._name


def _check_name(name: str) -> None:
    if not name:
        raise StudioError("A saved selection needs a name.")
