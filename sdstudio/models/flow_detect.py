"""Tells the transformer families in single files, by the names and shapes of their tensors. Without torch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sdstudio.errors import ModelProblem
from sdstudio.models.flow_kinds import FLOW, FLUX_VARIANTS, KINDS, KONTEXT, KONTEXT_VARIANT, Variant
from sdstudio.models.header import Header, Tensor
from sdstudio.models.info import ModelInfo

WHOLE = "model.diffusion_model."  # what whole checkpoints put before a denoiser's names
_VAE = ("first_stage_model.", "vae.")
_FLUX_INPUTS = 64


@dataclass(frozen=True)
class _Signature:
    """Tensors that one family alone has, in one layout, and the layer that reads the text: its width is the text's."""

    family: str
    has: tuple[str, ...]
    text_reader: str
    picture_reader: str = ""


_SIGNATURES = (
    _Signature("sd3", ("joint_blocks.0.context_block.adaLN_modulation.1.bias",), "context_embedder.weight"),
    _Signature("sd3", ("pos_embed.proj.weight", "transformer_blocks.0.attn.add_k_proj.weight"),
        "context_embedder.weight"),
    _Signature("flux", ("double_blocks.0.img_attn.norm.key_norm.scale", "vector_in.in_layer.weight"), "txt_in.weight",
        "img_in.weight"),
    _Signature("flux", ("single_transformer_blocks.0.proj_mlp.weight", "x_embedder.weight"), "context_embedder.weight",
        "x_embedder.weight"),
    _Signature("qwen_image", ("transformer_blocks.0.img_mod.1.weight", "txt_norm.weight"), "txt_in.weight"),
    _Signature("z_image", ("layers.0.adaLN_modulation.0.weight", "cap_embedder.1.weight"), "cap_embedder.1.weight"),
)  # fmt: skip
# Relatives that need other parts or another loop than ours.
_STRANGERS = {
    "distilled_guidance_layer.in_proj.bias": "Chroma",
    "single_stream_modulation.lin.weight": "Flux 2",
    "txt_in.text_norm.weight": "Qwen-Image 2.1",
    "time_text_embed.addition_t_embedding.weight": "Qwen-Image Layered",
}
_GUIDANCE = ("guidance_in.in_layer.weight", "time_text_embed.guidance_embedder.linear_1.weight")
# What whole checkpoints put before the parts that read the text, by role. SD 3 can do without T5.
ENCODERS = {
    "clip_l": "text_encoders.clip_l.",
    "clip_g": "text_encoders.clip_g.",
    "t5": "text_encoders.t5xxl.",
    "qwen2_vl": "text_encoders.qwen25_7b.",
    "qwen3": "text_encoders.qwen3_4b.",
}
_NEEDS = {
    "sd3": ("clip_l", "clip_g"),
    "flux": ("clip_l", "t5"),
    "qwen_image": ("qwen2_vl",),
    "z_image": ("qwen3",),
}


def describe_flow_file(path: Path, header: Header) -> ModelInfo | None:
    """The model in the file with this header; None when it is of no transformer family.

    Raises ModelProblem for a relative that is not supported.
    """
    tensors = {name.removeprefix(WHOLE): tensor for name, tensor in header.tensors.items()}
    for name, words in _STRANGERS.items():
        if name in tensors:
            raise ModelProblem(f"The file “{path.name}” is of a kind that is not supported yet: {words}.")
    signature = next((one for one in _SIGNATURES if all(name in tensors for name in one.has)), None)
    if signature is None:
        return None
    kind = KINDS[signature.family]
    inputs = _width(tensors, signature.picture_reader) if signature.picture_reader else _FLUX_INPUTS
    told = " ".join(header.metadata.get(f"modelspec.{key}", "") for key in ("title", "architecture")).lower()
    variant = None
    if signature.family == "flux":
        variant = variant_of(f"The file “{path.name}”", inputs, is_kontext=KONTEXT in told)
    is_guided = _is_guided(signature.family, tensors, told)
    return ModelInfo(
        id=path.stem,
        title=path.stem,
        path=str(path),
        family=signature.family,
        native_size=kind.native_size,
        size_multiple=kind.size_multiple,
        text_width=_width(tensors, signature.text_reader),
        prediction=FLOW,
        lacks=_lacks(signature.family, header.tensors),
        inpaint=variant is not None and variant.inpaint,
        reads="" if variant is None else variant.reads,
        defaults=variant.usual if variant is not None and is_guided else kind.defaults(guided=is_guided),
        bytes=header.file_bytes,
    )


def variant_of(what: str, inputs: int, *, is_kontext: bool) -> Variant | None:
    """The relative of Flux that reads so many numbers of each patch; None for Flux itself.

    Kontext has Flux's tensors: only words tell it. Raises ModelProblem for a relative that is not supported; `what`
    begins the sentence.
    """
    if inputs == _FLUX_INPUTS:
        return KONTEXT_VARIANT if is_kontext else None
    if inputs not in FLUX_VARIANTS:
        raise ModelProblem(f"{what} is of a kind that is not supported yet: {inputs} input channels.")
    return FLUX_VARIANTS[inputs]


def _width(tensors: dict[str, Tensor], name: str) -> int:
    """Of what a layer reads; 0 when it is no matrix."""
    tensor = tensors.get(name)
    return tensor.shape[1] if tensor is not None and len(tensor.shape) == 2 else 0


def _is_guided(family: str, tensors: dict[str, Tensor], told: str) -> bool:
    """Turbo models need no guidance: Flux's files show it; Z-Image's do not, and most are; others say it in words.

    `told` is what the file says of itself, in small letters.
    """
    if family == "flux":
        return any(name in tensors for name in _GUIDANCE)
    if family == "z_image":
        return "base" in told.split()
    return not {"turbo", "lightning"} & set(told.replace("-", " ").replace("_", " ").split())


def _lacks(family: str, names: Iterable[str]) -> tuple[str, ...]:
    """The roles of the parts that have to come from other files."""
    names = list(names)
    shows = {role: (ENCODERS[role],) for role in _NEEDS[family]} | {"vae": _VAE}
    return tuple(role for role, prefix in shows.items() if not any(name.startswith(prefix) for name in names))
