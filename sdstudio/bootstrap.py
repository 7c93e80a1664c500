"""The way from a fresh checkout to a running program: makes the program's own environment when there is none.

Owns the folder .venv beside main.py. Runs in whatever Python starts main.py, so it imports the standard library only;
everything else may not be there yet.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

MODULES = (
    "PySide6", "accelerate", "cv2", "diffusers", "gguf", "isal", "lark", "msgspec", "numpy", "peft", "PIL",
    "platformdirs", "psutil", "safetensors", "scipy", "tokenizers", "torch", "torchsde", "transformers",
)  # fmt: skip
UPSCALERS = ("spandrel==0.4.2", "einops==0.8.2")  # can be done without
_VENV_REMEDY = "On Debian and Ubuntu run: sudo apt install python3-venv"


class SetupError(Exception):
    """One sentence for the user."""


def start(folder: str, arguments: list[str]) -> int:
    """Run the program from the checkout in `folder`, in an environment that has all it needs. Returns the exit code."""
    environment = Environment(Path(folder))
    inside = environment.is_running
    if not missing_modules() and not (inside and environment.is_unfinished):
        from sdstudio.cli import main

        return main(arguments)
    try:
        if inside or environment.is_unfinished or not environment.python.exists():
            environment.set_up()
        return environment.hand_over(arguments)
    except SetupError as problem:
        print(f"sdstudio: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nsdstudio: interrupted; start again and the set-up goes on where it stopped", file=sys.stderr)
        return 130


def missing_modules() -> list[str]:
    """The modules that this Python lacks; none of them is imported for it."""
    return [name for name in MODULES if importlib.util.find_spec(name) is None]


class Environment:
    """The program's own Python in .venv: made, completed after an interruption, and handed over to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / ".venv"
        # Lies there from before the environment is begun until it is whole.
        self._unfinished = self.path / "sdstudio-unfinished"

    @property
    def python(self) -> Path:
        return self.path / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def is_running(self) -> bool:
        """Whether this very process is its Python."""
        return os.path.realpath(sys.prefix) == os.path.realpath(self.path)

    @property
    def is_unfinished(self) -> bool:
        return self._unfinished.exists()

    def set_up(self) -> None:
        """Make the environment, or complete one that was interrupted. Raises SetupError."""
        if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
            raise SetupError(f"Python's venv module is missing, which the set-up needs. {_VENV_REMEDY}")
        _say(f"SD Studio sets itself up in {self.path}; this happens only once.")
        _say("About 0.5 GB are downloaded, or 3 GB where PyTorch comes with its CUDA libraries.")
        try:
            self.path.mkdir(exist_ok=True)
            self._unfinished.write_text("Start main.py again to complete this environment.\n", encoding="utf-8")
        except OSError as error:
            raise SetupError(f"The folder {self.path} cannot be written to ({error.strerror}).") from error
        self._make()
        self._install()
        self._unfinished.unlink()
        _say("The set-up is complete.")

    def hand_over(self, arguments: list[str]) -> int:
        """Go on in the environment's Python: returns only where a process cannot be replaced. Raises SetupError."""
        command = [str(self.python), str(self._folder / "main.py"), *arguments]
        if os.name == "nt":
            return _call(command)
        try:
            os.execv(command[0], command)
        except OSError as error:
            raise SetupError(
                f"{self.python} cannot be run ({error.strerror}). Delete the folder {self.path} and start again."
            ) from error

    def _make(self) -> None:
        _say("[1/3] Making the environment")
        if not self.is_running and _call([sys.executable, "-m", "venv", str(self.path)]) != 0:
            raise SetupError(f"The environment could not be made; see above. {_VENV_REMEDY}")

    def _install(self) -> None:
        pip = [str(self.python), "-m", "pip", "--disable-pip-version-check", "install"]
        _say("[2/3] Installing PyTorch")
        # Where the package sources offer one, a build without CUDA saves gigabytes on machines that have no use for it.
        lean = f"torch=={_torch_version(self._folder)}+cpu"
        if not sys.platform.startswith("linux") or _has_nvidia_driver() or _call([*pip, lean], hide_errors=True) != 0:
            _say("      as it is usually built")
        _say("[3/3] Installing everything else")
        if _call([*pip, "--editable", str(self._folder)]) != 0:
            raise SetupError(
                "The set-up could not be completed; see above. Check the connection to the internet and the room on "
                "the disk, then start again: it goes on where it stopped."
            )
        # spandrel's two networks that need torchvision are not used; torchvision has no build beside this torch.
        if _call([*pip, "--no-deps", *UPSCALERS]) != 0:
            _say("      without spandrel: upscalers of kinds such as SwinIR or HAT cannot be used")
        check = "import importlib.util as u, sys; sys.exit(any(u.find_spec(name) is None for name in sys.argv[1:]))"
        if _call([str(self.python), "-c", check, *MODULES]) != 0:
            raise SetupError(f"The environment is still incomplete. Delete the folder {self.path} and start again.")


def _torch_version(folder: Path) -> str:
    match = re.search(r'"torch==([0-9.]+)"', (folder / "pyproject.toml").read_text(encoding="utf-8"))
    assert match, "pyproject.toml pins torch"
    return match[1]


def _has_nvidia_driver() -> bool:
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def _call(command: list[str], *, hide_errors: bool = False) -> int:
    try:
        return subprocess.call(command, stderr=subprocess.DEVNULL if hide_errors else None)
    except OSError as error:
        raise SetupError(f"{command[0]} cannot be run ({error.strerror}).") from error


def _say(line: str) -> None:
    print(line, flush=True)
