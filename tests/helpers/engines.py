"""Commands for engines of every temper, a request for them, and ways to wait."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import GenerationRequest
from sdstudio.raster.geometry import Extent

PATIENCE_S = 30.0  # only a time-out: nothing here is expected to take long
MODEL = ModelInfo(id="starter", title="Starter", path="", family="starter")


def double(behave: str = "well", *, step_ms: int = 5, load_ms: int = 5, steps: int = 4) -> list[str]:
    """The command of an engine double."""
    script = Path(__file__).with_name("engine_double.py")
    options = ["--behave", behave, "--step-ms", str(step_ms), "--load-ms", str(load_ms), "--steps", str(steps)]
    return [sys.executable, str(script), *options]


def request(width: int = 8, height: int = 8, **changes: object) -> GenerationRequest:
    values: dict[str, object] = {"mode": "text_to_image", "prompt": "a red apple", "model": "starter", "steps": 4}
    return GenerationRequest(extent=Extent(width, height), **(values | changes))


def is_running(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Wait for a condition outside of Qt; fails the test when it does not come true."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def stop(pid: int) -> None:
    """Freeze a process, as a hanging engine would be."""
    os.kill(pid, signal.SIGSTOP)
