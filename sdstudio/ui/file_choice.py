"""Asking for files of one kind, beginning in the folder of the last time. Must not know what is in them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

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
    settings.set(folder_key, str(path.parent))
    return path
