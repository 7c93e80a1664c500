from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdstudio import paths
from sdstudio.errors import FileProblem
from sdstudio.formats.palette import Palette, Swatch, palette_of, read_palette, write_palette

PART = st.integers(0, 255)
NAME = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=12).filter(
    lambda n: n != "Untitled"
)
SWATCHES = st.lists(st.builds(Swatch, st.tuples(PART, PART, PART), NAME), max_size=20)


@given(swatches=SWATCHES, columns=st.integers(0, 64))
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, swatches: list[Swatch], columns: int
) -> None:
    path = tmp_path_factory.mktemp("palettes") / "mine.gpl"
    palette = Palette("Évening sky", tuple(swatches), columns)
    write_palette(path, palette)
    assert read_palette(path) == palette


def test_files_of_other_programs_are_understood() -> None:
    head = "GIMP Palette\r\nName: Paint jam\r\nColumns: 3\r\n#\r\n"
    gimp = head + "  0   0   0\tBlack\r\n255 255 255\tUntitled\r\n 1 2 3\r\n"
    palette = palette_of(gimp, Path("x.gpl"))
    assert palette == Palette("Paint jam", (Swatch((0, 0, 0), "Black"), Swatch((255, 255, 255)), Swatch((1, 2, 3))), 3)
    old = "GIMP Palette\n# made long ago\n 10 20 30 deep blue sea\n"  # before Name and Columns were invented
    assert palette_of(old, Path("sea.gpl")) == Palette("sea", (Swatch((10, 20, 30), "deep blue sea"),))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a palette"),
        (b"RIFF\x00\x00PAL data", "not a palette"),
        (b"GIMP Palette\n1 2\n", "line 2"),
        (b"GIMP Palette\nName: a\n1 2 256 too much\n", "line 3"),
        (b"GIMP Palette\n" + b"1 2 3\n" * 5000, "at most"),
        (b"GIMP Palette\n" + b"#" * 2**20, "too large"),
    ],
)
def test_what_is_no_palette_is_refused_in_a_sentence(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "broken.gpl"
    path.write_bytes(data)
    with pytest.raises(FileProblem, match=words):
        read_palette(path)


def test_a_missing_file_is_said_to_be_unreadable(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=r"gone\.gpl"):
        read_palette(tmp_path / "gone.gpl")


def test_swatches_are_added_renamed_moved_and_removed_without_touching_the_old_palette() -> None:
    red, green, blue = Swatch((255, 0, 0)), Swatch((0, 255, 0)), Swatch((0, 0, 255))
    palette = Palette("p", (red, green))
    assert palette.with_swatch(blue).swatches == (red, green, blue)
    assert palette.with_swatch(blue).moved(2, 0).swatches == (blue, red, green)
    assert palette.without(0).swatches == (green,)
    assert palette.renamed(1, "leaf\n green").swatches[1] == Swatch((0, 255, 0), "leaf green")
    assert palette.swatches == (red, green)


@pytest.mark.parametrize("path", sorted((paths.resources() / "palettes").glob("*.gpl")), ids=lambda path: path.stem)
def test_our_own_palettes_are_whole(path: Path) -> None:
    palette = read_palette(path)
    assert len(palette.swatches) >= 12
    assert all(swatch.name for swatch in palette.swatches)
    assert len({swatch.rgb for swatch in palette.swatches}) == len(palette.swatches)


def test_there_are_palettes_of_our_own() -> None:
    assert len(list((paths.resources() / "palettes").glob("*.gpl"))) >= 4
