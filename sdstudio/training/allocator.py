"""Allocator settings for a training process: keep big tensors in the heap instead of mapping and unmapping them.

Owns one call that must run before torch is imported. glibc's default costs a third of the CPU time in page faults when
hundreds of multi-megabyte tensors are made per step. Must not know what is trained.
"""

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4


def keep_memory() -> bool:
    """Tell glibc to keep freed memory and never to use mmap; returns False where there is no glibc (no effect)."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return False
    return all(
        mallopt(option, value) == 1
        for option, value in ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, 2**31 - 1), (_M_TOP_PAD, 64 * 2**20))
    )
