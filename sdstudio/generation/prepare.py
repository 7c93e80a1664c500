"""From document and parameters to one frozen request with its pixels. Painting goes on afterwards.

Owns what the model gets to see and which pixels may change. Must not know the queue, the engine or widgets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.errors import BadRequest
from sdstudio.generation.additions import control_pictures, resolve, with_canvas, with_estimators
from sdstudio.generation.crop import to_model
from sdstudio.generation.fill import fill_hole
from sdstudio.generation.masks import compose_mask, denoise_mask, fill_weight, saturated
from sdstudio.generation.parameters import ADVANCED, Parameters, sized, validate
from sdstudio.generation.region import Plan, plan
from sdstudio.generation.texts import into_request
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.models.parts import with_parts
from sdstudio.protocol.request import GenerationRequest, Mode, Placement
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import view
from sdstudio.raster.resample import to_rgb

Pixels = NDArray[np.uint8]
NO_FILES: Mapping[str, QImage] = {}
PAPER = QColor(255, 255, 255)  # what the model sees where the canvas is transparent


@dataclass(frozen=True, eq=False)
class Prepared:
    """A job's whole input, independent of the document from here on.

    `source` is RGB (h, w, 3) and `mask` (h, w) at request.extent, None when the mode needs none. `compose_mask` is the
    result's alpha over `placement.target`, in document pixels. `original` is the composite over `original_bounds`,
    premultiplied; it is empty where the result does not depend on it. `extras` are the files behind the names in the
    request, `controls` the pictures of its control models, RGB at request.extent.
    """

    request: GenerationRequest
    source: Pixels | None
    mask: Pixels | None
    compose_mask: Pixels
    original: QImage
    original_bounds: Bounds
    model: ModelInfo
    extras: tuple[ExtraInfo, ...] = ()
    controls: tuple[Pixels, ...] = ()

    @property
    def placement(self) -> Placement:
        placement = self.request.placement
        assert placement is not None, "prepare always places its requests"
        return placement

    def without_pixels(self) -> Prepared:
        """The same without what weighs much: it can be read and repeated, but not run or placed."""
        return replace(self, source=None, mask=None, original=QImage(), controls=())

    @property
    def nbytes(self) -> int:
        """Memory of all its pixels."""
        arrays = (self.source, self.mask, self.compose_mask if self.mask is not None else None, *self.controls)
        return sum(array.nbytes for array in arrays if array is not None) + self.original.sizeInBytes()


@dataclass(frozen=True)
class Intent:
    """What Generate would do now, in words. `problem` is the sentence that says why it cannot, else empty."""

    mode: Mode
    title: str
    detail: str
    placement: Placement | None
    extent: Extent | None
    problem: str = ""


def prepare(
    document: Document,
    parameters: Parameters,
    model: ModelInfo,
    seed: int,
    extras: Sequence[ExtraInfo] = (),
    files: Mapping[str, QImage] = NO_FILES,
) -> Prepared:
    """Take from `document` what a generation with `seed` needs. Raises BadRequest with a sentence.

    The mode is inferred: a selection means inpaint, else strength 1 means text to image and less image to image.
    `extras` are all those on this machine; `files` are opened pictures for control models, by their sources.
    """
    validate(parameters, model)
    model = with_parts(sized(model, parameters), parameters.text_encoders, parameters.vae, extras)
    mode, (placement, extent) = _mode(document, parameters, model), _plan(document, parameters, model)
    request = into_request(_request(parameters, mode, placement, extent, model), parameters, seed)
    request = with_estimators(with_canvas(request, document, model), extras)
    named = resolve(request, model, extras)
    bare = _pixels(document, parameters, model, request)
    return replace(bare, extras=named, controls=control_pictures(document, request, files, named))


def again(prepared: Prepared, parameters: Parameters, seed: int, extras: Sequence[ExtraInfo] = ()) -> Prepared:
    """The same job with another seed, which may decide wildcards otherwise; pixels are shared."""
    request = into_request(prepared.request, parameters, seed)
    return replace(prepared, request=request, extras=resolve(request, prepared.model, extras))


def _pixels(document: Document, parameters: Parameters, model: ModelInfo, request: GenerationRequest) -> Prepared:
    mode, extent, placement = request.mode, request.extent, request.placement
    assert placement is not None
    seen = placement.context.intersected(Bounds.of(document.extent))
    if mode == "text_to_image":
        return Prepared(request, None, None, _everything(placement.target), QImage(), seen, model)
    composite = render(document, seen)
    if mode == "image_to_image":
        if not view(composite)[:, :, 3].any() and model.enlarges > 1:
            raise BadRequest(f"The canvas is empty, but “{model.title}” makes pictures large: open or paint one first.")
        if not view(composite)[:, :, 3].any():
            raise BadRequest("The canvas is empty: paint a sketch first or set strength to 100 %.")
        source = to_model(to_rgb(composite, PAPER), seen, placement.context, extent)
        original = composite if parameters.strength == 0 else QImage()
        return Prepared(request, source, None, _everything(placement.target), original, seen, model)
    source, mask = _masked(document, composite, seen, request, hollow=model.enlarges == 1)
    return Prepared(request, source, mask, _alpha(document, placement), composite, seen, model)


def describe(document: Document, parameters: Parameters, model: ModelInfo) -> Intent:
    """What `prepare` would make of the present state, without touching pixels. Never raises: see Intent.problem."""
    mode = _mode(document, parameters, model)
    percent = _percent(parameters.strength)
    title = {
        "text_to_image": f"Create {document.extent}",
        "image_to_image": f"Refine {percent} %",
        "inpaint": "Fill selection" if parameters.strength >= 1 else f"Refine selection {percent} %",
    }[mode]
    if parameters.branch is not None:
        title = f"Branch from step {parameters.branch.step}"
    try:
        validate(parameters, model)
        placement, extent = _plan(document, parameters, sized(model, parameters))
    except BadRequest as problem:
        return Intent(mode, title, "", None, None, problem.message)
    seen, renders = placement.context.extent, f"Renders {extent}"
    if mode != "text_to_image" or model.reads == "edit":
        renders = f"Sees {seen}, renders {extent}"
    elif extent.area < seen.area:
        renders += f", enlarged to {document.extent}"
    return Intent(mode, title, renders, placement, extent)


def _mode(document: Document, parameters: Parameters, model: ModelInfo) -> Mode:
    if parameters.branch is not None:
        return parameters.branch.parent.mode
    if not document.selection.is_empty:
        return "inpaint"
    is_from_text = parameters.strength >= 1 and model.enlarges == 1
    return "text_to_image" if is_from_text else "image_to_image"


def _plan(document: Document, parameters: Parameters, model: ModelInfo) -> Plan:
    if parameters.branch is not None:
        return _parents_plan(document, parameters.branch.parent)
    selected = None if document.selection.is_empty else document.selection.content_bounds()
    return plan(selected, document.extent, parameters.strength, model)


def _parents_plan(document: Document, parent: GenerationRequest) -> Plan:
    """A branch stays where its parent is. Raises BadRequest when that place is no more."""
    if parent.placement is None or parent.placement.canvas != document.extent:
        raise BadRequest("The canvas has another size than that of the picture to branch from; take the branch off.")
    if parent.mode == "inpaint" and document.selection.is_empty:
        raise BadRequest(
            "The picture to branch from filled a selection; select that part again, or take the branch off."
        )
    return Plan(parent.placement, parent.extent)


def _request(
    parameters: Parameters, mode: Mode, placement: Placement, extent: Extent, model: ModelInfo
) -> GenerationRequest:
    return GenerationRequest(
        mode=mode,
        prompt="",  # see texts.into_request
        model=model.id,
        extent=extent,
        steps=parameters.steps,
        cfg_scale=float(parameters.cfg_scale),
        sampler=parameters.sampler,
        schedule=parameters.schedule,
        strength=float(parameters.strength),
        controls=parameters.controls,
        placement=placement,
        **{name: getattr(parameters, name) for name in ADVANCED},
    )


def _masked(
    document: Document, composite: QImage, seen: Bounds, request: GenerationRequest, *, hollow: bool
) -> tuple[Pixels, Pixels]:
    """Source and denoise mask at the request's extent; when everything in the hole is made anew and what was there
    does not count (`hollow`), it is filled from around."""
    placement = request.placement
    assert placement is not None
    selection = document.selection.read(seen)
    source = to_model(to_rgb(composite, PAPER), seen, placement.context, request.extent)
    changing = denoise_mask(selection, placement.feather)
    mask = saturated(to_model(changing, seen, placement.context, request.extent))
    if request.strength >= 1 and hollow:
        hole = to_model(selection, seen, placement.context, request.extent)
        source = fill_hole(source, fill_weight(hole))
    return source, mask


def _alpha(document: Document, placement: Placement) -> Pixels:
    target, canvas = placement.target, placement.canvas
    open_sides = (target.x == 0, target.y == 0, target.right == canvas.width, target.bottom == canvas.height)
    return compose_mask(document.selection.read(target), placement.feather + 4, open_sides=open_sides)


def _everything(target: Bounds) -> Pixels:
    """255 everywhere, read-only, without the memory."""
    return np.broadcast_to(np.uint8(255), (target.height, target.width))


def _percent(strength: float) -> int:
    """Whole percent, but never 0 or 100 for what is neither."""
    if strength <= 0 or strength >= 1 or strength != strength:
        return 0 if strength <= 0 else 100
    return min(max(round(strength * 100), 1), 99)
