"""Several commands that are one undo step. Must not know what they do."""

from __future__ import annotations

from collections.abc import Sequence

from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.errors import StudioError
from sdstudio.raster.warp import Progress, share_of


class Steps(Command):
    """Applies its parts in order and takes them back in reverse; one that is refused leaves nothing done."""

    def __init__(self, label: str, parts: Sequence[Command]) -> None:
        self.label = label
        self.parts = tuple(parts)

    def apply(self, document: Document) -> None:
        with document.active_changed.gathered(), document.layers_changed.gathered():
            for index, part in enumerate(self.parts):
                try:
                    part.apply(document)
                except (StudioError, MemoryError):
                    for done in reversed(self.parts[:index]):
                        done.revert(document)
                    raise

    def revert(self, document: Document) -> None:
        with document.active_changed.gathered(), document.layers_changed.gathered():
            for part in reversed(self.parts):
                part.revert(document)

    def work_px(self, document: Document) -> int:
        return sum(part.work_px(document) for part in self.parts)

    def get_ready(self, document: Document, progress: Progress, *, back: bool) -> None:
        for index, part in enumerate(self.parts):
            part.get_ready(document, share_of(progress, index, len(self.parts)), back=back)

    @property
    def is_empty(self) -> bool:
        return all(part.is_empty for part in self.parts)

    @property
    def nbytes(self) -> int:
        return 256 + sum(part.nbytes for part in self.parts)
