from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdstudio.brushes.package import read_package, write_package
from sdstudio.brushes.preset import Preset
from sdstudio.errors import FileProblem
from sdstudio.raster.dabs import RANGES, Brush, Dynamic
from sdstudio.raster.stamps import known, learn

TIP = learn(np.random.default_rng(1).integers(0, 256, (30, 20), np.uint8))
PAPER = learn(np.random.default_rng(2).integers(0, 256, (17, 64), np.uint8))
RICH = Preset(
    "My crayon",
    "Draw",
    "paint",
    Brush(
        size=33.5,
        angle=-20,
        tip=TIP,
        grain=PAPER,
        count=3,
        smoothing="string",
        dynamics=(Dynamic("flow", "tilt", ((0, 0.1), (0.4, 0.9), (1, 1))), Dynamic("angle", "direction")),
    ),
)


def package(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return stream.getvalue()


def stored(**changes: object) -> dict[str, object]:
    return {"version": 1, "name": "A", "group": "B", "kind": "paint", "brush": {}} | changes


def as_json(**changes: object) -> bytes:
    return json.dumps(stored(**changes)).encode()


def png(width: int, height: int) -> bytes:
    return bytes(cv2.imencode(".png", np.full((height, width), 200, np.uint8))[1])


def test_a_preset_comes_back_as_it_was(tmp_path: Path) -> None:
    write_package(tmp_path / "a.sdbrush", RICH)
    assert read_package(tmp_path / "a.sdbrush") == RICH


def test_its_pictures_travel_with_it(tmp_path: Path) -> None:
    write_package(tmp_path / "a.sdbrush", RICH)
    with zipfile.ZipFile(tmp_path / "a.sdbrush") as file:
        tip = cv2.imdecode(np.frombuffer(file.read("tip.png"), np.uint8), cv2.IMREAD_UNCHANGED)
    assert (tip == known(TIP)).all()


def test_the_same_preset_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_package(tmp_path / name, RICH)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@given(
    numbers=st.fixed_dictionaries(
        {name: st.floats(low, high, allow_nan=False) for name, (low, high) in RANGES.items() if name != "count"}
    ),
    name=st.text(min_size=1).filter(lambda text: any(c.isprintable() and not c.isspace() for c in text)),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_brush_comes_back(tmp_path: Path, numbers: dict[str, float], name: str) -> None:
    preset = Preset(name, "Group", "eraser", Brush(**numbers))
    write_package(tmp_path / "a.sdbrush", preset)
    again = read_package(tmp_path / "a.sdbrush")
    assert again.brush == preset.brush
    write_package(tmp_path / "a.sdbrush", again)
    assert read_package(tmp_path / "a.sdbrush") == again


def test_numbers_out_of_range_are_brought_into_it(tmp_path: Path) -> None:
    path = tmp_path / "a.sdbrush"
    path.write_bytes(
        package({"brush.json": as_json(brush={"size": 1e300, "opacity": -5, "count": 9999, "spacing": 0})})
    )
    brush = read_package(path).brush
    assert (brush.size, brush.opacity, brush.count, brush.spacing) == (2000, 0.01, 16, 0.02)


def test_a_brush_from_a_later_edition_keeps_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "a.sdbrush"
    path.write_bytes(package({"brush.json": as_json(brush={"size": 12, "wetness": 3}, author="Someone")}))
    assert read_package(path).brush == Brush(size=12)


Bad = Callable[[], bytes]
BAD: dict[str, Bad] = {
    "empty": lambda: b"",
    "text": lambda: b"This is not a brush.",
    "a picture": lambda: png(9, 9),
    "another zip": lambda: package({"letter.txt": b"Dear"}),
    "half a file": lambda: package({"brush.json": as_json()})[:-30],
    "no JSON": lambda: package({"brush.json": b"{"}),
    "deep JSON": lambda: package({"brush.json": b"[" * 60_000}),
    "a list": lambda: package({"brush.json": b"[]"}),
    "no name": lambda: package({"brush.json": as_json(name=" \n\t ")}),
    "an unknown tool": lambda: package({"brush.json": as_json(kind="hammer")}),
    "a number in words": lambda: package({"brush.json": as_json(brush={"size": "big"})}),
    "an unknown sensor": lambda: package(
        {"brush.json": as_json(brush={"dynamics": [{"target": "size", "sensor": "mood"}]})}
    ),
    "an empty curve": lambda: package(
        {"brush.json": as_json(brush={"dynamics": [{"target": "size", "sensor": "speed", "curve": []}]})}
    ),
    "too many curves": lambda: package(
        {"brush.json": as_json(brush={"dynamics": [{"target": "size", "sensor": "speed"}] * 100})}
    ),
    "a later version": lambda: package({"brush.json": as_json(version=2)}),
    "a tip that is missing": lambda: package({"brush.json": as_json(brush={"tip": "tip.png"})}),
    "a tip outside the archive": lambda: package({"brush.json": as_json(brush={"tip": "/etc/hostname"})}),
    "a tip that is no picture": lambda: package(
        {"brush.json": as_json(brush={"tip": "tip.png"}), "tip.png": b"x" * 99}
    ),
    "half a tip": lambda: package({"brush.json": as_json(brush={"tip": "tip.png"}), "tip.png": png(50, 50)[:40]}),
    "a huge tip": lambda: package({"brush.json": as_json(brush={"tip": "tip.png"}), "tip.png": png(5000, 4)}),
    "a bomb": lambda: package({"brush.json": b" " * 50_000_000}),
    "many parts": lambda: package({"brush.json": as_json()} | {f"{i}.txt": b"" for i in range(100)}),
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD.keys())
def test_what_is_no_brush_is_refused_in_one_sentence(tmp_path: Path, make: Bad) -> None:
    path = tmp_path / "gift.sdbrush"
    path.write_bytes(make())
    with pytest.raises(FileProblem) as caught:
        read_package(path)
    assert caught.value.message.startswith("“gift.sdbrush” ")
    assert caught.value.message.endswith(".")
    assert "\n" not in caught.value.message


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.sdbrush", tmp_path):
        with pytest.raises(FileProblem):
            read_package(path)


def test_damage_anywhere_gives_a_brush_or_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.sdbrush"
    write_package(path, replace(RICH, name="Fuzz"))
    whole = path.read_bytes()
    chance = np.random.default_rng(7)
    refused = 0
    for _ in range(300):
        data = bytearray(whole)
        for place in chance.integers(0, len(data), chance.integers(1, 9)):
            data[place] = chance.integers(0, 256)
        path.write_bytes(data[: chance.integers(1, len(data) + 1)] if chance.random() < 0.2 else data)
        try:
            read_package(path)
        except FileProblem:
            refused += 1
    assert refused > 100
