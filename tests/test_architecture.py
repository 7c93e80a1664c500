"""The walls of the house, read from the imports themselves; ARCHITECTURE.md says what the rooms are for."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "sdstudio"

SHARED = {"errors", "events", "log", "paths"}
MAY_IMPORT: dict[str, set[str]] = {
    "raster": {"errors"},
    "document": {"raster", "events", "errors"},
    "formats": {"document", "raster", "protocol", "models", "errors"},
    "journal": {"document", "raster", "events", "errors"},
    "brushes": {"raster", "formats.atomic", "events", "errors", "paths"},
    "protocol": {"raster.geometry", "models.info", "models.flow_kinds", "models.extras", "errors"},
    "models": {"errors", "paths", "log"},
    "prompting": {"models", "errors", "paths"},
    "generation": {"document", "protocol", "models", "prompting", "raster", "events", "errors", "settings"},
    "engine": {"protocol", "models", "prompting", "raster.geometry", "errors", "log", "paths"},
    # generation and document: only the evaluation, which measures what the program's users get
    "training": {"engine", "protocol", "models", "generation", "document", "raster", "errors", "log", "paths"},
    "worker": {"protocol", "models", "errors", "log"},
    "doctor": {"protocol", "models", "worker", "settings", "errors", "paths"},
    "ui": {
        "document",
        "generation",
        "worker",
        "formats",
        "journal",
        "brushes",
        "raster",
        "protocol",
        "prompting",
        "models",
        "settings",
    }
    | SHARED,
}
QT_FREE = {"protocol", "models", "prompting", "engine", "doctor"}
WIDGET_FREE = {
    "raster",
    "document",
    "formats",
    "journal",
    "brushes",
    "generation",
    "worker",
    "protocol",
    "models",
    "prompting",
    "engine",
}
TORCH_ROOMS = {"engine", "training"}


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the wall"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


MODULES = sorted(p for p in PACKAGE.rglob("*.py") if "_resources" not in p.parts)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    room = room_of(path)
    if room not in MAY_IMPORT:  # app, cli and the small shared modules at the top
        return
    allowed = MAY_IMPORT[room] | {room}
    for name in imports(path):
        if not name.startswith("sdstudio."):
            continue
        inner = name.removeprefix("sdstudio.")
        assert any(inner == a or inner.startswith(a + ".") for a in allowed | {"__version__"}), f"{room} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_heavy_packages_stay_in_their_rooms(path: Path) -> None:
    room = room_of(path)
    for name in imports(path):
        top = name.split(".")[0]
        if top in {"torch", "diffusers", "transformers", "peft"}:
            assert room in TORCH_ROOMS, f"{path} imports {name}"
        if top == "PySide6":
            assert room not in QT_FREE, f"{path} imports {name}"
            if room == "worker":
                assert name.startswith("PySide6.QtCore"), f"{path} imports {name}"
            if room in WIDGET_FREE:
                assert "QtWidgets" not in name, f"{path} imports {name}"


def loaded_by(module: str) -> set[str]:
    code = f"import sys, {module}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("sdstudio.app", ["torch", "diffusers", "transformers"]),
        ("sdstudio.cli", ["torch", "diffusers", "PySide6.QtWidgets"]),
        ("sdstudio.engine", ["PySide6"]),
        ("sdstudio.document.document", ["PySide6.QtWidgets", "torch"]),
        ("sdstudio.protocol.messages", ["PySide6", "numpy", "torch"]),
    ],
)
def test_importing_a_room_loads_nothing_that_it_must_not_know(module: str, unwanted: list[str]) -> None:
    assert loaded_by(module).isdisjoint(unwanted)


def test_every_room_has_its_row_and_its_line() -> None:
    rooms = {room_of(path) for path in MODULES if path.parent != PACKAGE}
    assert rooms == set(MAY_IMPORT)
    named = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert not [room for room in rooms if f"sdstudio/{room}/" not in named]


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {
        str(p.relative_to(ROOT)): n for p in MODULES if (n := len(p.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long
