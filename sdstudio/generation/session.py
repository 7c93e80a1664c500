"""What one window generates with: its parameters, its models, its document, and where results go.

Ties the queue's results to their documents. Must not know widgets or the engine.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable
from typing import Protocol

import msgspec
from PySide6.QtGui import QImage

from sdstudio.document.commands import AddLayer
from sdstudio.document.document import Document
from sdstudio.document.layers import GroupLayer, Layer
from sdstudio.errors import BadRequest, ModelProblem
from sdstudio.events import Event
from sdstudio.generation.jobs import Job, JobQueue
from sdstudio.generation.parameters import (
    ADVANCED,
    MAX_NATIVE_SIZE,
    MIN_NATIVE_SIZE,
    Parameters,
    seeds_of,
    validate,
    with_model_defaults,
)
from sdstudio.generation.place import REQUEST_KEY, layer_of, place
from sdstudio.generation.prepare import Intent, Prepared, again, describe, prepare
from sdstudio.generation.region import OWN_SCALE_AREAS
from sdstudio.generation.texts import from_request
from sdstudio.models import library
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.models.parts import only_choices, with_parts
from sdstudio.models.refiners import with_refiner
from sdstudio.protocol.request import Branch, GenerationRequest

_SEED_BITS = 32  # short enough to read and write down
_AT_ONCE_PX = 512 * 1024  # of the canvas, that are made ready for the model before anybody could notice


class Taker(Protocol):
    """Someone who looks after a finished job's result in place of the session."""

    def take(self, job: Job) -> bool:
        """Whether the result has been taken; otherwise it becomes a layer, as always."""


