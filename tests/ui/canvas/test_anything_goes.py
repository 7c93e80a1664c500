"""Whatever a hand does, in whatever order: nothing breaks, and undo leads back to the first byte."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest

from sdstudio.document.composite import render
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.hand import Button, Hand, Keys, Place

KEYS = [Qt.Key.Key_Escape, Qt.Key.Key_X, Qt.Key.Key_Left, Qt.Key.Key_Space, Qt.Key.Key_A]
HELD = [
    Keys.NoModifier,
    Keys.ShiftModifier,
    Keys.AltModifier,
    Keys.ControlModifier,
    Keys.ShiftModifier | Keys.AltModifier,
]
BUTTONS = [Button.LeftButton, Button.LeftButton, Button.MiddleButton, Button.RightButton]


class Whim:
    """One thing after another, by chance."""

    def __init__(self, seed: int, canvas: CanvasView, editor: Editor, toolbox: Toolbox) -> None:
        self.chance = random.Random(seed)
        self.canvas, self.editor, self.toolbox = canvas, editor, toolbox
        self.hand = Hand(canvas)

    def place(self) -> Place:
        return self.chance.uniform(-40, 340), self.chance.uniform(-40, 240)

    def act(self) -> None:
        chance, hand = self.chance, self.hand
        keys, button = chance.choice(HELD), chance.choice(BUTTONS)
        actions = [
            lambda: hand.press(self.place(), keys, button),
            lambda: hand.move(self.place(), keys, button),
            lambda: hand.move(self.place(), keys, button),
            lambda: hand.release(self.place(), keys, button),
            lambda: hand.drag(self.place(), self.place(), self.place(), keys=keys, button=button),
            lambda: hand.drag(self.place(), self.place(), self.place()),
            lambda: hand.drag(self.place(), self.place(), self.place()),
            lambda: hand.pen((*self.place(), 0.4), (*self.place(), 0.9), kind=chance.choice(["Pen", "Eraser"])),
            lambda: hand.pen_event(QEvent.Type.TabletPress, self.place(), 0.5, button=Button.LeftButton),
            lambda: hand.pen_event(QEvent.Type.TabletRelease, self.place(), 0.0, button=Button.LeftButton),
            lambda: hand.wheel(self.place(), chance.uniform(-2, 2)),
            lambda: hand.key(chance.choice(KEYS), keys),
            lambda: QTest.keyPress(self.canvas, Qt.Key.Key_Space),
            lambda: QTest.keyRelease(self.canvas, Qt.Key.Key_Space),
            lambda: self.toolbox.set_active(chance.choice(self.toolbox.tools).id),
            lambda: self.editor.set_brush("paint", size=chance.uniform(0, 90)),
            lambda: self.canvas.mirror(),
            lambda: self.canvas.fit(),
            lambda: self.canvas.clear_preview(),
        ]
        chance.choice(actions)()

    def let_go(self) -> None:
        self.hand.key(Qt.Key.Key_Escape)
        for button in (Button.LeftButton, Button.MiddleButton):
            self.hand.release((0, 0), button=button)
        self.hand.pen_event(QEvent.Type.TabletRelease, (0, 0), 0.0, button=Button.LeftButton)
        self.toolbox.set_active("pan")  # some keep what they do until they are put down


@pytest.mark.parametrize("seed", range(8))
def test_a_hundred_things_can_be_undone(canvas: CanvasView, editor: Editor, toolbox: Toolbox, seed: int) -> None:
    document = editor.document
    whim = Whim(seed, canvas, editor, toolbox)
    before = render(document, document.bounds)
    whim.hand.drag((20, 20), (250, 150))
    for _ in range(150):
        whim.act()
    whim.let_go()
    unfinished = [tool.id for tool in toolbox.tools if tool.is_active]
    assert unfinished in ([], ["path"]), "only a half-drawn path waits for its tool"
    canvas.grab()
    steps = 0
    while document.history.can_undo:
        document.history.undo()
        steps += 1
    assert steps > 0
    assert render(document, document.bounds) == before
    assert document.selection.is_empty
