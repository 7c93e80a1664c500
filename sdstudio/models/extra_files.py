"""Tells what a file adds to a model, by the names and shapes of its tensors. From headers alone, without torch."""

from __future__ import annotations

import re
from collections.abc import Container
from pathlib import Path
from typing import Any

from sdstudio.errors import ModelProblem
from sdstudio.models.extras import KIND_WORDS, ExtraInfo, Kind
from sdstudio.models.flow_loras import lora_family
from sdstudio.models.header import Header, read_header
from sdstudio.models.relatives import FOLDERS as RELATIVES
from sdstudio.models.relatives import refuse_relative
from sdstudio.models.upscaler_kinds import further_kind

_LORA_PARTS = re.compile(
    r"\.lora_(up|down|A|B)\.|lora\.(up|down)\.|lora_linear_layer|\.hada_w1_|\.lokr_w[12]|_lora[12]?\.up"
)
# An autoencoder's first decoding layer; the last is that of Qwen-Image's, which was made for films.
_VAE_INPUTS = ("decoder.conv_in.weight", "first_stage_model.decoder.conv_in.weight", "decoder.conv1.weight")
_XL_WIDTHS = {"clip_l": 768, "clip_g": 1280}
_T2I = re.compile(r"(?:adapter\.)?body\.\d+\.(?:resnets\.\d+\.|body\.\d+\.)?block1\.weight")
_UPSCALER = re.compile(r"(?:body|RRDB_trunk|model\.1\.sub)\.0\.(?:rdb|RDB)1\.conv1\.(?:0\.)?weight")
_HYPERNETWORK = re.compile(r"hypernetwork\.(\d+)\.[kv]\.")
_XL_FOLD = 16  # pixels a side that SDXL's T2I-Adapters fold into channels; those of SD 1 fold 8
_RECOGNISER_WIDTH = 512
_XLABS_PROJECTION = "ip_adapter_proj_model.proj"  # of IP-Adapters for Flux
_CONTROL = ("control_model.", "controlnet_cond_embedding.", "input_hint_block.", "task_embedding", "controlnet_blocks.")
_FLOW_CONTROLS = {"FluxControlNetModel": "flux", "SD3ControlNetModel": "sd3", "QwenImageControlNetModel": "qwen_image"}
CONTROL_FOLDERS = ("ControlNetModel", "ControlNetUnionModel", "T2IAdapter", *_FLOW_CONTROLS)
# The networks of transformers that make control pictures, and what each makes.
ESTIMATOR_FOLDERS: dict[str, Kind] = {
    **dict.fromkeys(
        ("DPTForDepthEstimation", "DepthAnythingForDepthEstimation", "GLPNForDepthEstimation",
         "ZoeDepthForDepthEstimation", "DepthProForDepthEstimation", "PromptDepthAnythingForDepthEstimation"),
        "depth",
    ),
    "VitPoseForPoseEstimation": "pose",
    **dict.fromkeys(
        ("RTDetrForObjectDetection", "RTDetrV2ForObjectDetection", "DFineForObjectDetection", "DetrForObjectDetection",
         "ConditionalDetrForObjectDetection", "DeformableDetrForObjectDetection", "YolosForObjectDetection"),
        "people",
    ),
    **dict.fromkeys(
        ("SegformerForSemanticSegmentation", "UperNetForSemanticSegmentation", "BeitForSemanticSegmentation",
         "DPTForSemanticSegmentation", "MobileViTForSemanticSegmentation", "Data2VecVisionForSemanticSegmentation",
         "Mask2FormerForUniversalSegmentation", "MaskFormerForInstanceSegmentation",
         "OneFormerForUniversalSegmentation"),
        "segments",
    ),
}  # fmt: skip


