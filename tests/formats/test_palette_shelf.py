from __future__ import annotations

from pathlib import Path

import pytest

from sdstudio.errors import FileProblem
from sdstudio.formats.palette import Palette, Swatch, write_palette
from sdstudio.formats.palette_shelf import PaletteShelf

RED, BLUE = Swatch((255, 0, 0), "Red"), Swatch((0, 0, 255), "Blue")


@pytest.fixture
def shelf(tmp_path: Path) -> PaletteShelf:
    (tmp_path / "ours").mkdir()
    write_palette(tmp_path / "ours" / "skin.gpl", Palette("Skin", (RED,)))
    return PaletteShelf(tmp_path / "ours", tmp_path / "own")


def test_changing_ours_makes_a_copy_that_can_be_taken_back(shelf: PaletteShelf, tmp_path: Path) -> None:
    before = (tmp_path / "ours" / "skin.gpl").read_bytes()
    shelf.keep("skin", Palette("Skin", (RED, BLUE)))
    assert shelf.read("skin").swatches == (RED, BLUE)
    assert shelf.is_own("skin")
    assert shelf.names == ["skin"]
    assert (tmp_path / "ours" / "skin.gpl").read_bytes() == before
    shelf.drop("skin")
    assert shelf.read("skin").swatches == (RED,)


def test_a_new_palette_gets_a_free_and_harmless_name(shelf: PaletteShelf, tmp_path: Path) -> None:
    assert shelf.add(Palette("Skin")) == "Skin 2"  # some file systems do not tell Skin from skin
    assert shelf.add(Palette("../../etc/x", (RED,))) == "etc-x"
    assert (tmp_path / "own" / "etc-x.gpl").is_file()
    assert shelf.read("etc-x").name == "../../etc/x"
    assert shelf.add(Palette("/")) == "palette"


def test_what_cannot_be_kept_or_dropped_is_said(shelf: PaletteShelf, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="removed"):
        shelf.drop("skin")
    (tmp_path / "own").write_text("in the way")
    with pytest.raises(FileProblem, match="folder"):
        shelf.add(Palette("New"))
