"""What stands above the layer list: blend mode, opacity and locks of the chosen layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from sdstudio.document.commands import SetLayer
from sdstudio.document.history import Command
from sdstudio.document.layers import GroupLayer
from sdstudio.document.steps import Steps
from sdstudio.raster.blend import BlendMode
from sdstudio.ui.editor import Editor
from sdstudio.ui.widgets.labels import button_of, label
from sdstudio.ui.widgets.number import NumberField

PASS_THROUGH = "pass through"
_M = BlendMode
FAMILIES: tuple[tuple[BlendMode, ...], ...] = (
    (_M.NORMAL,),
    (_M.DARKEN, _M.MULTIPLY, _M.COLOR_BURN, _M.LINEAR_BURN, _M.DARKER_COLOR),
    (_M.LIGHTEN, _M.SCREEN, _M.COLOR_DODGE, _M.LINEAR_DODGE, _M.ADD, _M.LIGHTER_COLOR),
    (_M.OVERLAY, _M.SOFT_LIGHT, _M.HARD_LIGHT, _M.VIVID_LIGHT, _M.LINEAR_LIGHT, _M.PIN_LIGHT, _M.HARD_MIX),
    (_M.DIFFERENCE, _M.EXCLUSION, _M.SUBTRACT, _M.DIVIDE),
    (_M.HUE, _M.SATURATION, _M.COLOR, _M.LUMINOSITY),
)
"""The modes as they are listed: those that darken, lighten, raise contrast, compare and mix colours."""
_SMALL_ICON = 14


class LayerHeader(QWidget):
    """Shows the active layer and changes all that are chosen, by way of `run`."""

    def __init__(self, editor: Editor, locks: Sequence[QAction], run: Callable[[Command], None]) -> None:
        super().__init__()
        self._editor = editor
        self._run = run
        self.mode = QComboBox()
        self.opacity = NumberField(0, 100, default=100, unit="%")
        self._fill_modes(has_pass_through=False)
        self.mode.setAccessibleName(self.tr("Blend mode"))
        self.mode.setToolTip(self.tr("How the layer's colours mix with those below"))
        self.mode.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.mode.setMinimumContentsLength(8)
        self.mode.setMaxVisibleItems(40)
        self.mode.activated.connect(self._on_mode_chosen)
        self.opacity.setToolTip(self.tr("How much the layer covers what is below it"))
        self.opacity.setFixedWidth(72)
        self.opacity.valueChanged.connect(self._on_opacity_changed)
        self._arrange(locks)

    def show_active(self) -> None:
        """The values of the active layer."""
        layer = self._editor.document.active
        for field in (self.mode, self.opacity):
            field.setEnabled(layer is not None)
        if layer is None:
            return
        was_blocked = self.opacity.blockSignals(True)
        self.opacity.setValue(layer.opacity * 100)
        self.opacity.blockSignals(was_blocked)
        self._fill_modes(has_pass_through=isinstance(layer, GroupLayer))
        passes = isinstance(layer, GroupLayer) and not layer.isolated
        self.mode.setCurrentIndex(self.mode.findData(PASS_THROUGH if passes else layer.mode))

    def _fill_modes(self, *, has_pass_through: bool) -> None:
        if self.mode.count() and (self.mode.findData(PASS_THROUGH) >= 0) == has_pass_through:
            return
        self.mode.clear()
        if has_pass_through:
            self.mode.addItem(self.tr("Pass through"), PASS_THROUGH)
        for family in FAMILIES:
            for mode in family:
                self.mode.addItem(mode.label, mode)
            if family is not FAMILIES[-1]:
                self.mode.insertSeparator(self.mode.count())

    def _arrange(self, locks: Sequence[QAction]) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        for row in (first, second):
            row.setSpacing(8)
        first.addWidget(self.mode, 1)
        first.addWidget(label(self.tr("Opacity"), "muted", buddy=self.opacity))
        first.addWidget(self.opacity)
        second.setSpacing(2)
        for action in locks:
            second.addWidget(button_of(action, _SMALL_ICON))
        second.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 12, 4)
        column.setSpacing(4)
        column.addLayout(first)
        if locks:
            column.addLayout(second)

    def _on_opacity_changed(self, percent: float) -> None:
        layers = [layer for layer in self._editor.document.chosen if layer.opacity != percent / 100]
        if layers:
            self._run(SetLayer([layer.id for layer in self._editor.document.chosen], opacity=percent / 100))

    def _on_mode_chosen(self, index: int) -> None:
        mode = self.mode.itemData(index)
        layers = self._editor.document.chosen
        groups = [layer.id for layer in layers if isinstance(layer, GroupLayer)]
        others = [layer.id for layer in layers if not isinstance(layer, GroupLayer)]
        parts: list[Command] = []
        if groups and mode == PASS_THROUGH:
            parts.append(SetLayer(groups, label=self.tr("Blend mode"), isolated=False))
        elif groups:
            parts.append(SetLayer(groups, label=self.tr("Blend mode"), isolated=True, mode=BlendMode(mode)))
        if others and mode != PASS_THROUGH:
            parts.append(SetLayer(others, label=self.tr("Blend mode"), mode=BlendMode(mode)))
        if parts:
            self._run(parts[0] if len(parts) == 1 else Steps(self.tr("Blend mode"), parts))
