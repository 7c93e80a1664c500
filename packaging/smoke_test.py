"""What every package must pass after it was installed: look, list, generate, and open the window on a virtual screen.

    python3 packaging/smoke_test.py -- COMMAND [ARG...]

COMMAND is the installed `sdstudio`. Uses the standard library and, for the window, Debian's Xvfb. Exit status 0 when
all passed, else 1 with one line for each failure.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GENERATE_LIMIT_S = 300
WINDOW_LIVES_S = 10
DISPLAY = ":99"


def main() -> int:
    command = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environment = {**os.environ, "SDSTUDIO_HOME": str(home / "home")}
        failures = [
            f"{check.__name__}: {problem}"
            for check in (lists_the_starter, makes_a_picture, opens_its_window)
            if (problem := check(command, environment, home))
        ]
    for failure in failures:
        print(failure)
    return 1 if failures else 0


def lists_the_starter(command: list[str], environment: dict[str, str], home: Path) -> str:
    done = subprocess.run([*command, "models", "--json"], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0 or '"starter"' not in done.stdout:
        return f"status {done.returncode}: {done.stderr.strip() or done.stdout.strip()}"
    return ""


def makes_a_picture(command: list[str], environment: dict[str, str], home: Path) -> str:
    target = home / "apple.png"
    order = [*command, "generate", "a red apple", "-o", str(target), "--seed", "1", "--json"]
    done = subprocess.run(order, env=environment, capture_output=True, text=True, check=False, timeout=GENERATE_LIMIT_S)
    if done.returncode != 0 or not target.exists():
        return f"status {done.returncode}: {done.stderr.strip()}"
    return "" if json.loads(done.stdout)["seed"] == 1 else "the seed was not kept"


def opens_its_window(command: list[str], environment: dict[str, str], home: Path) -> str:
    if shutil.which("Xvfb") is None:
        return "Xvfb is not installed"
    screen = subprocess.Popen(["Xvfb", DISPLAY, "-screen", "0", "1280x800x24"], stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        window = subprocess.Popen(command, env={**environment, "DISPLAY": DISPLAY}, stderr=subprocess.PIPE, text=True)
        try:
            _, errors = window.communicate(timeout=WINDOW_LIVES_S)
        except subprocess.TimeoutExpired:
            window.terminate()
            window.communicate(timeout=WINDOW_LIVES_S)
            return ""
        return f"the window closed by itself with status {window.returncode}: {errors.strip()}"
    finally:
        screen.terminate()
        screen.wait()


if __name__ == "__main__":
    raise SystemExit(main())
