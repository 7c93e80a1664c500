"""Says that the next picture begins at a step of another one, and takes that off again."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QSizePolicy, QWidget

from sdstudio.generation.place import layer_name
from sdstudio.protocol.request import Branch
from sdstudio.ui.widgets.labels import ElidedLabel, icon_button


class BranchLine(QWidget):
    """Hidden without a branch. `changed(branch)`: another one, or None."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._branch: Branch | None = None
        self._words = ElidedLabel()
        self.fresh = QCheckBox(self.tr("New noise"))
        self.fresh.setToolTip(
            self.tr("Noise of this seed in place of what was left at that step: freer, and another one for each seed")
        )
        self.off = icon_button("x", self.tr("Take the branch off"), self.tr("Generates from the beginning again"))
        self.fresh.toggled.connect(self._on_fresh)
        self.off.clicked.connect(lambda: self.changed.emit(None))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.addWidget(self._words, 0, 0)
        grid.addWidget(self.fresh, 0, 1)
        grid.addWidget(self.off, 0, 2)
        grid.setColumnStretch(0, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_branch(self, branch: Branch | None) -> None:
        """Show it without a signal."""
        self._branch = branch
        self.setVisible(branch is not None)
        if branch is not None:
            words = self.tr("From step {step} of “{picture}”")
            self._words.setText(words.format(step=branch.step, picture=layer_name(branch.parent)))
            was_blocked = self.fresh.blockSignals(True)
            self.fresh.setChecked(branch.fresh_noise)
            self.fresh.blockSignals(was_blocked)

    def _on_fresh(self, is_fresh: bool) -> None:
        if self._branch is not None:
            self.changed.emit(msgspec.structs.replace(self._branch, fresh_noise=is_fresh))
