"""The real painter: owns the device and the models that stay in memory between jobs, as many as there is room for."""

from __future__ import annotations

import gc
import logging
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import diffusers
import msgspec
import numpy as np
import torch
from transformers.utils import logging as transformers_logging

from sdstudio.engine import branching, fit, hires, loading, memory, weighing
from sdstudio.engine.control_pictures import estimated
from sdstudio.engine.economy import nobody
from sdstudio.engine.extras.dressing import dress
from sdstudio.engine.failures import is_out_of_memory
from sdstudio.engine.history import History
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.reading import Reading
from sdstudio.engine.relay import refiners_part, share_of_refiner
from sdstudio.engine.service import Picture, Report
from sdstudio.engine.speed import exact
from sdstudio.engine.turns import Player, shared, taking_turns
from sdstudio.engine.validation import Pixels
from sdstudio.engine.watch import Watch
from sdstudio.engine.weighing import Manner, Weight
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.errands import Errand, Told
from sdstudio.protocol.messages import Generate, Ready, Saving
from sdstudio.protocol.request import GenerationRequest

_WHOLE = 2  # bytes in memory for each byte of a file: most files hold half precision
_SHARE = 0.4  # of the device's memory that models may take; pictures need the rest
_log = logging.getLogger(__name__)


class TorchPainter:
    """Loads models as jobs ask for them and runs the sampling loop."""

    def __init__(self) -> None:
        transformers_logging.disable_progress_bar()  # the log is no terminal
        self._device = _best_device()
        self._history = History()
        self._models: OrderedDict[ModelInfo, LoadedModel] = OrderedDict()  # the one used last at the end

    def ready(self) -> Ready:
        name, memory_bytes = _name(self._device), memory.total(self._device)
        return Ready(
            device=str(self._device),
            device_name=name,
            memory_bytes=memory_bytes,
            torch_version=str(torch.__version__),
            diffusers_version=diffusers.__version__,
        )

    def paint(self, message: Generate, pixels: Pixels, report: Report) -> Picture:
        request = message.request
        pixels = estimated(message, pixels, self._device, report)
        refiner = None
        if message.model.refiner is not None and request.refiner:
            refiner = self._get_ready(refiners_part(message), replace(pixels, controls=()), report)
        player = self._get_ready(message, pixels, report, refiner)
        model = player.model
        with (
            taking_turns(player, refiner),
            self._planned(player, refiner, request, report),
            exact.arithmetic(self._device),
        ):
            begun = branching.begun(request, pixels, model, report)
            return hires.run(request, begun, model, report, message.extras)

    def _get_ready(self, message: Generate, pixels: Pixels, report: Report, beside: Player | None = None) -> Player:
        """The model of `message` in memory, with what the job adds to it, saving memory as planned.

        `beside`: the other model of this job, which steps aside where there is no room for both.
        """
        other = None if beside is None else beside.model
        model = self._load(message.model, report, other)
        dress(model, message, report.check_cancelled)
        planned = fit.plan(message.request, pixels, model, self._history, lambda: self._make_some_room(other))
        if not model.economy.may_become(planned.savings):  # a job before it needed the weights in fewer bits
            self._models.popitem()
            model = self._load(message.model, report, other)
            dress(model, message, report.check_cancelled)
        model.economy.adopt(planned.savings, planned.possible)
        return Player(model, planned)

    @contextmanager
    def _planned(
        self, player: Player, refiner: Player | None, request: GenerationRequest, report: Report
    ) -> Iterator[None]:
        """Within this context the studio hears how the job saves memory, and when that is not enough."""
        model, planned = player.model, player.fit
        if refiner is not None:
            strength = 1.0 if request.mode == "text_to_image" else request.strength
            planned = shared(planned, refiner.fit, share_of_refiner(request, model, strength))

        def tell(savings: tuple[Saving, ...], *, ran_out: bool = True) -> None:
            report.planned(
                savings,
                planned.needed_bytes,
                planned.free_bytes,
                planned.seconds,
                ran_out=ran_out,
                is_packed=model.economy.is_packed,
            )

        tell(planned.savings, ran_out=False)
        watch, before = Watch(planned, request, model, self._history), model.tally.copy()
        working = [one.model.economy for one in (player, refiner) if one is not None]
        for economy in working:
            economy.changed = tell
        try:
            with memory.bounded(self._device):
                yield
        finally:
            for economy in working:
                economy.changed = nobody
            watch.stop()
            memory.give_back(self._device)
            _log.info("computed: %s", model.tally.since(before))
        if refiner is None:  # two models together tell nothing about either
            watch.finish()

    def run_errand(self, errand: Errand, picture: np.ndarray, report: Report) -> Picture | Told:
        from sdstudio.engine import errands  # when one comes: it brings OpenCV, which pictures do without

        return errands.run(errand, picture, self._device, lambda info: self._load(info, report), report)

    def recover(self, error: Exception) -> None:
        """After an out-of-memory error the model goes too: the next job starts with all the memory there is."""
        if is_out_of_memory(error):
            self._forget()

    def _load(self, info: ModelInfo, report: Report, beside: LoadedModel | None = None) -> LoadedModel:
        """The model of `info`, which becomes the one used last. `beside`: another that has to stay."""
        # The size that a job works at, and who goes on with its pictures, make no other model.
        known = msgspec.structs.replace(info, native_size=0, refiner=None)
        if known not in self._models:
            loading.path_of(info)
            weight = weighing.weigh(info)
            manner = self._make_room(known, weight, beside)
            _log.info("loading the model %s", info.id)
            reading = Reading(info.bytes, lambda done: report.progress("loading", fraction=done))
            with reading:
                model = loading.load(info, self._device, reading.tell, manner)
            if manner.half is not None:
                model.work_in_full(is_exact=weight.is_exact(manner))
            memory.give_back(self._device)  # reading leaves much behind
            self._models[known] = model
        self._models.move_to_end(known)
        report.progress("loading", fraction=1.0)
        return self._models[known]

    def _make_some_room(self, beside: LoadedModel | None) -> bool:
        """Forget the model that was used longest ago, unless it is at work or `beside`, which then steps aside.

        Whether anything made room.
        """
        *others, _present = self._models.items()
        oldest = next((info for info, model in others if model is not beside), None)
        if oldest is None:
            return beside is not None and beside.economy.step_aside()
        del self._models[oldest]
        self._clean_up()
        return True

    def _make_room(self, info: ModelInfo, weight: Weight, beside: LoadedModel | None) -> Manner:
        """Forget the models that were used longest ago, until the next one fits next to the others and `beside`.

        Returns how it has to be read. Raises NotEnoughMemory when it does not fit in any way.
        """
        memory_bytes, on_cpu = memory.total(self._device), self._device.type == "cpu"
        usual = loading.choose_dtype(Path(info.path), self._device)
        needed = weight.bytes_in(Manner(), usual)
        others = [one for one, model in self._models.items() if model is not beside]
        while others and (
            _WHOLE * sum(one.bytes for one in (info, *self._models)) > memory_bytes * _SHARE
            or needed > memory.available(self._device) * fit.USABLE
        ):
            del self._models[others.pop(0)]
            self._clean_up()

        def chosen() -> Manner | None:
            free = memory.available(self._device)
            return weighing.choose(weight, usual, free, free * fit.USABLE, on_cpu=on_cpu)

        manner = chosen()
        if manner is None and beside is not None and beside.economy.step_aside():
            manner = chosen()
        if manner is None:
            free = memory.available(self._device)
            raise fit.too_heavy(info, weight.bytes_in(weight.manners(on_cpu=on_cpu)[-1], usual), free)
        return manner

    def _forget(self) -> None:
        self._models.clear()
        self._clean_up()

    def _clean_up(self) -> None:
        gc.collect()
        memory.give_back(self._device)


def _best_device() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda", 0)
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def _name(device: torch.device) -> str:
    if device.type == "cuda":
        return str(torch.cuda.get_device_properties(device).name)
    threads = torch.get_num_threads()
    return {"cpu": "1 CPU thread" if threads == 1 else f"{threads} CPU threads", "mps": "Apple GPU"}[device.type]
