"""What is installed and what is bundled stands in resources/LICENSES.md."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
LICENCES = (ROOT / "resources" / "LICENSES.md").read_text(encoding="utf-8")


def test_every_dependency_is_named_with_its_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for group in project["optional-dependencies"].values() for name in group),
    ]
    names = [re.split(r"[<>=;\[ ]", line)[0] for line in wanted]
    assert len(names) > 20
    assert [name for name in names if f"`{name}`" not in LICENCES] == []


def test_everything_in_resources_is_named() -> None:
    bundled = [path.name for path in (ROOT / "resources").iterdir() if path.name != "LICENSES.md"]
    assert len(bundled) > 5
    assert [name for name in bundled if name not in LICENCES] == []
