"""What a crash has left, and the choice between restoring it, keeping it for later and throwing it away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from sdstudio.journal.recovery import About
from sdstudio.ui.widgets.labels import label

THUMBNAIL_SIDE = 96
_PATH_ROLE = Qt.ItemDataRole.UserRole


class RecoveryDialog(QDialog):
    """`restore_wanted(path)`, `discard_wanted(path)` with the path of a journal; closing keeps all for later."""

    restore_wanted = Signal(object)
    discard_wanted = Signal(object)
    _drawn = Signal(int, QImage)

    def __init__(
        self, found: Sequence[tuple[Path, About]], draw: Callable[[Path], QImage], parent: QWidget | None = None
    ) -> None:
        """`draw` gives a small picture of a journal; it is called on a thread, a null picture when it cannot be."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Recover your work"))
        self._list = QListWidget()
        self._list.setIconSize(QSize(THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        self._list.setAccessibleName(self.tr("Documents that were not saved"))
        self._list.setSpacing(2)
        for path, about in found:
            item = QListWidgetItem(self._words(about))
            item.setData(_PATH_ROLE, path)
            item.setSizeHint(QSize(0, THUMBNAIL_SIDE + 12))
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        text = label(
            self.tr(
                "SD Studio ended without saving this. Everything up to the last stroke is here, and so is the undo "
                "history. Your own files were not touched."
            )
        )
        text.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(text)
        column.addWidget(self._list, 1)
        column.addWidget(self._buttons())
        self.resize(480, 360)
        self._drawn.connect(self._on_drawn, Qt.ConnectionType.QueuedConnection)
        paths = [path for path, _ in found]
        threading.Thread(target=self._draw_all, args=(paths, draw), name="recovery", daemon=True).start()

    def _words(self, about: About) -> str:
        name, when = (
            about.name or self.tr("Untitled"),
            in_words(QDateTime.fromSecsSinceEpoch(int(about.changed_s)), QDateTime.currentDateTime()),
        )
        words = self.tr("{name}\nlast changed {time}").format(name=name, time=when)
        return f"{words}\n{about.path.parent}" if about.path is not None else words

    def _buttons(self) -> QDialogButtonBox:
        box, role = QDialogButtonBox(), QDialogButtonBox.ButtonRole
        discard = QPushButton(self.tr("&Discard"))
        discard.setToolTip(self.tr("Deletes what was not saved of the chosen document"))
        discard.clicked.connect(self._on_discard)
        later = QPushButton(self.tr("&Keep for later"))
        later.setToolTip(self.tr("Asks again at the next start"))
        later.clicked.connect(self.reject)
        restore = QPushButton(self.tr("&Restore"))
        restore.setToolTip(self.tr("Opens the chosen document as it was"))
        restore.setDefault(True)
        restore.clicked.connect(self._on_restore)
        self._list.itemActivated.connect(self._on_restore)
        box.addButton(discard, role.DestructiveRole)
        box.addButton(later, role.RejectRole)
        box.addButton(restore, role.AcceptRole)
        self.discard_button, self.later_button, self.restore_button = discard, later, restore
        return box

    @property
    def _chosen(self) -> Path | None:
        item = self._list.currentItem()
        return Path(item.data(_PATH_ROLE)) if item is not None else None

    def _on_restore(self) -> None:
        if self._chosen is not None:
            self.accept()
            self.restore_wanted.emit(self._chosen)

    def _on_discard(self) -> None:
        if self._chosen is not None:
            self.discard_wanted.emit(self._chosen)
            self._list.takeItem(self._list.currentRow())
        if self._list.count() == 0:
            self.reject()

    def _draw_all(self, paths: list[Path], draw: Callable[[Path], QImage]) -> None:
        for row, path in enumerate(paths):
            self._drawn.emit(row, draw(path))

    def _on_drawn(self, row: int, image: QImage) -> None:
        item = self._list.item(row)
        if item is not None and not image.isNull():
            icon, pixmap = QIcon(), QPixmap.fromImage(image)
            for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):  # a chosen one is not to be tinted
                icon.addPixmap(pixmap, mode)
            item.setIcon(icon)


def in_words(at: QDateTime, now: QDateTime) -> str:
    """Local date and time of `at`: what a system calls its short form may be bare numbers in any order."""
    translate, time = QCoreApplication.translate, QLocale().toString(at, "HH:mm")
    days = at.date().daysTo(now.date())
    if days == 0:
        return translate("RecoveryDialog", "today at {time}").format(time=time)
    if days == 1:
        return translate("RecoveryDialog", "yesterday at {time}").format(time=time)
    date = QLocale().toString(at, "d MMMM yyyy")
    return translate("RecoveryDialog", "on {date} at {time}").format(date=date, time=time)
