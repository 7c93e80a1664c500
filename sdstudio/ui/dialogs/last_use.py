"""What the fields of a dialog were at its last use, kept in the settings. Must not know what the fields mean."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QComboBox, QLineEdit

from sdstudio.settings import Settings
from sdstudio.ui.widgets.number import NumberField

Field = QComboBox | NumberField | QLineEdit
_KEY = "dialog_values"


class LastUse:
    """The fields of one dialog, by names that stay; `dialog` is the name that they have in common."""

    def __init__(self, settings: Settings, dialog: str, fields: Mapping[str, Field]) -> None:
        self._settings = settings
        self._fields = {f"{dialog}.{name}": field for name, field in fields.items()}

    def recall(self) -> None:
        """Fill the fields as they were kept. What a field does not know any more leaves it as it is."""
        values = self._settings.get(_KEY)
        for name, field in self._fields.items():
            if name in values:
                _fill(field, values[name])

    def keep(self) -> None:
        """Remember the fields as they are."""
        self._settings.set(_KEY, self._settings.get(_KEY) | {name: _text(one) for name, one in self._fields.items()})


def _fill(field: Field, text: str) -> None:
    if isinstance(field, QLineEdit):
        field.setText(text)
    elif isinstance(field, QComboBox):
        known = [str(field.itemData(index)) for index in range(field.count())]
        if text in known:
            field.setCurrentIndex(known.index(text))
    else:
        try:
            field.setValue(float(text))
        except ValueError:  # the file was edited by hand
            return


def _text(field: Field) -> str:
    if isinstance(field, QLineEdit):
        return field.text()
    return str(field.currentData()) if isinstance(field, QComboBox) else repr(field.value())
