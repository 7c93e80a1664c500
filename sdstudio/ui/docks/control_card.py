"""One control model in the Control panel: which, guided by what, how strongly, and what it gets to see."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap, QStandardItemModel
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel

from sdstudio.models.extras import ExtraInfo
from sdstudio.protocol.request import READ_BY_MODELS, ControlUse
from sdstudio.ui.docks.control_details import LABEL_WIDTH, ControlDetails
from sdstudio.ui.widgets.choice import ChoiceBox
from sdstudio.ui.widgets.labels import icon_button, label
from sdstudio.ui.widgets.number import NumberField

OPEN_FILE = "open file"  # what the source box holds at “Picture file…”
_PREVIEW_HEIGHT = 96


class ControlCard(QFrame):
    """`changed(use)` by hand only; `file_wanted`, `layer_wanted` and `removed` are what the buttons ask for."""

    changed = Signal(object)
    file_wanted = Signal()
    layer_wanted = Signal()
    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._use = ControlUse(model="")
        self.model = ChoiceBox(self.tr("The control model that guides the picture"))
        self.source = ChoiceBox(self.tr("Where the guiding picture comes from"))
        self.preprocessor = ChoiceBox(self.tr("How the guiding picture is made from it"))
        self.weight = NumberField(0, 2, default=1.0, decimals=2, step=0.05)
        self.start = NumberField(0, 100, default=0, unit="%")
        self.end = NumberField(0, 100, default=100, unit="%")
        self.details = ControlDetails()
        self.preview = QLabel()
        self.preview.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.preview.setMinimumHeight(_PREVIEW_HEIGHT)
        self.preview.setAccessibleName(self.tr("What guides"))
        self._reason = label("", "small")
        self._reason.setWordWrap(True)
        self._reason.hide()
        self._explain("")
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
        self._show_preprocessor()
        for field, value in ((self.weight, use.weight), (self.start, 100 * use.start), (self.end, 100 * use.end)):
            was_blocked = field.blockSignals(True)
            field.setValue(value)
            field.blockSignals(was_blocked)

    def show_model(self, model: ExtraInfo | None, *, looks: bool) -> None:
        """Show what only this model's controls have; what `looks` at pictures themselves gets them as they are."""
        self.details.show_model(model, self._use)
        for part in (self.preprocessor, self._make_label):
            part.setHidden(looks)
        is_read = self._use.model in READ_BY_MODELS
        for field in (self.weight, self.start, self.end):
            field.setDisabled(is_read)
        self._explain(
            self.tr("The model reads this picture itself: all of it, at every step. It has no weight.")
            if is_read
            else ""
        )

    def _explain(self, reason: str) -> None:
        """What weight and steps do; or, with a `reason`, why they cannot be changed."""
        self.weight.setToolTip(reason or self.tr("How strictly the picture follows"))
        self.start.setToolTip(reason or self.tr("From this part of the steps on it guides"))
        self.end.setToolTip(reason or self.tr("From this part of the steps on the model is free"))
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))

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

    def _fill_preprocessors(self) -> None:
        names = {
            "none": self.tr("As it is (white lines on black)"),
            "invert": self.tr("Dark lines on light"),
            "scribble": self.tr("Scribble of a picture"),
            "line_art": self.tr("Line art of a picture"),
            "canny": self.tr("Canny edges"),
            "soft_edge": self.tr("Soft edges"),
        }
        for value, text in names.items():
            self.preprocessor.addItem(text, value)
        self._plain = len(names)

    def show_estimators(self, models: Sequence[ExtraInfo]) -> None:
        """The preprocessors that need a model, one for each that is there; without any they say what is missing."""
        words = {"depth": self.tr("Depth"), "pose": self.tr("Pose"), "segments": self.tr("Segments")}
        items: list[tuple[str, str, bool]] = []
        for kind, text in words.items():
            found = [model for model in models if model.kind == kind]
            items += [(f"{kind}:{model.id}", f"{text}: {model.title}", True) for model in found]
            if not found:
                items.append(
                    (kind, self.tr("{what} (put a model for it into the models folder)").format(what=text), False)
                )
        while self.preprocessor.count() > self._plain:
            self.preprocessor.removeItem(self._plain)
        rows = self.preprocessor.model()
        assert isinstance(rows, QStandardItemModel)
        for value, text, is_there in items:
            self.preprocessor.addItem(text, value)
            rows.item(self.preprocessor.count() - 1).setEnabled(is_there)
        self._show_preprocessor()

    def _show_preprocessor(self) -> None:
        use = self._use
        named = self.preprocessor.findData(f"{use.preprocessor}:{use.estimator}")
        self.preprocessor.setCurrentIndex(named if named >= 0 else self.preprocessor.findData(use.preprocessor))

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
        self._make_label = label(self.tr("Make"), buddy=self.preprocessor)
        named = (
            label(self.tr("Model"), buddy=self.model),
            label(self.tr("Source"), buddy=self.source),
            self._make_label,
        )
        for row, (text, field) in enumerate(zip(named, (self.model, self.source, self.preprocessor), strict=True)):
            grid.addWidget(text, row, 0)
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
        grid.addWidget(self._reason, 5, 1)
        grid.addWidget(self.details, 6, 0, 1, 2)
        grid.addLayout(buttons, 7, 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, LABEL_WIDTH)

    def _connect(self) -> None:
        self.model.activated.connect(lambda index: self._tell(model=self.model.itemData(index)))
        self.source.activated.connect(self._on_source_chosen)
        self.preprocessor.activated.connect(self._on_preprocessor_chosen)
        self.details.changed.connect(lambda changes: self._tell(**changes))
        self.weight.valueChanged.connect(lambda value: self._tell(weight=value))
        self.start.valueChanged.connect(
            lambda value: self._tell(start=value / 100, end=max(self._use.end, value / 100))
        )
        self.end.valueChanged.connect(
            lambda value: self._tell(end=value / 100, start=min(self._use.start, value / 100))
        )

    def _on_preprocessor_chosen(self, index: int) -> None:
        preprocessor, _, estimator = self.preprocessor.itemData(index).partition(":")
        self._tell(preprocessor=preprocessor, estimator=estimator)

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
