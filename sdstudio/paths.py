"""Where the program's own files and the user's folders are. Imports nothing heavy; creates nothing.

SDSTUDIO_HOME moves all folders of the user below one folder: for tests and for portable use from a stick.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import platformdirs

_APPLICATION = "sdstudio"
_PACKAGE = Path(__file__).resolve().parent


def resources() -> Path:
    """Icons, themes, family configs, the starter model: in an installed wheel, or beside the package in a checkout."""
    installed = _PACKAGE / "_resources"
    return installed if installed.is_dir() else _PACKAGE.parent / "resources"


def config() -> Path:
    """The user's folder for settings."""
    return _user_folder("config", platformdirs.user_config_path)


def data() -> Path:
    """The user's folder for models and everything else that is worth keeping."""
    return _user_folder("data", platformdirs.user_data_path)


def cache() -> Path:
    """What can be made again at any time."""
    return _user_folder("cache", platformdirs.user_cache_path)


def logs() -> Path:
    """Log files, a few megabytes at most."""
    return _user_folder("logs", platformdirs.user_log_path)


def user_models() -> Path:
    """Where people put their own models: diffusers folders and .safetensors files."""
    return data() / "models"


def _user_folder(name: str, platform_path: Callable[..., Path]) -> Path:
    home = os.environ.get("SDSTUDIO_HOME")
    if home:
        return Path(home).expanduser().resolve() / name
    return platform_path(_APPLICATION, appauthor=False)
