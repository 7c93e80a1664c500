"""The first start: what is said when it cannot work, and that an interrupted set-up is completed."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sdstudio import bootstrap

ROOT = Path(__file__).resolve().parent.parent


class Steps:
    """Stands in for the commands of a set-up; `fails_at` names a word of the command that does not succeed."""

    def __init__(self, environment: bootstrap.Environment, fails_at: str = "") -> None:
        self.environment = environment
        self.fails_at = fails_at
        self.commands: list[list[str]] = []
        self.unfinished: list[bool] = []

    def __call__(self, command: list[str], *, hide_errors: bool = False) -> int:
        self.commands.append(command)
        self.unfinished.append(self.environment.is_unfinished)
        if self.fails_at == "interrupt" and "--editable" in command:
            raise KeyboardInterrupt
        if self.fails_at and any(self.fails_at in word for word in command):
            return 1
        if "venv" in command:
            self.environment.python.parent.mkdir(parents=True, exist_ok=True)
            self.environment.python.touch()
        return 0


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text('dependencies = ["torch==2.13.0"]')
    monkeypatch.setattr(bootstrap, "missing_modules", lambda: ["torch"])
    handed_over: list[list[str]] = []
    monkeypatch.setattr(bootstrap.Environment, "hand_over", lambda self, arguments: handed_over.append(arguments) or 0)
    return tmp_path, handed_over


def start(monkeypatch, folder: Path, fails_at: str = "") -> tuple[int, Steps]:
    steps = Steps(bootstrap.Environment(folder), fails_at)
    monkeypatch.setattr(bootstrap, "_call", steps)
    return bootstrap.start(str(folder), ["doctor"]), steps


def test_the_first_start_makes_the_environment_and_hands_over(checkout, monkeypatch, capsys):
    folder, handed_over = checkout
    code, steps = start(monkeypatch, folder)
    assert code == 0
    assert handed_over == [["doctor"]]
    assert steps.commands[0][1:] == ["-m", "venv", str(folder / ".venv")]
    assert ["--editable", str(folder)] == steps.commands[-3][-2:]
    assert steps.commands[-2][-3:] == ["--no-deps", *bootstrap.UPSCALERS]
    assert all(steps.unfinished)  # the marker lies there during every step
    assert not bootstrap.Environment(folder).is_unfinished
    assert "GB are downloaded" in capsys.readouterr().out


def test_the_second_start_only_hands_over(checkout, monkeypatch):
    folder, handed_over = checkout
    start(monkeypatch, folder)
    code, steps = start(monkeypatch, folder)
    assert code == 0
    assert steps.commands == []
    assert len(handed_over) == 2


@pytest.mark.parametrize(("fails_at", "code"), [("--editable", 1), ("interrupt", 130)])
def test_a_set_up_that_was_cut_off_is_completed_by_the_next_start(checkout, monkeypatch, capsys, fails_at, code):
    folder, handed_over = checkout
    assert start(monkeypatch, folder, fails_at)[0] == code
    assert handed_over == []
    assert "sdstudio: " in capsys.readouterr().err
    assert bootstrap.Environment(folder).is_unfinished
    assert start(monkeypatch, folder)[0] == 0
    assert len(handed_over) == 1


def test_the_further_upscalers_are_only_a_wish(checkout, monkeypatch, capsys):
    folder, handed_over = checkout
    assert start(monkeypatch, folder, fails_at="spandrel")[0] == 0
    assert len(handed_over) == 1
    assert "SwinIR" in capsys.readouterr().out


def test_torch_without_cuda_is_only_a_wish(checkout, monkeypatch):
    folder, handed_over = checkout
    monkeypatch.setattr(bootstrap, "_has_nvidia_driver", lambda: False)
    assert start(monkeypatch, folder, fails_at="+cpu")[0] == 0
    assert len(handed_over) == 1


def test_with_an_nvidia_driver_the_usual_torch_is_taken(checkout, monkeypatch):
    folder, _ = checkout
    monkeypatch.setattr(bootstrap, "_has_nvidia_driver", lambda: True)
    _, steps = start(monkeypatch, folder)
    assert not any("+cpu" in word for command in steps.commands for word in command)


def test_a_python_without_venv_is_told_with_the_command(checkout, monkeypatch, capsys):
    folder, _ = checkout
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find_spec(name))
    assert start(monkeypatch, folder)[0] == 1
    assert "sudo apt install python3-venv" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_to_is_one_sentence(checkout, monkeypatch, capsys):
    folder, _ = checkout
    (folder / ".venv").write_text("a file is in the way")
    assert start(monkeypatch, folder)[0] == 1
    assert "cannot be written to" in capsys.readouterr().err


def test_the_modules_asked_for_are_the_projects_dependencies():
    names = {"pyside6-essentials": "pyside6", "pillow": "pil", "opencv-python-headless": "cv2"}
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    distributions = [re.match(r"[\w-]+", line)[0].lower() for line in wanted]
    assert {names.get(name, name) for name in distributions} == {name.lower() for name in bootstrap.MODULES}
    assert bootstrap._torch_version(ROOT) in "".join(wanted)


def test_main_can_be_read_by_old_pythons():
    source = (ROOT / "main.py").read_bytes()
    assert source.isascii()
    tree = ast.parse(source, feature_version=(3, 4))
    too_new = (ast.JoinedStr, ast.AnnAssign, ast.Starred, ast.Await, ast.NamedExpr)
    assert not [node for node in ast.walk(tree) if isinstance(node, too_new)]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Raise) and node.cause]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "__future__"]


def test_an_old_python_gets_a_sentence():
    code = (
        "import sys, runpy; sys.version_info = (3, 9, 2); sys.version = '3.9.2 (main)'; "
        f"runpy.run_path({str(ROOT / 'main.py')!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer, but this is Python 3.9.2" in done.stderr


def test_the_program_runs_through_main():
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "--version"], capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("SD Studio ")


def test_starting_imports_only_the_standard_library():
    code = f"import sys; import sdstudio.bootstrap; sys.exit(bool(set({bootstrap.MODULES!r}) & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
