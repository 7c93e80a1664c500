"""Gives a loaded model what a job wants added to it, and takes off what the job before it wore."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sdstudio.engine.extras import inversion
from sdstudio.engine.extras.lora import Worn
from sdstudio.engine.loaded import LoadedModel
from sdstudio.models import extras
from sdstudio.protocol.messages import Generate


def dress(model: LoadedModel, message: Generate, check: Callable[[], None]) -> None:
    """Give `model` the LoRAs, embeddings and control models of `message`; `check` may raise to stop.

    Raises StudioError when one of them is missing, damaged or of another family; the model is then as it was made.
    """
    chosen = [(extras.choose(message.extras, "lora", use.name, model.info), use) for use in message.request.loras]
    model.wardrobe.wear(tuple(Worn(info.path, info.title, use.weight) for info, use in chosen), check)
    controls = {use.model: extras.choose(message.extras, "controlnet", use.model, model.info)
                for use in message.request.controls}  # fmt: skip
    model.controls.hold(controls, check)
    known = tuple(info for info in message.extras if info.kind == "embedding" and extras.fits(info, model.info))
    vectors = {info.id: inversion.read(Path(info.path), info.title) for info in known}
    for number, text in enumerate(model.prompts.text_models):
        text.learned.teach({name: found[number] for name, found in vectors.items() if number < len(found)})
    model.prompts.variant = (model.wardrobe.worn_by_text, tuple(info.path for info in known))
