"""On a large picture bucket, wand and gradient work beside the window, and can be stopped."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from sdstudio.ui.editor import Editor
from sdstudio.ui.patience import Cancelled
from sdstudio.ui.tools import fill as fill_tool
from sdstudio.ui.tools import gradient as gradient_tool
from sdstudio.ui.tools import likeness
from sdstudio.ui.tools import wand as wand_tool
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.drawing import fingerprint
from tests.helpers.hand import Hand, color_at

TOOLS = {"fill": fill_tool, "wand": wand_tool, "gradient": gradient_tool}


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "_LONG", 0)
    monkeypatch.setattr(likeness, "_LONG_WITH_GAPS", 0)
    monkeypatch.setattr(gradient_tool, "_LONG", 0)


@pytest.mark.usefixtures("everything_is_large")
@pytest.mark.parametrize("tool", list(TOOLS))
def test_the_work_beside_the_window_gives_the_same(hand: Hand, editor: Editor, toolbox: Toolbox, tool: str) -> None:
    toolbox.set_active(tool)
    hand.drag((50, 100), (250, 100))
    assert editor.document.history.can_undo
    if tool == "fill":
        assert color_at(editor.document, 10, 10) == QColor("red")
    elif tool == "wand":
        assert (editor.document.selection.read(editor.document.bounds) == 255).all()
    else:
        assert color_at(editor.document, 10, 100) == QColor("red")


@pytest.mark.parametrize("tool", list(TOOLS))
def test_stopping_leaves_no_trace(
    hand: Hand, editor: Editor, toolbox: Toolbox, tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise Cancelled

    monkeypatch.setattr(TOOLS[tool], "worked_out", stopped)
    toolbox.set_active(tool)
    before = fingerprint(editor.document)
    hand.drag((50, 100), (250, 100))
    assert fingerprint(editor.document) == before
    assert not editor.document.history.can_undo
    assert not toolbox.active.is_active
