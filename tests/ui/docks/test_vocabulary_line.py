from __future__ import annotations

from pytestqt.qtbot import QtBot

from sdstudio.models.info import ModelInfo
from sdstudio.ui.docks.vocabulary_line import VocabularyLine

SMALL = ModelInfo(id="s", title="S", path="nowhere", family="sd1", native_size=256, vocabulary=("cat", "house"))


def test_what_a_small_model_does_not_know_is_said(qtbot: QtBot) -> None:
    line = VocabularyLine()
    qtbot.addWidget(line)
    line.show_state(SMALL, "a red cat")
    assert line.text().startswith("Knows 2 things")
    line.show_state(SMALL, "an aeroplane")
    assert "does not know" in line.text()


def test_embeddings_and_wildcards_are_not_called_unknown(qtbot: QtBot) -> None:
    line = VocabularyLine()
    qtbot.addWidget(line)
    line.show_state(SMALL, "a my-apple", ["my-apple"])
    assert "does not know" not in line.text()
    line.show_state(SMALL, "a __fruit__")
    assert "does not know" not in line.text()
    line.show_state(SMALL, "a pear", ["my-apple"])
    assert "does not know" in line.text()
