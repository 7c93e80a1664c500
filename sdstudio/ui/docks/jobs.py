"""The Jobs panel: what is being made, what waits, what came of it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QVBoxLayout, QWidget

from sdstudio.generation.jobs import Job, JobQueue
from sdstudio.ui import theme
from sdstudio.ui.docks.job_model import JOB_ROLE, JobDelegate, JobModel
from sdstudio.ui.docks.step_scrubber import StepScrubber
from sdstudio.ui.widgets.footer import footer
from sdstudio.ui.widgets.labels import icon_button, rule

_MOVES = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}  # with Alt
_PLAIN = (Qt.Key.Key_Delete, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class JobsPanel(QWidget):
    """`place_wanted(job)`: put a finished picture on the canvas again; `details_wanted(job)`: why it failed.

    `step_shown(job, step)`: look at what a picture was at that step, 0 = no longer; `branch_wanted(job, step)`: go on
    from there.
    """

    place_wanted = Signal(object)
    details_wanted = Signal(object)
    settings_wanted = Signal(object)
    step_shown = Signal(object, int)
    branch_wanted = Signal(object, int)

    def __init__(self, queue: JobQueue) -> None:
        super().__init__()
        self._queue = queue
        self.model = JobModel(queue, self)
        self.view = _JobList(self.tr("No jobs yet. What you generate is listed here."))
        self.view.setModel(self.model)
        self.view.setItemDelegate(JobDelegate(self))
        self.view.setAccessibleName(self.tr("Jobs"))
        self._place = icon_button(
            "image-plus", self.tr("Place again"), self.tr("Puts this picture on a new layer again")
        )
        self._again = icon_button(
            "sparkles", self.tr("Use its settings"), self.tr("Brings back the settings of this picture")
        )
        self._up = icon_button("arrow-up", self.tr("Earlier"), self.tr("Makes this picture earlier (Alt+Up)"))
        self._down = icon_button("arrow-down", self.tr("Later"), self.tr("Makes this picture later (Alt+Down)"))
        self._cancel = icon_button(
            "x", self.tr("Cancel or remove"), self.tr("Cancels this job, or removes it from the list (Delete)")
        )
        self.steps = StepScrubber()
        self._arrange()
        self._connect()
        self._on_selection_changed()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(self.steps)
        column.addWidget(rule())
        column.addLayout(footer((self._place, self._again, self._up, self._down), (self._cancel,)))

    def _connect(self) -> None:
        self.view.doubleClicked.connect(self._on_double_clicked)
        self.view.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.model.dataChanged.connect(self._on_selection_changed)
        self.model.modelAboutToBeReset.connect(self._remember)
        self.model.modelReset.connect(self._restore)
        self._place.clicked.connect(lambda: self._with_selected(self.place_wanted.emit))
        self._again.clicked.connect(lambda: self._with_selected(self.settings_wanted.emit))
        self._up.clicked.connect(lambda: self._move(-1))
        self._down.clicked.connect(lambda: self._move(1))
        self._cancel.clicked.connect(self._on_cancel)
        self.view.removal_wanted.connect(self._on_cancel)
        self.view.move_wanted.connect(self._move)
        self.view.activated_by_key.connect(self._on_double_clicked)
        self.steps.shown.connect(lambda step: self._with_selected(lambda job: self.step_shown.emit(job, step)))
        self.steps.branch_wanted.connect(
            lambda step: self._with_selected(lambda job: self.branch_wanted.emit(job, step))
        )

    @property
    def selected(self) -> Job | None:
        indexes = self.view.selectionModel().selectedIndexes()
        return indexes[0].data(JOB_ROLE) if indexes else None

    def select(self, job: Job) -> None:
        self.view.setCurrentIndex(self.model.index(self.model.row_of(job)))

    def _with_selected(self, act: object) -> None:
        job = self.selected
        if job is not None and callable(act):
            act(job)

    def _move(self, by: int) -> None:
        job = self.selected
        if job is not None and job in self._queue.waiting:
            self._queue.move(job.id, self._queue.waiting.index(job) + by)

    def _on_cancel(self) -> None:
        job = self.selected
        if job is not None and job.is_over:
            row = self.model.row_of(job)
            self._queue.remove(job.id)
            if self.model.rowCount():  # the next one, so that several can be removed one after the other
                self.view.setCurrentIndex(self.model.index(min(row, self.model.rowCount() - 1)))
        elif job is not None:
            self._queue.cancel(job.id)

    def _on_double_clicked(self, index: QModelIndex) -> None:
        job: Job | None = index.data(JOB_ROLE)
        if job is None:
            return
        if job.state == "finished" or (job.is_over and job.made):
            self.place_wanted.emit(job)
        elif job.state == "failed":
            self.details_wanted.emit(job)

    def _remember(self) -> None:
        self._kept = self.selected

    def _restore(self) -> None:
        if self._kept is not None and self.model.row_of(self._kept) >= 0:
            self.select(self._kept)
        self._on_selection_changed()

    def _on_selection_changed(self) -> None:
        job = self.selected
        waiting = self._queue.waiting
        self._place.setEnabled(job is not None and (job.result is not None or (job.is_over and bool(job.made))))
        self._again.setEnabled(job is not None)
        self._up.setEnabled(job in waiting[1:])
        self._down.setEnabled(job in waiting[:-1])
        self._cancel.setEnabled(job is not None)
        has_steps = job is not None and job.state == "finished" and not job.title
        self.steps.show_steps(job.id if job else "", len(job.kept_steps) if job and has_steps else 0)


class _JobList(QListView):
    """A list that says in words that it is empty, and whose keys are its own and not the window's.

    `removal_wanted()`: Delete; `move_wanted(by)`: Alt+Up or Alt+Down; `activated_by_key(index)`: Return.
    """

    removal_wanted = Signal()
    move_wanted = Signal(int)
    activated_by_key = Signal(QModelIndex)

    def __init__(self, empty_text: str) -> None:
        super().__init__()
        self._empty_text = empty_text
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMinimumHeight(64)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()  # or the window's Delete would clear the layer
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._is_own(event):
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Delete:
            self.removal_wanted.emit()
        elif event.key() in _MOVES:
            self.move_wanted.emit(_MOVES[Qt.Key(event.key())])
        else:
            self.activated_by_key.emit(self.currentIndex())

    @staticmethod
    def _is_own(event: QKeyEvent) -> bool:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if modifiers == Qt.KeyboardModifier.AltModifier:
            return event.key() in _MOVES
        return modifiers == Qt.KeyboardModifier.NoModifier and event.key() in _PLAIN

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.model() is not None and self.model().rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(theme.color("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(24, 8, -24, -8), flags, self._empty_text)
