"""Looks the computer over: versions, memory, disk, display, models, and an engine that is really started.

A note is worth knowing; a problem keeps something from working. Imports neither Qt nor torch.
"""

from __future__ import annotations

import os
import platform
import shutil
import threading
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from sdstudio import __version__, paths
from sdstudio.doctor.models import look
from sdstudio.doctor.system import Problem, check_pictures, check_window
from sdstudio.errors import EngineProblem
from sdstudio.protocol.framing import FramingError
from sdstudio.protocol.messages import Ready
from sdstudio.settings import Settings
from sdstudio.worker.process import EngineProcess

ENGINE_PATIENCE_S = 180.0
LITTLE_DISK_BYTES = 2 * 2**30
LITTLE_MEMORY_BYTES = 4 * 2**30
_PACKAGES = ("PySide6-Essentials", "torch", "diffusers", "transformers", "safetensors", "numpy", "pillow", "msgspec")


@dataclass
class Report:
    """Facts in the order to print them; then what is wrong, and what is only worth knowing."""

    facts: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def as_text(self) -> str:
        width = max(map(len, self.facts), default=0)
        lines = [f"{name:<{width}}  {value}" for name, value in self.facts.items()]
        for title, entries in (("Worth knowing", self.notes), ("Wrong", self.problems)):
            if entries:
                lines += ["", f"{title}:"]
            for entry in entries:
                lines.append(f"  - {entry.sentence}")
                lines += [f"    {entry.remedy}"] if entry.remedy else []
        return "\n".join([*lines, "", "Something is wrong." if self.problems else "All is well."])

    def as_json(self) -> dict[str, Any]:
        def entries(problems: list[Problem]) -> list[dict[str, str]]:
            return [{"sentence": problem.sentence, "remedy": problem.remedy} for problem in problems]

        return {"facts": self.facts, "problems": entries(self.problems), "notes": entries(self.notes)}


def examine(settings: Settings, engine_command: list[str]) -> Report:
    """Look at everything. Takes as long as the engine needs to start: some seconds."""
    report = Report()
    report.facts["SD Studio"] = __version__
    report.facts["Python"] = f"{platform.python_version()} on {platform.platform()}"
    _examine_packages(report)
    _examine_window(report)
    _examine_memory(report)
    for name, folder in (("Settings", paths.config()), ("Models folder", paths.user_models()), ("Log", paths.logs())):
        _examine_folder(report, name, folder)
    report.problems += [Problem(sentence) for sentence in settings.problems]
    _examine_models(report, settings)
    _examine_engine(report, engine_command)
    return report


def _examine_packages(report: Report) -> None:
    for name in _PACKAGES:
        try:
            report.facts[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            report.facts[name] = "not installed"
            report.problems.append(
                Problem(
                    f"The package {name} is not installed.",
                    "Install it: python -m pip install -e . in the program's folder.",
                )
            )


def _examine_window(report: Report) -> None:
    names = [name for name in ("WAYLAND_DISPLAY", "DISPLAY", "QT_QPA_PLATFORM") if os.environ.get(name)]
    report.facts["Display"] = ", ".join(f"{name}={os.environ[name]}" for name in names) or "none"
    if problem := check_pictures():
        report.problems.append(problem)
    elif problem := check_window():
        report.notes.append(problem)  # the commands work without a window


def _examine_memory(report: Report) -> None:
    memory = psutil.virtual_memory()
    report.facts["Memory"] = f"{_gib(memory.available)} of {_gib(memory.total)} free"
    report.facts["Processor"] = f"{os.cpu_count() or 1} cores, {platform.machine()}"
    if memory.available < LITTLE_MEMORY_BYTES:
        report.notes.append(
            Problem(
                f"Only {_gib(memory.available)} of memory are free.", "Close other programs before using large models."
            )
        )


def _examine_folder(report: Report, name: str, folder: Path) -> None:
    """A folder that does not exist yet is fine when it could be made."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        report.problems.append(Problem(f"“{folder}” cannot be written to.", f"Change the permissions of “{existing}”."))
    free = shutil.disk_usage(existing).free
    report.facts[name] = f"{folder} ({_gib(free)} free)"
    if free < LITTLE_DISK_BYTES:
        report.problems.append(Problem(f"Only {_gib(free)} are free on the disk of “{folder}”.", "Make room on it."))


def _examine_models(report: Report, settings: Settings) -> None:
    found = look(settings.get("models_folders"))
    report.facts["Models"] = ", ".join(f"{model.title} ({model.id})" for model in found.models) or "none"
    report.problems += found.problems
    if not found.models:
        remedy = f"Put a .safetensors file or a model folder into {paths.user_models()}."
        report.problems.append(Problem("No models were found, so no picture can be made.", remedy))


def _examine_engine(report: Report, command: list[str]) -> None:
    """Only an engine that has started proves that there is one."""
    answer: list[Ready | str] = []
    engine = EngineProcess(command)
    listener = threading.Thread(target=lambda: answer.append(_first_words(engine)), daemon=True)
    listener.start()
    listener.join(ENGINE_PATIENCE_S)
    engine.kill()
    first = answer[0] if answer else f"it said nothing for {ENGINE_PATIENCE_S:.0f} seconds"
    if isinstance(first, Ready):
        memory = f", {_gib(first.memory_bytes)}" if first.memory_bytes else ""
        report.facts["Engine"] = f"{first.device_name} ({first.device}{memory}), torch {first.torch_version}"
        return
    report.facts["Engine"] = "does not start"
    last_line = next((line for line in reversed(engine.stderr_tail.splitlines()) if line.strip()), "")
    report.problems.append(
        Problem(f"The engine does not start: {first}.", f"Its last words: {last_line}" if last_line else "")
    )


def _first_words(engine: EngineProcess) -> Ready | str:
    try:
        engine.start()
        while (frame := engine.receive()) is not None:
            if isinstance(frame[0], Ready):
                return frame[0]
    except EngineProblem as problem:
        return problem.message.rstrip(".")
    except FramingError as error:
        return f"it does not speak our language ({error})"
    engine.describe_end()
    return f"it ended with {engine.end_status}"


def _gib(count: float) -> str:
    return f"{count / 2**30:.1f} GiB"
