"""One control model in the Control panel: which, guided by what, how strongly, and what it gets to see."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QHBoxLayout, QLabel

from sdstudio.protocol.request import ControlUse
from sdstudio.ui.widgets.labels import icon_button, label
from sdstudio.ui.widgets.number import NumberField

OPEN_FILE = "open file"  # what the source box holds at “Picture file…”
_PREVIEW_HEIGHT = 96
_NEEDS_MODEL = ("depth", "pose", "segments")


class ControlCard(QFrame):
    """`changed(use)` by hand only; `file_wanted`, `layer_wanted` and `removed` are what the buttons ask for."""

    changed = Signal(object)
    file_wanted = Signal()
    layer_wanted = Signal()
    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._use = ControlUse(model="")
        self.model = self._choice(self.tr("The control model that guides the picture"))
        self.source = self._choice(self.tr("Where the guiding picture comes from"))
        self.preprocessor = self._choice(self.tr("How the guiding picture is made from it"))
        self.weight = NumberField(0, 2, default=1.0, decimals=2, step=0.05)
        self.start = NumberField(0, 100, default=0, unit="%")
        self.end = NumberField(0, 100, default=100, unit="%")
        self.preview = QLabel()
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.preview.setMinimumHeight(_PREVIEW_HEIGHT)
        self.preview.setAccessibleName(self.tr("What guides"))
        self.weight.setToolTip(self.tr("How strictly the picture follows"))
        self.start.setToolTip(self.tr("From this part of the steps on it guides"))
        self.end.setToolTip(self.tr("From this part of the steps on the model is free"))
        self._fill_preprocessors()
        self._arrange()
        self._connect()

    @property
    def use(self) -> ControlUse:
        return self._use

    def show_choices(self, models: list[tuple[str, str]], sources: list[tuple[str, str]]) -> None:
        """(id, title) pairs of both boxes; what is chosen stays, and is added when it is not among them."""
        for box, items, chosen in ((self.model, models, self._use.model), (self.source, sources, self._use.source)):
            items = [*items]
            if chosen and chosen not in dict(items):
                items.insert(0, (chosen, self.tr("{name} (missing)").format(name=chosen.partition(":")[2] or chosen)))
            if items != [(box.itemData(index), box.itemText(index)) for index in range(box.count())]:
                box.clear()
                for value, text in items:
                    box.addItem(text, value)
            box.setCurrentIndex(box.findData(chosen))

    def show_use(self, use: ControlUse) -> None:
        """Show it without a signal."""
        self._use = use
        self.model.setCurrentIndex(self.model.findData(use.model))
        self.source.setCurrentIndex(self.source.findData(use.source))
        self.preprocessor.setCurrentIndex(self.preprocessor.findData(use.preprocessor))
        for field, value in ((self.weight, use.weight), (self.start, 100 * use.start), (self.end, 100 * use.end)):
            was_blocked = field.blockSignals(True)
            field.setValue(value)
            field.blockSignals(was_blocked)

    def show_preview(self, picture: QImage | None, problem: str = "") -> None:
        """What the control model would see now, or why there is nothing."""
        if picture is None:
            self.preview.setPixmap(QPixmap())
            self.preview.setText(problem)
            self.preview.setWordWrap(True)
        else:
            ratio = self.devicePixelRatioF()
            height = round(_PREVIEW_HEIGHT * ratio)
            pixmap = QPixmap.fromImage(picture.scaledToHeight(height, Qt.TransformationMode.SmoothTransformation))
            pixmap.setDevicePixelRatio(ratio)
            self.preview.setPixmap(pixmap)

    # Building

    def _choice(self, tip: str) -> QComboBox:
        box = QComboBox()
        box.setToolTip(tip)
        box.setMinimumContentsLength(6)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        return box

    def _fill_preprocessors(self) -> None:
        names = {
            "none": self.tr("As it is (white lines on black)"),
            "invert": self.tr("Dark lines on light"),
            "scribble": self.tr("Scribble of a picture"),
            "line_art": self.tr("Line art of a picture"),
            "canny": self.tr("Canny edges"),
            "soft_edge": self.tr("Soft edges"),
            "depth": self.tr("Depth (needs a depth model)"),
            "pose": self.tr("Pose (needs a pose model)"),
            "segments": self.tr("Segments (need a model)"),
        }
        for value, text in names.items():
            self.preprocessor.addItem(text, value)
        items = self.preprocessor.model()
        assert isinstance(items, QStandardItemModel)
        for value in _NEEDS_MODEL:
            items.item(self.preprocessor.findData(value)).setEnabled(False)

    def _arrange(self) -> None:
        as_layer = icon_button(
            "layers", self.tr("As a layer"), self.tr("Puts the guiding picture on a layer of its own")
        )
        remove = icon_button("trash-2", self.tr("Remove"), self.tr("Takes this control out"))
        as_layer.clicked.connect(self.layer_wanted)
        remove.clicked.connect(self.removed)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 8)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        for row, (text, field) in enumerate(
            ((self.tr("Model"), self.model), (self.tr("Source"), self.source), (self.tr("Make"), self.preprocessor))
        ):
            grid.addWidget(label(text, buddy=field), row, 0)
            grid.addWidget(field, row, 1)
        share = QHBoxLayout()
        share.setSpacing(6)
        for number in (self.start, self.end):
            number.setMinimumWidth(40)
            share.addWidget(number, 1)
        share.insertWidget(1, label(self.tr("to"), "muted", buddy=self.end))
        grid.addWidget(label(self.tr("Weight"), buddy=self.weight), 3, 0)
        grid.addWidget(self.weight, 3, 1)
        grid.addWidget(label(self.tr("From"), buddy=self.start), 4, 0)
        grid.addLayout(share, 4, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.preview, 1)
        buttons.addWidget(as_layer, 0, Qt.AlignmentFlag.AlignBottom)
        buttons.addWidget(remove, 0, Qt.AlignmentFlag.AlignBottom)
        grid.addLayout(buttons, 5, 0, 1, 2)
        grid.setColumnStretch(1, 1)

    def _connect(self) -> None:
        self.model.activated.connect(lambda index: self._tell(model=self.model.itemData(index)))
        self.source.activated.connect(self._on_source_chosen)
        self.preprocessor.activated.connect(lambda i: self._tell(preprocessor=self.preprocessor.itemData(i)))
        self.weight.valueChanged.connect(lambda value: self._tell(weight=value))
        self.start.valueChanged.connect(
            lambda value: self._tell(start=value / 100, end=max(self._use.end, value / 100))
        )
        self.end.valueChanged.connect(
            lambda value: self._tell(end=value / 100, start=min(self._use.start, value / 100))
        )

    def _on_source_chosen(self, index: int) -> None:
        source = self.source.itemData(index)
        if source == OPEN_FILE:
            self.source.setCurrentIndex(self.source.findData(self._use.source))
            self.file_wanted.emit()
        else:
            self._tell(source=source)

    def _tell(self, **changes: object) -> None:
        self._use = msgspec.structs.replace(self._use, **changes)
        self.changed.emit(self._use)
