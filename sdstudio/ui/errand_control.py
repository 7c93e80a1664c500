"""Ties the engine's errands to the window: upscaling, prompts from pictures, and control pictures made by models.

While one is under way a message says how far it is, with a way to cancel it. Must not know the engine's process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from sdstudio.document.commands import AddLayer, EditTiles
from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.image_transforms import resized
from sdstudio.document.layers import PaintLayer
from sdstudio.document.permissions import paintable
from sdstudio.document.steps import Steps
from sdstudio.errors import ModelProblem, StudioError
from sdstudio.generation.errands import Errands, Pixels
from sdstudio.generation.session import Session
from sdstudio.generation.upscaling import colours, joined, target_of
from sdstudio.models.extras import ExtraInfo, estimator, people_finder
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.errands import Describe, Enlarge, Errand, Estimate, Told
from sdstudio.protocol.request import ControlUse
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.resample import from_rgb, to_rgb
from sdstudio.raster.tiles import Surface
from sdstudio.raster.warp import Filter
from sdstudio.settings import Settings
from sdstudio.ui.actions import Actions
from sdstudio.ui.editor import Editor
from sdstudio.ui.long_edits import run_long
from sdstudio.ui.notices import Notices
from sdstudio.ui.tools.toolbox import Toolbox
from sdstudio.ui.widgets.toast import Remedy, Toast

_QUICK_PX = 4 * 1024 * 1024  # of all layers together that are resized without a thread
_PAPER = QColor(255, 255, 255)


class ErrandControl(QObject):
    def __init__(
        self,
        window: QWidget,
        editor: Editor,
        toolbox: Toolbox,
        session: Session,
        errands: Errands,
        actions: Actions,
        notices: Notices,
        settings: Settings,
    ) -> None:
        super().__init__(window)
        self._window, self._editor, self._toolbox, self._session = window, editor, toolbox, session
        self._errands, self._notices, self._settings = errands, notices, settings
        actions.on("image.upscale", self._ask_upscale)
        actions.on("generate.describe", self.describe)

    @property
    def _document(self) -> Document:
        return self._editor.document

    # Upscaling

    def _ask_upscale(self) -> None:
        from sdstudio.ui.dialogs.last_use import LastUse
        from sdstudio.ui.dialogs.upscale import UpscaleDialog

        self._toolbox.active.settle()
        area = self._layer_area()
        upscalers = [extra for extra in self._session.extras if extra.kind == "upscaler"]
        dialog = UpscaleDialog(self._document.extent, None if area is None else area.extent, upscalers, self._window)
        last = LastUse(self._settings, "upscale", {"what": dialog.what, "factor": dialog.factor_field, "by": dialog.by})
        last.recall()
        if dialog.exec():
            last.keep()
            self.upscale(dialog.factor, dialog.upscaler, is_layer=dialog.is_layer)

    def upscale(self, factor: float, upscaler: ExtraInfo | None, *, is_layer: bool) -> None:
        """Make the whole picture, or the current layer alone, `factor` times larger."""
        document, layer, area = self._document, self._document.active, self._layer_area()
        with self._notices.caught():
            if is_layer and area is not None and isinstance(layer, PaintLayer):
                paintable(document, layer.id)  # refused now rather than after the wait
                image = layer.surface.read(area)
                place = Point(
                    round(area.x - area.width * (factor - 1) / 2), round(area.y - area.height * (factor - 1) / 2)
                )
                title = self.tr("Upscale layer")

                def then(made: Pixels) -> None:
                    after = Surface.from_image(joined(made, image), place)
                    document.run(EditTiles(paintable(document, layer.id).id, layer.surface.snapshot(), after, title))

            else:
                image = render(document, document.bounds)
                name = self.tr("Upscaled")
                title, sentence = self.tr("Upscale image"), self.tr("Changing the size of the picture…")

                def then(made: Pixels) -> None:
                    picture = PaintLayer(name=name, surface=Surface.from_image(joined(made, image)))
                    add = AddLayer(picture, None, len(document.root.children))
                    extent = Extent(made.shape[1], made.shape[0])
                    run_long(
                        document,
                        sentence,
                        lambda snapshot, tell: Steps(title, [resized(snapshot, extent, Filter.SMOOTH, tell), add]),
                        is_quick=extent.area * len(document.root.children) < _QUICK_PX,
                    )

            extent = Extent(image.width(), image.height())
            errand = Enlarge(
                job_id=self._errands.new_id(), extent=extent, target=target_of(extent, factor), upscaler=upscaler
            )
            self._ask(errand, colours(image), then, self.tr("Upscaling"))

    def _layer_area(self) -> Bounds | None:
        """Of what is on the current layer; None when there is nothing to upscale."""
        layer = self._document.active
        if not isinstance(layer, PaintLayer):
            return None
        area = layer.surface.content_bounds()
        return None if area.is_empty else area

    # Words for the picture

    def describe(self) -> None:
        """Put a prompt for what is selected, or for the whole picture, in the place of the present one."""
        self._toolbox.active.settle()
        selected = self._document.selection.content_bounds().intersected(self._document.bounds)
        area = self._document.bounds if self._document.selection.is_empty else selected
        with self._notices.caught():
            image = render(self._document, area)
            clip = next((extra for extra in self._session.extras if extra.kind == "vision" and extra.speaks), None)
            errand = Describe(
                job_id=self._errands.new_id(),
                extent=Extent(image.width(), image.height()),
                model=self._describing_model(clip),
                clip=clip,
            )
            self._ask(errand, to_rgb(image, _PAPER), self._on_told, self.tr("Looking at the picture"))

    def _describing_model(self, clip: ExtraInfo | None) -> ModelInfo:
        """The chosen model if it has a list of things; else one that has. Raises ModelProblem without CLIP and list."""
        chosen = [model for model in self._session.models if model.id == self._session.parameters.model_id]
        for model in [*chosen, *self._session.models]:
            if model.vocabulary or clip is not None:
                return model
        raise ModelProblem(
            self.tr("No model here can describe pictures. Put a CLIP model into the models folder; then this works.")
        )

    def _on_told(self, told: Told) -> None:
        before = self._session.parameters.prompt

        def put(prompt: str) -> None:
            self._session.parameters = msgspec.structs.replace(self._session.parameters, prompt=prompt)

        put(told.prompt)
        words = self.tr("The prompt describes the picture now: {prompt}").format(prompt=told.prompt)
        self._notices.tell(words, Remedy(self.tr("Put the old prompt back"), lambda: put(before)))

    # Control pictures

    def estimate(self, use: ControlUse, picture: Pixels, name: str) -> None:
        """Put what the model of `use` makes of `picture`, RGB of the canvas, on a layer called `name`."""
        document = self._document

        def then(made: Pixels) -> None:
            surface = Surface.from_image(from_rgb(np.ascontiguousarray(made)))
            document.run(AddLayer(PaintLayer(name=name, surface=surface)))

        with self._notices.caught():
            errand = Estimate(
                job_id=self._errands.new_id(),
                extent=Extent(picture.shape[1], picture.shape[0]),
                estimator=estimator(self._session.extras, use),
                finder=people_finder(self._session.extras, use.preprocessor),
            )
            self._ask(errand, picture, then, name)

    # On the way

    def _ask(self, errand: Errand, picture: Pixels, then: Callable[[Any], None], sentence: str) -> None:
        document = self._document
        cancel = Remedy(self.tr("Cancel"), lambda: self._errands.cancel(errand.job_id))
        toast = self._notices.tell(self.tr("{what}…").format(what=sentence), cancel)

        def progressed(share: float) -> None:
            toast.retell(self.tr("{what}… {percent} %").format(what=sentence, percent=round(100 * share)))

        def finished(answer: Any) -> None:
            self._drop(toast)
            with self._notices.caught():
                if not isinstance(answer, Told) and document is not self._editor.document:
                    return  # another picture is open now: it must not get this one's pixels
                then(answer)

        def failed(error: StudioError | None) -> None:
            self._drop(toast)
            if error is not None:
                self._notices.error(error)

        self._errands.ask(errand, picture, finished, failed, progressed)

    def _drop(self, toast: Toast) -> None:
        toast.closed.emit()
