"""What Krita and MyPaint made of our document looks as ours did. See `exchange/README.md`."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

from sdstudio.document.composite import render
from sdstudio.document.layers import GroupLayer
from sdstudio.formats.pictures import read_picture
from sdstudio.raster.pixels import view
from sdstudio.ui.loading import load

FOLDER = Path(__file__).parent / "exchange"
LAYERS = [
    "Background",
    "Blue multiply",
    "Masked red",
    "Inner screen",
    "Clipped yellow",
    "Group 50 %",
    "Difference",
    "Pass through",
    "Invert",
    "Luminosity",
    "Hidden",
]


@pytest.mark.parametrize("name", ["krita.ora", "krita.psd", "mypaint.ora"])
def test_a_file_of_another_program_looks_as_ours_did(name: str, qapp: object) -> None:
    document = load(FOLDER / name).document
    expected = view(read_picture(FOLDER / "expected.png").image).astype(int)
    apart = np.abs(view(render(document, document.bounds)) - expected)
    assert apart.max() <= 3
    assert np.count_nonzero(apart.max(axis=2) > 1) <= 30, "translucent pixels in Luminosity, from MyPaint's 15 bits"
    layers = list(document.walk())
    assert [layer.name for layer in layers][-len(LAYERS) :] == LAYERS  # MyPaint adds a background of its own
    by_name = {layer.name: layer for layer in layers}
    assert isinstance(by_name["Group 50 %"], GroupLayer)
    assert by_name["Group 50 %"].opacity == pytest.approx(0.5, abs=0.003)
    assert not by_name["Hidden"].visible


def test_our_own_files_hold_what_the_programs_were_given(tmp_path: Path, qapp: object) -> None:
    make = runpy.run_path(str(FOLDER / "make.py"))
    make["main"](tmp_path)
    expected = view(read_picture(FOLDER / "expected.png").image).astype(int)
    for name in ("ours.ora", "ours.psd"):
        document = load(tmp_path / name).document
        assert np.abs(view(render(document, document.bounds)) - expected).max() <= 1
        assert [layer.name for layer in document.walk()] == LAYERS
