"""What can be added to a model: LoRAs, embeddings, control models, autoencoders and more. Without torch.

Owns what is known of each, and how a name in a request becomes a file on this machine; what a file holds is told by
`extra_files`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

import msgspec

from sdstudio.errors import BadRequest
from sdstudio.models.flow_kinds import KINDS
from sdstudio.models.info import ModelInfo

Kind = Literal[
    "lora", "embedding", "hypernetwork", "controlnet", "t2i_adapter", "vae", "text_encoder", "upscaler", "ip_adapter",
    "vision", "depth", "pose", "segments", "people",
]  # fmt: skip
KIND_WORDS: dict[Kind, str] = {
    "lora": "LoRA",
    "embedding": "embedding",
    "hypernetwork": "hypernetwork",
    "controlnet": "control model",
    "t2i_adapter": "T2I-Adapter",
    "vae": "autoencoder (VAE)",
    "text_encoder": "text encoder",
    "upscaler": "upscaler",
    "ip_adapter": "IP-Adapter",
    "vision": "image encoder (CLIP vision)",
    "depth": "depth model",
    "pose": "pose model",
    "segments": "segmentation model",
    "people": "object detector",
}
GUIDES: tuple[Kind, ...] = ("controlnet", "t2i_adapter", "ip_adapter")  # what the Control panel offers
# What preprocessors make of pictures by models of their own; their kinds are called the same.
ESTIMATES: tuple[Kind, ...] = ("depth", "pose", "segments")
# The width of the text that a denoiser reads tells its family; 768 + 1280 are the two encoders of SDXL.
FAMILY_WORDS = {256: "the starter model", 768: "Stable Diffusion 1", 1024: "Stable Diffusion 2", 2048: "SDXL",
                1280: "the SDXL refiner"}  # fmt: skip

LOOK_AGAIN = "“Look again” in the Extras panel"  # what finds files that came after the start
_ADDED = f"If it was put into the models folder just now, press {LOOK_AGAIN}."
_MOST_NAMED = 6
_SIGLIP_WIDTH = 1152  # of the image encoder that Flux Redux looks through


class ExtraInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be added to a model. `id` is what prompts, settings and files remember."""

    id: str
    title: str
    path: str
    kind: Kind
    family: str = ""  # of the models it was made for, where the file tells: a key of flow_kinds.KINDS
    text_width: int = 0  # of the models it was made for (FAMILY_WORDS); 0 when the file does not tell
    control_types: int = 0  # how many kinds of pictures a union of control models can follow; 0 for any other
    speaks: bool = False  # an image encoder that has the text encoder it was taught with beside it
    image_widths: tuple[int, ...] = ()  # of image embeddings: those an encoder makes, the one an IP-Adapter reads
    recognises_faces: bool = False  # an IP-Adapter of the kind FaceID, which reads no pictures
    role: str = ""  # of a text encoder: models.parts.ROLE_WORDS
    latent_channels: int = 0  # of an autoencoder; 0 when the file does not tell
    note: str = ""
    bytes: int = 0


def choose(extras: Iterable[ExtraInfo], kind: Kind, name: str, model: ModelInfo) -> ExtraInfo:
    """The extra of that kind and name, if it fits to `model`. Raises BadRequest with a sentence."""
    of_kind = [extra for extra in extras if extra.kind == kind]
    found = [extra for extra in of_kind if name == extra.id] or [
        extra for extra in of_kind if name.casefold() in (extra.id.casefold(), extra.title.casefold())
    ]
    if not found:
        raise BadRequest(f"There is no {KIND_WORDS[kind]} “{name}” on this machine. {_way_out(name, of_kind)}")
    check_fits(found[0], model)
    return found[0]


