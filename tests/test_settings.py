"""Settings: what goes in comes out, and no file whatever stops the program."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sdstudio.errors import FileProblem, StudioError
from sdstudio.settings import MAX_RECENT_FILES, TABLE, VERSION, Settings
from tests.helpers.engines import wait_until


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "config" / "settings.json"


def write(path: Path, data: bytes | str | object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(data, bytes | str):
        data = json.dumps(data)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def assert_all_defaults(settings: Settings) -> None:
    assert {row.key: settings.get(row.key) for row in TABLE} == {row.key: row.default for row in TABLE}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.key)
def test_every_default_is_allowed_and_every_shown_row_explained(row):
    assert row.complaint(row.default) == ""
    assert bool(row.label) == bool(row.help)
    assert not row.pattern or row.pattern_help


def test_a_first_start_has_defaults_and_no_complaint(path):
    settings = Settings(path)
    assert_all_defaults(settings)
    assert settings.problems == []
    assert not path.exists()


def test_what_is_set_and_saved_comes_back(path):
    values = {
        "theme": "light",
        "undo_budget_mib": 1024,
        "preview": False,
        "models_folders": ["/画像/模型", "C:\\models"],
        "shortcuts": {"generate": "Ctrl+G"},
        "generation_parameters": '{"prompt": "🍎"}',
    }
    settings = Settings(path)
    for key, value in values.items():
        settings.set(key, value)
    settings.save()
    again = Settings(path)
    assert {key: again.get(key) for key in values} == values
    assert again.problems == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("theme", "pink"),
        ("theme", 1),
        ("preview", 1),
        ("undo_budget_mib", 0),
        ("undo_budget_mib", True),
        ("undo_budget_mib", 1.5),
        ("undo_budget_mib", 10**12),
        ("mask_color", "red"),
        ("mask_color", "#12345g"),
        ("models_folders", "one"),
        ("models_folders", [1]),
        ("shortcuts", {"generate": None}),
        ("recent_files", None),
    ],
)
def test_a_wrong_value_is_refused_and_in_a_file_replaced_by_the_default(path, key, value):
    settings = Settings(path)
    with pytest.raises(StudioError, match="must be"):
        settings.set(key, value)
    assert_all_defaults(settings)

    write(path, {"version": VERSION, "values": {key: value, "last_open_folder": "/kept"}})
    settings = Settings(path)
    assert settings.get(key) == next(row.default for row in TABLE if row.key == key)
    assert settings.get("last_open_folder") == "/kept"
    assert key in settings.problems[0]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100,
        b"\xff\xfe{",
        b"null",
        b"[]",
        b'"values"',
        b"[" * 200_000,
        {"values": {}},
        {"version": VERSION},
        {"version": "1", "values": {}},
        {"version": VERSION, "values": []},
        {"version": VERSION + 1, "values": {"theme": "light"}},
        {"version": 0, "values": {"theme": "light"}},
    ],
    ids=lambda content: repr(content)[:40],
)
def test_a_bad_file_is_kept_aside_and_defaults_used(path, content):
    write(path, content)
    before = path.read_bytes()
    settings = Settings(path)
    assert_all_defaults(settings)
    assert len(settings.problems) == 1
    assert settings.problems[0].endswith(".")
    assert not path.exists()
    assert Path(f"{path}.bad").read_bytes() == before
    settings.save()
    assert Settings(path).problems == []


def test_a_file_cut_off_at_any_byte_does_not_stop_the_program(path):
    settings = Settings(path)
    settings.set("theme", "light")
    settings.set("recent_files", ["/tmp/äpfel.ora"])
    settings.save()
    whole = path.read_bytes()
    for length in range(len(whole)):
        write(path, whole[:length])
        settings = Settings(path)
        assert_all_defaults(settings)
        assert len(settings.problems) == 1


def test_values_of_another_edition_survive(path):
    write(path, {"version": VERSION, "values": {"theme": "light", "tablet_curve": [0.5]}})
    settings = Settings(path)
    assert settings.problems == []
    settings.set("theme", "system")
    settings.save()
    assert json.loads(path.read_bytes())["values"] == {"theme": "system", "tablet_curve": [0.5]}


def test_a_folder_in_place_of_the_file_is_a_sentence(path):
    path.mkdir(parents=True)
    settings = Settings(path)
    assert_all_defaults(settings)
    assert str(path) in settings.problems[0]
    with pytest.raises(FileProblem):
        settings.save()
    assert list(path.parent.iterdir()) == [path]  # no half-written file is left


def test_listeners_hear_of_changes_once_they_are_true(path):
    settings = Settings(path)
    heard = []
    settings.changed.connect(lambda key: heard.append((key, settings.get(key))))
    settings.set("theme", "light")
    settings.set("theme", "light")  # no change, no noise
    settings.reset("theme")
    assert heard == [("theme", "light"), ("theme", "dark")]


def test_what_is_got_can_be_changed_without_harm(path):
    settings = Settings(path)
    settings.get("recent_files").append("/surprise")
    mine = ["/a"]
    settings.set("recent_files", mine)
    mine.append("/b")
    assert settings.get("recent_files") == ["/a"]


def test_recent_files_are_unique_newest_first_and_few(path):
    settings = Settings(path)
    for index in [*range(30), 25]:
        settings.remember_file(Path(f"/{index}.ora"))
    recent = settings.get("recent_files")
    assert recent[:2] == [str(Path("/25.ora")), str(Path("/29.ora"))]
    assert len(recent) == len(set(recent)) == MAX_RECENT_FILES


@pytest.mark.parametrize("key", ["", "Theme", "no such"])
def test_an_unknown_key_is_a_mistake_of_the_caller(path, key):
    settings = Settings(path)
    with pytest.raises(KeyError):
        settings.get(key)
    with pytest.raises(KeyError):
        settings.set(key, "x")


def test_killed_while_saving_leaves_a_whole_file(path):
    """R3: the file is the old one or the new one, whenever the program dies."""
    script = """
import sys, itertools
from pathlib import Path
from sdstudio.settings import Settings
settings = Settings(Path(sys.argv[1]))
for turn in itertools.count():
    settings.set("brushes", f"{turn} " * 20_000)
    settings.save()
"""
    for _ in range(5):
        writer = subprocess.Popen([sys.executable, "-c", script, str(path)])
        wait_until(path.exists)
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        settings = Settings(path)
        assert settings.problems == []
        assert len(set(settings.get("brushes").split())) == 1
        path.unlink()
