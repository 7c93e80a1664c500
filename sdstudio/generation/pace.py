"""How long a running job will still take, from the times of its steps. Knows numbers only."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

_STEPS_LOOKED_AT = 8


@dataclass
class Pace:
    """Fed with each progress report; times in seconds of any clock that only goes forward."""

    _times: list[tuple[int, float]] = field(default_factory=list)

    def reached(self, stage: str, step: int, now: float) -> None:
        """`step` steps were done at `now`. Reports of other stages than sampling tell nothing about steps."""
        if stage == "sampling" and (not self._times or step > self._times[-1][0]):
            self._times.append((step, now))
            del self._times[: -_STEPS_LOOKED_AT - 1]

    def seconds_left(self, steps: int, decode_seconds: float) -> float | None:
        """Until the picture is there; None while too little is known. The first step may be slower and fades out."""
        if len(self._times) < 2 or steps <= 0:
            return None
        pairs = zip(self._times, self._times[1:], strict=False)
        per_step = median((later - earlier) / (step - before) for (before, earlier), (step, later) in pairs)
        return max(0, steps - self._times[-1][0]) * per_step + decode_seconds

    def seconds_since_last_step(self, now: float) -> float:
        """How long the work after the last step took; 0 when there was none."""
        return now - self._times[-1][1] if self._times else 0.0
