"""What every test stands on: no screen, no network hub, and a home of its own instead of the user's folders."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("SDSTUDIO_HOME", tempfile.mkdtemp(prefix="sdstudio-tests-"))

# How long an example takes says more about the machine than of us; and the gate must answer alike for the same commit.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def pytest_collection_finish() -> None:
    """What importing has made stays, so that nobody who looks for garbage has to look through it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _garbage_here() -> Iterator[None]:
    """As in the program: cyclic garbage with Qt objects in it must not be collected in a thread that works.

    It stays so between tests, whose windows and threads may outlive them for a moment.
    """
    from sdstudio.ui.garbage import collect_what_is_due  # after the environment above is set

    gc.disable()
    yield
    collect_what_is_due()
