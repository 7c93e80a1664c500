"""Asking for files of one kind, beginning in the folder of the last time. Must not know what is in them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from sdstudio.settings import Settings


def ask_open(parent: QWidget, title: str, pattern: str, settings: Settings, folder_key: str) -> list[Path]:
    """The chosen files, none when a person has thought better of it. The setting `folder_key` remembers where."""
    names, _ = QFileDialog.getOpenFileNames(parent, title, settings.get(folder_key), pattern)
    if names:
        settings.set(folder_key, str(Path(names[-1]).parent))
    return [Path(name) for name in names]


def ask_save(
    parent: QWidget, title: str, pattern: str, settings: Settings, folder_key: str, name: str, suffix: str
) -> Path | None:
    """Where to write `name`, always with `suffix`; None when a person has thought better of it."""
    folder = Path(settings.get(folder_key) or Path.home())
    chosen, _ = QFileDialog.getSaveFileName(parent, title, str(folder / (name + suffix)), pattern)
    if not chosen:
        return None
    path = Path(chosen) if chosen.lower().endswith(suffix) else Path(chosen + suffix)
    if not may_replace(parent, path, chosen):
        return None
    settings.set(folder_key, str(path.parent))
    return path


def may_replace(parent: QWidget, path: Path, chosen: str) -> bool:
    """Whether `path` may be written, where a person chose the name `chosen` in a dialog.

    That has asked about the chosen name only. With an ending added it may be another file that exists.
    """
    if path == Path(chosen) or not path.exists():
        return True
    buttons = QMessageBox.StandardButton
    box = QMessageBox(parent)
    box.setWindowTitle(QCoreApplication.translate("FileChoice", "Replace the file?"))
    box.setText(QCoreApplication.translate("FileChoice", "“{name}” exists already.").format(name=path.name))
    box.setInformativeText(QCoreApplication.translate("FileChoice", "Replacing it loses what is in it now."))
    box.setStandardButtons(buttons.Ok | buttons.Cancel)
    box.button(buttons.Ok).setText(QCoreApplication.translate("FileChoice", "&Replace"))
    box.setDefaultButton(buttons.Cancel)
    return box.exec() == buttons.Ok
