"""What every test stands on: no screen, no network hub, and a home of its own instead of the user's folders."""

from __future__ import annotations

import os
import tempfile

from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("SDSTUDIO_HOME", tempfile.mkdtemp(prefix="sdstudio-tests-"))

settings.register_profile("patient", deadline=None)  # how long an example takes says more about the machine than of us
settings.load_profile("patient")
