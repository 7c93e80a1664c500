"""What can be added to a model: LoRAs, embeddings, control models, autoencoders and more. Without torch.

Owns what is known of each, and how a name in a request becomes a file on this machine; what a file holds is told by
`extra_files`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from sdstudio.errors import BadRequest
from sdstudio.models.info import ModelInfo

Kind = Literal["lora", "embedding", "controlnet", "vae", "text_encoder", "upscaler", "ip_adapter", "vision"]
KIND_WORDS: dict[Kind, str] = {
    "lora": "LoRA",
    "embedding": "embedding",
    "controlnet": "control model",
    "vae": "autoencoder (VAE)",
    "text_encoder": "text encoder",
    "upscaler": "upscaler",
    "ip_adapter": "IP-Adapter",
    "vision": "image encoder (CLIP vision)",
}
# The width of the text that a denoiser reads tells its family; 768 + 1280 are the two encoders of SDXL.
FAMILY_WORDS = {256: "the starter model", 768: "Stable Diffusion 1", 1024: "Stable Diffusion 2", 2048: "SDXL",
                1280: "the SDXL refiner"}  # fmt: skip


class ExtraInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be added to a model. `id` is what prompts, settings and files remember."""

    id: str
    title: str
    path: str
    kind: Kind
    text_width: int = 0  # of the models it was made for (FAMILY_WORDS); 0 when the file does not tell
    image_widths: tuple[int, ...] = ()  # of image embeddings: those an encoder makes, the one an IP-Adapter reads
    role: str = ""  # of a text encoder: models.parts.ROLE_WORDS
    note: str = ""
    bytes: int = 0


def choose(extras: Iterable[ExtraInfo], kind: Kind, name: str, model: ModelInfo) -> ExtraInfo:
    """The extra of that kind and name, if it fits to `model`. Raises BadRequest with a sentence."""
    of_kind = [extra for extra in extras if extra.kind == kind]
    found = [extra for extra in of_kind if name == extra.id] or [
        extra for extra in of_kind if name.casefold() in (extra.id.casefold(), extra.title.casefold())
    ]
    if not found:
        known = ", ".join(sorted(extra.id for extra in of_kind))
        hint = f"Choose one of: {known}." if known else "Put one into the models folder first."
        raise BadRequest(f"There is no {KIND_WORDS[kind]} “{name}” on this machine. {hint}")
    check_fits(found[0], model)
    return found[0]


def fits(extra: ExtraInfo, model: ModelInfo) -> bool:
    """Whether both are of one family, as far as their files tell."""
    return not extra.text_width or not model.text_width or extra.text_width == model.text_width


def check_fits(extra: ExtraInfo, model: ModelInfo) -> None:
    """Raise BadRequest with a sentence when `extra` was made for another family than `model`."""
    if not fits(extra, model):
        raise BadRequest(
            f"The {KIND_WORDS[extra.kind]} “{extra.title}” was made for {family_words(extra.text_width)}, "
            f"but the model “{model.title}” is {family_words(model.text_width)}. "
            "Choose another model, or do without it."
        )


def family_words(text_width: int) -> str:
    """How people call the family whose denoiser reads text of this width."""
    return FAMILY_WORDS.get(text_width, f"of another kind (text of width {text_width})")


def named_in(prompts: Sequence[str], extras: Iterable[ExtraInfo]) -> tuple[ExtraInfo, ...]:
    """The embeddings whose names stand in the prompts as words of their own."""
    text = "\n".join(prompts).casefold()
    return tuple(
        extra
        for extra in extras
        if extra.kind == "embedding"
        and re.search(rf"(?<![\w-]){re.escape(extra.id.casefold())}(?![\w-])", text) is not None
    )


def guiding(extras: Iterable[ExtraInfo], name: str, model: ModelInfo) -> ExtraInfo:
    """What guides a picture by another one: a control model or an IP-Adapter. Raises BadRequest as `choose` does."""
    known = list(extras)
    is_adapter = any(extra.kind == "ip_adapter" and extra.id == name for extra in known)
    return choose(known, "ip_adapter" if is_adapter else "controlnet", name, model)


def encoder_for(adapter: ExtraInfo, extras: Iterable[ExtraInfo]) -> ExtraInfo:
    """The image encoder that an IP-Adapter was trained with. Raises BadRequest when there is none."""
    for extra in extras:
        if extra.kind == "vision" and set(adapter.image_widths) & set(extra.image_widths):
            return extra
    raise BadRequest(
        f"The IP-Adapter “{adapter.title}” needs an image encoder (a CLIP vision model of width "
        f"{adapter.image_widths[0] if adapter.image_widths else 0}). Put its .safetensors file into the models folder."
    )
