"""A table of figures beside their targets: wall time as a person feels it, and the processor time behind it.

On a machine that other programs keep busy, wall time says how busy it is; processor time (of this process, all threads
together) hardly changes. A row whose target is missed says by how much, and which of the two is to blame.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from statistics import median

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer

_WIDTH = 64
_TICK_MS = 2  # of the event loop whose gaps are measured


def heading() -> None:
    """The names of the columns, and how busy the machine is."""
    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    print(f"load {load:.1f} on {processors} processors; times in ms")
    print(f"{'figure':{_WIDTH}} {'target':>9} {'median':>9} {'p99':>9} {'CPU':>9}   verdict")


def row(
    name: str,
    target_ms: float | None,
    count: int,
    work: Callable[[], object],
    *,
    p99_ms: float | None = None,
    why: str = "",
) -> None:
    """Time `work`. `why` is printed where a target is missed by more than the machine's being busy explains."""
    walls, cpus = [], []
    for _ in range(count):
        used, start = time.process_time(), time.perf_counter()
        work()
        walls.append((time.perf_counter() - start) * 1000)
        cpus.append((time.process_time() - used) * 1000)
    late = sorted(walls)[min(count - 1, int(count * 0.99))]
    line(name, target_ms, median(walls), late, median(cpus), p99_ms=p99_ms, why=why)


def line(
    name: str,
    target_ms: float | None,
    middle_ms: float,
    late_ms: float | None,
    cpu_ms: float | None,
    *,
    p99_ms: float | None = None,
    why: str = "",
) -> None:
    """One row of figures that were measured elsewhere."""
    misses = []
    if target_ms is not None and middle_ms > target_ms:
        misses.append(_missed("median", middle_ms, target_ms, cpu_ms))
    if p99_ms is not None and late_ms is not None and late_ms > p99_ms:
        misses.append(f"p99 missed {late_ms / p99_ms:.1f} times")
    has_target = target_ms is not None or p99_ms is not None
    is_busy = cpu_ms is not None and target_ms is not None and cpu_ms <= target_ms
    verdict = _verdict(misses, "" if is_busy else why) if has_target else ""
    numbers = " ".join(f"{value:9.2f}" if value is not None else " " * 9 for value in (middle_ms, late_ms, cpu_ms))
    target = f"{target_ms:9.2f}" if target_ms is not None else " " * 9
    print(f"{name:{_WIDTH}} {target} {numbers}   {verdict}", flush=True)


def amount(name: str, target: float, measured: float, unit: str, *, why: str = "") -> None:
    """A row of something else than time, of which there may be at most `target`."""
    verdict = "met" if measured <= target else f"missed {measured / target:.2f} times. {why}".rstrip(". ")
    print(f"{name:{_WIDTH}} {target:9.0f} {measured:9.0f} {unit:>19}   {verdict}", flush=True)


def beside(work: Callable[[], object]) -> tuple[float, float, list[float]]:
    """Run `work` on a thread while an event loop ticks: its wall time, processor time and the loop's gaps, in ms."""
    loop, ticks, spent, used = QEventLoop(), [time.perf_counter()], [0.0], time.process_time()
    timer, watcher = QTimer(interval=_TICK_MS), QTimer(interval=5)
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))

    def run() -> None:
        start = time.perf_counter()
        work()
        spent[0] = (time.perf_counter() - start) * 1000

    thread = threading.Thread(target=run)
    watcher.timeout.connect(lambda: None if thread.is_alive() else loop.quit())
    timer.start()
    thread.start()
    watcher.start()
    loop.exec()
    gaps = (1000 * np.diff([*ticks, time.perf_counter()])).tolist()
    return spent[0], 1000 * (time.process_time() - used), gaps


def gaps_line(name: str, gaps_ms: list[float], *, p99_ms: float, most_ms: float, why: str = "") -> None:
    """The event loop's gaps against what they may be."""
    late, most = float(np.percentile(gaps_ms, 99)), max(gaps_ms)
    misses = [f"p99 missed {late / p99_ms:.1f} times"] * (late > p99_ms)
    misses += [f"longest missed {most / most_ms:.1f} times"] * (most > most_ms)
    verdict = _verdict(misses, why)
    print(f"{name:{_WIDTH}} {p99_ms:9.2f} {median(gaps_ms):9.2f} {late:9.2f} {'':9}   {verdict}; longest {most:.0f}")


def _missed(what: str, wall_ms: float, target_ms: float, cpu_ms: float | None) -> str:
    said = f"{what} missed {wall_ms / target_ms:.1f} times"
    if cpu_ms is not None and cpu_ms <= target_ms:
        return f"{said}, but the processor was ours for {cpu_ms:.1f} only: a busy machine"
    return said if cpu_ms is None else f"{said} (by processor time {cpu_ms / target_ms:.1f} times)"


def _verdict(misses: list[str], why: str) -> str:
    said = "; ".join(misses)
    return f"{said}: {why}" if said and why else said or "met"
