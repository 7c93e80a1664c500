from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit

from sdstudio.app import Studio
from sdstudio.settings import Settings
from sdstudio.ui.dialogs.last_use import LastUse
from sdstudio.ui.dialogs.picture_grid import PictureGridDialog
from sdstudio.ui.dialogs.upscale import UpscaleDialog
from sdstudio.ui.widgets.number import NumberField


class Dialog:
    def __init__(self) -> None:
        self.choice, self.number, self.words = QComboBox(), NumberField(0, 10, default=1, decimals=2), QLineEdit()
        for text, value in (("Nothing", ""), ("Steps", "steps")):
            self.choice.addItem(text, value)

    def last_use(self, settings: Settings, name: str = "one") -> LastUse:
        return LastUse(settings, name, {"choice": self.choice, "number": self.number, "words": self.words})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings.json")


def test_fields_come_back_as_they_were_kept_also_after_a_restart(settings: Settings, qtbot: object) -> None:
    kept, again, other = Dialog(), Dialog(), Dialog()
    kept.choice.setCurrentIndex(1)
    kept.number.setValue(2.25)
    kept.words.setText("10, 20")
    kept.last_use(settings).keep()
    settings.save()
    again.last_use(Settings(settings.path)).recall()
    assert again.choice.currentData() == "steps"
    assert again.number.value() == 2.25
    assert again.words.text() == "10, 20"
    other.last_use(settings, "another").recall()
    assert other.number.value() == 1


def test_what_a_field_does_not_know_leaves_it_as_it_is(settings: Settings, qtbot: object) -> None:
    settings.set("dialog_values", {"one.choice": "gone", "one.number": "much"})
    dialog = Dialog()
    dialog.last_use(settings).recall()
    assert dialog.choice.currentIndex() == 0
    assert dialog.number.value() == 1


def test_upscaling_begins_with_what_was_chosen_last(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float] = []

    def choose(dialog: UpscaleDialog) -> int:
        seen.append(dialog.factor)
        dialog.factor_field.setValue(3.0)
        return 1

    monkeypatch.setattr(UpscaleDialog, "exec", choose)
    studio.window.actions_by_id["image.upscale"].trigger()
    studio.window.actions_by_id["image.upscale"].trigger()
    assert seen == [2.0, 3.0]


def test_a_grid_that_was_given_up_is_not_remembered(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    answers = [0, 1, 0]

    def choose(dialog: PictureGridDialog) -> int:
        seen.append(dialog.values[0].text())
        dialog.values[0].setText(f"{5 + len(seen)}")
        return answers[len(seen) - 1]

    monkeypatch.setattr(PictureGridDialog, "exec", choose)
    for _ in answers:
        studio.window.actions_by_id["generate.grid"].trigger()
    assert seen == ["", "", "7"]