def describe_extra(path: Path, header: Header) -> ExtraInfo | None:
    """What the .safetensors file with this header adds to a model; None when it is no extra.

    Raises ModelProblem, by its name, for a kind that is not read.
    """
    names = header.tensors
    refuse_relative(path.name, names)
    kind: Kind
    width: int | None
    family = ""
    if _is_adapter(header):  # before LoRAs: those for faces bring one of their own
        kind, width = "ip_adapter", _side(header, "ip_adapter.1.to_k_ip.weight", 1)
    elif any(_LORA_PARTS.search(name) for name in names):
        kind, width = "lora", _lora_width(header)
        family = lora_family(names)
    elif any(name.startswith(_CONTROL) for name in names):
        kind, width = "controlnet", _reader_width(header)
        family = _control_family(names)
    elif any(_HYPERNETWORK.match(name) for name in names):
        kind, width = "hypernetwork", _hypernetwork_width(header)
    elif any(_T2I.fullmatch(name) for name in names):
        kind, width = "t2i_adapter", _adapter_width(header)
    elif any(_UPSCALER.search(name) for name in names) or _is_compact(header) or further_kind(names):
        kind, width = "upscaler", 0
    elif {"redux_up.weight", "redux_down.weight"} <= set(names) or f"{_XLABS_PROJECTION}.weight" in names:
        kind, width, family = "ip_adapter", 0, "flux"
    elif "vision_model.embeddings.patch_embedding.weight" in names and _sees(names):
        kind, width = "vision", 0
    elif (width := _embedding_width(header)) is not None:
        kind = "embedding"
    elif any(name in names for name in _VAE_INPUTS):
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
        family=family,
        text_width=width,
        control_types=_control_types(header),
        speaks=kind == "vision" and {"text_projection.weight", "logit_scale"} <= set(names),
        image_widths=_image_widths(kind, header),
        recognises_faces=kind == "ip_adapter" and _is_for_faces(header),
        latent_channels=_latent_channels(header) if kind == "vae" else 0,
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
    header = read_header(files[0])
    is_adapter = config.get("_class_name") == "T2IAdapter"
    width = _adapter_width(header) if is_adapter else config.get("cross_attention_dim")
    return ExtraInfo(
        id=folder.name,
        title=folder.name,
        path=str(folder),
        kind="t2i_adapter" if is_adapter else "controlnet",
        family=_FLOW_CONTROLS.get(str(config.get("_class_name")), ""),
        text_width=width if isinstance(width, int) else 0,
        control_types=_control_types(header),
        bytes=sum(read_header(file).file_bytes for file in files),
    )


def is_extra_folder(config: Any) -> bool:
    """Whether a folder with this config.json is a control model, an adapter, or makes control pictures."""
    return isinstance(config, dict) and (
        config.get("_class_name") in (*CONTROL_FOLDERS, *RELATIVES) or _estimates(config) is not None
    )


def describe_extra_folder(folder: Path, config: dict[str, Any]) -> ExtraInfo:
    """What is in a folder for which `is_extra_folder` holds. Raises ModelProblem when it cannot be used."""
    if (words := RELATIVES.get(str(config.get("_class_name")))) is not None:
        raise ModelProblem(f"The folder “{folder.name}” holds {words}, which this program does not read.")
    kind = _estimates(config)
    if kind is None:
        return describe_control_folder(folder, config)
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ModelProblem(
            f"The {KIND_WORDS[kind]} “{folder.name}” has no .safetensors file. "
            "Other kinds of files can hide programs and are not opened."
        )
    weight = sum(read_header(file).file_bytes for file in files)
    return ExtraInfo(id=folder.name, title=folder.name, path=str(folder), kind=kind, bytes=weight)


def _estimates(config: dict[str, Any]) -> Kind | None:
    names = config.get("architectures")
    return ESTIMATOR_FOLDERS.get(names[0]) if isinstance(names, list) and names and isinstance(names[0], str) else None


