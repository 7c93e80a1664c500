"""Which models and extras there are, and which folders or files could not be used; for list, doctor and window."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sdstudio import paths
from sdstudio.doctor.system import Problem
from sdstudio.models import library
from sdstudio.models.distilled import as_told
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo


@dataclass(frozen=True)
class Found:
    models: list[ModelInfo]
    problems: list[Problem]
    extras: list[ExtraInfo] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)  # why it cannot be used, by the file's name and its stem


def look(extra_folders: Iterable[str], told: Mapping[str, str] | None = None) -> Found:
    """Look into the box, the user's models folder and `extra_folders`; the latter must exist and be readable.

    `told` is what a person said of few-step models, as `distilled.as_told` takes it.
    """
    extra = [Path(name).expanduser() for name in extra_folders]
    problems = [problem for folder in [*extra, paths.user_models()] if (problem := _check(folder, folder in extra))]
    seen = library.look([*library.default_folders(), *extra])
    problems += [Problem(broken.message, f"It is {broken.path}.") for broken in seen.problems]
    broken = {name: one.message for one in seen.problems for name in (one.path.name, one.path.stem)}
    return Found(as_told(seen.models, told or {}), problems, seen.extras, broken)


def _check(folder: Path, must_exist: bool) -> Problem | None:
    if not folder.is_dir():
        remedy = "Take it out of the settings, or connect the disk it is on."
        return Problem(f"There is no models folder “{folder}”.", remedy) if must_exist else None
    if not os.access(folder, os.R_OK | os.X_OK):
        return Problem(
            f"The models folder “{folder}” cannot be read.", "Change its permissions so that you may read it."
        )
    return None
