"""What this program is, its version and its licences."""

from __future__ import annotations

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from sdstudio import __version__
from sdstudio.ui.widgets.labels import label


class AboutDialog(QDialog):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("About SD Studio"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(8)
        column.addWidget(label(self.tr("SD Studio {version}").format(version=__version__), "heading"))
        column.addWidget(label(self.tr("A painting studio for Stable Diffusion that works offline.")))
        licence = self.tr("Apache License 2.0. Icons by Lucide (ISC). Qt {version} (LGPL 3).").format(
            version=qVersion()
        )
        column.addWidget(label(licence, "small"))
        column.addSpacing(8)
        column.addWidget(buttons)
