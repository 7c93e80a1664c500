"""The page of the brush editor on which properties learn to follow the pen: which, what, and by which curve."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QListWidget, QListWidgetItem, QWidget

from sdstudio.raster.curves import STRAIGHT, Points
from sdstudio.raster.dabs import Sensor, Target
from sdstudio.ui.brush_options import sensor_names, target_names
from sdstudio.ui.editor import Editor
from sdstudio.ui.widgets.curve import CurveEditor
from sdstudio.ui.widgets.labels import label

_ROLE = Qt.ItemDataRole.UserRole
_CHECKED, _UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked


class BrushDynamics(QWidget):
    """Choose a property, check what it follows, bend the curve."""

    def __init__(self, editor: Editor, kind: str) -> None:
        super().__init__()
        self._editor, self._kind = editor, kind
        self.targets = QListWidget()
        self.sensors = QListWidget()
        self.curve = CurveEditor(self.tr("Curve: how the property follows"))
        self._is_filling = False
        self._explanation = label("", "small")
        self._explanation.setWordWrap(True)
        self._arrange()
        self._fill()
        self.targets.currentItemChanged.connect(self._show_sensors)
        self.sensors.currentItemChanged.connect(self._show_curve)
        self.sensors.itemChanged.connect(self._on_checked)
        self.curve.changed.connect(self._on_bent)
        editor.option_changed.connect(self._on_option_changed)
        self._show_sensors()

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(4, 12, 4, 4)
        grid.setSpacing(8)
        grid.addWidget(label(self.tr("This property"), "muted", buddy=self.targets), 0, 0)
        grid.addWidget(label(self.tr("follows"), "muted", buddy=self.sensors), 0, 1)
        grid.addWidget(self.targets, 1, 0)
        grid.addWidget(self.sensors, 1, 1)
        grid.addWidget(self.curve, 2, 0, 1, 2)
        grid.addWidget(self._explanation, 3, 0, 1, 2)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 3)
        grid.setRowStretch(2, 1)
        for view in (self.targets, self.sensors):
            view.setFixedHeight(144)

    def _fill(self) -> None:
        for target, name in target_names().items():
            item = QListWidgetItem(name, self.targets)
            item.setData(_ROLE, target)
        for sensor, name in sensor_names().items():
            item = QListWidgetItem(name, self.sensors)
            item.setData(_ROLE, sensor)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(_UNCHECKED)
        self.targets.setCurrentRow(0)
        self.sensors.setCurrentRow(0)

    @property
    def _target(self) -> Target:
        target: Target = self.targets.currentItem().data(_ROLE)
        return target

    @property
    def _sensor(self) -> Sensor:
        sensor: Sensor = self.sensors.currentItem().data(_ROLE)
        return sensor

    # What a person does

    def _on_checked(self, item: QListWidgetItem) -> None:
        if self._is_filling:
            return
        self.sensors.setCurrentItem(item)
        curve = STRAIGHT if item.checkState() == _CHECKED else None
        self._change(curve)

    def _on_bent(self, points: Points) -> None:
        self._change(points)

    def _change(self, curve: Points | None) -> None:
        brush = self._editor.brushes[self._kind].following(self._target, self._sensor, curve)
        self._editor.set_brush(self._kind, dynamics=brush.dynamics)

    # What changes

    def _on_option_changed(self, key: str) -> None:
        if key == f"{self._kind}.dynamics":
            self._show_sensors()

    def _show_sensors(self) -> None:
        brush = self._editor.brushes[self._kind]
        self._is_filling = True
        for row in range(self.targets.count()):
            item = self.targets.item(row)
            font = item.font()
            font.setBold(any(one.target == item.data(_ROLE) for one in brush.dynamics))
            item.setFont(font)
        for row in range(self.sensors.count()):
            item = self.sensors.item(row)
            item.setCheckState(_CHECKED if brush.follows(self._target, item.data(_ROLE)) else _UNCHECKED)
        self._is_filling = False
        self._show_curve()

    def _show_curve(self) -> None:
        brush = self._editor.brushes[self._kind]
        follows = brush.follows(self._target, self._sensor)
        self.curve.setEnabled(follows)
        self.curve.set_points(brush.curve(self._target, self._sensor))
        property_name, followed = self.targets.currentItem().text(), self.sensors.currentItem().text()
        if not follows:
            text = self.tr("{property} does not follow this. Check “{followed}” to let it.")
        elif self._target == "angle":
            text = self.tr("To the right: {followed}. Upwards: how far the tip is turned, up to a whole turn.")
        else:
            text = self.tr("To the right: {followed}. Upwards: how much of it is left.")
        self._explanation.setText(text.format(property=property_name, followed=followed))