class Session:
    """The state behind the parameter dock and the Generate button of one window."""

    def __init__(self, document: Document, queue: JobQueue, library: list[ModelInfo]) -> None:
        """`library` are the models that can be chosen; the first is chosen."""
        self.queue = queue
        self.parameters_changed: Event[()] = Event()
        self.models_changed: Event[()] = Event()
        self.placed: Event[Job, Layer] = Event()
        self.candidates: Taker | None = None  # who may take results for the same place instead of each a layer
        self._document = document
        self._models = list(library)
        self._extras: list[ExtraInfo] = []
        self.control_files: dict[str, QImage] = {}  # opened pictures that control models may use, by their sources
        self._parameters = Parameters()
        if self._models:
            self._parameters = with_model_defaults(self._parameters, self._models[0])
        self.patiently: Callable[[Callable[[], Prepared]], Prepared] = _at_once  # waits for work that takes long
        queue.finished.connect(self._on_finished)

    @property
    def document(self) -> Document:
        """The document in the window. Results of another one wait in the job list until it is back."""
        return self._document

    @document.setter
    def document(self, document: Document) -> None:
        self._document = document
        for job in list(self.queue.jobs):
            if (job.state == "finished" or job.made) and not job.is_placed and self._belongs_here(job):
                self.place(job)

    @property
    def parameters(self) -> Parameters:
        return self._parameters

    @parameters.setter
    def parameters(self, parameters: Parameters) -> None:
        if parameters != self._parameters:
            self._parameters = parameters
            self.parameters_changed.emit()

    @property
    def models(self) -> list[ModelInfo]:
        return self._models

    @models.setter
    def models(self, models: list[ModelInfo]) -> None:
        """The library has been scanned again. A chosen model that is gone stays chosen, and `model` says so."""
        was_empty, self._models = not self._models, list(models)
        self.models_changed.emit()
        if was_empty and self._models:
            self.parameters = with_model_defaults(self._parameters, self._models[0])

    @property
    def extras(self) -> list[ExtraInfo]:
        """The LoRAs, embeddings and control models that were found; told with `models_changed`."""
        return self._extras

    @extras.setter
    def extras(self, extras: list[ExtraInfo]) -> None:
        self._extras = list(extras)
        self.models_changed.emit()

    @property
    def model(self) -> ModelInfo:
        """The chosen model. Raises ModelProblem when it is not on this machine."""
        return self._find_model(self._parameters.model_id)

    def choose_model(self, model_id: str) -> None:
        """Take another model, with the sampling values it likes best. Raises ModelProblem when there is none.

        What its file lacks is taken from the one file on this machine that has it.
        """
        model = self._find_model(model_id)
        encoders, vae = only_choices(model, self.extras)
        parameters = with_model_defaults(self._parameters, model)
        self.parameters = msgspec.structs.replace(parameters, text_encoders=encoders, vae=vae or parameters.vae)

    def intent(self) -> Intent:
        """What `generate` would do now; `problem` says why it would not."""
        try:
            parts = (self._parameters.text_encoders, self._parameters.vae)
            model = with_refiner(self.model, self._parameters.refiner, self._models)
            return describe(self._document, self._parameters, with_parts(model, *parts, self.extras))
        except (ModelProblem, BadRequest) as problem:
            return Intent("text_to_image", "Generate", "", None, None, problem.message)

    def generate(self) -> list[Job]:
        """Queue what the parameters ask for: `batch_count` jobs with seeds one apart.

        Unless the seed is locked a new one is drawn first and shown. Raises BadRequest or ModelProblem, and then
        nothing has been queued.
        """
        model = self.model
        validate(self._parameters, model)
        if not self._parameters.seed_locked:
            self.new_seed()
        first, *rest = seeds_of(self._parameters)
        once = self._prepare(self._parameters, model, first)
        others = [again(once, self._parameters, seed, self._extras) for seed in rest]
        return [self.queue.add(prepared, self._document) for prepared in (once, *others)]

    def prepare_cell(self, wishes: Parameters) -> Prepared:
        """One picture of a grid, with these parameters and their seed. Raises BadRequest or ModelProblem."""
        return self._prepare(wishes, library.find(self._models, wishes.model_id), wishes.seed)

    def _prepare(self, wishes: Parameters, model: ModelInfo, seed: int) -> Prepared:
        model = with_refiner(model, wishes.refiner, self._models)
        if self._document.extent.area <= _AT_ONCE_PX:
            return prepare(self._document, wishes, model, seed, self._extras, self.control_files)
        snapshot, extras, files = self._document.snapshot(), list(self._extras), dict(self.control_files)
        return self.patiently(lambda: prepare(snapshot, wishes, model, seed, extras, files))

    def new_seed(self) -> None:
        """Draw a seed at random."""
        self.parameters = msgspec.structs.replace(self._parameters, seed=secrets.randbits(_SEED_BITS))

    def place(self, job: Job) -> Layer:
        """Put what a job has made in the present document, at its place: one undo step. Returns the layer.

        Several pictures become a group, the first on top and the others hidden.

        Raises BadRequest when the job has no picture (any more).
        """
        if job.made:
            layer: Layer = self._place_group(job)
        elif job.result is not None:
            layer = place(self._document, job.prepared, job.result, job.developed)
        else:
            raise BadRequest("The picture of this job is not kept any more; generate it again from its parameters.")
        job.is_placed = True
        self.placed.emit(job, layer)
        return layer

    def reproduce(self, layer: Layer) -> None:
        """Take the parameters, seed included, with which `layer` was generated. Raises BadRequest or ModelProblem."""
        text = layer.metadata.get(REQUEST_KEY)
        if text is None:
            raise BadRequest(f"The layer “{layer.name}” was not generated, so it has no parameters to bring back.")
        try:
            request = msgspec.json.decode(text, type=GenerationRequest)
        except msgspec.MsgspecError as error:
            sentence = f"The parameters kept with the layer “{layer.name}” cannot be read."
            raise BadRequest(sentence, detail=str(error)) from error
        self.take(request)

    def take(self, request: GenerationRequest) -> None:
        """Take the parameters of `request`, with its seed locked. Raises ModelProblem when its model is not here."""
        model = self._find_model(request.model)
        self.parameters = msgspec.structs.replace(
            self._parameters,
            **from_request(request),
            **{name: getattr(request, name) for name in ADVANCED},
            model_id=request.model,
            steps=request.steps,
            cfg_scale=request.cfg_scale,
            sampler=request.sampler,
            schedule=request.schedule,
            seed=request.seed,
            seed_locked=True,
            strength=request.strength,
            controls=request.controls,
            batch_count=1,
            native_size=_native_size(request, model),
        )

    def branch_from(self, job: Job, step: int) -> None:
        """Take the parameters of a finished job so that Generate goes on from its `step`, with what changes until then.

        Raises BadRequest or ModelProblem when that cannot be.
        """
        parent, run = job.prepared.request, len(job.kept_steps)
        if not 1 <= step <= run:
            raise BadRequest(f"Of this picture {run} steps were kept; step {step} is not among them.")
        length = max(round(run / parent.strength), run)
        rest = max(run - step, 1)
        strength = rest / length
        while int(length * strength) < rest:  # 20 * 0.35 may fall just below 7
            strength = math.nextafter(strength, 2)
        if parent.hires > 1:
            raise BadRequest("Pictures that are made in two passes have no branches.")
        self.take(parent)
        branch = Branch(parent=parent, step=step)
        self.parameters = msgspec.structs.replace(self._parameters, branch=branch, strength=min(strength, 1.0))

    def _find_model(self, model_id: str) -> ModelInfo:
        for model in self._models:
            if model.id == model_id:
                return model
        if not self._models:
            raise ModelProblem("There is no model on this machine; put one into the models folder.")
        raise ModelProblem(f"The model “{model_id}” is not on this machine; choose another one or add it.")

    def _belongs_here(self, job: Job) -> bool:
        return job.origin is not None and job.origin() is self._document

    def _place_group(self, job: Job) -> GroupLayer:
        group = GroupLayer(name=job.title)
        for part in reversed(job.made):
            if part.picture is not None:
                layer = layer_of(self._document, part.prepared, part.picture, part.developed)
                layer.name, layer.visible = part.title, part is job.made[0]
                group.children.append(layer)
        self._document.run(AddLayer(group, label=job.title))
        return group

    def _on_finished(self, job: Job) -> None:
        if not self._belongs_here(job):
            return
        is_taken = not job.made and self.candidates is not None and self.candidates.take(job)
        if not is_taken:
            self.place(job)


def _at_once(act: Callable[[], Prepared]) -> Prepared:
    return act()


def _native_size(request: GenerationRequest, model: ModelInfo) -> int | None:
    """The generation size that gave the request its extent; None for the model's own, to which extents come near.

    With two passes it is the first one's.
    """
    low, high = OWN_SCALE_AREAS
    factor = request.hires if request.strength >= 1 else 1.0
    area = request.extent.area / factor**2
    if low * 0.95 <= area / model.native_size**2 <= high * 1.05:
        return None
    return min(max(round(math.sqrt(area)), MIN_NATIVE_SIZE), MAX_NATIVE_SIZE)
