"""What the program remembers between runs: one typed table, and the file that holds the values.

The table drives loading, the preferences dialog and the documentation. Must not know what a setting does. A damaged
file never stops the program: it is kept aside, and `problems` has a sentence for the user.
"""

from __future__ import annotations

import copy
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from sdstudio import paths
from sdstudio.errors import FileProblem, StudioError
from sdstudio.events import Event
from sdstudio.formats.atomic import write_atomically

VERSION = 1
MAX_FILE_BYTES = 16 * 2**20
MAX_RECENT_FILES = 20
Kind = Literal["bool", "int", "text", "list of texts", "texts by name"]


@dataclass(frozen=True)
class Setting:
    """One row of the table. A row without a label is remembered state and not shown in the preferences."""

    key: str
    kind: Kind
    default: Any
    label: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int = 2**31 - 1
    unit: str = ""
    pattern: str = ""  # what a text must look like, as a whole
    pattern_help: str = ""  # and how that is said

    def complaint(self, value: object) -> str:
        """What is wrong with `value`, as the end of a sentence that starts with the label; empty when it is fine."""
        if not _is_kind(value, self.kind):
            return f"must be a value of the kind “{self.kind}”"
        if isinstance(value, str) and self.choices and value not in self.choices:
            return f"must be one of {', '.join(self.choices)}"
        if isinstance(value, str) and self.pattern and not re.fullmatch(self.pattern, value):
            return f"must be {self.pattern_help}"
        if self.kind == "int" and isinstance(value, int) and not self.minimum <= value <= self.maximum:
            return f"must be from {self.minimum} to {self.maximum}"
        return ""


TABLE: tuple[Setting, ...] = (
    Setting("theme", "text", "dark", "Theme", "Colours of the window.", choices=("dark", "light", "system")),
    Setting(
        "preview",
        "bool",
        True,
        "Show the picture while it forms",
        "Draws the predicted picture at its place on the canvas after every step.",
    ),
    Setting(
        "mask_color",
        "text",
        "#e0457b",
        "Mask colour",
        "Colour of the pattern that shows what may change.",
        pattern="#[0-9a-fA-F]{6}",
        pattern_help="a colour such as #e0457b",
    ),
    Setting(
        "undo_budget_mib",
        "int",
        512,
        "Memory for undo",
        "When the steps that can be undone need more than this, the oldest are forgotten.",
        minimum=16,
        maximum=65536,
        unit="MiB",
    ),
    Setting(
        "models_folders",
        "list of texts",
        [],
        "Model folders",
        "Folders with models, besides the program's own folder for them.",
    ),
    Setting(
        "engine_command",
        "list of texts",
        [],
        "Engine command",
        "The program that makes the pictures and its arguments: another Python, or ssh to another machine. "
        "Empty means the engine in this program's own Python.",
    ),
    Setting(
        "show_start",
        "bool",
        True,
        "Start page",
        "Begins with recent pictures and examples when the program is opened without a file.",
    ),
    Setting(
        "offer_candidates",
        "bool",
        True,
        "Choose among several pictures",
        "Shows the pictures of one batch side by side to choose from. Off: each becomes a layer.",
    ),
    Setting("shortcuts", "texts by name", {}, "Keyboard shortcuts", "Keys that differ from the usual ones."),
    Setting("few_step_models", "texts by name", {}),
    Setting("recent_files", "list of texts", []),
    Setting("last_open_folder", "text", ""),
    Setting("last_save_folder", "text", ""),
    Setting("last_export_folder", "text", ""),
    Setting("export_quality", "int", 92, minimum=1, maximum=100),
    Setting("export_metadata", "bool", True),
    Setting("last_brush_folder", "text", ""),
    Setting("generation_parameters", "text", ""),  # JSON of generation.parameters
    Setting("brushes", "text", ""),  # JSON of the brushes by kind
    Setting("color_shape", "text", "triangle", choices=("triangle", "square", "strip")),
    Setting("color_space", "text", "hsv", choices=("rgb", "hsv", "oklch", "")),  # of the sliders; empty: none
    Setting("recent_colors", "list of texts", []),  # as #rrggbb, newest first
    Setting("palette", "text", ""),  # the file's name, of the one in the panel
    Setting("view_aids", "text", ""),  # JSON of ui.canvas.aids: rulers, grid, snapping
    Setting("last_palette_folder", "text", ""),
    Setting("last_reference_folder", "text", ""),
    Setting("reference_files", "list of texts", []),
    Setting("dialog_values", "texts by name", {}),  # of ui.dialogs.last_use, as "dialog.field"
    Setting("window_geometry", "text", ""),  # base64 of QMainWindow.saveGeometry
    Setting("window_state", "text", ""),  # base64 of QMainWindow.saveState
)
_ROWS = {row.key: row for row in TABLE}


