"""The Control panel: control models, adapters and references guide the picture by the canvas, a layer or a file.

Shows and changes the controls of `Session.parameters`, and shows what each gets to see. Must not know the engine.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from sdstudio.document.commands import AddLayer
from sdstudio.document.layers import PaintLayer
from sdstudio.errors import BadRequest, StudioError
from sdstudio.formats.pictures import read_picture
from sdstudio.generation.additions import FILE, LAYER, Pixels, control_picture
from sdstudio.generation.session import Session
from sdstudio.models.extras import ESTIMATES, GUIDES, ExtraInfo, fits
from sdstudio.models.flow_kinds import FLOW
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import DEPTH_INPUT, PICTURE_INPUT, REFERENCE, ControlUse
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.resample import from_rgb
from sdstudio.raster.tiles import Surface
from sdstudio.ui.docks.control_card import OPEN_FILE, ControlCard
from sdstudio.ui.editor import Editor
from sdstudio.ui.widgets.labels import label

_MARGIN = 12
_PREVIEW_SIDE = 256  # pixels: enough to see what guides
_PREVIEW_DELAY_MS = 400  # after the last change: never while a stroke is drawn


class ControlPanel(QScrollArea):
    """`failed(StudioError)` when a picture cannot be opened or a layer cannot be made.

    `estimate_wanted(use, pixels, name)`: a layer called `name` with what a model makes of `pixels`.
    """

    failed = Signal(object)
    estimate_wanted = Signal(object, object, str)

    def __init__(self, session: Session, editor: Editor) -> None:
        super().__init__()
        self._session, self._editor = session, editor
        self.cards: list[ControlCard] = []
        self.add_button = QPushButton(self.tr("Add a control"))
        self.add_button.setToolTip(self.tr("Lets a sketch, a layer or a picture say where things are"))
        self._hint = label("", "small")
        self._hint.setWordWrap(True)
        self._timer = QTimer(self, singleShot=True, interval=_PREVIEW_DELAY_MS)
        self._timer.timeout.connect(self._on_preview_due)
        self._arrange()
        self.add_button.clicked.connect(self._on_add)
        session.parameters_changed.connect(self._on_parameters_changed)
        session.models_changed.connect(self._on_parameters_changed)
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    def _arrange(self) -> None:
        content = QWidget()
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(_MARGIN, 4, _MARGIN, _MARGIN)
        self._column.setSpacing(8)
        self._column.addWidget(self.add_button)
        self._column.addWidget(self._hint)
        self._column.addStretch(1)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    # What changes

    def _on_document_replaced(self) -> None:
        document = self._editor.document
        document.pixels_changed.connect(self._on_pixels_changed)
        document.layers_changed.connect(self._on_layers_changed)
        self._on_parameters_changed()

    def _on_pixels_changed(self, layer_id: str, area: Bounds) -> None:
        self._timer.start()

    def _on_layers_changed(self, *_what: object) -> None:
        self._show_choices()
        self._timer.start()

    def _on_parameters_changed(self) -> None:
        controls = self._session.parameters.controls
        while len(self.cards) > len(controls):
            card = self.cards.pop()
            self._column.removeWidget(card)
            card.deleteLater()
        while len(self.cards) < len(controls):
            self._insert(ControlCard())
        self._hint.setVisible(not controls)
        self._hint.setText(
            self.tr("Draw lines on a layer, add a control, and the generated picture follows them.")
            if self._guides()
            else self.tr(
                "The models folder has no control model for the chosen model. A reference picture works without one."
            )
            if self._models()
            else self.tr("The models folder has no control model for the chosen model.")
        )
        for card, use in zip(self.cards, controls, strict=True):
            if card.use != use or not card.model.count():
                card.show_use(use)
        self._show_choices()
        self._timer.start()

    def _show_choices(self) -> None:
        guides = {extra.id: extra for extra in self._guides()}
        for card in self.cards:
            card.show_choices(self._models(), self._sources())
            card.show_estimators([extra for extra in self._session.extras if extra.kind in ESTIMATES])
            card.details.show_masks(self._layers(), card.use.mask)
            card.show_use(card.use)
            card.show_model(guides.get(card.use.model), looks=self._looks(card.use))

    def _insert(self, card: ControlCard) -> None:
        self._column.insertWidget(len(self.cards), card)
        self.cards.append(card)
        card.changed.connect(lambda _use: self._store())
        card.removed.connect(lambda: self._on_removed(card))
        card.file_wanted.connect(lambda: self._on_file_wanted(card))
        card.layer_wanted.connect(lambda: self._on_layer_wanted(card))

    def _guides(self) -> list[ExtraInfo]:
        """Those of the chosen model's family."""
        model = self._model()
        return [
            extra for extra in self._session.extras if extra.kind in GUIDES and (model is None or fits(extra, model))
        ]

    def _model(self) -> ModelInfo | None:
        """The chosen one."""
        model_id = self._session.parameters.model_id
        return next((model for model in self._session.models if model.id == model_id), None)

    def _models(self) -> list[tuple[str, str]]:
        """What can be chosen; the last one needs no file, nor does the first one of a model that reads pictures."""
        model = self._model()
        own, last = [], (REFERENCE, self.tr("Reference (no model)"))
        if model is not None and model.depth:
            own = [(DEPTH_INPUT, self.tr("Depth map"))]
        if model is not None and model.reads:
            words = self.tr("Picture to edit") if model.reads == "edit" else self.tr("Picture to follow")
            own = [(PICTURE_INPUT, words)]
        if model is not None and model.prediction == FLOW:  # whose attention cannot look at references
            is_bare = model.family == "flux" and not model.reads and not model.inpaint
            last = (PICTURE_INPUT, self.tr("Picture to edit (if this is Kontext)")) if is_bare else ("", "")
        guides = [(extra.id, extra.title) for extra in self._guides()]
        return [choice for choice in (*own, *guides, last) if choice[0]]

    def _layers(self) -> list[tuple[str, str]]:
        return [(LAYER + layer.id, layer.name) for layer in reversed(list(self._editor.document.walk()))]

    def _sources(self) -> list[tuple[str, str]]:
        files = [(source, source.removeprefix(FILE)) for source in self._session.control_files]
        return [("canvas", self.tr("Canvas")), *self._layers(), *files, (OPEN_FILE, self.tr("Picture file…"))]

    # Previews

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def _on_preview_due(self) -> None:
        if not self.isVisible():
            return
        for card in self.cards:
            try:
                card.show_preview(from_rgb(self._picture(card.use, _PREVIEW_SIDE)))
            except StudioError as problem:
                card.show_preview(None, problem.message)

    def _picture(self, use: ControlUse, most: int = 0) -> Pixels:
        """What `use` would see of the whole canvas, RGB; at most `most` pixels along its longer side unless 0."""
        document = self._editor.document
        extent = document.extent
        scale = min(1.0, most / max(extent.width, extent.height)) if most else 1.0
        small = Extent(max(1, round(extent.width * scale)), max(1, round(extent.height * scale)))
        plain = msgspec.structs.replace(use, mask="")
        whole = self._looks(use)
        return control_picture(document, plain, document.bounds, small, self._session.control_files, whole=whole)

    # What a person does

    def _on_add(self) -> None:
        choices, model = self._models(), self._model()
        if not choices:
            self.failed.emit(
                BadRequest(self.tr("Nothing guides this model yet: put a control model for it into the models folder."))
            )
            return
        first, active = choices[0][0], self._editor.document.active
        source = LAYER + active.id if isinstance(active, PaintLayer) else "canvas"
        how = {DEPTH_INPUT: "none", PICTURE_INPUT: "none"}.get(first, "invert")
        if first == PICTURE_INPUT and model is not None and model.reads == "follow":
            how = "none" if "depth" in model.title.casefold() else "canny"
        elif first == PICTURE_INPUT:
            source = "canvas"
        use = ControlUse(model=first, source=source, preprocessor=how)
        self._set((*self._session.parameters.controls, self._fitting(use)))

    def _on_removed(self, card: ControlCard) -> None:
        at = self.cards.index(card)
        controls = self._session.parameters.controls
        self._set(controls[:at] + controls[at + 1 :])

    def _on_file_wanted(self, card: ControlCard) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, self.tr("Guiding Picture"), "", self.tr("Pictures (*.png *.jpg *.jpeg *.webp *.bmp)")
        )
        if name:
            self.open_file(card, Path(name))

    def open_file(self, card: ControlCard, path: Path) -> None:
        """Let the picture at `path` guide."""
        try:
            self._session.control_files[FILE + path.name] = read_picture(path).image
        except StudioError as problem:
            self.failed.emit(problem)
            return
        card.show_use(msgspec.structs.replace(card.use, source=FILE + path.name))
        self._store()

    def _on_layer_wanted(self, card: ControlCard) -> None:
        try:
            pixels = self._picture(card.use)
            name = self.tr("Control: {how}").format(how=card.preprocessor.currentText())
            if card.use.preprocessor in ESTIMATES:
                self.estimate_wanted.emit(card.use, pixels, name)
                return
            image = from_rgb(pixels)
            self._editor.document.run(AddLayer(PaintLayer(name=name, surface=Surface.from_image(image))))
        except StudioError as problem:
            self.failed.emit(problem)

    def _store(self) -> None:
        self._set(tuple(self._fitting(card.use) for card in self.cards))

    def _fitting(self, use: ControlUse) -> ControlUse:
        """What looks at pictures themselves never gets their lines."""
        return msgspec.structs.replace(use, preprocessor="none", estimator="") if self._looks(use) else use

    def _looks(self, use: ControlUse) -> bool:
        """Whether it looks at the picture itself: an IP-Adapter, or the model's own attention."""
        is_adapter = any(extra.id == use.model and extra.kind == "ip_adapter" for extra in self._session.extras)
        model = self._model()
        is_edited = use.model == PICTURE_INPUT and (model is None or model.reads != "follow")
        return is_adapter or is_edited or use.model == REFERENCE

    def _set(self, controls: tuple[ControlUse, ...]) -> None:
        self._session.parameters = msgspec.structs.replace(self._session.parameters, controls=controls)
