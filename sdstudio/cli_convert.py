"""`sdstudio convert`: old checkpoint files into .safetensors, in a process that is thrown away afterwards."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from sdstudio import paths
from sdstudio.errors import BadRequest, FileProblem, ModelProblem
from sdstudio.models.header import read_header

CONVERTIBLE = (".ckpt", ".pt", ".pth", ".bin")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=f"a model, embedding or VAE: {', '.join(CONVERTIBLE)}")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to write it (usually: models folder)")


def convert(source: Path, output: Path | None) -> Path:
    """Convert and return what was written. Raises BadRequest, FileProblem or ModelProblem with a sentence."""
    if source.suffix.lower() not in CONVERTIBLE:
        raise BadRequest(f"“{source.name}” is not a file to convert; those end in {', '.join(CONVERTIBLE)}.")
    if not source.is_file():
        raise FileProblem(f"There is no file “{source}”.")
    target = output or paths.user_models() / f"{source.stem}.safetensors"
    if target.suffix != ".safetensors":
        raise BadRequest(f"“{target.name}” must end in .safetensors.")
    if target.exists():
        raise FileProblem(f"“{target}” is there already; move it away, or name another file with --output.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileProblem(f"The folder “{target.parent}” cannot be made: {error.strerror}.") from error
    command = [sys.executable, "-m", "sdstudio.engine.convert", str(source.resolve()), str(target.resolve())]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        reason = said[-1] if said and done.returncode == 1 else f"The file “{source.name}” could not be converted."
        raise ModelProblem(reason, detail=done.stderr)
    read_header(target)
    return target
