"""The errors that a user may see.

Each carries one clear sentence that says what is wrong and what to do; `detail` holds the technical part for the
Details button and the log. Code raises these at its boundaries and the window shows them in one place.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class StudioError(Exception):
    """Something the user can understand and act upon.

    `message` is one full sentence (or two) in plain words; `detail` is for experts and may be long or empty.
    """

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


@contextmanager
def memory_errors() -> Iterator[None]:
    """OpenCV's way of saying that there is not enough memory becomes Python's MemoryError."""
    import cv2  # not needed to know what an error is

    try:
        yield
    except cv2.error as error:
        if error.code != cv2.Error.StsNoMem:
            raise
        raise MemoryError(str(error)) from error


@contextmanager
def enough_memory() -> Iterator[None]:
    """What needs more memory than there is inside becomes a StudioError with a sentence."""
    try:
        with memory_errors():
            yield
    except MemoryError as error:
        raise StudioError(
            "There is not enough memory for this. Close other programs, or work on a smaller picture.",
            detail=repr(error),
        ) from error


class BadRequest(StudioError):
    """A generation cannot start as asked: the sentence names the value and the allowed range."""


class FileProblem(StudioError):
    """A file cannot be read or written; the open document is untouched."""


class ModelProblem(StudioError):
    """A model is missing, damaged or of a kind that is not supported."""


class EngineProblem(StudioError):
    """The engine could not start, was lost, or ran out of memory."""
