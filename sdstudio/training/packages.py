"""The emoji packages the drawings come from: which, under which licence, and how they get onto this machine.

Owns fetching (through the ordinary ``npm`` client, with its own configuration) and reading of the icon JSON files.
Must not know how drawings are rendered or captioned.
"""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sdstudio.training.faults import TrainingError


@dataclass(frozen=True)
class IconSet:
    """One set of drawings: ``style`` is the word that captions use for it; ``held_out`` sets are never trained on."""

    package: str
    version: str
    licence: str
    style: str
    held_out: bool = False


SETS: dict[str, IconSet] = {
    "fluent": IconSet("@iconify-json/fluent-emoji-flat", "1.2.6", "MIT", "flat"),
    "noto": IconSet("@iconify-json/noto", "1.2.9", "Apache-2.0", "glossy"),
    "twemoji": IconSet("@iconify-json/twemoji", "1.2.5", "CC BY 4.0", "plain"),
    "emojione": IconSet("@iconify-json/emojione", "1.2.3", "CC BY 4.0", "outlined", held_out=True),
}
STYLES: dict[str, str] = {name: icons.style for name, icons in SETS.items() if not icons.held_out}
_KEYWORDS = ("emojilib", "4.0.3")


def fetch(folder: Path) -> Path:
    """Return a ``node_modules`` folder under ``folder`` that holds every package, installing what is absent.

    Raises TrainingError when npm is not there or fails (no network).
    """
    modules = folder / "node_modules"
    wanted = [(icons.package, icons.version) for icons in SETS.values()] + [_KEYWORDS]
    absent = [f"{name}@{version}" for name, version in wanted if not (modules / name).is_dir()]
    if not absent:
        return modules
    npm = shutil.which("npm")
    if npm is None:
        raise TrainingError("npm is needed to fetch the drawings; install Node.js or pass --packages DIR")
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", *absent]
    if subprocess.run(command, check=False).returncode != 0:
        raise TrainingError(f"npm could not fetch {', '.join(absent)}")
    return modules


@dataclass(frozen=True)
class Icons:
    """A set's drawings: SVG text by name, category by name and name by code points (``"1f34e"``)."""

    bodies: dict[str, str]
    categories: dict[str, str]
    by_codepoints: dict[str, str]


def read_icons(modules: Path, name: str) -> Icons:
    """Read one set (a key of SETS) from ``modules``. Raises TrainingError when its files are not there."""
    folder = modules / SETS[name].package
    data = _load(folder / "icons.json")
    size = data.get("width", 16), data.get("height", 16)
    bodies = {icon: _svg(entry, size) for icon, entry in data["icons"].items()}
    for alias, entry in data.get("aliases", {}).items():
        if entry["parent"] in bodies:
            bodies.setdefault(alias, bodies[entry["parent"]])
    categories = _load(folder / "metadata.json").get("categories", {})
    of_icon = {icon: category for category, members in categories.items() for icon in members}
    return Icons(bodies, of_icon, _load(folder / "chars.json"))


def read_keywords(modules: Path) -> dict[str, list[str]]:
    """Keywords by code points (``"1f34e"``, variation selectors left out), spaces for underscores."""
    data = _load(modules / _KEYWORDS[0] / "dist" / "emoji-en-US.json")
    return {codepoints(character): [word.replace("_", " ") for word in words] for character, words in data.items()}


def codepoints(character: str) -> str:
    """Spell an emoji as lower-case code points joined by hyphens, without variation selectors."""
    return "-".join(f"{ord(part):x}" for part in character if ord(part) != 0xFE0F)


def _svg(entry: dict[str, Any], size: tuple[int, int]) -> str:
    width, height = entry.get("width", size[0]), entry.get("height", size[1])
    box = f"{entry.get('left', 0)} {entry.get('top', 0)} {width} {height}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="{box}">{entry["body"]}</svg>'
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise TrainingError(f"{path} is missing; run the data command, or pass the folder of the packages") from error
    return data
