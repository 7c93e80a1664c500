"""Files of which a prompt takes one line: `__animals__` is animals.txt, `__animals/*__` any file in that folder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from sdstudio import paths
from sdstudio.errors import BadRequest

MAX_FILE_BYTES = 16 * 2**20


def folder() -> Path:
    """Where people put their lists."""
    return paths.data() / "wildcards"


def names() -> list[str]:
    """What can stand between the underscores, sorted."""
    root = folder()
    found = (path.relative_to(root).with_suffix("").as_posix() for path in root.rglob("*.txt")) if root.is_dir() else ()
    return sorted(found)


def lines(name: str) -> Sequence[str]:
    """The lines of the file or files that `name` means, without empty ones and those that begin with #.

    Raises BadRequest when there is no such file, it cannot be read, or it says nothing.
    """
    root = folder()
    if "*" in name:
        files = sorted(path for path in root.glob(f"{name}.txt") if path.is_file())
    else:
        files = [path] if (path := root / f"{name}.txt").is_file() else []
    if not files or ".." in Path(name).parts:
        raise BadRequest(f"There is no wildcard file “{name}.txt” in {root}.")
    found = [line for file in files for line in _read(file, file.stat().st_mtime_ns)]
    if not found:
        raise BadRequest(f"The wildcard file “{name}.txt” is empty.")
    return found


@lru_cache(maxsize=32)
def _read(path: Path, changed_ns: int) -> tuple[str, ...]:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise BadRequest(
                f"The wildcard file “{path.name}” is too large; {MAX_FILE_BYTES // 2**20} MiB are the most."
            )
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"The wildcard file “{path.name}” cannot be read as text.", detail=str(error)) from error
    stripped = (line.strip() for line in text.splitlines())
    return tuple(line for line in stripped if line and not line.startswith("#"))
