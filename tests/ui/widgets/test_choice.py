from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sdstudio.ui.widgets.choice import ChoiceBox

LONG = "A model whose author had a great deal to say about it, version 3.1, pruned, half precision"


def hover(box: ChoiceBox) -> str:
    QApplication.sendEvent(box, QHelpEvent(QEvent.Type.ToolTip, QPoint(5, 5), box.mapToGlobal(QPoint(5, 5))))
    return box.toolTip()


def test_a_long_name_ends_in_dots_and_is_whole_in_the_tool_tip_and_the_list(qtbot: QtBot) -> None:
    box = ChoiceBox("The network that paints")
    qtbot.addWidget(box)
    box.addItems(["short", LONG])
    box.resize(160, 30)
    box.show()
    assert box.shown_text() == "short"
    assert hover(box) == "The network that paints"
    box.blockSignals(True)
    box.setCurrentIndex(1)
    box.blockSignals(False)
    assert box.shown_text().endswith("…")
    assert hover(box) == f"{LONG}\nThe network that paints"
    assert box.minimumSizeHint().width() < 160, "what it holds does not widen the panel"
    box.showPopup()
    assert box.view().minimumWidth() > 160
    box.hidePopup()
