"""Where the program keeps things on this machine: data, cache, settings, logs, and the resources that it ships.

Every folder is made on first use. SDSTUDIO_HOME moves them all below one folder, for tests and portable use.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_APPLICATION = "sdstudio"


def user_data() -> Path:
    """What the user would miss: models, recovery files, styles."""
    return _folder("data", platformdirs.user_data_path(_APPLICATION, appauthor=False))


def user_cache() -> Path:
    """What can be made again at any time."""
    return _folder("cache", platformdirs.user_cache_path(_APPLICATION, appauthor=False))


def user_config() -> Path:
    """Settings and window state."""
    return _folder("config", platformdirs.user_config_path(_APPLICATION, appauthor=False))


def user_log() -> Path:
    """Log files, a few megabytes at most."""
    return _folder("log", platformdirs.user_log_path(_APPLICATION, appauthor=False))


def user_models() -> Path:
    """Where the user puts models: diffusers folders and .safetensors files."""
    folder = user_data() / "models"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def resources() -> Path:
    """Icons, themes, family configs and the starter model: inside the installed package, else in the checkout."""
    package = Path(__file__).resolve().parent
    packaged = package / "_resources"
    return packaged if packaged.is_dir() else package.parent / "resources"


def _folder(name: str, default: Path) -> Path:
    home = os.environ.get("SDSTUDIO_HOME")
    folder = Path(home).expanduser() / name if home else default
    folder.mkdir(parents=True, exist_ok=True)
    return folder
