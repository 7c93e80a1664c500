"""What a document remembers beside its pixels: texts by key, which every copy and every file of it has."""

from __future__ import annotations

from sdstudio.document.document import Document
from sdstudio.document.history import Command


class SetMetadata(Command):
    """Remember another text, or none. Only the metadata changes; `metadata_changed` tells of it."""

    def __init__(self, key: str, text: str | None, label: str) -> None:
        self.label = label
        self._key = key
        self._after = text
        self._before: str | None = None

    def apply(self, document: Document) -> None:
        self._before = document.metadata.get(self._key)
        if not self.is_empty:
            self._put(document, self._after)

    def revert(self, document: Document) -> None:
        self._put(document, self._before)

    @property
    def is_empty(self) -> bool:
        return self._before == self._after

    def _put(self, document: Document, text: str | None) -> None:
        if text is None:
            document.metadata.pop(self._key, None)
        else:
            document.metadata[self._key] = text
        document.metadata_changed.emit()
