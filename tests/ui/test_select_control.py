from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from sdstudio.document.commands import EditSelection
from sdstudio.document.document import Document
from sdstudio.raster import contour, masks
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.tiles import Mask
from sdstudio.ui import select_control
from sdstudio.ui.dialogs.amount import AmountDialog
from sdstudio.ui.dialogs.transform_selection import TransformSelectionDialog
from sdstudio.ui.main_window import MainWindow
from sdstudio.ui.patience import Cancelled
from tests.helpers.drawing import fingerprint
from tests.helpers.hand import Hand

HOME = Bounds(40, 40, 40, 40)


def document_of(window: MainWindow) -> Document:
    return window.editor.document


def trigger(window: MainWindow, *ids: str) -> None:
    for id in ids:
        window.actions_by_id[id].trigger()


def select(window: MainWindow, area: Bounds = HOME) -> np.ndarray:
    document_of(window).run(EditSelection(masks.rectangle(area)))
    return selected(window)


def selected(window: MainWindow) -> np.ndarray:
    return document_of(window).selection.read(document_of(window).bounds)


def answers(monkeypatch: pytest.MonkeyPatch, kind: type[QDialog], do: Callable[[QDialog], None], accept: bool) -> None:
    def exec(dialog: QDialog) -> int:
        do(dialog)
        return int(QDialog.DialogCode.Accepted if accept else QDialog.DialogCode.Rejected)

    monkeypatch.setattr(kind, "exec", exec)


def test_all_none_invert_and_back(window: MainWindow) -> None:
    actions = window.actions_by_id
    trigger(window, "select.all")
    assert (selected(window) == 255).all()
    trigger(window, "select.invert")
    assert document_of(window).selection.is_empty
    first = select(window)
    trigger(window, "select.none")
    assert document_of(window).selection.is_empty
    assert not actions["select.none"].isEnabled()
    assert actions["select.reselect"].isEnabled()
    trigger(window, "select.reselect")
    assert (selected(window) == first).all()
    assert not actions["select.reselect"].isEnabled()
    trigger(window, "select.invert", "select.invert")
    assert (selected(window) == first).all()


def test_a_selection_that_was_clicked_away_can_be_selected_again(window: MainWindow) -> None:
    first = select(window)
    window.toolbox.set_active("rectangle")
    Hand(window.canvas).click((5, 5))
    assert document_of(window).selection.is_empty
    trigger(window, "select.reselect")
    assert (selected(window) == first).all()


@pytest.mark.parametrize(
    ("id", "work"),
    [
        ("select.grow", contour.grow),
        ("select.shrink", lambda start, px: contour.grow(start, -px)),
        ("select.feather", contour.feather),
        ("select.border", contour.border),
        ("select.smooth", contour.smooth),
    ],
)
def test_the_edge_is_changed_by_what_the_dialog_says_in_one_step(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, id: str, work: Callable[[np.ndarray, int], np.ndarray]
) -> None:
    start = select(window)
    before = fingerprint(document_of(window))
    answers(monkeypatch, AmountDialog, lambda dialog: dialog._number.setValue(5), accept=True)
    trigger(window, id)
    after = selected(window)
    assert (after == work(start, 5)).all()
    trigger(window, "edit.undo")
    assert fingerprint(document_of(window)) == before
    trigger(window, "edit.redo")
    assert (selected(window) == after).all()
    # The next time it begins with the number of the last time.
    seen: list[int] = []
    answers(monkeypatch, AmountDialog, lambda dialog: seen.append(dialog.value_px), accept=False)
    trigger(window, id)
    assert seen == [5]