class Settings:
    """The values of the table, from a file and back. `get`/`set` raise KeyError for a key that is not in the table."""

    def __init__(self, path: Path | None = None) -> None:
        """Read the file (by default in the user's config folder). Never fails; look at `problems` afterwards."""
        self.path = path or paths.config() / "settings.json"
        self.problems: list[str] = []
        self.changed: Event[str] = Event()
        self._values: dict[str, Any] = {}
        self._unknown: dict[str, Any] = {}  # of keys that another edition knows: kept, not used
        self._load()

    def get(self, key: str) -> Any:
        """The value, or the default; lists and tables are copies."""
        return copy.deepcopy(self._values.get(key, _ROWS[key].default))

    def set(self, key: str, value: Any) -> None:
        """Change a value in memory; `save` writes it. Raises StudioError for a value that the table does not allow."""
        row = _ROWS[key]
        if complaint := row.complaint(value):
            raise StudioError(f"“{row.label or row.key}” {complaint}.")
        if value != self.get(key):
            self._values[key] = copy.deepcopy(value)
            self.changed.emit(key)

    def reset(self, key: str) -> None:
        """Back to the default."""
        self.set(key, _ROWS[key].default)

    def remember_file(self, path: Path) -> None:
        """Put a file at the top of the recent files."""
        name = str(path.absolute())
        others = [other for other in self.get("recent_files") if other != name]
        self.set("recent_files", [name, *others][:MAX_RECENT_FILES])

    def save(self) -> None:
        """Write the file as a whole or not at all. Raises FileProblem; the old file is then untouched."""
        text = json.dumps({"version": VERSION, "values": self._unknown | self._values}, indent=2, sort_keys=True)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileProblem(f"The folder “{self.path.parent}” cannot be made: {error.strerror}.") from error

        def write(file: BinaryIO) -> None:
            file.write(text.encode())

        write_atomically(self.path, write)

    def _load(self) -> None:
        try:
            with self.path.open("rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
        except FileNotFoundError:
            return
        except OSError as error:
            self.problems.append(f"The settings in {self.path} cannot be read ({error.strerror}); defaults are used.")
            return
        try:
            values = _parse(data)
        except ValueError as error:
            self._keep_aside(f"are {error}; defaults are used")
            return
        wrong = []
        for key, value in values.items():
            if key not in _ROWS:
                self._unknown[key] = value
            elif _ROWS[key].complaint(value):
                wrong.append(key)
            else:
                self._values[key] = value
        if wrong:
            self._keep_aside(f"have unusable values for {', '.join(sorted(wrong))}; defaults are used for these")

    def _keep_aside(self, what: str) -> None:
        aside = self.path.with_name(self.path.name + ".bad")
        try:
            os.replace(self.path, aside)
        except OSError as error:
            self.problems.append(f"The settings in {self.path} {what}. ({error.strerror})")
        else:
            self.problems.append(f"The settings {what}. The old file is kept as {aside}.")


def _parse(data: bytes) -> dict[str, Any]:
    """The values in a file's bytes. Raises ValueError with the end of the sentence “The settings are …”."""
    if len(data) > MAX_FILE_BYTES:
        raise ValueError("too large to be true")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError("damaged") from error
    if not isinstance(content, dict) or not isinstance(content.get("values"), dict):
        raise ValueError("damaged")
    version = content.get("version")
    if not _is_kind(version, "int"):
        raise ValueError("damaged")
    if version != VERSION:
        raise ValueError(f"from another edition of SD Studio (version {version})")
    return dict(content["values"])


def _is_kind(value: object, kind: Kind) -> bool:
    match kind:
        case "bool":
            return type(value) is bool
        case "int":
            return type(value) is int
        case "text":
            return type(value) is str
        case "list of texts":
            return isinstance(value, list) and all(type(item) is str for item in value)
        case "texts by name":
            return isinstance(value, dict) and all(type(x) is str for pair in value.items() for x in pair)
