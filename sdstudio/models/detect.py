"""What a single .safetensors file holds, from the names and shapes of its tensors; never from its file name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sdstudio.errors import ModelProblem
from sdstudio.models.distilled import KINDS
from sdstudio.models.flow_detect import describe_flow_file
from sdstudio.models.gguf_header import is_gguf, read_gguf
from sdstudio.models.header import Header, read_header
from sdstudio.models.info import UNKNOWN_PREDICTION, UPSCALER_DEFAULTS, ModelInfo, SamplingDefaults

_LATENT_CHANNELS = 4
_INPAINT_INPUTS = 2 * _LATENT_CHANNELS + 1
_DEPTH_INPUTS = _LATENT_CHANNELS + 1
_UPSCALER_INPUTS = _LATENT_CHANNELS + 3
UPSCALER_CELL = 4  # pixels per latent cell of the x4 upscaler, which reads a picture so many times smaller
_SMALL_SD2 = 512  # side of the pictures that SD 2's variants with further inputs learned from, predicting noise


@dataclass(frozen=True)
class _Layout:
    """How a kind of file names the first layer of the UNet, and the layers of a block that read the text."""

    input: str
    text_reader: str

    def reader(self, signature: _Signature) -> str:
        block = signature.folder_block if self is _DIFFUSERS else signature.text_block
        return self.text_reader.format(block=block)


_READS = "transformer_blocks.0.attn2.to_k.weight"
_WHOLE = "model.diffusion_model."  # what whole checkpoints put before the names of the UNet
_DIFFUSERS = _Layout("conv_in.weight", f"down_blocks.{{block}}.attentions.0.{_READS}")
_LAYOUTS = (
    _Layout(f"{_WHOLE}input_blocks.0.0.weight", f"{_WHOLE}input_blocks.{{block}}.1.{_READS}"),
    _Layout("input_blocks.0.0.weight", f"input_blocks.{{block}}.1.{_READS}"),  # a UNet alone
    _DIFFUSERS,
)
_VAE = "first_stage_model.decoder.conv_in.weight"
_READS_GUIDANCE = ("time_embed.cond_proj.weight", "time_embedding.cond_proj.weight")


@dataclass(frozen=True)
class _Signature:
    family: str
    native_size: int
    text_block: int  # the first block that reads the text, in the original layout
    folder_block: int  # the same in diffusers'
    text_width: int
    text_encoders: dict[str, str]  # by their roles, a tensor that shows that the file has it
    is_upscaler: bool = False  # SD's x4 upscaler, which reads the text in its second block first


_CLIP = "transformer.text_model.embeddings.token_embedding.weight"
_OPEN_CLIP = "model.token_embedding.weight"
_SIGNATURES = (
    _Signature("sd1", 512, 1, 0, 768, {"clip_l": f"cond_stage_model.{_CLIP}"}),
    _Signature("sd2", 768, 1, 0, 1024, {"clip_h": f"cond_stage_model.{_OPEN_CLIP}"}),
    _Signature("sd2", 512, 4, 1, 1024, {"clip_h": f"cond_stage_model.{_OPEN_CLIP}"}, is_upscaler=True),
    _Signature("sdxl", 1024, 4, 1, 2048,
        {"clip_l": f"conditioner.embedders.0.{_CLIP}", "clip_g": f"conditioner.embedders.1.{_OPEN_CLIP}"}),
    _Signature("sdxl_refiner", 1024, 4, 1, 1280, {"clip_g": f"conditioner.embedders.0.{_OPEN_CLIP}"}),
)  # fmt: skip


def describe_file(path: Path) -> ModelInfo:
    """Describe a checkpoint in one file, .safetensors or .gguf, whole or a UNet alone.

    Raises ModelProblem when it is damaged or of a kind that is not supported.
    """
    header = read_gguf(path) if is_gguf(path) else read_header(path)
    if (transformer := describe_flow_file(path, header)) is not None:
        return transformer
    layout, signature = _match(path, header)
    inputs = header.tensors[layout.input].shape[1]
    fitting = (_UPSCALER_INPUTS,) if signature.is_upscaler else (_LATENT_CHANNELS, _DEPTH_INPUTS, _INPAINT_INPUTS)
    if inputs not in fitting:
        raise ModelProblem(f"The file “{path.name}” is of a kind that is not supported: {inputs} input channels.")
    if signature.is_upscaler:
        return _upscaler(path, header, signature)
    is_variant = signature.family == "sd2" and inputs != _LATENT_CHANNELS
    few_steps = _few_steps(header)
    return ModelInfo(
        id=path.stem,
        title=path.stem,
        path=str(path),
        family=signature.family,
        native_size=_SMALL_SD2 if is_variant else signature.native_size,
        text_width=signature.text_width,
        prediction="epsilon" if is_variant else _prediction(signature, header),
        inpaint=inputs == _INPAINT_INPUTS,
        depth=inputs == _DEPTH_INPUTS,
        lacks=_lacks(signature, header),
        few_steps=few_steps,
        defaults=KINDS.get(few_steps, SamplingDefaults()),
        bytes=header.file_bytes,
    )


def _upscaler(path: Path, header: Header, signature: _Signature) -> ModelInfo:
    return ModelInfo(
        id=path.stem,
        title=path.stem,
        path=str(path),
        family=signature.family,
        native_size=signature.native_size,
        size_multiple=UPSCALER_CELL,
        text_width=signature.text_width,
        prediction="v_prediction",
        enlarges=UPSCALER_CELL,
        lacks=_lacks(signature, header),
        defaults=UPSCALER_DEFAULTS,
        bytes=header.file_bytes,
    )


def _match(path: Path, header: Header) -> tuple[_Layout, _Signature]:
    tensors = header.tensors
    layout = next((one for one in _LAYOUTS if one.input in tensors and len(tensors[one.input].shape) == 4), None)
    if layout is None:
        raise ModelProblem(f"The file “{path.name}” is not a Stable Diffusion model{_what_else(header)}.")
    for signature in _SIGNATURES:
        reader = tensors.get(layout.reader(signature))
        if reader and reader.shape[-1] == signature.text_width:
            return layout, signature
    raise ModelProblem(f"The file “{path.name}” is of a kind that is not supported yet (not SD 1, SD 2 or SDXL).")


def _lacks(signature: _Signature, header: Header) -> tuple[str, ...]:
    """The roles of the parts that have to come from other files."""
    shows = signature.text_encoders | {"vae": _VAE}
    return tuple(role for role, name in shows.items() if name not in header.tensors)


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


def _few_steps(header: Header) -> str:
    """How it was distilled: seen from a network that reads the guidance scale, else maybe told by its metadata."""
    if any(name.endswith(_READS_GUIDANCE) for name in header.tensors):
        return "lcm"
    title = " ".join(header.metadata.get(f"modelspec.{key}", "") for key in ("title", "architecture")).lower()
    return next((kind for kind in KINDS if re.search(rf"\b{kind}\b", title)), "")
