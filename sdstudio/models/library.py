"""Which models are in the given folders: diffusers folders and single .safetensors files, from their headers alone.

A broken model becomes a problem with a sentence; it never hides the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sdstudio import paths
from sdstudio.errors import ModelProblem
from sdstudio.models.detect import describe_file
from sdstudio.models.folder import describe_folder, is_model_folder
from sdstudio.models.info import ModelInfo

_MAX_DEPTH = 3  # people sort models into folders, but a whole home directory is not a model folder


@dataclass(frozen=True)
class Problem:
    """Something that looks like a model but cannot be used."""

    path: Path
    message: str


@dataclass(frozen=True)
class Library:
    """What a look at the disk found: models by title, with the one in the box first."""

    models: list[ModelInfo]
    problems: list[Problem]


def default_folders() -> list[Path]:
    """The box's models and the user's own."""
    return [paths.resources() / "models", paths.user_models()]


def look(folders: Iterable[Path]) -> Library:
    """Look for models in `folders` and below; folders that do not exist are skipped."""
    models: dict[str, ModelInfo] = {}
    problems: list[Problem] = []
    for folder in folders:
        for path in _candidates(Path(folder), _MAX_DEPTH):
            try:
                model = describe(path)
            except ModelProblem as problem:
                problems.append(Problem(path, problem.message))
                continue
            models.setdefault(model.id, model)
    ordered = sorted(models.values(), key=lambda model: (model.id != "starter", model.title.casefold()))
    return Library(ordered, problems)


def scan(folders: Iterable[Path]) -> list[ModelInfo]:
    """The usable models in `folders`; see `look` for what could not be used."""
    return look(folders).models


def describe(path: Path) -> ModelInfo:
    """One model, by its path. Raises ModelProblem when it is none that can be used."""
    if path.is_dir():
        return describe_folder(path)
    if path.suffix.lower() == ".safetensors":
        return describe_file(path)
    raise ModelProblem(
        f"“{path.name}” is not a model that can be used: choose a .safetensors file or a folder in diffusers' layout."
    )


def find(models: Iterable[ModelInfo], id_or_path: str) -> ModelInfo:
    """The model of that id, title, or path on the disk. Raises ModelProblem with the names that would work."""
    known = list(models)
    for model in known:
        if id_or_path in (model.id, model.path):
            return model
    for model in known:
        if id_or_path.casefold() in (model.id.casefold(), model.title.casefold()):
            return model
    path = Path(id_or_path).expanduser()
    if path.exists():
        return describe(path.resolve())
    names = ", ".join(model.id for model in known)
    hint = f"Choose one of: {names}." if names else f"Put a model into {paths.user_models()}."
    raise ModelProblem(f"There is no model “{id_or_path}”. {hint}")


def _candidates(folder: Path, depth: int) -> Iterable[Path]:
    """Model folders and .safetensors files at or below `folder`, in order of their names."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return  # not there, or not ours to read: the same as empty
    for entry in entries:
        if entry.is_dir():
            if is_model_folder(entry):
                yield entry
            elif depth > 1:
                yield from _candidates(entry, depth - 1)
        elif entry.suffix.lower() == ".safetensors":
            yield entry
