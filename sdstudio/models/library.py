"""Which models and extras are in the given folders: diffusers folders and .safetensors files, from headers alone.

A broken model becomes a problem with a sentence; it never hides the others.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace

from sdstudio import paths
from sdstudio.errors import ModelProblem
from sdstudio.models.detect import describe_file
from sdstudio.models.encoder_files import describe_encoder
from sdstudio.models.extra_files import describe_extra, describe_extra_folder, is_extra_folder
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.folder import describe_folder, is_model_folder
from sdstudio.models.gguf_header import is_gguf, read_gguf
from sdstudio.models.header import read_header
from sdstudio.models.info import ModelInfo

_MAX_CONFIG_BYTES = 2**20
_SUFFIXES = (".safetensors", ".gguf")
_OLD_SUFFIXES = (".ckpt", ".pt", ".pth")  # of files that are programs; named, never opened
_MAX_DEPTH = 3  # people sort models into folders, but a whole home directory is not a model folder
_Found = TypeVar("_Found", ModelInfo, ExtraInfo)


@dataclass(frozen=True)
class Problem:
    """Something that looks like a model but cannot be used."""

    path: Path
    message: str


@dataclass(frozen=True)
class Library:
    """What a look at the disk found: models by title, with the one in the box first; extras by title."""

    models: list[ModelInfo]
    problems: list[Problem]
    extras: list[ExtraInfo] = field(default_factory=list)


def default_folders() -> list[Path]:
    """The box's models and the user's own."""
    return [paths.resources() / "models", paths.user_models()]


def look(folders: Iterable[Path]) -> Library:
    """Look for models and extras in `folders` and below; folders that do not exist are skipped."""
    models: dict[str, ModelInfo] = {}
    extras: dict[tuple[str, str], ExtraInfo] = {}
    problems: list[Problem] = []
    seen: set[Path] = set()
    for folder in folders:
        for path in _candidates(Path(folder), _MAX_DEPTH):
            if (place := path.resolve()) in seen:
                continue
            seen.add(place)
            try:
                found = _describe_extra(path) or describe(path)
            except ModelProblem as problem:
                problems.append(Problem(path, problem.message))
                continue
            if isinstance(found, ExtraInfo):
                kind = found.kind
                found = _named_apart(found, path, Path(folder), {id for known, id in extras if known == kind})
                extras[kind, found.id] = found
            else:
                found = _named_apart(found, path, Path(folder), models)
                models[found.id] = found
    known = {model.id for model in models.values()} | {extra.id for extra in extras.values()}
    problems = [one for one in problems if one.path.suffix.lower() not in _OLD_SUFFIXES or one.path.stem not in known]
    ordered = sorted(models.values(), key=lambda model: (model.id != "starter", model.title.casefold()))
    return Library(ordered, problems, sorted(extras.values(), key=lambda extra: extra.title.casefold()))


def _named_apart(found: _Found, path: Path, root: Path, taken: Container[str]) -> _Found:
    """`found` by another name where one of its own is known: with its suffix, else with its folders below `root`."""
    if found.id not in taken:
        return found
    below = path.relative_to(root).as_posix()
    names = chain((path.name, below, f"{root.name}/{below}"), (f"{path.name} {number}" for number in count(2)))
    name = next(name for name in names if name not in taken)
    title = name if found.title == found.id else f"{found.title} ({name})"
    return replace(found, id=name, title=title)


def _describe_extra(path: Path) -> ExtraInfo | None:
    """What `path` adds to models; None when it is a model, or nothing."""
    if path.suffix.lower() in _OLD_SUFFIXES:
        return None
    if not path.is_dir():
        header = read_gguf(path) if is_gguf(path) else read_header(path)
        return describe_extra(path, header) or describe_encoder(path, header)
    config = _control_config(path)
    return None if config is None else describe_extra_folder(path, config)


def _control_config(folder: Path) -> dict[str, Any] | None:
    """The config of a control model's folder; None for any other folder."""
    path = folder / "config.json"
    try:
        if path.stat().st_size > _MAX_CONFIG_BYTES:
            return None
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return config if is_extra_folder(config) else None


def describe(path: Path) -> ModelInfo:
    """One model, by its path. Raises ModelProblem when it is none that can be used."""
    if path.is_dir():
        return describe_folder(path)
    if path.suffix.lower() in _SUFFIXES:
        return describe_file(path)
    if path.suffix.lower() in _OLD_SUFFIXES:
        raise ModelProblem(
            f"“{path.name}” is of an old kind of file that can hide a program, so it is not opened. The command "
            "“sdstudio convert” makes a .safetensors file of it."
        )
    raise ModelProblem(
        f"“{path.name}” is not a model that can be used: choose a .safetensors or .gguf file, or a folder in "
        "diffusers' layout."
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
    """Model folders and files in `folder`, then those below it; of two that are called alike, .gguf comes second."""
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: (entry.stem, entry.suffix.lower() == ".gguf", entry.name))
    except OSError:
        return  # not there, or not ours to read: the same as empty
    deeper = []
    for entry in entries:
        if not entry.is_dir():
            if entry.suffix.lower() in _SUFFIXES + _OLD_SUFFIXES:
                yield entry
        elif is_model_folder(entry) or _control_config(entry) is not None:
            yield entry
        else:
            deeper.append(entry)
    if depth > 1:
        for entry in deeper:
            yield from _candidates(entry, depth - 1)
