"""What can be added to a model: LoRAs, embeddings, control models, autoencoders. From headers alone, without torch.

Owns how a file is told from another kind of file, for which models it was made, and how a name in a request becomes a
file on this machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from sdstudio.errors import BadRequest, ModelProblem
from sdstudio.models.header import Header, read_header
from sdstudio.models.info import ModelInfo

Kind = Literal["lora", "embedding", "controlnet", "vae", "upscaler", "ip_adapter", "vision"]
KIND_WORDS: dict[Kind, str] = {
    "lora": "LoRA",
    "embedding": "embedding",
    "controlnet": "control model",
    "vae": "autoencoder (VAE)",
    "upscaler": "upscaler",
    "ip_adapter": "IP-Adapter",
    "vision": "image encoder (CLIP vision)",
}
# The width of the text that a denoiser reads tells its family; 768 + 1280 are the two encoders of SDXL.
FAMILY_WORDS = {256: "the starter model", 768: "Stable Diffusion 1", 1024: "Stable Diffusion 2", 2048: "SDXL",
                1280: "the SDXL refiner"}  # fmt: skip
_LORA_PARTS = re.compile(
    r"\.lora_(up|down|A|B)\.|lora\.(up|down)\.|lora_linear_layer|\.hada_w1_|\.lokr_w[12]|_lora\.up"
)
_XL_WIDTHS = {"clip_l": 768, "clip_g": 1280}


class ExtraInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be added to a model. `id` is what prompts, settings and files remember."""

    id: str
    title: str
    path: str
    kind: Kind
    text_width: int = 0  # of the models it was made for (FAMILY_WORDS); 0 when the file does not tell
    image_widths: tuple[int, ...] = ()  # of image embeddings: those an encoder makes, the one an IP-Adapter reads
    note: str = ""
    bytes: int = 0


def describe_extra(path: Path, header: Header) -> ExtraInfo | None:
    """What the .safetensors file with this header adds to a model; None when it is no extra."""
    names = header.tensors
    kind: Kind
    width: int | None
    if any(_LORA_PARTS.search(name) for name in names):
        kind, width = "lora", _lora_width(header)
    elif any(name.startswith(("control_model.", "controlnet_cond_embedding.", "input_hint_block.")) for name in names):
        kind, width = "controlnet", _reader_width(header)
    elif "body.0.rdb1.conv1.weight" in names or "model.1.sub.0.RDB1.conv1.0.weight" in names:
        kind, width = "upscaler", 0
    elif any(name.startswith("ip_adapter.") for name in names) and any(
        name.startswith("image_proj.") for name in names
    ):
        kind, width = "ip_adapter", _side(header, "ip_adapter.1.to_k_ip.weight", 1)
    elif "visual_projection.weight" in names and "vision_model.embeddings.patch_embedding.weight" in names:
        kind, width = "vision", 0
    elif (width := _embedding_width(header)) is not None:
        kind = "embedding"
    elif "decoder.conv_in.weight" in names or "first_stage_model.decoder.conv_in.weight" in names:
        if any(name.startswith("model.diffusion_model.") for name in names):
            return None
        kind, width = "vae", 0
    else:
        return None
    note = header.metadata.get("sdstudio.note", "") or header.metadata.get("modelspec.trigger_phrase", "")
    return ExtraInfo(
        id=path.stem,
        title=header.metadata.get("modelspec.title") or path.stem,
        path=str(path),
        kind=kind,
        text_width=width,
        image_widths=_image_widths(kind, header),
        note=note[:500],
        bytes=header.file_bytes,
    )


def describe_control_folder(folder: Path, config: dict[str, Any]) -> ExtraInfo:
    """The control model in a diffusers folder with this config. Raises ModelProblem when it cannot be used."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ModelProblem(
            f"The control model “{folder.name}” has no .safetensors file. "
            "Other kinds of files can hide programs and are not opened."
        )
    width = config.get("cross_attention_dim")
    return ExtraInfo(
        id=folder.name,
        title=folder.name,
        path=str(folder),
        kind="controlnet",
        text_width=width if isinstance(width, int) else 0,
        bytes=sum(read_header(file).file_bytes for file in files),
    )


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


def _lora_width(header: Header) -> int:
    """From a layer that reads the text; else from the text encoders that the file changes; else unknown."""
    for name, tensor in header.tensors.items():
        if "attn2" in name and re.search(r"to_k(_lora)?\.(lora_down|lora_A|lora\.down|down|hada_w1_b)", name):
            return tensor.shape[1] if len(tensor.shape) > 1 else 0
    if any(name.startswith(("lora_te1_", "lora_te2_", "text_encoder_2.")) for name in header.tensors):
        return 2048
    for name, tensor in header.tensors.items():
        if name.startswith(("lora_te_", "text_encoder.")) and re.search(r"q_proj.*(lora_down|lora_A|\.down)", name):
            return tensor.shape[1] if len(tensor.shape) > 1 else 0
    return 0


def _image_widths(kind: Kind, header: Header) -> tuple[int, ...]:
    if kind == "vision":
        return (_side(header, "visual_projection.weight", 0), _side(header, "visual_projection.weight", 1))
    if kind == "ip_adapter":
        plain, plus = (_side(header, f"image_proj.{name}.weight", 1) for name in ("proj", "proj_in"))
        return (plain or plus,)
    return ()


def _side(header: Header, name: str, axis: int) -> int:
    """One side of a matrix; 0 when there is no such matrix."""
    tensor = header.tensors.get(name)
    return tensor.shape[axis] if tensor is not None and len(tensor.shape) == 2 else 0


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


def _reader_width(header: Header) -> int:
    for name, tensor in header.tensors.items():
        if name.endswith("attn2.to_k.weight") and len(tensor.shape) == 2:
            return tensor.shape[1]
    return 0


def _embedding_width(header: Header) -> int | None:
    """The width of a textual inversion's vectors; None when the file holds no such vectors.

    Layouts: A1111's `emb_params`, SDXL's `clip_l` with `clip_g`, and diffusers' single tensor named by its word.
    """
    names = header.tensors
    if set(_XL_WIDTHS) <= set(names):
        right = all(len(names[key].shape) == 2 and names[key].shape[1] == width for key, width in _XL_WIDTHS.items())
        return sum(_XL_WIDTHS.values()) if right else None
    only = names.get("emb_params") or (next(iter(names.values())) if len(names) == 1 else None)
    if only is None or len(only.shape) not in (1, 2) or not 16 <= only.shape[-1] <= 8192:
        return None
    return only.shape[-1]