def test_the_effect_is_seen_before_it_is_accepted_and_cancel_takes_it_back(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = select(window)
    shown: list[np.ndarray] = []

    def try_out(dialog: AmountDialog) -> None:
        dialog._number.setValue(3)
        dialog._soon.timeout.emit()
        QApplication.processEvents()
        shown.append(selected(window))

    answers(monkeypatch, AmountDialog, try_out, accept=False)
    trigger(window, "select.grow")
    assert (shown[0] == contour.grow(start, 3)).all()
    assert (selected(window) == start).all()
    assert window.actions_by_id["edit.undo"].text() == "&Undo Select"


def test_holes_are_removed(window: MainWindow) -> None:
    ring = masks.combined(masks.rectangle(HOME), masks.rectangle(Bounds(50, 50, 9, 9)), "subtract", HOME)
    document_of(window).run(EditSelection(ring))
    trigger(window, "select.holes")
    assert (selected(window) == masks.rectangle(HOME).read(Bounds(0, 0, 128, 128))).all()


def test_transforming_the_selection_by_numbers(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    select(window, Bounds(40, 50, 40, 20))

    def turn(dialog: TransformSelectionDialog) -> None:
        dialog._angle.setValue(90)
        dialog._right.setValue(10)
        dialog._down.setValue(-20)

    answers(monkeypatch, TransformSelectionDialog, turn, accept=True)
    trigger(window, "select.transform")
    assert (selected(window) == masks.rectangle(Bounds(60, 20, 20, 40)).read(Bounds(0, 0, 128, 128))).all()
    answers(monkeypatch, TransformSelectionDialog, lambda dialog: dialog._width.setValue(200), accept=True)
    trigger(window, "edit.undo", "select.transform")
    assert document_of(window).selection.content_bounds() == Bounds(20, 40, 80, 40)


def test_what_is_painted_on_the_layer_is_selected(window: MainWindow) -> None:
    Hand(window.canvas).drag((30, 60), (90, 60))
    trigger(window, "select.from_alpha")
    painted = selected(window)
    assert painted[60, 60] == 255
    assert painted[10, 10] == 0


def test_an_empty_layer_has_nothing_to_select_and_says_so(window: MainWindow) -> None:
    select(window)
    trigger(window, "select.from_alpha")
    assert len(window.notices.messages) == 1
    assert not document_of(window).selection.is_empty


def test_saving_gives_every_selection_a_name_of_its_own(window: MainWindow) -> None:
    first = select(window)
    trigger(window, "select.save", "select.invert", "select.save")
    channels = document_of(window).channels
    assert list(channels) == ["Selection 1", "Selection 2"]
    assert (channels["Selection 1"].read(document_of(window).bounds) == first).all()


def test_what_needs_a_selection_is_off_without_one(window: MainWindow) -> None:
    ids = ("select.grow", "select.border", "select.transform", "select.save", "image.crop")
    assert not any(window.actions_by_id[id].isEnabled() for id in ids)
    select(window)
    assert all(window.actions_by_id[id].isEnabled() for id in ids)
    document_of(window).run(EditSelection(Mask()))
    assert not any(window.actions_by_id[id].isEnabled() for id in ids)


def test_on_a_large_picture_the_effect_is_worked_out_beside_the_window(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(select_control, "_LONG", 0)
    start = select(window)

    def try_out(dialog: AmountDialog) -> None:
        for px in (9, 1, 3):  # only the newest counts
            dialog._number.setValue(px)
            dialog._soon.timeout.emit()
        assert (selected(window) == start).all()
        qtbot.waitUntil(lambda: bool((selected(window) != start).any()))
        assert (selected(window) == contour.grow(start, 3)).all()

    answers(monkeypatch, AmountDialog, try_out, accept=False)
    trigger(window, "select.grow")
    assert (selected(window) == start).all()
    answers(monkeypatch, AmountDialog, lambda dialog: dialog._number.setValue(3), accept=True)
    trigger(window, "select.grow")
    assert (selected(window) == contour.grow(start, 3)).all()

    def stopped(*_: object, **__: object) -> None:
        raise Cancelled

    monkeypatch.setattr(select_control, "worked_out", stopped)
    answers(monkeypatch, AmountDialog, lambda dialog: None, accept=True)
    trigger(window, "select.grow")
    assert (selected(window) == contour.grow(start, 3)).all()
    trigger(window, "edit.undo")
    assert (selected(window) == start).all()


def test_too_little_memory_for_a_selection_is_said_and_nothing_is_changed(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = select(window)

    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(contour, "reworked", fail)
    answers(monkeypatch, AmountDialog, lambda dialog: None, accept=True)
    trigger(window, "select.grow")
    assert all("not enough memory" in message for message in window.notices.messages)
    assert window.notices.messages
    assert (selected(window) == start).all()