def _way_out(name: str, of_kind: Sequence[ExtraInfo]) -> str:
    """What to do where there is nothing called so: those that are there, the most alike first when they are many."""
    if not of_kind:
        return f"Put one into the models folder, and press {LOOK_AGAIN}."
    known = sorted(extra.id for extra in of_kind)
    if len(known) > _MOST_NAMED:
        near = difflib.get_close_matches(name, known, n=_MOST_NAMED, cutoff=0.0)
        return f"Choose one of: {', '.join(near)}, or one of {len(known) - len(near)} others. {_ADDED}"
    return f"Choose one of: {', '.join(known)}. {_ADDED}"


def fits(extra: ExtraInfo, model: ModelInfo) -> bool:
    """Whether both are of one family, as far as their files tell."""
    if extra.family:
        return extra.family == model.family
    return not extra.text_width or not model.text_width or extra.text_width == model.text_width


def check_fits(extra: ExtraInfo, model: ModelInfo) -> None:
    """Raise BadRequest with a sentence when `extra` was made for another family than `model`."""
    if not fits(extra, model):
        raise BadRequest(
            f"The {KIND_WORDS[extra.kind]} “{extra.title}” was made for {made_for(extra)}, "
            f"but the model “{model.title}” is {_words(model.family, model.text_width)}. "
            "Choose another model, or do without it."
        )


def made_for(extra: ExtraInfo) -> str:
    """How people call the family that `extra` belongs to."""
    return _words(extra.family, extra.text_width)


def _words(family: str, text_width: int) -> str:
    return KINDS[family].words if family in KINDS else family_words(text_width)


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
    """What guides a picture by another one: a control model or an adapter. Raises BadRequest as `choose` does."""
    known = list(extras)
    kinds = [kind for kind in GUIDES if any(extra.kind == kind and extra.id == name for extra in known)]
    return choose(known, kinds[0] if kinds else "controlnet", name, model)


def encoder_for(adapter: ExtraInfo, extras: Iterable[ExtraInfo]) -> ExtraInfo:
    """The image encoder that an IP-Adapter was trained with. Raises BadRequest when there is none."""
    if adapter.recognises_faces:
        raise BadRequest(
            f"The IP-Adapter “{adapter.title}” is of the kind FaceID: it reads what the face recogniser insightface "
            "makes of a picture, whose models are not free to use and not part of this program. "
            "Choose a plain, plus or full-face IP-Adapter instead."
        )
    for extra in extras:
        if extra.kind == "vision" and set(adapter.image_widths) & set(extra.image_widths):
            return extra
    width = adapter.image_widths[0] if adapter.image_widths else 0
    kind = "SigLIP" if width == _SIGLIP_WIDTH else "CLIP"
    raise BadRequest(
        f"The IP-Adapter “{adapter.title}” needs an image encoder (a {kind} vision model of width {width}). "
        "Put its .safetensors file into the models folder."
    )


def people_finder(extras: Iterable[ExtraInfo], preprocessor: str) -> ExtraInfo | None:
    """What finds each person for a pose, if it is there; without it the whole picture is taken for one person."""
    return next((extra for extra in extras if preprocessor == "pose" and extra.kind == "people"), None)


class _Estimated(Protocol):
    """What of a control decides about its estimator; requests are not known here."""

    @property
    def preprocessor(self) -> str: ...

    @property
    def estimator(self) -> str: ...


def estimator(extras: Iterable[ExtraInfo], use: _Estimated) -> ExtraInfo:
    """The model that a preprocessor needs: the one named, else the first. Raises BadRequest when there is none."""
    found = [extra for extra in extras if extra.kind == use.preprocessor]
    for extra in found:
        if extra.id == use.estimator:
            return extra
    if use.estimator or not found:
        word = KIND_WORDS[next(kind for kind in ESTIMATES if kind == use.preprocessor)]
        name = f" “{use.estimator}”" if use.estimator else ""
        raise BadRequest(
            f"There is no {word}{name} on this machine. Put one, as a folder in transformers' layout, into the models "
            "folder; then this works."
        )
    return found[0]
