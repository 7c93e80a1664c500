"""The editor of a gradient's colours: presets, stops and what each stop is. Stays open beside the work."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QInputDialog,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from sdstudio.raster.gradient import BACKGROUND, FOREGROUND, Ramp
from sdstudio.ui.dialogs.color import ask_color
from sdstudio.ui.editor import Editor
from sdstudio.ui.icons import plain_icon
from sdstudio.ui.ramps import PRESETS, NamedRamp
from sdstudio.ui.widgets.labels import icon_button, label
from sdstudio.ui.widgets.number import NumberField
from sdstudio.ui.widgets.ramp_bar import RampBar, ramp_image

_PICTURE = QSize(120, 20)


class GradientDialog(QDialog):
    """Every change counts at once: the editor's value is what is shown."""

    def __init__(self, editor: Editor, key: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Tool)
        self._editor, self._key = editor, key
        self.setObjectName("gradientDialog")
        self.setWindowTitle(self.tr("Gradient"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._presets = QListWidget()
        self._presets.setIconSize(_PICTURE)
        self._presets.setAccessibleName(self.tr("Presets"))
        self._bar = RampBar(editor.value(key), self._resolved)
        self._source = QComboBox()
        self._color = QPushButton()
        self._opacity = NumberField(0, 100, default=100, unit="%")
        self._place = NumberField(0, 100, default=0, decimals=1, unit="%")
        self._remove = icon_button("trash-2", self.tr("Remove stop"), self.tr("Takes the chosen colour out (Delete)"))
        self._save = QPushButton(self.tr("Keep as Preset…"))
        self._delete = QPushButton(self.tr("Delete Preset"))
        self._close = QPushButton(self.tr("Close"))
        self._arrange()
        self._connect()
        self._list_presets()
        self._show_stop()

    @staticmethod
    def show_for(editor: Editor, key: str, window: QWidget) -> GradientDialog:
        """The one that is open already, or a new one."""
        dialog = window.findChild(GradientDialog)
        if dialog is None:
            dialog = GradientDialog(editor, key, window)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        return dialog

    def _arrange(self) -> None:
        for value, text in (
            (FOREGROUND, self.tr("Colour in use")),
            (BACKGROUND, self.tr("Second colour")),
            ("", self.tr("Fixed colour")),
        ):
            self._source.addItem(text, value)
        self._source.setAccessibleName(self.tr("Where the stop's colour comes from"))
        self._color.setAccessibleName(self.tr("Colour of the stop"))
        self._color.setToolTip(self.tr("Chooses the colour of the stop"))
        self._color.setFixedWidth(48)
        self._opacity.setAccessibleName(self.tr("Opacity of the stop"))
        self._place.setAccessibleName(self.tr("Place of the stop"))
        stop = QHBoxLayout()
        stop.setSpacing(8)
        for part in (
            self._source,
            self._color,
            label(self.tr("Opacity"), "muted", buddy=self._opacity),
            self._opacity,
            label(self.tr("Place"), "muted", buddy=self._place),
            self._place,
            self._remove,
        ):
            stop.addWidget(part)
        for button in (self._color, self._save, self._delete, self._close):
            button.setAutoDefault(False)  # Return is for the numbers
        buttons = QHBoxLayout()
        buttons.addWidget(self._save)
        buttons.addWidget(self._delete)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(self._presets, 1)
        column.addLayout(buttons)
        column.addWidget(self._bar)
        column.addLayout(stop)
        column.addWidget(self._close, 0, Qt.AlignmentFlag.AlignRight)
        self.resize(460, 450)

    def _connect(self) -> None:
        self._presets.currentRowChanged.connect(self._on_preset_chosen)
        self._bar.changed.connect(self._on_ramp_changed)
        self._bar.chosen.connect(lambda _index: self._show_stop())
        self._source.activated.connect(self._on_source_chosen)
        self._color.clicked.connect(self._on_color_wanted)
        self._opacity.valueChanged.connect(lambda percent: self._change(opacity=percent / 100))
        self._place.valueChanged.connect(lambda percent: self._change(at=percent / 100))
        self._remove.clicked.connect(self._bar.remove_stop)
        self._save.clicked.connect(self._on_save)
        self._delete.clicked.connect(self._on_delete)
        self._close.clicked.connect(self.close)
        self._editor.colors_changed.connect(self._on_colors_changed)
        self._editor.option_changed.connect(self._on_option_changed)

    def event(self, event: QEvent) -> bool:
        """The window's keys work here too, but Escape closes what it was pressed in."""
        is_claim = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride
        if is_claim and cast(QKeyEvent, event).key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def _resolved(self, ramp: Ramp) -> Ramp:
        return ramp.resolved(self._editor.foreground, self._editor.background)

    # Presets

    def _ramps(self) -> list[NamedRamp]:
        return [*PRESETS, *self._editor.settings.own_ramps]

    def _list_presets(self) -> None:
        was_blocked = self._presets.blockSignals(True)
        self._presets.clear()
        for index, named in enumerate(self._ramps()):
            is_own = index >= len(PRESETS)
            name = named.name if is_own else QCoreApplication.translate("Ramps", named.name)
            picture = QPixmap.fromImage(ramp_image(self._resolved(named.ramp), _PICTURE.width(), _PICTURE.height()))
            self._presets.addItem(QListWidgetItem(plain_icon(picture), name))
        self._mark_preset()
        self._presets.blockSignals(was_blocked)

    def _mark_preset(self) -> None:
        """The preset that is in use is marked; none when it has been changed."""
        ramps = [named.ramp for named in self._ramps()]
        row = ramps.index(self._bar.ramp) if self._bar.ramp in ramps else -1
        was_blocked = self._presets.blockSignals(True)
        self._presets.setCurrentRow(row)
        self._presets.blockSignals(was_blocked)
        self._delete.setEnabled(row >= len(PRESETS))

    def _on_preset_chosen(self, row: int) -> None:
        if row >= 0:
            self._editor.set_value(self._key, self._ramps()[row].ramp)

    def _on_save(self) -> None:
        name, is_given = QInputDialog.getText(self, self.tr("Keep as preset"), self.tr("Name of the gradient"))
        if is_given and name.strip():
            own = (*self._editor.settings.own_ramps, NamedRamp(name.strip(), self._bar.ramp))
            self._editor.set_setting(own_ramps=own)
            self._list_presets()

    def _on_delete(self) -> None:
        index = self._presets.currentRow() - len(PRESETS)
        if index >= 0:
            own = self._editor.settings.own_ramps
            self._editor.set_setting(own_ramps=own[:index] + own[index + 1 :])
            self._list_presets()

    # The stop

    def _show_stop(self) -> None:
        stop = self._bar.stop
        source = stop.color if stop.color in (FOREGROUND, BACKGROUND) else ""
        self._source.setCurrentIndex(self._source.findData(source))
        for field, value in ((self._opacity, stop.opacity), (self._place, stop.at)):
            was_blocked = field.blockSignals(True)
            field.setValue(value * 100)
            field.blockSignals(was_blocked)
        color = QColor(self._resolved(self._bar.ramp).stops[self._bar.index].color)
        swatch = QPixmap(24, 14)
        swatch.fill(color)
        self._color.setIcon(QIcon(swatch))
        self._color.setIconSize(swatch.size())
        self._remove.setEnabled(len(self._bar.ramp.stops) > 1)

    def _change(self, **fields: object) -> None:
        self._bar.set_stop(replace(self._bar.stop, **fields))  # type: ignore[arg-type]

    def _on_source_chosen(self, index: int) -> None:
        source = self._source.itemData(index)
        self._change(color=source or self._resolved(self._bar.ramp).stops[self._bar.index].color)

    def _on_color_wanted(self) -> None:
        present = QColor(self._resolved(self._bar.ramp).stops[self._bar.index].color)
        color = ask_color(present, self.tr("Colour of the stop"), self)
        self.activateWindow()  # some desktops go back to the main window, and its keys
        if color is not None:
            self._change(color=color.name())

    # Both ways

    def _on_ramp_changed(self, ramp: Ramp) -> None:
        self._editor.set_value(self._key, ramp)
        self._show_stop()

    def _on_option_changed(self, key: str) -> None:
        if key == self._key:
            ramp = self._editor.value(key)
            if ramp != self._bar.ramp:
                self._bar.set_ramp(ramp)
                self._show_stop()
            self._mark_preset()

    def _on_colors_changed(self) -> None:
        self._bar.update()
        self._list_presets()
        self._show_stop()
