"""Gives a loaded model what a job wants added to it, and takes off what the job before it wore."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sdstudio.engine.extras import inversion, seamless
from sdstudio.engine.extras.hypernetwork import Bent
from sdstudio.engine.extras.lora import Worn
from sdstudio.engine.loaded import LoadedModel
from sdstudio.models import extras, parts
from sdstudio.protocol.messages import Generate
from sdstudio.protocol.request import WITHOUT_FILE, GenerationRequest
from sdstudio.raster.geometry import Extent

# FreeU's scales of skip connections and backbone, as its authors publish them: s1, s2, b1, b2.
_FREEU = {"sd1": (0.9, 0.2, 1.5, 1.6), "sd2": (0.9, 0.2, 1.4, 1.6), "sdxl": (0.9, 0.2, 1.3, 1.4)}


def dress(model: LoadedModel, message: Generate, check: Callable[[], None]) -> None:
    """Give `model` what `message` adds to it: LoRAs, words, control models and the rest; `check` may raise to stop.

    Raises StudioError when one of them is missing, damaged or of another family; the model is then as it was made.
    """
    chosen = [(extras.choose(message.extras, "lora", use.name, model.info), use) for use in message.request.loras]
    model.wardrobe.wear(tuple(Worn(info.path, info.title, use.weight, use.text_weight) for info, use in chosen), check)
    bent = [(extras.choose(message.extras, "hypernetwork", use.name, model.info), use.weight)
            for use in message.request.hypernetworks]  # fmt: skip
    model.hypernetworks.wear([Bent(info, weight) for info, weight in bent], check)
    model.reference.take_off()  # of a job that was cancelled
    names = dict.fromkeys(use.model for use in message.request.controls if use.model not in WITHOUT_FILE)
    guides = {name: extras.guiding(message.extras, name, model.info) for name in names}
    adapters = {name: info for name, info in guides.items() if info.kind == "ip_adapter"}
    model.controls.hold({name: info for name, info in guides.items() if name not in adapters}, check)
    model.likeness.wear(message.request.controls, adapters, message.extras, check)
    vae = message.request.vae if parts.VAE not in model.info.lacks else ""  # what it lacks was loaded with it
    model.choose_vae(extras.choose(message.extras, "vae", vae, model.info) if vae else None)
    tiles = "" if message.request.mode == "inpaint" else message.request.seamless  # a part has no other side
    seamless.tile([model.unet, model.vae, *model.controls.networks], tiles)
    _free(model, on=message.request.freeu)
    known = tuple(info for info in message.extras if info.kind == "embedding" and extras.fits(info, model.info))
    vectors = {info.id: inversion.read(Path(info.path), info.title) for info in known}
    for number, text in enumerate(model.prompts.text_models):
        text.learned.teach({name: found[number] for name, found in vectors.items() if number < len(found)})
    model.prompts.variant = (model.wardrobe.worn_by_text, tuple(info.path for info in known))


def undress(model: LoadedModel, check: Callable[[], None]) -> None:
    """Give `model` nothing but what its own files say."""
    nothing = GenerationRequest(
        mode="text_to_image", prompt="", negative_prompt="", model=model.info.id, extent=Extent(0, 0), steps=1,
        cfg_scale=1.0, sampler="ddim", seed=0,
    )  # fmt: skip
    dress(model, Generate(job_id="", request=nothing, model=model.info), check)


def _free(model: LoadedModel, *, on: bool) -> None:
    if on:
        s1, s2, b1, b2 = _FREEU.get(model.info.family, _FREEU["sd1"])
        model.unet.enable_freeu(s1=s1, s2=s2, b1=b1, b2=b2)
    elif hasattr(model.unet, "disable_freeu"):  # the transformers have nothing of the kind
        model.unet.disable_freeu()
