"""Where the program's own files and the user's folders are. Imports nothing heavy; creates nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent


@cache
def resources() -> Path:
    """Icons, themes, family configs, the starter model: inside an installed wheel, or beside the package in a checkout."""
    installed = _PACKAGE / "_resources"
    return installed if installed.is_dir() else _PACKAGE.parent / "resources"


def config() -> Path:
    """The user's folder for settings."""
    return Path(platformdirs.user_config_path("sdstudio", appauthor=False))


def data() -> Path:
    """The user's folder for models and everything else that is worth keeping."""
    return Path(platformdirs.user_data_path("sdstudio", appauthor=False))


def user_models() -> Path:
    """Where people put their own models."""
    return data() / "models"


def logs() -> Path:
    return Path(platformdirs.user_log_path("sdstudio", appauthor=False))