def _latent_channels(header: Header) -> int:
    tensor = next(header.tensors[name] for name in _VAE_INPUTS if name in header.tensors)
    return tensor.shape[1] if len(tensor.shape) in (4, 5) else 0


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
    if kind == "vision" and "visual_projection.weight" not in header.tensors:  # SigLIP
        return (_side(header, "vision_model.encoder.layers.0.mlp.fc1.weight", 1),)
    if kind == "vision":
        return (_side(header, "visual_projection.weight", 0), _side(header, "visual_projection.weight", 1))
    if kind == "ip_adapter":
        plain, plus, face = (_side(header, f"image_proj.{name}.weight", 1) for name in ("proj", "proj_in", "proj.0"))
        flux = _side(header, "redux_up.weight", 1) or _side(header, f"{_XLABS_PROJECTION}.weight", 1)
        return (plain or plus or face or flux,)
    return ()


def _is_adapter(header: Header) -> bool:
    """An IP-Adapter, as its authors save it: two parts by these names."""
    return {"ip_adapter", "image_proj"} <= {name.partition(".")[0] for name in header.tensors}


def _is_for_faces(header: Header) -> bool:
    """An IP-Adapter that reads the numbers of a face recogniser: FaceID."""
    return _side(header, "image_proj.proj.0.weight", 1) == _RECOGNISER_WIDTH or any(
        name.startswith("image_proj.perceiver_resampler.") or (name.startswith("ip_adapter.") and "lora" in name)
        for name in header.tensors
    )


def _side(header: Header, name: str, axis: int) -> int:
    """One side of a matrix; 0 when there is no such matrix."""
    tensor = header.tensors.get(name)
    return tensor.shape[axis] if tensor is not None and len(tensor.shape) == 2 else 0


def _is_compact(header: Header) -> bool:
    """A small upscaler: nothing but numbered layers, from 3 colours to 3 for each of scale x scale pixels."""
    shapes = {}
    for name, tensor in header.tensors.items():
        found = re.fullmatch(r"(?:params\.|params_ema\.)?body\.(\d+)\.(weight|bias)", name)
        if found is None:
            return False
        if len(tensor.shape) == 4:
            shapes[int(found[1])] = tensor.shape
    if len(shapes) < 3:
        return False
    first, last = shapes[min(shapes)], shapes[max(shapes)]
    return first[1] == 3 and last[0] in (3, 12, 27, 48, 192)


def _hypernetwork_width(header: Header) -> int:
    """Of the texts among the widths that it changes; SDXL's is one of its own attention's too, so it says nothing."""
    widths = {int(found[1]) for name in header.tensors if (found := _HYPERNETWORK.match(name))}
    return next((width for width in (768, 1024, 2048) if width in widths), 0)


def _control_types(header: Header) -> int:
    return _side(header, "task_embedding", 0) or _side(header, "controlnet_mode_embedder.weight", 0)


def _sees(names: Container[str]) -> bool:
    """Whether an image encoder is one that adapters look through: CLIP's with its projection, or SigLIP's."""
    return "visual_projection.weight" in names or "vision_model.embeddings.class_embedding" not in names


def _control_family(names: Container[str]) -> str:
    """Of the transformer families; "" for control models of a UNet."""
    if "pos_embed_input.proj.weight" in names:
        return "sd3"
    if "double_blocks.0.img_attn.norm.key_norm.scale" in names:  # XLabs' files
        return "flux"
    if "controlnet_x_embedder.weight" not in names:
        return ""
    return "qwen_image" if "txt_norm.weight" in names else "flux"


def _adapter_width(header: Header) -> int:
    """Of the models a T2I-Adapter was made for: told by how it folds pixels and how wide its first layer is."""
    for name, tensor in header.tensors.items():
        place = name.removeprefix("adapter.")
        if place in ("conv_in.weight", "body.0.in_conv.weight") and len(tensor.shape) == 4:
            outputs, inputs = tensor.shape[:2]
            if outputs not in (320, 80):
                return 0
            return 2048 if inputs in (_XL_FOLD**2, 3 * _XL_FOLD**2) else 768
    return 0


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
