"""What a command finds around it: the settings, the command that starts an engine, and the models on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sdstudio.cli_parser import complain
from sdstudio.doctor.models import look
from sdstudio.settings import Settings
from sdstudio.worker import process


@dataclass(frozen=True)
class Surroundings:
    """`engine` is the command line of the engine; `found` has the models, the extras and what is wrong with others."""

    settings: Settings
    engine: list[str]
    found: Any


def look_around(*, fake: bool) -> Surroundings:
    """Read the settings, saying what is wrong with them, and look for models. `fake`: with the engine's double."""
    settings = read_settings()
    found = look(settings.get("models_folders"), settings.get("few_step_models"))
    return Surroundings(settings, engine_command(settings, fake=fake), found)


def read_settings() -> Settings:
    """The settings; what is wrong with them is said on standard error."""
    settings = Settings()
    for problem in settings.problems:
        complain(problem)
    return settings


def engine_command(settings: Settings, *, fake: bool) -> list[str]:
    """The command that starts the engine, as the settings have it."""
    command: list[str] = settings.get("engine_command")
    return command if command and not fake else process.own_engine_command(fake=fake)
