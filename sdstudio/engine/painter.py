"""The real painter: owns the device and the one model that stays in memory between jobs."""

from __future__ import annotations

import gc
import logging

import diffusers
import psutil
import torch
from transformers.utils import logging as transformers_logging

from sdstudio.engine import branching, hires, loading
from sdstudio.engine.connection import Job
from sdstudio.engine.extras.dressing import dress
from sdstudio.engine.failures import is_out_of_memory
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.service import Picture, Report
from sdstudio.engine.validation import Pixels
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.messages import Ready

_log = logging.getLogger(__name__)


class TorchPainter:
    """Loads models as jobs ask for them and runs the sampling loop."""

    def __init__(self) -> None:
        transformers_logging.disable_progress_bar()  # the log is no terminal
        self._device = _best_device()
        self._model: LoadedModel | None = None

    def ready(self) -> Ready:
        name, memory_bytes = _describe(self._device)
        return Ready(
            device=str(self._device),
            device_name=name,
            memory_bytes=memory_bytes,
            torch_version=str(torch.__version__),
            diffusers_version=diffusers.__version__,
        )

    def paint(self, job: Job, pixels: Pixels, report: Report) -> Picture:
        model = self._load(job.message.model, report)
        dress(model, job.message, report.check_cancelled)
        request = job.message.request
        begun = branching.begun(request, pixels, model, report)
        return hires.run(request, begun, model, report, job.message.extras)

    def recover(self, error: Exception) -> None:
        """After an out-of-memory error the model goes too: the next job starts with all the memory there is."""
        if is_out_of_memory(error):
            self._forget()

    def _load(self, info: ModelInfo, report: Report) -> LoadedModel:
        if self._model is None or self._model.info != info:
            self._forget()
            _log.info("loading the model %s", info.id)
            self._model = loading.load(info, self._device, lambda done: report.progress("loading", fraction=done))
        report.progress("loading", fraction=1.0)
        return self._model

    def _forget(self) -> None:
        self._model = None
        gc.collect()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()


def _best_device() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda", 0)
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def _describe(device: torch.device) -> tuple[str, int]:
    """The device's name and its total memory in bytes."""
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return properties.name, properties.total_memory
    names = {"cpu": f"{torch.get_num_threads()} CPU threads", "mps": "Apple GPU"}
    return names[device.type], psutil.virtual_memory().total
