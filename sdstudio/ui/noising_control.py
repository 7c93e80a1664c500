"""Shows on the canvas what is left of the picture at the step of the schedule plot at which the pointer is."""

from __future__ import annotations

from PySide6.QtCore import QObject

from sdstudio.generation.noise_levels import curve
from sdstudio.generation.noising import noised
from sdstudio.generation.session import Session
from sdstudio.raster.resample import from_rgb
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.docks.generate import GeneratePanel


class NoisingControl(QObject):
    def __init__(self, session: Session, canvas: CanvasView, panel: GeneratePanel) -> None:
        super().__init__(canvas)
        self._session, self._canvas = session, canvas
        panel.advanced.plot.pointed.connect(self._on_pointed)

    def _on_pointed(self, step: int) -> None:
        session = self._session
        if session.queue.running is not None:
            return  # its own preview is being shown
        intent = session.intent()
        if step < 0 or intent.placement is None:
            self._canvas.clear_preview()
            return
        model = next((model for model in session.models if model.id == session.parameters.model_id), None)
        found = curve(session.parameters, model)
        area = intent.placement.context.intersected(session.document.bounds)
        cell = model.size_multiple if model is not None else 8
        picture = noised(session.document, area, found.sigmas[step], session.parameters.seed, cell)
        self._canvas.show_preview(from_rgb(picture), area, None)
