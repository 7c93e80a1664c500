"""What Krita and MyPaint made of our document looks as ours did. See `exchange/README.md`."""

from __future__ import annotations

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
    assert np.abs(view(render(document, document.bounds)) - expected).max() <= 1
    layers = list(document.walk())
    assert [layer.name for layer in layers][-len(LAYERS) :] == LAYERS  # MyPaint adds a background of its own
    by_name = {layer.name: layer for layer in layers}
    assert isinstance(by_name["Group 50 %"], GroupLayer)
    assert by_name["Group 50 %"].opacity == pytest.approx(0.5, abs=0.003)
    assert not by_name["Hidden"].visible
