"""Shows on the canvas what is left of the picture at the step of the schedule plot at which the pointer is.

At once in colours; and where the engine is quick about it, soon afterwards as the model sees it.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from sdstudio.document.composite import render
from sdstudio.generation.crop import to_model
from sdstudio.generation.errands import Errands, Pixels
from sdstudio.generation.noise_levels import curve
from sdstudio.generation.noising import noised
from sdstudio.generation.prepare import PAPER, Intent
from sdstudio.generation.session import Session
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.errands import ShowNoise
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.resample import from_rgb, to_rgb
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.docks.generate import GeneratePanel

_SMALL_BYTES = 512 * 2**20  # of a model that encodes and decodes a picture within a moment on any machine
_DELAY_MS = 150  # that the pointer has to rest


class NoisingControl(QObject):
    def __init__(self, session: Session, canvas: CanvasView, panel: GeneratePanel, errands: Errands) -> None:
        super().__init__(canvas)
        self._session, self._canvas, self._errands = session, canvas, errands
        self._sigma: float | None = None  # where the pointer is; None: beside the plot
        self._asked = ""  # the errand on its way
        self._rest = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._rest.timeout.connect(self._on_rested)
        panel.advanced.plot.pointed.connect(self._on_pointed)

    def _on_pointed(self, step: int) -> None:
        session = self._session
        if session.queue.running is not None:
            return  # its own preview is being shown
        intent = session.intent()
        self._errands.cancel(self._asked)
        if step < 0 or intent.placement is None:
            self._sigma = None
            self._canvas.clear_preview()
            return
        model = self._model()
        self._sigma = curve(session.parameters, model).sigmas[step]
        area = intent.placement.context.intersected(session.document.bounds)
        cell = model.size_multiple if model is not None else 8
        picture = noised(session.document, area, self._sigma, session.parameters.seed, cell)
        self._canvas.show_preview(from_rgb(picture), area, None)
        self._rest.start()

    def _model(self) -> ModelInfo | None:
        session = self._session
        return next((model for model in session.models if model.id == session.parameters.model_id), None)

    def _on_rested(self) -> None:
        session, model, intent = self._session, self._model(), self._session.intent()
        if self._sigma is None or session.queue.running is not None or model is None or model.bytes > _SMALL_BYTES:
            return
        if intent.placement is None or intent.extent is None or not _is_inside(intent, session.document.bounds):
            return
        context, sigma = intent.placement.context, self._sigma
        errand = ShowNoise(
            job_id=self._errands.new_id(), extent=intent.extent, model=model, sigma=sigma, seed=session.parameters.seed
        )
        self._asked = errand.job_id
        shown = to_rgb(render(session.document, context), PAPER)

        def then(made: Pixels) -> None:
            if self._sigma == sigma and session.queue.running is None:
                self._canvas.show_preview(from_rgb(made), context, None)

        # When the engine cannot, the noise in colours stays: nobody has asked for anything.
        self._errands.ask(errand, to_model(shown, context, context, intent.extent), then, lambda _error: None)


def _is_inside(intent: Intent, canvas: Bounds) -> bool:
    assert intent.placement is not None
    return intent.placement.context.intersected(canvas) == intent.placement.context
