"""The choice of how much a job hurries, and beside it what each speed was measured to gain and to cost."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from sdstudio.models import haste
from sdstudio.protocol.speeds import SPEEDS


class SpeedBox(QWidget):
    """`chosen` has the name of the speed that a person chose."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.box = QComboBox()
        titles = {"exact": self.tr("Exact"), "fast": self.tr("Fast"), "faster": self.tr("Faster")}
        for name in SPEEDS:
            self.box.addItem(titles[name], name)
        self.box.setToolTip(
            self.tr(
                "Exact: full precision. Fast: half precision, where this processor computes in it. "
                "Faster: also reuses what hardly changes from one step to the next"
            )
        )
        self._cost = QLabel()
        self._cost.setProperty("role", "small")
        self._cost.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.box)
        column.addWidget(self._cost)
        self.box.activated.connect(lambda index: self.chosen.emit(self.box.itemData(index)))
        self.show_speed("exact")

    @property
    def cost(self) -> str:
        """What is said about the speed that is shown."""
        return self._cost.text()

    def show_speed(self, speed: str) -> None:
        """Show it without a signal."""
        self.box.setCurrentIndex(self.box.findData(speed))
        measured = haste.measured().get(speed)
        self._cost.setVisible(measured is not None)
        if measured is not None:
            self._cost.setText(
                self.tr("{times} × faster when measured; starter pictures differ by {levels} of 255 on average").format(
                    times=f"{measured.times:.1f}", levels=f"{measured.levels:.1f}"
                )
            )
