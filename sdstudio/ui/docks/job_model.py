"""The queue's jobs as an item model, and how one job looks in the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QImage, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from sdstudio.generation.jobs import Job, JobQueue
from sdstudio.generation.place import layer_name
from sdstudio.ui import theme
from sdstudio.ui.docks.list_row import paint_background, small_font
from sdstudio.ui.progress_text import describe, fraction_of, plan_of

JOB_ROLE = Qt.ItemDataRole.UserRole
_MIME = "application/x-sdstudio-job"
_ROW_HEIGHT = 56
_THUMBNAIL = 44
AnyIndex = QModelIndex | QPersistentModelIndex


class JobModel(QAbstractListModel):
    """Waiting and running jobs first, in the order in which they will run; then what is over, the newest first."""

    def __init__(self, queue: JobQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._jobs: list[Job] = []
        queue.changed.connect(self._on_changed)
        queue.job_changed.connect(self._on_job_changed)
        queue.preview_changed.connect(self._on_job_changed)
        self._on_changed()

    @property
    def jobs(self) -> list[Job]:
        return list(self._jobs)

    def row_of(self, job: Job) -> int:
        """-1 when the job is not in the list."""
        return self._jobs.index(job) if job in self._jobs else -1

    def _on_changed(self) -> None:
        jobs = [job for job in self._queue.jobs if not job.is_over]
        jobs += reversed([job for job in self._queue.jobs if job.is_over])
        if jobs != self._jobs:
            self.beginResetModel()
            self._jobs = jobs
            self.endResetModel()

    def _on_job_changed(self, job: Job) -> None:
        row = self.row_of(job)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own
        return 0 if parent.isValid() else len(self._jobs)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._jobs):
            return None
        job = self._jobs[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return title_of(job)
            case Qt.ItemDataRole.ToolTipRole:
                return _explain(job)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{title_of(job)}: {describe(job)}"
        return job if role == JOB_ROLE else None

    # Dragging changes the order of those that wait

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        if self._jobs[index.row()].state == "queued":
            flags |= Qt.ItemFlag.ItemIsDragEnabled
        return flags

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        if indexes:
            data.setData(_MIME, QByteArray(self._jobs[indexes[0].row()].id.encode()))
        return data

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: AnyIndex) -> bool:
        job_id = bytes(data.data(_MIME).data()).decode()
        above = [job for job in self._jobs[: max(row, 0)] if job.state == "queued" and job.id != job_id]
        if job_id:
            self._queue.move(job_id, len(above) if row >= 0 else len(self._queue.waiting))
        return False  # the view must not remove the row itself


class JobDelegate(QStyledItemDelegate):
    """Thumbnail, prompt, state; a thin bar while it runs."""

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(120, _ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        job: Job = index.data(JOB_ROLE)
        painter.save()
        row = paint_background(painter, option)
        place = QRect(row.left() + 12, row.top() + (row.height() - _THUMBNAIL) // 2, _THUMBNAIL, _THUMBNAIL)
        _draw_picture(painter, place, job)
        left = place.right() + 12
        upper = QRect(left, row.top() + 8, row.right() - left - 12, 20)
        lower = upper.translated(0, 20)
        font: QFont = option.font
        _write(painter, upper, title_of(job), "text", font)
        small = small_font(font)
        _write(painter, lower, describe(job), "muted", small)
        if job.state == "running":
            bar = QRect(left, row.bottom() - 5, upper.width(), 2)
            painter.fillRect(bar, theme.color("pressed"))
            bar.setWidth(round(bar.width() * fraction_of(job)))
            painter.fillRect(bar, theme.color("accent_text"))
        painter.restore()


def title_of(job: Job) -> str:
    return job.title or layer_name(job.prepared.request)


def _explain(job: Job) -> str:
    if job.failure is not None:
        return job.failure.message
    request = job.prepared.request
    lines = [request.prompt, f"{request.extent} · {request.steps} · {request.sampler} · {request.seed}"]
    return "\n".join([*lines, plan_of(job)]).strip()


def _draw_picture(painter: QPainter, place: QRect, job: Job) -> None:
    image = job.thumbnail
    if job.preview is not None:
        width, height, blob = job.preview
        image = QImage(blob, width, height, 3 * width, QImage.Format.Format_RGB888)
    if image is None:
        painter.fillRect(place, theme.color("base"))
        name = {"failed": "circle-alert", "cancelled": "x"}.get(job.state, "sparkles")
        inner = QRect(0, 0, 18, 18)
        inner.moveCenter(place.center())
        theme.icon(name, "disabled" if job.state != "failed" else "muted").paint(painter, inner)
        return
    size = image.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
    at = QRect(place.topLeft(), size)
    at.moveCenter(place.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(at, image)


def _write(painter: QPainter, area: QRect, text: str, role: str, font: QFont) -> None:
    painter.setFont(font)
    painter.setPen(theme.color(role))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
