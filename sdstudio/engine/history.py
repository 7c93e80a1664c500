"""What past jobs on this machine have taught: how fast it is, and how much memory jobs take beyond what is computed.

Kept in the user's folder. Must not know models.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

import msgspec

from sdstudio import paths

_log = logging.getLogger(__name__)
_NEW = 0.3  # share of the newest job in what is believed
_LEAST_FACTOR, _MOST_FACTOR = 0.5, 4.0  # a wilder one is an accident, such as another program's


class Pace(msgspec.Struct):
    """Of one device with one family of models."""

    flops_per_second: float | None = None
    memory_factor: float | None = None  # by which intermediate results take more memory than they hold
    jobs: int = 0


class History:
    """By a key that names device, number format and family. A file that cannot be read or written is no loss."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or paths.data() / "engine" / "pace.json"
        self._paces = self._read()

    def pace(self, key: str) -> Pace:
        return self._paces.get(key, Pace())

    def learn(self, key: str, *, flops_per_second: float | None, memory_factor: float | None) -> None:
        """A job is over; None for what it does not tell."""
        pace = self._paces.setdefault(key, Pace())
        pace.jobs += 1
        if flops_per_second is not None and flops_per_second > 0:
            before = pace.flops_per_second
            pace.flops_per_second = flops_per_second if before is None else _mixed(before, flops_per_second)
        if memory_factor is not None:
            factor = min(max(memory_factor, _LEAST_FACTOR), _MOST_FACTOR)
            pace.memory_factor = factor if pace.memory_factor is None else _mixed(pace.memory_factor, factor)
        self._write()

    def _read(self) -> dict[str, Pace]:
        try:
            paces = msgspec.json.decode(self._path.read_bytes(), type=dict[str, Pace])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            _log.warning("what past jobs took cannot be read, and is learned anew: %s", error)
            return {}
        return {key: pace for key, pace in paces.items() if _is_sensible(pace)}

    def _write(self) -> None:
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(msgspec.json.encode(self._paces))
            beside.replace(self._path)
        except OSError as error:
            _log.warning("what past jobs took cannot be kept: %s", error)


def _is_sensible(pace: Pace) -> bool:
    rate, factor = pace.flops_per_second, pace.memory_factor
    return (rate is None or rate > 0) and (factor is None or _LEAST_FACTOR <= factor <= _MOST_FACTOR)


def _mixed(before: float, new: float) -> float:
    return before * (1 - _NEW) + new * _NEW
