"""Named pieces of prompts, in the table that A1111's web UI keeps them in: name, prompt, negative_prompt.

`{prompt}` in a style is the place of what the person writes; without it the style follows after a comma.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sdstudio import paths
from sdstudio.errors import BadRequest, FileProblem

_COLUMNS = ("name", "prompt", "negative_prompt")
MAX_FILE_BYTES = 16 * 2**20
_HOLE = "{prompt}"


@dataclass(frozen=True)
class Style:
    name: str
    prompt: str = ""
    negative_prompt: str = ""


def file() -> Path:
    """The table of this person's styles."""
    return paths.config() / "styles.csv"


def read(path: Path | None = None) -> list[Style]:
    """The styles in their order; none when there is no file. Raises FileProblem for one that cannot be read."""
    path = path or file()
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise FileProblem(f"The styles in “{path}” cannot be read: the file is too large.")
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileProblem(f"The styles in “{path}” cannot be read.", detail=str(error)) from error
    return [Style(*(row.get(column) or "" for column in _COLUMNS)) for row in rows if row.get("name")]


def to_text(styles: Iterable[Style]) -> str:
    """The table as text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    writer.writerows((style.name, style.prompt, style.negative_prompt) for style in styles)
    return out.getvalue()


def apply(prompt: str, negative_prompt: str, names: Sequence[str], known: Iterable[Style]) -> tuple[str, str]:
    """Both prompts with the styles `names` laid over them, in that order. Raises BadRequest for an unknown name."""
    by_name = {style.name: style for style in known}
    for name in names:
        if name not in by_name:
            raise BadRequest(f"There is no style “{name}”; take it off, or save it again.")
        prompt = _merge(prompt, by_name[name].prompt)
        negative_prompt = _merge(negative_prompt, by_name[name].negative_prompt)
    return prompt, negative_prompt


def _merge(text: str, style: str) -> str:
    if _HOLE in style:
        return style.replace(_HOLE, text)
    return ", ".join(part for part in (text.strip(), style.strip()) if part) if style.strip() else text
