"""Training beside other people's work: as many threads as there are idle cores, looked at every few seconds.

A low-priority run with a thread on every core goes at the pace of its most starved thread, because every operation
waits for all of them; with one thread less it keeps the free cores busy. Owns that choice; must not know what is
trained. The thread count may change the last bits of a result, so runs that must be reproduced exactly do without it.
"""

import os
import signal
import time

import psutil
import torch

EVERY = 3.0  # seconds between looks
BUSY = 0.35  # cores' worth of other work that count as one core taken


class Courtesy:
    """Call it once a step; True means that the process was asked to end (SIGTERM, Ctrl+C) and should save and stop."""

    def __init__(self) -> None:
        self._cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._mine = psutil.Process()
        self._then = self._look()
        self._asked_to_end = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def __call__(self) -> bool:
        """Adapt the number of threads to what other processes have used since the last look."""
        if time.monotonic() - self._then[0] >= EVERY:
            self._adapt()
        return self._asked_to_end

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._asked_to_end = True

    def _adapt(self) -> None:
        now = self._look()
        passed, busy, own = (new - old for new, old in zip(now, self._then, strict=True))
        self._then = now
        others = max(0.0, busy - own) / passed
        taken = int(others + 1 - BUSY)
        wanted = max(1, self._cores - taken)
        if wanted != torch.get_num_threads():
            torch.set_num_threads(wanted)

    def _look(self) -> tuple[float, float, float]:
        whole, own = psutil.cpu_times(), self._mine.cpu_times()
        idle = whole.idle + getattr(whole, "iowait", 0.0) + getattr(whole, "steal", 0.0)
        return time.monotonic(), sum(whole[:8]) - idle, own.user + own.system
