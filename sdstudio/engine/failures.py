"""How a job can end without a picture, and which sentence the user reads then.

Knows torch's errors by name and text only, so that the fake engine can use it without torch.
"""

from __future__ import annotations

import traceback

from sdstudio.errors import BadRequest, EngineProblem, ModelProblem, StudioError
from sdstudio.protocol.messages import Failed, FailureKind

_ALLOCATION = (
    "can't allocate memory",
    "not enough memory",
    "out of memory",
    "bad_alloc",
    "alloc_failed",
    "could not create a memory",
)


class JobCancelledError(Exception):
    """The studio does not want this job any more."""


class ModelMissing(ModelProblem):
    """Nothing is where the model should be."""


class NotEnoughMemory(EngineProblem):
    """A job cannot fit, whatever is saved; found before time was spent on it."""


def describe(job_id: str, error: BaseException) -> Failed:
    """The message that ends a job which raised `error`."""
    kind, message = _classify(error)
    detail = error.detail if isinstance(error, StudioError) else "".join(traceback.format_exception(error))
    return Failed(job_id=job_id, kind=kind, message=message, detail=detail)


def is_out_of_memory(error: BaseException) -> bool:
    """MemoryError, torch.OutOfMemoryError, and the plain RuntimeError of torch's CPU allocator."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _ALLOCATION)


def _classify(error: BaseException) -> tuple[FailureKind, str]:
    if isinstance(error, JobCancelledError):
        return "cancelled", "The job was cancelled."
    if is_out_of_memory(error):
        return "out_of_memory", (
            "There is not enough memory for this picture. Choose a smaller size or a smaller model, "
            "or close other programs."
        )
    if isinstance(error, NotEnoughMemory):
        return "out_of_memory", error.message
    if isinstance(error, ModelMissing):
        return "model_missing", error.message
    if isinstance(error, ModelProblem):
        return "model_invalid", error.message
    if isinstance(error, BadRequest):
        return "bad_request", error.message
    if isinstance(error, StudioError):
        return "internal", error.message
    return "internal", "Something went wrong inside the engine. The details say what; the next job can still work."
