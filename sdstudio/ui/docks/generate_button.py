"""The big button: says what will happen, becomes the progress while it happens, and can then queue another."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from sdstudio.generation.jobs import Job
from sdstudio.ui.progress_text import describe, fraction_of, plan_of
from sdstudio.ui.widgets.labels import ElidedLabel, icon_button
from sdstudio.ui.widgets.progress import ProgressBar

_HEIGHT = 40


class GenerateButton(QWidget):
    """`show_intent` and `show_job` say what it shows; the signals say what a person wants."""

    start_wanted = Signal()
    cancel_wanted = Signal()
    pointed = Signal(bool)  # the pointer is over it: a good time to show what the model will see

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._title = self._intent = ""
        self._start = QPushButton()
        self._start.setProperty("primary", True)
        self._start.setFixedHeight(_HEIGHT)
        self._start.setMinimumWidth(80)
        self._start.clicked.connect(self.start_wanted)
        self._bar = ProgressBar(_HEIGHT)
        self._cancel = icon_button(
            "x", self.tr("Cancel"), self.tr("Stops this picture; the canvas stays as it is (Esc)")
        )
        self._cancel.clicked.connect(self.cancel_wanted)
        self._detail = ElidedLabel(role="small")
        self._another = QPushButton(self.tr("Queue another"))
        self._another.setProperty("flat", True)
        self._another.setToolTip(
            self.tr("Makes one more picture with the present settings after this one (Ctrl+Enter)")
        )
        self._another.clicked.connect(self.start_wanted)
        self._arrange()
        self.show_job(None, 0)

    def _arrange(self) -> None:
        place = QGridLayout()  # button and bar share one cell, so that nothing jumps
        place.setContentsMargins(0, 0, 0, 0)
        place.addWidget(self._start, 0, 0)
        place.addWidget(self._bar, 0, 0)
        place.addWidget(self._cancel, 0, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self._detail, 1)
        line.addWidget(self._another)
        self._detail.setFixedHeight(24)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(place)
        column.addLayout(line)

    @property
    def text(self) -> str:
        """What it says now."""
        return self._start.text() if not self._start.isHidden() else self._bar.text

    def show_intent(self, title: str, detail: str, tip: str = "") -> None:
        """What a click would do."""
        self._title = title
        self._start.setText(title)
        self._start.setAccessibleName(title)
        self._start.setToolTip(tip)
        self._intent = detail
        if self._bar.isHidden():
            self._detail.setText(detail)

    def show_job(self, job: Job | None, waiting: int) -> None:
        """The running job, if any, and how many wait behind it."""
        is_running = job is not None
        self._start.setVisible(not is_running)
        self._bar.setVisible(is_running)
        self._cancel.setVisible(is_running)
        self._another.setVisible(is_running)
        if job is not None:
            text = describe(job)
            if waiting:
                text += " · " + self.tr("{count} waiting").format(count=waiting)
            self._bar.set_progress(fraction_of(job), text)
        plan = plan_of(job) if job is not None else ""
        self._detail.setText(plan or self._intent)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.pointed.emit(True)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(False)
