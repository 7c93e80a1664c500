"""Models that take over a picture from another one for its last noise levels, as SDXL's refiner does. Without torch.

Owns which models can go on with each other's pictures, and how the name in a request becomes `ModelInfo.refiner`.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from sdstudio.errors import BadRequest
from sdstudio.models.extras import FAMILY_WORDS, LOOK_AGAIN
from sdstudio.models.flow_kinds import KINDS
from sdstudio.models.info import UNKNOWN_PREDICTION, ModelInfo

REFINER_FAMILY = "sdxl_refiner"
# Families whose latents mean the same.
_KIN = ({"sd1", "sd2"}, {"sdxl", REFINER_FAMILY})
_WORDS = {"sd1": FAMILY_WORDS[768], "sd2": FAMILY_WORDS[1024], "sdxl": "SDXL", REFINER_FAMILY: FAMILY_WORDS[1280]}


def refiners_for(model: ModelInfo, models: Sequence[ModelInfo]) -> list[ModelInfo]:
    """Those of `models` that can take over from `model`; those made for nothing else come first."""
    fitting = [one for one in models if not _misfit(one, model)]
    return sorted(fitting, key=lambda one: one.family != REFINER_FAMILY)


def with_refiner(model: ModelInfo, name: str, models: Sequence[ModelInfo]) -> ModelInfo:
    """`model` with the refiner that a request names, by its id or title; "" for none.

    Raises BadRequest when it is not on this machine, or cannot go on with this model's pictures.
    """
    if not name:
        return replace(model, refiner=None)
    found = find(name, models)
    if found is None:
        fitting = ", ".join(one.id for one in refiners_for(model, models))
        hint = (
            f"Choose one of: {fitting}."
            if fitting
            else f"Put one, such as SDXL's refiner, into the models folder, and press {LOOK_AGAIN}."
        )
        raise BadRequest(f"There is no refiner “{name}” on this machine. {hint}")
    check(model, found)
    return replace(model, refiner=replace(found, refiner=None))


def find(name: str, models: Sequence[ModelInfo]) -> ModelInfo | None:
    """The model of this id, else of this title; None when there is none."""
    wanted = name.casefold()
    by_id = [one for one in models if one.id == name]
    return next(iter([*by_id, *(one for one in models if wanted in (one.id.casefold(), one.title.casefold()))]), None)


def check(model: ModelInfo, refiner: ModelInfo) -> None:
    """Raise BadRequest with a sentence when `refiner` cannot go on with pictures that `model` has begun."""
    if reason := _misfit(refiner, model):
        raise BadRequest(f"“{refiner.title}” cannot refine what “{model.title}” begins: {reason}. {_REMEDY}")


_REMEDY = "Choose another refiner, or none."


def _misfit(refiner: ModelInfo, model: ModelInfo) -> str:
    """Why not, as the end of a sentence; empty when it can."""
    if refiner.id == model.id:
        return "both are the same model"
    if not any({refiner.family, model.family} <= kin for kin in _KIN) or refiner.size_multiple != model.size_multiple:
        return f"it is {_words(refiner)}, and the other is {_words(model)}"
    if refiner.inpaint or refiner.depth or refiner.enlarges > 1 or refiner.reads:
        return "it reads another picture beside the noise"
    if model.enlarges > 1:
        return "what makes small pictures large has no refiner"
    if refiner.lacks:
        return "its file is only a part of a model"
    if UNKNOWN_PREDICTION not in (refiner.prediction, model.prediction) and refiner.prediction != model.prediction:
        return "one of them predicts the noise and the other does not"
    return ""


def _words(model: ModelInfo) -> str:
    if model.text_width in FAMILY_WORDS and model.family in _WORDS:
        return FAMILY_WORDS[model.text_width]
    if model.family in KINDS:
        return KINDS[model.family].words
    return _WORDS.get(model.family, "of another kind")
