"""Separate files for a model's parts: text encoders and autoencoders that a job names beside its model.

Owns which parts a family reads, what they are called, and how names in a request become files. Without torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from sdstudio.errors import BadRequest
from sdstudio.models import extras
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo, PartFile

VAE = "vae"
ROLE_WORDS = {
    "clip_l": "the text encoder CLIP ViT-L",
    "clip_h": "the text encoder OpenCLIP ViT-H",
    "clip_g": "the text encoder OpenCLIP ViT-bigG",
    "t5": "the text encoder T5",
    "qwen2_vl": "the text encoder Qwen2.5-VL",
    "qwen3": "the text encoder Qwen3",
    VAE: "an autoencoder (VAE)",
}
# The text encoders that a family reads, by their roles.
ENCODERS: dict[str, tuple[str, ...]] = {
    "sd1": ("clip_l",),
    "sd2": ("clip_h",),
    "sdxl": ("clip_l", "clip_g"),
    "sdxl_refiner": ("clip_g",),
    "sd3": ("clip_l", "clip_g", "t5"),
    "flux": ("clip_l", "t5"),
    "qwen_image": ("qwen2_vl",),
    "z_image": ("qwen3",),
}

# The channels of a family's latents, by which autoencoders are told apart.
_LATENTS = {"sd1": 4, "sd2": 4, "sdxl": 4, "sdxl_refiner": 4, "sd3": 16, "flux": 16, "z_image": 16}


def encoders_for(model: ModelInfo, known: Iterable[ExtraInfo]) -> list[ExtraInfo]:
    """The text encoders on this machine that a model of this family can read."""
    read = ENCODERS.get(model.family, ())
    return [extra for extra in known if extra.kind == "text_encoder" and extra.role in read]


def only_choices(model: ModelInfo, known: Iterable[ExtraInfo]) -> tuple[tuple[str, ...], str]:
    """(text encoders, VAE) by name for what `model` lacks, where this machine has a single file for it; else ""."""
    known = list(known)
    encoders = []
    for role in model.lacks:
        fitting = [extra.id for extra in encoders_for(model, known) if extra.role == role]
        encoders += fitting if len(fitting) == 1 else []
    vaes = [extra.id for extra in known if extra.kind == VAE and extras.fits(extra, model)]
    return tuple(encoders), vaes[0] if VAE in model.lacks and len(vaes) == 1 else ""


def with_parts(model: ModelInfo, encoders: Sequence[str], vae: str, known: Iterable[ExtraInfo]) -> ModelInfo:
    """`model` with the files that a request names for its parts.

    Raises BadRequest when one is missing, of another family, or when the model lacks a part that nothing is named for.
    """
    known = list(known)
    parts: dict[str, PartFile] = {}
    for name in encoders:
        extra = extras.choose(known, "text_encoder", name, model)
        if extra.role not in ENCODERS.get(model.family, ()):
            raise BadRequest(
                f"The model “{model.title}” does not read {ROLE_WORDS[extra.role]}, which “{extra.title}” is. "
                "Choose another text encoder, or do without it."
            )
        if extra.role in parts:
            raise BadRequest(
                f"“{parts[extra.role].title}” and “{extra.title}” are both {ROLE_WORDS[extra.role]}; choose one."
            )
        parts[extra.role] = PartFile(role=extra.role, title=extra.title, path=extra.path)
    if vae:
        _check_latents(extras.choose(known, "vae", vae, model), model)
    if vae and VAE in model.lacks:
        extra = extras.choose(known, "vae", vae, model)
        parts[VAE] = PartFile(role=VAE, title=extra.title, path=extra.path)
    model = replace(model, parts=tuple(parts.values()))
    check_whole(model)
    return model


def _check_latents(vae: ExtraInfo, model: ModelInfo) -> None:
    wanted = _LATENTS.get(model.family)
    if wanted and vae.latent_channels and vae.latent_channels != wanted:
        raise BadRequest(
            f"The autoencoder (VAE) “{vae.title}” was made for another family: its latents have {vae.latent_channels} "
            f"channels, those of the model “{model.title}” have {wanted}. Choose another one, or the model's own."
        )


def check_whole(model: ModelInfo) -> None:
    """Raise BadRequest with a sentence that names what the model still lacks."""
    given = {part.role for part in model.parts}
    if missing := [ROLE_WORDS.get(role, role) for role in model.lacks if role not in given]:
        wanted = " and ".join([", ".join(missing[:-1]), missing[-1]] if missing[1:] else missing)
        raise BadRequest(
            f"“{model.title}” lacks {wanted}, since its file is only a part of a model. Choose files for what it lacks "
            "in the Extras panel (--text-encoder, --vae)."
        )
