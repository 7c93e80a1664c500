from __future__ import annotations

import re
from pathlib import Path

from sdstudio import paths

UI = Path(__file__).resolve().parents[2] / "sdstudio" / "ui"


def test_every_icon_that_is_named_is_there_and_none_is_there_for_nothing() -> None:
    there = {path.stem for path in (paths.resources() / "icons").glob("*.svg")} - {"sdstudio"}
    text = "\n".join(path.read_text(encoding="utf-8") for path in UI.rglob("*.py"))
    words = set(re.findall(r'"([a-z][a-z0-9-]*)"', text))
    assert sorted(there - words) == [], "unused"
    named = set(re.findall(r'(?:icon = |theme\.icon\(|icon_button\(\s*)"([a-z0-9-]+)"', text))
    assert sorted(named - there) == [], "missing"
