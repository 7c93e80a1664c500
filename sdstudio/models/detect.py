"""What a single .safetensors file holds, from the names and shapes of its tensors; never from its file name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sdstudio.errors import ModelProblem
from sdstudio.models.header import Header, read_header
from sdstudio.models.info import UNKNOWN_PREDICTION, ModelInfo, SamplingDefaults

_INPUT = "model.diffusion_model.input_blocks.0.0.weight"
_LATENT_CHANNELS = 4
_INPAINT_INPUTS = 2 * _LATENT_CHANNELS + 1
# The place in the network where it reads the text, one of them per family, and the width of that text.
_TEXT_READER = "model.diffusion_model.input_blocks.{block}.1.transformer_blocks.0.attn2.to_k.weight"


_DISTILLED = {
    "lcm": SamplingDefaults(steps=6, cfg_scale=1.5, sampler="lcm"),
    "turbo": SamplingDefaults(steps=4, cfg_scale=1.0, sampler="euler_a", schedule="sgm_uniform"),
    "lightning": SamplingDefaults(steps=6, cfg_scale=1.0, sampler="euler", schedule="sgm_uniform"),
    "hyper": SamplingDefaults(steps=8, cfg_scale=1.0, sampler="ddim", schedule="sgm_uniform"),
}


@dataclass(frozen=True)
class _Signature:
    family: str
    native_size: int
    text_block: int
    text_width: int
    text_encoder: str  # a tensor that must be there


_SIGNATURES = (
    _Signature("sd1", 512, 1, 768, "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight"),
    _Signature("sd2", 768, 1, 1024, "cond_stage_model.model.token_embedding.weight"),
    _Signature("sdxl", 1024, 4, 2048, "conditioner.embedders.1.model.token_embedding.weight"),
    _Signature("sdxl_refiner", 1024, 4, 1280, "conditioner.embedders.0.model.token_embedding.weight"),
)


def describe_file(path: Path) -> ModelInfo:
    """Describe a checkpoint in one file. Raises ModelProblem when it is damaged or of a kind that is not supported."""
    header = read_header(path)
    signature = _match(path, header)
    inputs = header.tensors[_INPUT].shape[1]
    if inputs not in (_LATENT_CHANNELS, _INPAINT_INPUTS):
        raise ModelProblem(f"The file “{path.name}” is of a kind that is not supported: {inputs} input channels.")
    return ModelInfo(
        id=path.stem,
        title=path.stem,
        path=str(path),
        family=signature.family,
        native_size=signature.native_size,
        text_width=signature.text_width,
        prediction=_prediction(signature, header),
        inpaint=inputs == _INPAINT_INPUTS,
        defaults=_defaults(header),
        bytes=header.file_bytes,
    )


def _match(path: Path, header: Header) -> _Signature:
    if _INPUT not in header.tensors or len(header.tensors[_INPUT].shape) != 4:
        raise ModelProblem(f"The file “{path.name}” is not a Stable Diffusion model{_what_else(header)}.")
    for signature in _SIGNATURES:
        reader = header.tensors.get(_TEXT_READER.format(block=signature.text_block))
        if reader and reader.shape[-1] == signature.text_width:
            if signature.text_encoder not in header.tensors:
                raise ModelProblem(f"The file “{path.name}” has no text encoder in it, so it cannot be used alone.")
            return signature
    raise ModelProblem(f"The file “{path.name}” is of a kind that is not supported yet (not SD 1, SD 2 or SDXL).")


def _what_else(header: Header) -> str:
    """A hint at what people most often put into the wrong folder."""
    names = header.tensors
    if any("lora_" in name or ".lora" in name for name in names):
        return ": it is a LoRA, which changes another model"
    if any(name.startswith(("encoder.", "decoder.", "first_stage_model.")) for name in names):
        return ": it is an autoencoder (VAE), a part of one"
    if any("control" in name for name in names):
        return ": it is a ControlNet, which guides another model"
    return ""


def _prediction(signature: _Signature, header: Header) -> str:
    """Checkpoints say it by an empty tensor of this name, or in their metadata.

    SD 2 comes in both kinds and mostly says nothing: then the loaded network has to show it, see engine.loading.
    """
    told = header.metadata.get("modelspec.prediction_type", "").lower()
    if "v_pred" in header.tensors or told in ("v", "v_prediction"):
        return "v_prediction"
    if told in ("epsilon", "eps") or signature.family != "sd2":
        return "epsilon"
    return UNKNOWN_PREDICTION


def _defaults(header: Header) -> SamplingDefaults:
    """What distilled models need: few steps and no guidance. Their tensors do not tell, but titles in metadata do."""
    title = " ".join(header.metadata.get(f"modelspec.{key}", "") for key in ("title", "architecture")).lower()
    return next((best for word, best in _DISTILLED.items() if re.search(rf"\b{word}\b", title)), SamplingDefaults())
