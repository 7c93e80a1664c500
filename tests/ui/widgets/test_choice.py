from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QWheelEvent
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


def test_a_wheel_that_scrolls_the_panel_chooses_nothing(qtbot: QtBot) -> None:
    """The wheel itself must not bring the focus either, as it does to other drop-downs."""
    box = ChoiceBox()
    qtbot.addWidget(box)
    box.addItems(["one", "two"])
    box.clearFocus()
    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(box, event)
    assert box.currentText() == "one"
    assert not event.isAccepted()
    assert box.focusPolicy() == Qt.FocusPolicy.StrongFocus
