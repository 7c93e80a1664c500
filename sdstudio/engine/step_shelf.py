"""What the last jobs were predicted to become at each of their steps, so that another job can begin there.

Lives as long as the model whose latents these are. Must not know how a step is made.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

import msgspec
import torch

from sdstudio.protocol.request import GenerationRequest

MOST_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Step:
    """After a step: the predicted picture's latents and the noise that is left beside them, of spread 1."""

    picture: torch.Tensor
    noise: torch.Tensor

    @property
    def nbytes(self) -> int:
        return self.picture.nbytes + self.noise.nbytes


class StepShelf:
    """Steps of jobs, by request; the oldest job goes first when there are too many bytes."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._jobs: OrderedDict[bytes, dict[int, Step]] = OrderedDict()
        self._nbytes = 0

    def begin(self, request: GenerationRequest) -> None:
        """A job with this request starts: its steps of an earlier run, perhaps of another source, are dropped."""
        self._drop(_key(request))

    def keep(self, request: GenerationRequest, step: int, picture: torch.Tensor, noise: torch.Tensor) -> None:
        """Keep what came of `step` (from 1)."""
        kept = Step(picture.cpu(), noise.cpu())
        steps = self._jobs.setdefault(_key(request), {})
        steps[step] = kept
        self._jobs.move_to_end(_key(request))
        self._nbytes += kept.nbytes
        while self._nbytes > self._most_bytes and len(self._jobs) > 1:
            self._drop(next(iter(self._jobs)))
        if self._nbytes > self._most_bytes:  # one job alone is too large: its later steps can be made again
            self._nbytes -= steps.pop(step).nbytes

    def find(self, request: GenerationRequest, step: int) -> Step | None:
        return self._jobs.get(_key(request), {}).get(step)

    def _drop(self, key: bytes) -> None:
        self._nbytes -= sum(step.nbytes for step in self._jobs.pop(key, {}).values())


def _key(request: GenerationRequest) -> bytes:
    """Placement does not decide the picture."""
    return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(request, placement=None))).digest()
