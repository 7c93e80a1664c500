"""How much memory a device has, how much of it a job could have, and the most that one has taken.

Owns the questions to the operating system and to torch. Must not know models or jobs.
"""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import torch

_CONTROL_GROUP = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self")


def total(device: torch.device) -> int:
    """Bytes of memory that the device has."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    limit = _limit_of_group()
    machine = int(psutil.virtual_memory().total)
    return machine if limit is None else min(machine, limit[0])


def available(device: torch.device) -> int:
    """Bytes that this process could take now, on top of what it has."""
    if device.type == "cuda":
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + unused
    free = int(psutil.virtual_memory().available)
    limit = _limit_of_group()
    if limit is not None:
        free = min(free, max(0, limit[0] - limit[1]))
    return free


def used(device: torch.device) -> int:
    """Bytes that this process has now."""
    if device.type == "cuda":
        return int(torch.cuda.memory_allocated(device))
    return int(psutil.Process().memory_info().rss)


def start_peak(device: torch.device) -> None:
    """From now on `peak` counts anew, where the system can do that."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    elif sys.platform.startswith("linux"):
        try:
            (_OWN / "clear_refs").write_text("5", encoding="ascii")
        except OSError:  # some containers forbid it: the peak is then since the start of the process
            return


def peak(device: torch.device) -> int | None:
    """The most bytes that this process took since `start_peak`; None where the system does not tell."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    if sys.platform.startswith("linux"):
        return _status("VmHWM")
    return getattr(psutil.Process().memory_info(), "peak_wset", None)


@contextmanager
def bounded(device: torch.device) -> Iterator[None]:
    """Within this context an allocation that the machine has no memory for fails, where the system can do that.

    Without it Linux promises memory that it has not, and ends the process as soon as it is used.
    """
    if device.type != "cpu" or not sys.platform.startswith("linux"):
        yield
        return
    import resource  # of Unix systems only

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    # What the heap has to spare counts as the process's already, but is taken from the machine only when it is used.
    most = _status("VmData") + max(0, available(device) - _spare_of_heap())
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def give_back(device: torch.device) -> None:
    """Return what is held for later to the system: between jobs, and where other or larger pieces are needed now."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif (library := _c_library()) is not None:
        library.malloc_trim(0)


def _status(name: str) -> int:
    """A figure of this process in bytes, as Linux tells it."""
    found = re.search(rf"^{name}:\s+(\d+) kB$", (_OWN / "status").read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _limit_of_group() -> tuple[int, int] | None:
    """(limit, bytes that count against it) of the control group, inside of which containers run."""
    try:
        limit = (_CONTROL_GROUP / "memory.max").read_text(encoding="ascii").strip()
        if limit == "max":
            return None
        counted = int((_CONTROL_GROUP / "memory.current").read_text(encoding="ascii"))
        notes = (_CONTROL_GROUP / "memory.stat").read_text(encoding="ascii")
    except OSError:
        return None
    found = re.search(r"^inactive_file (\d+)$", notes, re.MULTILINE)  # is dropped as soon as someone needs room
    return int(limit), counted - (int(found[1]) if found else 0)


class _HeapFacts(ctypes.Structure):
    """glibc's `struct mallinfo2`."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "free", "top")
    )


@cache
def _c_library() -> Any:
    """glibc, where there is one that tells of its heap."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        library = ctypes.CDLL("libc.so.6")
        library.mallinfo2.restype = _HeapFacts
    except (OSError, AttributeError):
        return None
    return library


def _spare_of_heap() -> int:
    """The engine's heap keeps what was freed (environment.keep_memory), at least as addresses."""
    library = _c_library()
    return int(library.mallinfo2().free) if library is not None else 0
