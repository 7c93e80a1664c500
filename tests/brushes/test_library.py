from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sdstudio import paths
from sdstudio.brushes.library import Library
from sdstudio.brushes.package import write_package
from sdstudio.brushes.preset import Preset
from sdstudio.errors import FileProblem
from sdstudio.raster.dabs import Brush
from sdstudio.raster.stamps import known

INK = Preset("Ink", "Draw", "paint", Brush(size=7))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "brushes"


def own_names(library: Library) -> list[str]:
    return [entry.preset.name for entry in library.entries if entry.is_own]


def test_the_program_brings_brushes_for_every_tool(folder: Path) -> None:
    entries = Library(folder).entries
    assert len(entries) >= 16
    assert {entry.preset.kind for entry in entries} == {"paint", "eraser", "mask", "smudge", "blur", "clone"}
    assert len({entry.preset.name for entry in entries}) == len(entries)
    assert not any(entry.is_own for entry in entries)


def test_every_picture_beside_the_presets_is_used(folder: Path) -> None:
    entries = Library(folder).entries
    used = {name for entry in entries for name in (entry.preset.brush.tip, entry.preset.brush.grain) if name}
    assert all(known(name) is not None for name in used)
    assert len(used) == len(list((paths.resources() / "brushes").glob("*.png")))


def test_what_is_added_is_there_at_the_next_start(folder: Path) -> None:
    library = Library(folder)
    told: list[None] = []
    library.changed.connect(lambda: told.append(None))
    library.add(INK)
    assert own_names(library) == ["Ink"]
    assert len(told) == 1
    again = Library(folder)
    assert [entry.preset for entry in again.entries if entry.is_own] == [INK]


def test_two_of_one_name_are_told_apart(folder: Path) -> None:
    library = Library(folder)
    for _ in range(3):
        library.add(INK)
    assert own_names(library) == ["Ink", "Ink 2", "Ink 3"]


def test_renaming_keeps_the_brush_and_updating_keeps_the_name(folder: Path) -> None:
    library = Library(folder)
    id = library.add(INK).id
    library.rename(id, "  Fine \n ink ", "Mine")
    library.update(id, Brush(size=9))
    assert Library(folder).entry(id).preset == Preset("Fine ink", "Mine", "paint", Brush(size=9))


def test_a_brush_without_a_name_is_refused(folder: Path) -> None:
    library = Library(folder)
    id = library.add(INK).id
    with pytest.raises(FileProblem, match="name"):
        library.rename(id, "  ", "Mine")
    assert own_names(library) == ["Ink"]


def test_what_is_deleted_is_gone(folder: Path) -> None:
    library = Library(folder)
    library.delete(library.add(INK).id)
    assert own_names(library) == []
    assert own_names(Library(folder)) == []


def test_the_programs_own_brushes_cannot_be_changed(folder: Path) -> None:
    library = Library(folder)
    id = library.entries[0].id
    for change in (
        lambda: library.delete(id),
        lambda: library.rename(id, "Other", ""),
        lambda: library.update(id, Brush()),
    ):
        with pytest.raises(KeyError):
            change()


def test_a_brush_goes_from_one_library_to_another(folder: Path, tmp_path: Path) -> None:
    library = Library(folder)
    charcoal = next(entry for entry in library.entries if entry.preset.brush.tip and entry.preset.brush.grain)
    library.write_file(charcoal.id, tmp_path / "gift.sdbrush")
    other = Library(tmp_path / "other")
    assert other.take_file(tmp_path / "gift.sdbrush").preset == charcoal.preset
    assert own_names(other) == [charcoal.preset.name]


def test_a_damaged_file_is_left_alone_and_told_of(folder: Path) -> None:
    folder.mkdir()
    (folder / "broken.sdbrush").write_bytes(b"?")
    write_package(folder / "good.sdbrush", INK)
    library = Library(folder)
    assert own_names(library) == ["Ink"]
    assert len(library.problems) == 1
    assert "broken.sdbrush" in library.problems[0]
    assert (folder / "broken.sdbrush").read_bytes() == b"?"


def test_a_bad_gift_changes_nothing(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.sdbrush").write_bytes(b"PK")
    library = Library(folder)
    with pytest.raises(FileProblem, match=r"bad\.sdbrush"):
        library.take_file(tmp_path / "bad.sdbrush")
    assert own_names(library) == []
    assert not folder.exists()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    library = Library(tmp_path / "file" / "brushes")
    with pytest.raises(FileProblem, match="cannot be made"):
        library.add(INK)
    assert own_names(library) == []


def test_a_picture_that_was_brought_is_there_at_the_next_start(folder: Path) -> None:
    picture = np.arange(60, dtype=np.uint8).reshape(6, 10) * 4
    name = Library(folder).keep_picture(picture)
    assert Library(folder).pictures == [name]
    (folder / "pictures" / "bad.png").write_bytes(b"no picture")
    again = Library(folder)
    assert again.pictures == [name]
    assert len(again.problems) == 1
    kept = known(name)
    assert kept is not None
    assert (kept == picture).all()
