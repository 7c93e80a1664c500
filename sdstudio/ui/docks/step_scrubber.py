"""Below the list of jobs: a slider over the steps of the chosen one, and the button that goes on from there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from sdstudio.ui.widgets.labels import icon_button, label
from sdstudio.ui.widgets.slider import MarkedSlider


class StepScrubber(QWidget):
    """Hidden for jobs without steps. `shown(step)`: look at this step, 0 = at none; `branch_wanted(step)`."""

    shown = Signal(int)
    branch_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._shown = ("", 0)
        self.slider = MarkedSlider(0, 1, default=1)
        self.slider.setAccessibleName(self.tr("Step"))
        self.slider.setToolTip(self.tr("Shows on the canvas what the picture was at each step; at the end, nothing"))
        self.slider.setPageStep(1)
        self._words = label(role="small")
        self._words.setMinimumWidth(self.fontMetrics().horizontalAdvance("000 / 000"))
        self._words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.button = icon_button(
            "git-branch",
            self.tr("Branch from this step"),
            self.tr("Makes another picture that begins at this step, with another prompt, strength or sampler"),
        )
        self.slider.valueChanged.connect(self._on_moved)
        self.button.clicked.connect(lambda: self.branch_wanted.emit(self.slider.value()))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 8, 2)
        row.setSpacing(8)
        row.addWidget(self.slider, 1)
        row.addWidget(self._words)
        row.addWidget(self.button)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_steps(self, job_id: str, count: int) -> None:
        """A job with so many steps is chosen; the slider goes to its end, where nothing is looked at."""
        if (job_id, count) == self._shown:
            return
        self._shown = (job_id, count)
        was_blocked = self.slider.blockSignals(True)
        self.slider.setRange(min(1, count), count)
        self.slider.default = count
        self.slider.setValue(count)
        self.slider.blockSignals(was_blocked)
        self._on_moved(count)
        self.setVisible(count > 0)

    def _on_moved(self, step: int) -> None:
        count = self.slider.maximum()
        self._words.setText(f"{step} / {count}")
        self.button.setEnabled(0 < step < count)
        self.shown.emit(step if step < count else 0)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.shown.emit(0)
