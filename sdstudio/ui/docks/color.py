"""The Colour panel: wheel or square, sliders, hex field, recent colours. Changes the editor's foreground colour."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup, QColor, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QMenu,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sdstudio.settings import Settings
from sdstudio.ui.editor import Editor
from sdstudio.ui.widgets.color_sliders import ColorSliders, spaces
from sdstudio.ui.widgets.color_square import ColorSquare
from sdstudio.ui.widgets.color_wheel import ColorWheel
from sdstudio.ui.widgets.hex_field import HexField
from sdstudio.ui.widgets.labels import icon_button, label
from sdstudio.ui.widgets.swatch import ColorPair, RecentColors

_RECENT_KEPT = 32
_LOW = 330  # pixels of height below which what belongs to the colour field stands beside it


class ColorPanel(QWidget):
    """A colour becomes recent when the document is changed while it is the foreground colour.

    `typed` when a colour was typed to its end, so that keys belong to the canvas again.
    """

    typed = Signal()

    def __init__(self, editor: Editor, settings: Settings) -> None:
        super().__init__()
        self._editor, self._settings = editor, settings
        self.square, self.wheel = ColorSquare(), ColorWheel()
        self._field = QStackedWidget()
        self._hex = HexField()
        self._space = QComboBox()
        self._space.setToolTip(self.tr("What the sliders below take the colour apart into"))
        self._space.setAccessibleName(self.tr("Sliders"))
        self._space.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._space.setMinimumContentsLength(6)
        self._shape_button = self._make_shape_button()
        self.sliders = {key: ColorSliders(space) for key, space in spaces().items()}
        self.recent = RecentColors()
        self._arrange()
        self._connect()
        self._restore()
        self._on_document_replaced()
        self._on_colors_changed()

    # Building

    def _make_shape_button(self) -> QToolButton:
        button = icon_button(
            "settings-2", self.tr("Form of the colour field"), self.tr("Chooses between wheel and square")
        )
        menu = QMenu(button)
        group = QActionGroup(menu)
        self._shapes: dict[str, QAction] = {}
        names = {
            "triangle": self.tr("Wheel with triangle"),
            "square": self.tr("Wheel with square"),
            "strip": self.tr("Square with strip"),
        }
        for shape, name in names.items():
            action = QAction(name, group)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked=False, shape=shape: self._settings.set("color_shape", shape))
            menu.addAction(action)
            self._shapes[shape] = action
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return button

    def _arrange(self) -> None:
        for field in (self.wheel, self.square):
            self._field.addWidget(field)
        for key, space in spaces().items():
            self._space.addItem(space.title, key)
        self._space.addItem(self.tr("No sliders"), "")
        pair, number = QHBoxLayout(), QHBoxLayout()
        for row, parts in ((pair, (ColorPair(self._editor), self._shape_button)), (number, (label("#"), self._hex))):
            row.setSpacing(4)
            for part in parts:
                row.addWidget(part)
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._line.setSpacing(4)
        self._line.addLayout(pair)
        self._line.addStretch(1)
        self._line.addWidget(self._space)
        self._line.addLayout(number)
        self._upper = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._upper.setSpacing(8)
        self._upper.addWidget(self._field, 1)
        self._upper.addLayout(self._line)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 12, 12)
        column.setSpacing(8)
        column.addLayout(self._upper, 1)
        for sliders in self.sliders.values():
            column.addWidget(sliders)
        column.addWidget(self.recent)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low panel what belongs to the field stands beside it, so that the field stays large enough to hit."""
        super().resizeEvent(event)
        down, beside = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        is_low = self.height() < _LOW
        self._upper.setDirection(beside if is_low else down)
        self._line.setDirection(down if is_low else beside)

    def _connect(self) -> None:
        for signal in (self.square.picked, self.wheel.picked, self.recent.picked, self._hex.picked):
            signal.connect(self._on_picked)
        for sliders in self.sliders.values():
            sliders.picked.connect(self._on_picked)
        self._hex.returnPressed.connect(self.typed)
        self._space.activated.connect(lambda index: self._settings.set("color_space", self._space.itemData(index)))
        self._settings.changed.connect(self._on_setting_changed)
        self._editor.colors_changed.connect(self._on_colors_changed)
        self._editor.document_replaced.connect(self._on_document_replaced)

    def _restore(self) -> None:
        for name in reversed(self._settings.get("recent_colors")):
            if QColor.isValidColorName(name):
                self.recent.add(QColor(name))
        self._on_setting_changed("color_shape")
        self._on_setting_changed("color_space")

    # What a person does

    def _on_picked(self, color: QColor) -> None:
        self._editor.foreground = color

    # What changes

    def _on_setting_changed(self, key: str) -> None:
        if key == "color_shape":
            shape = self._settings.get(key)
            self._shapes[shape].setChecked(True)
            self._field.setCurrentWidget(self.square if shape == "strip" else self.wheel)
            if shape != "strip":
                self.wheel.set_shape("square" if shape == "square" else "triangle")
        elif key == "color_space":
            shown = self._settings.get(key)
            self._space.setCurrentIndex(self._space.findData(shown))
            for space, sliders in self.sliders.items():
                sliders.setVisible(space == shown)
        self._on_colors_changed()

    def _on_colors_changed(self) -> None:
        color = self._editor.foreground
        self.square.set_color(color)
        self.wheel.set_color(color)
        shown = self._settings.get("color_space")
        if shown:
            self.sliders[shown].set_color(color)
        self._hex.set_color(color)

    def _on_document_replaced(self) -> None:
        self._editor.document.history.changed.connect(self._on_history_changed)

    def _on_history_changed(self) -> None:
        self.recent.add(self._editor.foreground)
        names = [color.name() for color in self.recent.colors[:_RECENT_KEPT]]
        self._settings.set("recent_colors", names)
