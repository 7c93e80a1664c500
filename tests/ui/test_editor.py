from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from sdstudio.document.document import Document
from sdstudio.raster.geometry import Extent
from sdstudio.ui.editor import SIZE_RANGE, Editor


@pytest.fixture
def editor(qapp: QApplication) -> Editor:
    return Editor()


def test_there_is_a_document_to_paint_on_from_the_start(editor: Editor) -> None:
    assert editor.document.active is not None
    assert editor.path is None


def test_a_new_document_is_announced_with_its_path(editor: Editor) -> None:
    told: list[Document] = []
    editor.document_replaced.connect(lambda: told.append(editor.document))
    document = Document.new(Extent(10, 10))
    editor.set_document(document, Path("a.ora"))
    assert told == [document]
    assert editor.path == Path("a.ora")


def test_colours_swap_and_reset(editor: Editor) -> None:
    changes: list[str] = []
    editor.colors_changed.connect(lambda: changes.append(editor.foreground.name()))
    editor.foreground = QColor("red")
    editor.foreground = QColor("red")
    editor.background = QColor("blue")
    editor.swap()
    assert (editor.foreground, editor.background) == (QColor("blue"), QColor("red"))
    editor.reset()
    assert (editor.foreground, editor.background) == (QColor("black"), QColor("white"))
    assert len(changes) == 4


def test_each_kind_of_brush_has_its_own_settings(editor: Editor) -> None:
    kinds: list[str] = []
    keys: list[str] = []
    editor.brush_changed.connect(kinds.append)
    editor.option_changed.connect(keys.append)
    before = editor.brushes["eraser"]
    editor.set_brush("mask", size=99, hardness=0.5)
    editor.set_brush("mask", size=99)
    assert editor.brushes["mask"].size == 99
    assert editor.brushes["eraser"] == before
    assert kinds == ["mask"]
    assert keys == ["mask.size", "mask.hardness"]


def test_sizes_and_shares_are_brought_into_range(editor: Editor) -> None:
    editor.set_brush("paint", size=1e9, opacity=-3, hardness=7)
    brush = editor.brushes["paint"]
    assert brush.size == SIZE_RANGE[1]
    assert 0 < brush.opacity < 0.1
    assert brush.hardness == 1


def test_scaling_always_changes_something(editor: Editor) -> None:
    editor.set_brush("paint", size=2)
    sizes = []
    for _ in range(40):
        editor.scale_brush("paint", 1.15)
        sizes.append(editor.brushes["paint"].size)
    assert sizes == sorted(set(sizes))
    for _ in range(80):
        editor.scale_brush("paint", 1 / 1.15)
    assert editor.brushes["paint"].size == SIZE_RANGE[0]


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("paint.size", 33.0),
        ("eraser.hardness", 40.0),
        ("mask.opacity", 70.0),
        ("paint.size_by_pressure", False),
        ("mask_value", 60.0),
        ("mask_erases", True),
        ("fill_tolerance", 77),
        ("fill_source", "layer"),
        ("selection_mode", "subtract"),
    ],
)
def test_options_are_written_and_read_in_the_unit_that_is_shown(editor: Editor, key: str, shown: object) -> None:
    keys: list[str] = []
    editor.option_changed.connect(keys.append)
    editor.set_value(key, shown)
    assert editor.value(key) == (pytest.approx(shown) if isinstance(shown, float) else shown)
    assert [one for one in keys if one != "paint.dynamics"] == [key]  # of which the pen's switches are a short form


def test_per_cent_becomes_grey(editor: Editor) -> None:
    editor.set_value("mask_value", 50.0)
    assert editor.mask_value == 128
    editor.mask_value = 4000
    assert editor.mask_value == 255


def test_what_is_remembered_comes_back(editor: Editor) -> None:
    editor.foreground = QColor(10, 20, 30)
    editor.set_brush("paint", size=77, size_by_pressure=False)
    editor.set_setting(fill_tolerance=5, selection_mode="add")
    other = Editor()
    other.from_json(editor.to_json())
    assert other.foreground == QColor(10, 20, 30)
    assert other.brushes == editor.brushes
    assert other.settings == editor.settings


def test_taking_away_from_the_mask_is_not_remembered(editor: Editor) -> None:
    editor.set_setting(mask_erases=True)
    other = Editor()
    other.from_json(editor.to_json())
    assert not other.settings.mask_erases


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"foreground": 3}', '{"foreground":"#ff000000","background":"","brushes":[],"settings":{}}'],
)
def test_damaged_memory_changes_nothing_and_is_reported(editor: Editor, text: str) -> None:
    told: list[str] = []
    editor.message.connect(told.append)
    before = editor.to_json()
    editor.from_json(text)
    assert editor.to_json() == before
    assert len(told) == 1
