from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QDialog

from sdstudio.document.commands import EditSelection
from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.masks import rectangle
from sdstudio.raster.pixels import filled
from sdstudio.ui.dialogs.image_size import ImageSizeDialog
from sdstudio.ui.dialogs.turn_image import TurnImageDialog
from sdstudio.ui.main_window import MainWindow
from sdstudio.ui.tools.transform import TransformTool
from tests.helpers.drawing import active_surface, fingerprint

PLACE = Bounds(20, 30, 40, 10)


@pytest.fixture
def document(window: MainWindow) -> Document:
    """128 x 128, with a red bar on its upper layer."""
    made = window.editor.document
    active_surface(made).write(PLACE, filled(PLACE.width, PLACE.height, QColor("red")))
    return made


def trigger(window: MainWindow, id: str) -> None:
    window.actions_by_id[id].trigger()


def content(document: Document) -> Bounds:
    layer = document.active
    assert isinstance(layer, PaintLayer)
    return layer.surface.content_bounds()


def answering(monkeypatch: pytest.MonkeyPatch, dialog: type[QDialog], act: Callable[[Any], None]) -> None:
    def accept(shown: QDialog) -> int:
        act(shown)
        return int(QDialog.DialogCode.Accepted)

    monkeypatch.setattr(dialog, "exec", accept)


@pytest.mark.parametrize("id", ["image.turn_left", "image.turn_right", "image.turn_half"])
def test_turning_the_image_and_back(window: MainWindow, document: Document, id: str) -> None:
    before = fingerprint(document)
    trigger(window, id)
    assert fingerprint(document) != before
    for _ in range(1 if id == "image.turn_half" else 3):
        trigger(window, id)
    assert fingerprint(document) == before


def test_flipping_the_image(window: MainWindow, document: Document) -> None:
    trigger(window, "image.flip_across")
    assert content(document) == Bounds(68, 30, 40, 10)
    trigger(window, "image.flip_down")
    assert content(document) == Bounds(68, 88, 40, 10)


def test_turning_and_flipping_the_layer_around_its_middle(window: MainWindow, document: Document) -> None:
    before = fingerprint(document)
    trigger(window, "layer.turn_right")
    assert content(document) == Bounds(35, 15, 10, 40)
    trigger(window, "layer.turn_left")
    assert fingerprint(document) == before
    for id in ("layer.flip_across", "layer.flip_down", "layer.turn_half"):
        trigger(window, id)
        assert content(document) == PLACE
    assert document.extent == Extent(128, 128)


def test_image_size_asks_and_scales(window: MainWindow, document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, ImageSizeDialog, lambda dialog: dialog._percent.setValue(200))
    trigger(window, "image.size")
    assert document.extent == Extent(256, 256)
    assert content(document) == Bounds(40, 60, 80, 20)
    trigger(window, "edit.undo")
    assert content(document) == PLACE


def test_a_large_image_is_resized_beside_the_window(
    window: MainWindow, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, ImageSizeDialog, lambda dialog: dialog._width.setValue(1600))
    trigger(window, "image.size")
    assert document.extent == Extent(1600, 1600)
    assert content(document) == Bounds(250, 375, 500, 125)


def test_turning_by_any_angle(window: MainWindow, document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, TurnImageDialog, lambda dialog: dialog._angle.setValue(45))
    trigger(window, "image.turn_any")
    assert document.extent == Extent(182, 182)


def test_cropping(window: MainWindow, document: Document) -> None:
    trigger(window, "image.crop_layer")
    assert document.extent == Extent(40, 10)
    trigger(window, "image.reveal")
    assert document.extent == Extent(128, 128)
    document.root.children[0].visible = False
    trigger(window, "image.trim")
    assert document.extent == Extent(40, 10)
    trigger(window, "edit.undo")
    assert not window.actions_by_id["image.crop"].isEnabled()
    document.run(EditSelection(rectangle(Bounds(10, 10, 20, 30)), "Select"))
    trigger(window, "image.crop")
    assert document.extent == Extent(20, 30)


def test_what_has_nothing_to_do_says_so(window: MainWindow, document: Document) -> None:
    position = document.history.position
    trigger(window, "image.trim")
    trigger(window, "image.reveal")
    assert len(window.notices.messages) == 2
    assert document.history.position == position


def test_aligning(window: MainWindow, document: Document) -> None:
    trigger(window, "layer.align.right")
    trigger(window, "layer.align.bottom")
    assert content(document) == Bounds(88, 118, 40, 10)
    trigger(window, "layer.align.centre")
    trigger(window, "layer.align.middle")
    assert content(document) == Bounds(44, 59, 40, 10)
    assert not window.actions_by_id["layer.distribute.across"].isEnabled()


def test_a_pending_transform_is_applied_first(window: MainWindow, document: Document) -> None:
    window.toolbox.set_active("transform")
    tool = window.toolbox.active
    assert isinstance(tool, TransformTool)
    tool.set_number("x", 30)
    trigger(window, "image.flip_across")
    assert content(document) == Bounds(58, 30, 40, 10)
    assert tool.number("x") == 58, "the tool is still in the hand"


def test_what_floats_is_put_down_before_it_is_generated_from(window: MainWindow, document: Document) -> None:
    window.toolbox.set_active("transform")
    tool = window.toolbox.active
    assert isinstance(tool, TransformTool)
    tool.set_number("x", 30)
    trigger(window, "generate.start")
    assert content(document) == Bounds(30, 30, 40, 10)


class TestImageSizeDialog:
    @pytest.fixture
    def dialog(self, window: MainWindow) -> ImageSizeDialog:
        return ImageSizeDialog(Extent(300, 200), window)

    def test_proportions_are_kept_unless_told_otherwise(self, dialog: ImageSizeDialog) -> None:
        dialog._width.setValue(600)
        assert dialog.extent == Extent(600, 400)
        dialog._height.setValue(100)
        assert dialog.extent == Extent(150, 100)
        dialog._keeps.setChecked(False)
        dialog._height.setValue(500)
        assert dialog.extent == Extent(150, 500)

    def test_impossible_sizes_cannot_be_accepted(self, dialog: ImageSizeDialog) -> None:
        ok = dialog._buttons.button(dialog._buttons.StandardButton.Ok)
        dialog._percent.setValue(10000)
        assert not ok.isEnabled()
        assert "too large" in dialog._note.text()
        dialog._percent.setValue(50)
        assert ok.isEnabled()

    def test_the_filter_is_what_was_chosen(self, dialog: ImageSizeDialog) -> None:
        assert dialog.filter.value == "smooth"
        dialog._filter.setCurrentIndex(3)
        assert dialog.filter.value == "nearest"
