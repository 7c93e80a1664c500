"""What a format lets one choose, with the size that the file will have."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLayout,
    QWidget,
)

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.errors import StudioError
from sdstudio.formats.color import profile_in, profile_name
from sdstudio.formats.exporting import HAS_ALPHA, HAS_METADATA, HAS_QUALITY, ExportOptions, encode
from sdstudio.formats.reading import DAMAGE
from sdstudio.raster.geometry import Bounds
from sdstudio.settings import Settings
from sdstudio.ui.dialogs.frame import arrange, form, ok_and_cancel
from sdstudio.ui.widgets.labels import label
from sdstudio.ui.widgets.number import NumberField
from sdstudio.ui.widgets.slider import MarkedSlider

_DELAY_MS = 200
_SAMPLE_SIDE = 1024  # pixels of the part that is packed to tell the size of a large picture
_MARKS = (60, 80, 92)


class ExportDialog(QDialog):
    """After `exec`: `options`."""

    _measured = Signal(int, float)  # which question, and the bytes

    def __init__(
        self,
        name: str,
        kind: str,
        document: Document,
        parameters: str | None,
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        """`document` is a snapshot; `kind` is one of the values of `exporting.WRITABLE`."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export {name}").format(name=name))
        self._kind, self._document, self._parameters, self._settings = kind, document, parameters, settings
        quality = settings.get("export_quality")
        self._slider = MarkedSlider(1, 100, default=92, marks=_MARKS)
        self._slider.setAccessibleName(self.tr("Quality"))
        self._slider.setToolTip(self.tr("Higher looks better and makes a larger file"))
        self._number = NumberField(1, 100, default=92)
        self._number.setFixedWidth(56)
        self._lossless = QCheckBox(self.tr("Lossless"))
        self._lossless.setToolTip(self.tr("Keeps every pixel exactly"))
        self._metadata = QCheckBox(self.tr("Keep metadata"))
        self._metadata.setToolTip(
            self.tr("Puts the generation settings and what the opened file said about itself into the file")
        )
        self._profile = QComboBox()
        self._size = label("", "muted")
        self._arrange()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="export-size")
        self._question = 0
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self._measure)
        self._connect()
        self._slider.setValue(quality)
        self._number.setValue(quality)
        self._metadata.setChecked(settings.get("export_metadata"))
        self._on_changed()

    def _arrange(self) -> None:
        rows = form()
        if self._kind in HAS_QUALITY:
            line = QHBoxLayout()
            line.addWidget(self._slider, 1)
            line.addWidget(self._number)
            rows.addRow(self.tr("Quality"), line)
        if self._kind == "WEBP":
            rows.addRow("", self._lossless)
        profile = profile_in(self._document.metadata)
        if profile is not None and self._kind in HAS_METADATA:
            self._profile.addItem("sRGB", False)
            self._profile.addItem(profile_name(profile), True)
            rows.addRow(self.tr("Colour profile"), self._profile)
        if self._kind in HAS_METADATA:
            rows.addRow("", self._metadata)
        rows.addRow(self.tr("File size"), self._size)
        parts: list[QWidget | QLayout] = [rows]
        if self._kind not in HAS_ALPHA:
            parts.append(label(self.tr("This format has no transparency: white shows through."), "small"))
        arrange(self, *parts, ok_and_cancel(self, self.tr("Export")), width=380)

    def _connect(self) -> None:
        self._slider.valueChanged.connect(self._number.setValue)
        self._number.valueChanged.connect(lambda value: self._slider.setValue(round(value)))
        self._slider.valueChanged.connect(self._on_changed)
        self._lossless.toggled.connect(self._on_changed)
        self._metadata.toggled.connect(self._on_changed)
        self._profile.activated.connect(self._on_changed)
        self._measured.connect(self._on_measured, Qt.ConnectionType.QueuedConnection)
        self.accepted.connect(self._remember)

    @property
    def options(self) -> ExportOptions:
        return ExportOptions(
            self._slider.value(),
            self._lossless.isChecked(),
            self._metadata.isChecked(),
            bool(self._profile.currentData()),
        )

    @property
    def size_text(self) -> str:
        return self._size.text()

    def _remember(self) -> None:
        self._settings.set("export_quality", self._slider.value())
        self._settings.set("export_metadata", self._metadata.isChecked())

    def _on_changed(self) -> None:
        for widget in (self._slider, self._number):
            widget.setEnabled(not self._lossless.isChecked())
        self._question += 1
        self._size.setText(self._size.text() or self.tr("measuring…"))
        self._timer.start()

    def _measure(self) -> None:
        question, options = self._question, self.options

        def work() -> None:
            if question == self._question:
                self._measured.emit(question, _bytes_of(self._document, self._kind, options, self._parameters))

        self._worker.submit(work)

    def _on_measured(self, question: int, nbytes: float) -> None:
        if question == self._question and nbytes > 0:
            size = self.locale().formattedDataSize(round(nbytes))
            self._size.setText(self.tr("about {size}").format(size=size))


def _bytes_of(document: Document, kind: str, options: ExportOptions, parameters: str | None) -> float:
    """The size of the file; of a large picture, as its middle part tells. 0 when the format cannot hold it."""
    canvas = document.bounds
    width, height = min(canvas.width, _SAMPLE_SIDE), min(canvas.height, _SAMPLE_SIDE)
    part = Bounds((canvas.width - width) // 2, (canvas.height - height) // 2, width, height)
    stream = io.BytesIO()
    try:
        encode(stream, render(document, part), kind, options, parameters, document.metadata)
    except (StudioError, OSError, MemoryError, *DAMAGE):
        return 0.0
    return stream.tell() * (canvas.width * canvas.height) / (width * height)
