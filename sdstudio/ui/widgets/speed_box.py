"""The choice of how much a job hurries, and beside it what each speed was measured to gain and to cost."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QLabel, QSizePolicy

from sdstudio.models import haste
from sdstudio.protocol.speeds import SPEEDS
from sdstudio.ui.widgets.choice import ChoiceBox


class SpeedBox(ChoiceBox):
    """`chosen` has the name of the speed that a person chose; `cost` is a line to put below."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__(
            QCoreApplication.translate(
                "SpeedBox",
                "Exact: full precision. Fast: half precision, where this processor computes in it. "
                "Faster: also reuses what hardly changes from one step to the next",
            )
        )
        titles = {"exact": self.tr("Exact"), "fast": self.tr("Fast"), "faster": self.tr("Faster")}
        for name in SPEEDS:
            self.addItem(titles[name], name)
        self.cost = QLabel()
        self.cost.setProperty("role", "small")
        self.cost.setWordWrap(True)
        self.cost.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.activated.connect(lambda index: self.chosen.emit(self.itemData(index)))
        self.show_speed("exact")

    def show_speed(self, speed: str) -> None:
        """Show it without a signal."""
        self.setCurrentIndex(self.findData(speed))
        measured = haste.measured().get(speed)
        self.cost.setVisible(measured is not None)
        if measured is not None:
            self.cost.setText(
                self.tr(
                    "{times} × as fast when measured; starter pictures differ by {levels} of 255 on average"
                ).format(times=f"{measured.times:.1f}", levels=f"{measured.levels:.1f}")
            )
