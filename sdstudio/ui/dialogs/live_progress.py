"""A thin bar in a dialog that shows its effect on the picture: how far the effect is, when that takes long.

Must not know the dialogs.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QDialog, QVBoxLayout

from sdstudio.ui.latest import Latest
from sdstudio.ui.widgets.progress import ProgressBar

_HEIGHT = 4


def show_progress(dialog: QDialog, latest: Latest) -> None:
    """Put the bar above the dialog's buttons, which are the last row of its column. Its room is always kept."""
    bar = ProgressBar(_HEIGHT)
    policy = bar.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    bar.setSizePolicy(policy)
    bar.hide()
    column = dialog.layout()
    assert isinstance(column, QVBoxLayout)
    column.insertWidget(column.count() - 1, bar)

    def show(share: float) -> None:
        bar.setVisible(share >= 0)
        bar.set_progress(share, "")
        bar.setAccessibleName(QCoreApplication.translate("LiveProgress", "Working it out"))

    latest.progressed.connect(show)
