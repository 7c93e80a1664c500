"""Before a job starts: what it will take, whether that is there, and which savings make it fit.

Owns the decision. What a job takes is `outlook`'s, how savings work `economy`'s part.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from sdstudio.engine import memory, outlook, schedulers, weighing
from sdstudio.engine.dry_run import Need, Way
from sdstudio.engine.economy import rows_of
from sdstudio.engine.failures import NotEnoughMemory
from sdstudio.engine.guidance import Guidance
from sdstudio.engine.history import History
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.outlook import Outlook
from sdstudio.engine.plan import Plan
from sdstudio.engine.residence import has_room
from sdstudio.engine.speed import enlarging, exact
from sdstudio.engine.speed.hurry import copies_bytes
from sdstudio.engine.tiles import TILE
from sdstudio.engine.validation import Pixels
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.messages import LADDER, Saving
from sdstudio.protocol.request import PICTURE_INPUT, GenerationRequest
from sdstudio.raster.geometry import Extent

_log = logging.getLogger(__name__)
USABLE = 0.95  # of what is free: the window and the rest of the machine go on meanwhile
_GIGABYTE = 2**30
# Measured: a heap has gaps, and kernels take room of their own; the pool that torch has on a GPU has fewer.
_HEAP_FACTOR, _POOL_FACTOR, _KERNELS_BYTES = 1.9, 1.2, 48 * 2**20
_STEP = 64  # pixels between the sizes that are offered instead
# What networks raise that cannot be looked ahead: they are then run as they are.
_UNFORESEEN = (RuntimeError, TypeError, ValueError, AttributeError, LookupError, ArithmeticError, AssertionError)


@dataclass
class Fit:
    """How one job is to run. `needed_bytes` come on top of what is in use; 0 when it could not be foreseen."""

    savings: tuple[Saving, ...] = ()
    possible: tuple[Saving, ...] = ()
    needed_bytes: int = 0
    free_bytes: int = 0
    seconds: float | None = None
    working_bytes: int = 0  # of needed_bytes, those of intermediate results
    flops: float = 0.0


def choose(
    ahead: Outlook,
    possible: tuple[Saving, ...],
    active: tuple[Saving, ...],
    free_bytes: int,
    memory_factor: float,
) -> Fit | None:
    """The fewest of the `possible` savings with which the job fits, the cheapest first; None when none are enough.

    `active` are those in effect now, whose weights are in memory in their form.
    """

    def needed(savings: tuple[Saving, ...]) -> int:
        weights = ahead.weight_bytes(savings) - ahead.weight_bytes(active)
        beside = ahead.beside_bytes + ahead.copy_bytes(savings)
        return weights + beside + round(ahead.working_bytes(savings) * memory_factor)

    room = free_bytes * USABLE
    savings = kept = _kept(ahead, possible, active, free_bytes)
    for saving in (name for name in LADDER if name in possible and name not in kept):
        if needed(savings) <= room:
            break
        if needed((*savings, saving)) < needed(savings):
            savings = (*savings, saving)
    if needed(savings) > room:
        return None
    for saving in set(savings).difference(kept):  # a later one may have made an earlier one needless
        without = tuple(name for name in savings if name != saving)
        savings = without if needed(without) <= room else savings
    working = round(ahead.working_bytes(savings) * memory_factor)
    return Fit(savings, possible, max(0, needed(savings)), free_bytes, None, working, ahead.flops(savings))


def _kept(
    ahead: Outlook, possible: tuple[Saving, ...], active: tuple[Saving, ...], free_bytes: int
) -> tuple[Saving, ...]:
    """Weights that were read in half precision stay so unless there is plenty of room for full ones.

    What they take now is not counted as room: they may be pages of their file, which are free already.
    """
    if "half_weights" not in possible or "half_weights" not in active:
        return ()
    return ("half_weights",) if weighing.is_much(ahead.weight_bytes(()), free_bytes) else ()


def plan(
    request: GenerationRequest, given: Pixels, model: LoadedModel, history: History, make_room: Callable[[], bool]
) -> Fit:
    """How to run this job on `model`, dressed for it. `make_room` forgets another model and tells if there was one.

    Raises NotEnoughMemory with a sentence that says what would fit, before anything is computed.
    """
    possible = possible_savings(request, model)
    pace = history.pace(key_of(request, model))
    factor = pace.memory_factor or usual_factor(model)
    active = model.economy.savings
    try:
        ahead = look_ahead(request, given, model)
        while True:
            free = memory.available(model.device)
            fit = choose(ahead, possible, active, free, factor)
            if (fit is not None and not fit.savings) or not make_room():
                break
        if fit is None:
            raise _too_large(request, ahead, possible, active, free, factor)
    except _UNFORESEEN as error:
        _log.warning("what this job takes cannot be foreseen: %s", error, exc_info=True)
        return Fit(possible=possible, free_bytes=memory.available(model.device))
    if pace.flops_per_second is not None:
        fit.seconds = fit.flops / pace.flops_per_second
    return fit


def key_of(request: GenerationRequest, model: LoadedModel) -> str:
    """What past jobs must have in common with one to tell something about it."""
    key = f"{model.device.type} {str(model.dtype).removeprefix('torch.')} {model.info.family}"
    return key if request.speed == "exact" else f"{key} {request.speed}"


def usual_factor(model: LoadedModel) -> float:
    """By how much intermediate results take more than they hold, until past jobs tell it better."""
    return _HEAP_FACTOR if model.device.type == "cpu" else _POOL_FACTOR


def possible_savings(request: GenerationRequest, model: LoadedModel) -> tuple[Saving, ...]:
    """Those that this model and device know, in the order of the ladder."""
    on_cpu = model.device.type == "cpu"
    cannot: set[Saving] = set()
    if request.seamless or max(request.extent.width, request.extent.height) <= TILE:  # a piece has no other side
        cannot.add("vae_tiled")
    if model.dtype != torch.float32:
        cannot.add("half_weights")
    if model.wardrobe.worn:  # a LoRA's changes are smaller than a byte's steps
        cannot.add("byte_weights")
    if on_cpu and not has_room(model.economy.network_bytes):
        cannot |= {"offloaded", "text_unloaded"}
    if model.device.type == "mps":  # one memory for both: there is nowhere to go
        cannot |= {"offloaded", "text_unloaded", "byte_weights"}
    return tuple(saving for saving in LADDER if saving not in cannot)


@torch.inference_mode()
def look_ahead(request: GenerationRequest, given: Pixels, model: LoadedModel) -> Outlook:
    """What the job takes: the pass at full size, and the work of all steps. Reads the prompt, which is then known."""
    has_source = given.source is not None or given.latents is not None
    strength = request.strength if has_source else 1.0
    scheduler = schedulers.build(model.scheduler_config, request, model.info.family)
    steps = Plan(scheduler, request, strength, model.device)
    words = Guidance(request, model, steps.steps).conditioning(0)
    texts = len(words["encoder_hidden_states"])
    height, width = request.extent.height // model.cell, request.extent.width // model.cell
    latents = torch.empty(1, model.latent_channels, height, width, dtype=model.dtype)
    picture = torch.empty(1, 3, request.extent.height, request.extent.width, dtype=model.vae.dtype)
    way = Way(
        fused=model.device.type != "mps", winograd=exact.is_possible(model.device) and model.dtype == torch.float32
    )
    encodes = given.source is not None and (strength < 1 or given.mask is not None)
    encodes = encodes or (request.hires > 1 and request.hires_by != "latents") or model.info.inpaint
    encodes = encodes or any(use.model == PICTURE_INPUT for use in request.controls)

    kernels = enlarging.bytes_to_come(model.unet, model.vae) if exact.is_possible(model.device) else 0

    def known(find: Callable[[], Need], *key: object) -> Need:
        key = (*key, height, width, way)
        if key not in model.needs:
            model.needs[key] = find()
        return model.needs[key]

    def denoise(count: int, sliced: bool) -> Need:
        def find() -> Need:
            guides = model.controls.guides(request.controls, given.controls)
            model.likeness.look(request.controls, given.controls)
            shown = rows_of(model.likeness.joined(words, 0, 1), slice(texts - count, texts), texts)
            batch = torch.empty(count, model.channels_for(request), height, width, dtype=model.dtype)
            timestep = steps.timesteps[0].cpu()
            return outlook.denoising(model.unet, guides, batch, timestep, shown, sliced=sliced, way=way)

        shape = tuple(words["encoder_hidden_states"].shape[1:])
        return known(find, "denoise", count, sliced, shape, tuple(use.model for use in request.controls))

    def decode(tiled: bool) -> Need:
        return known(lambda: outlook.decoding(model.vae, latents, tiled=tiled, way=way), "decode", tiled)

    def encode(tiled: bool) -> Need:
        return known(lambda: outlook.encoding(model.vae, picture, tiled=tiled, way=way), "encode", tiled)

    return Outlook(
        network_bytes=model.economy.network_bytes,
        numbers=model.economy.numbers,
        text_bytes=model.economy.text_bytes,
        vae_bytes=model.economy.vae_bytes,
        beside_bytes=_KERNELS_BYTES + 2 * model.economy.largest_bytes + kernels,  # as which weights are laid out anew
        copies_bytes=copies_bytes(request, model),
        texts=texts,
        calls=_calls(request, len(steps.timesteps)),
        area=request.extent.area,
        denoise=denoise,
        decode=decode,
        encode=encode if encodes else None,
    )


def _calls(request: GenerationRequest, calls: int) -> float:
    """Calls of the denoiser at full size; those of a first pass that is smaller count by their area."""
    if request.hires <= 1 or request.mode != "text_to_image":
        return calls
    return calls / request.hires**2 + calls * request.hires_strength


def _too_large(
    request: GenerationRequest,
    ahead: Outlook,
    possible: tuple[Saving, ...],
    active: tuple[Saving, ...],
    free_bytes: int,
    memory_factor: float,
) -> NotEnoughMemory:
    """The sentence that says what would fit. Intermediate results grow with the area."""
    weights = ahead.weight_bytes(possible) - ahead.weight_bytes(active)
    working = ahead.working_bytes(possible) * memory_factor
    weights += ahead.beside_bytes
    room = free_bytes * USABLE - weights
    needed, free = (f"{nbytes / _GIGABYTE:.1f} GB" for nbytes in (weights + working, free_bytes))
    extent = _smaller(request.extent, room / working)
    lead = f"A picture of {request.extent} pixels needs about {needed} of memory at the least, and {free} are free"
    if extent is None:
        return NotEnoughMemory(f"{lead}. Close other programs, or choose a smaller model.")
    return NotEnoughMemory(f"{lead}; {extent} would fit. Choose a smaller size, or close other programs.")


def too_heavy(info: ModelInfo, needed_bytes: int, free_bytes: int) -> NotEnoughMemory:
    """The sentence for a model whose weights alone do not fit."""
    needed, free = (f"{nbytes / _GIGABYTE:.1f} GB" for nbytes in (needed_bytes, free_bytes))
    return NotEnoughMemory(
        f"The model “{info.title}” needs at least {needed} of memory, and {free} are free. "
        "Close other programs, or choose a smaller model."
    )


def _smaller(extent: Extent, share: float) -> Extent | None:
    """`extent` with its area times `share`, in steps of 64 pixels; None when that is too little to be a picture."""
    scale = math.sqrt(max(share, 0.0))
    width, height = (int(side * scale) // _STEP * _STEP for side in (extent.width, extent.height))
    return Extent(width, height) if min(width, height) >= _STEP else None
