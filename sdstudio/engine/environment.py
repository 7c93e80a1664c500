"""What must be true of the process before torch is imported: allocator, no network, a private output stream.

Owns process-wide settings. Must not know about jobs or models.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import select
import sys
import threading
from collections.abc import Iterator
from typing import BinaryIO

from sdstudio.engine.postponed import Before, later, postpone, unmarked

_log = logging.getLogger(__name__)
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4


def keep_memory() -> None:
    """Tell glibc to keep freed memory: mapping big tensors anew at every operation costs a tenth of the time."""
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):  # no glibc, no such cost
        mallopt = ctypes.CDLL("libc.so.6").mallopt
        for option, value in ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, 2**31 - 1), (_M_TOP_PAD, 64 * 2**20)):
            mallopt(option, value)


def share_processors() -> None:
    """Leave room for the person who paints while the engine works.

    The process gives way to the window where both want a core, and torch's threads sleep while they wait for each
    other: with spinning threads a single busy core made a step ten times slower.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if hasattr(os, "nice"):
        os.nice(5)


def forbid_network() -> None:
    """Keep the libraries off the network and their progress bars off the log."""
    os.environ.update(
        HF_HUB_OFFLINE="1",
        TRANSFORMERS_OFFLINE="1",
        HF_HUB_DISABLE_TELEMETRY="1",
        HF_HUB_DISABLE_PROGRESS_BARS="1",
        DISABLE_TELEMETRY="1",
        TOKENIZERS_PARALLELISM="false",
        DIFFUSERS_VERBOSITY="error",
        TRANSFORMERS_VERBOSITY="error",
    )


def skip_needless() -> None:
    """Keep torch, diffusers and transformers from importing what few jobs need, if any: a third of a cold start."""
    sys.modules.setdefault("peft", None)  # type: ignore[arg-type] # Python's own way to say that there is none
    marks = dict.fromkeys(("allow_in_graph", "assume_constant_result", "disable"), unmarked)
    assign = later("scipy.optimize", "linear_sum_assignment")
    postpone(
        {
            # Compiles networks, which the engine does not do; others only mark functions for it.
            "torch._dynamo": Before(marks, frozenset({"_trace_wrapped_higher_order_op"})),
            # For the Beta schedule, for LMS, and for training detectors.
            "scipy.stats": Before(modules=frozenset()),
            "scipy.integrate": Before(modules=frozenset()),
            "scipy.optimize": Before({"linear_sum_assignment": assign}, frozenset()),
            # Their beginnings import the networks of every family; a job asks for the modules that it needs.
            "diffusers.models.autoencoders": Before(),
            "diffusers.models.controlnets": Before(),
            "diffusers.models.transformers": Before(),
            "diffusers.models.unets": Before(),
            "transformers.models": Before(),
        }
    )


@contextlib.contextmanager
def without_collection() -> Iterator[None]:
    """Import within this context: what modules make stays, so looking through it for garbage is a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Return the real (input, output) of the protocol; from now on a print goes to standard error."""
    stream_in = os.fdopen(os.dup(0), "rb")
    stream_out = os.fdopen(os.dup(1), "wb")
    sys.stdout.flush()
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return stream_in, stream_out


def end_with_parent() -> None:
    """End this process when its parent dies, even if someone else still holds the other end of our input.

    Waits on the parent's pidfd (Linux); elsewhere the end of the input stream has to be enough. PR_SET_PDEATHSIG
    would not do: it fires when the *thread* that started us ends.
    """
    if not hasattr(os, "pidfd_open"):
        return
    try:
        parent = os.pidfd_open(os.getppid())
    except OSError as error:
        _log.info("not watching the parent process: %s", error)
        return

    def wait_for_end() -> None:
        select.select([parent], [], [])
        os._exit(0)

    threading.Thread(target=wait_for_end, name="parent watch", daemon=True).start()
