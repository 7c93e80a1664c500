"""The preferences, made from the table of settings: every row with a label gets a field. Changes act at once."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from sdstudio.errors import StudioError
from sdstudio.settings import TABLE, Setting, Settings
from sdstudio.ui.dialogs.color import ask_color
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.low_room import LowRoom
from sdstudio.ui.widgets.number import NumberField

_SWATCH = 14
_WIDTH, _MARGIN = 620, 24
_SHARE_OF_SCREEN = 0.88


class PreferencesDialog(QDialog):
    """A value that is not allowed is said below the fields and not taken."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Preferences"))
        self.setMinimumWidth(_WIDTH)
        self._settings = settings
        self._problem = label("", "small")
        self._problem.setWordWrap(True)
        fields = QWidget()
        form = QGridLayout(fields)
        form.setContentsMargins(0, 0, 8, 0)
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(4)
        form.setColumnStretch(1, 1)
        for row in TABLE:
            if row.label and row.kind != "texts by name":
                self._add(form, row)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, 16)
        column.setSpacing(16)
        column.addWidget(LowRoom(fields), 1)
        column.addWidget(self._problem)
        column.addWidget(buttons)
        self._fit(form)

    def _fit(self, form: QGridLayout) -> None:
        """High enough for every sentence at the first width, where the screen is."""
        rest = self.sizeHint().height() - form.sizeHint().height()
        wanted = form.totalHeightForWidth(_WIDTH - 2 * _MARGIN) + rest
        self.resize(_WIDTH, min(wanted, round(self.screen().availableSize().height() * _SHARE_OF_SCREEN)))

    def _add(self, form: QGridLayout, row: Setting) -> None:
        make: dict[str, Callable[[Setting], QWidget]] = {
            "bool": self._switch,
            "int": self._number,
            "text": self._choice if row.choices else self._color if row.key.endswith("color") else self._text,
            "list of texts": self._command if row.key.endswith("command") else self._folders,
        }
        field = make[row.kind](row)
        (field.focusProxy() or field).setAccessibleName(self.tr(row.label))
        help_text = label(self.tr(row.help), "small")
        help_text.setWordWrap(True)
        line = form.rowCount()
        if row.kind != "bool":
            form.addWidget(label(self.tr(row.label)), line, 0, Qt.AlignmentFlag.AlignVCenter)
        form.addWidget(field, line, 1)
        form.addWidget(help_text, line + 1, 1)
        form.setRowMinimumHeight(line + 2, 12)

    def _switch(self, row: Setting) -> QWidget:
        box = QCheckBox(self.tr(row.label))
        box.setChecked(self._settings.get(row.key))
        box.toggled.connect(lambda is_on: self._set(row.key, is_on))
        return box

    def _number(self, row: Setting) -> QWidget:
        field = NumberField(row.minimum, row.maximum, default=row.default, unit=row.unit)
        field.setValue(self._settings.get(row.key))
        field.setMaximumWidth(160)
        field.valueChanged.connect(lambda value: self._set(row.key, int(value)))
        return field

    def _choice(self, row: Setting) -> QWidget:
        box = QComboBox()
        for choice in row.choices:
            box.addItem(self.tr(choice.capitalize()), choice)
        box.setCurrentIndex(box.findData(self._settings.get(row.key)))
        box.activated.connect(lambda index: self._set(row.key, box.itemData(index)))
        return box

    def _text(self, row: Setting) -> QWidget:
        line = QLineEdit(self._settings.get(row.key))
        line.editingFinished.connect(lambda: self._set(row.key, line.text().strip()))
        return line

    def _color(self, row: Setting) -> QWidget:
        line = QLineEdit(self._settings.get(row.key))
        button = QPushButton(self.tr("Choose…"))
        button.setAccessibleName(self.tr("Choose a colour"))
        button.setAutoDefault(False)

        def take() -> None:
            self._set(row.key, line.text().strip())
            show()

        def show() -> None:
            picture = QPixmap(_SWATCH, _SWATCH)
            picture.fill(QColor(self._settings.get(row.key)))
            button.setIcon(QIcon(picture))

        def choose() -> None:
            color = ask_color(QColor(self._settings.get(row.key)), self.tr(row.label), self)
            if color is not None:
                line.setText(color.name())
                take()

        show()
        line.editingFinished.connect(take)
        button.clicked.connect(choose)
        return _side_by_side(line, button)

    def _command(self, row: Setting) -> QWidget:
        line = QLineEdit(shlex.join(self._settings.get(row.key)))
        line.setPlaceholderText(self.tr("the engine in this program"))
        line.editingFinished.connect(lambda: self._set_command(row.key, line.text()))
        return line

    def _folders(self, row: Setting) -> QWidget:
        line = QLineEdit(os.pathsep.join(self._settings.get(row.key)))
        line.setPlaceholderText(self.tr("none"))
        line.editingFinished.connect(lambda: self._set(row.key, _folders(line.text())))
        browse = QPushButton(self.tr("Add…"))
        browse.setAccessibleName(self.tr("Add a folder"))
        browse.setAutoDefault(False)

        def add() -> None:
            chosen = QFileDialog.getExistingDirectory(self, self.tr("Add a folder with models"))
            if chosen:
                line.setText(os.pathsep.join([*_folders(line.text()), chosen]))
                self._set(row.key, _folders(line.text()))

        browse.clicked.connect(add)
        return _side_by_side(line, browse)

    def _set_command(self, key: str, text: str) -> None:
        try:
            self._set(key, shlex.split(text))
        except ValueError:
            self._problem.setText(self.tr("The command has a quote that does not end."))

    def _set(self, key: str, value: object) -> None:
        try:
            self._settings.set(key, value)
        except StudioError as error:
            self._problem.setText(error.message)
        else:
            self._problem.setText("")


def _side_by_side(line: QLineEdit, button: QPushButton) -> QWidget:
    both = QWidget()
    layout = QHBoxLayout(both)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(line, 1)
    layout.addWidget(button)
    both.setFocusProxy(line)
    return both


def _folders(text: str) -> list[str]:
    return [part.strip() for part in text.split(os.pathsep) if part.strip()]
