"""The folder of one part of a model: which files it may consist of, and how large it is."""

from __future__ import annotations

from pathlib import Path

from sdstudio.errors import ModelProblem
from sdstudio.models.header import read_header


def weigh(folder: Path, part: str) -> int:
    """The bytes of the weights of the model in `folder`, each file's header checked. Raises ModelProblem."""
    files = sorted((folder / part).glob("*.safetensors"))
    if not files:
        raise ModelProblem(
            f"The model “{folder.name}” has no .safetensors file in “{part}”. "
            "Other kinds of files can hide programs and are not opened."
        )
    return sum(read_header(file).file_bytes for file in files)
