"""From a model on the disk to modules that are ready to run. Local .safetensors files only; nothing is ever executed.

The parts come from a folder (here) or from a single file (single_file); the classes that a model may consist of are a
fixed table, and a model that asks for others is refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from diffusers.loaders.single_file_utils import SingleFileComponentError
from safetensors import SafetensorError
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from sdstudio import paths
from sdstudio.engine import single_file
from sdstudio.engine.enlarging import read_enlarging
from sdstudio.engine.failures import ModelMissing, is_out_of_memory
from sdstudio.engine.flow import loading as flow_loading
from sdstudio.engine.loaded import LoadedModel, Parts
from sdstudio.engine.pixel import loading as pixel_loading
from sdstudio.engine.prompts import PromptEncoder, TextModel
from sdstudio.engine.tokenizer import read_tokenizer
from sdstudio.engine.weighing import Manner
from sdstudio.engine.weights_file import are_numbers
from sdstudio.errors import ModelProblem
from sdstudio.models.flow_kinds import FLOW
from sdstudio.models.header import read_header
from sdstudio.models.info import UNKNOWN_PREDICTION, ModelInfo
from sdstudio.models.pixel_folder import FAMILY as PIXEL_FAMILY

USUAL = Manner()
TEXT_ENCODERS = ("text_encoder", "text_encoder_2")
_CLASSES: dict[str, dict[str, Any]] = {
    "unet": {"UNet2DConditionModel": UNet2DConditionModel},
    "vae": {"AutoencoderKL": AutoencoderKL, "AutoencoderTiny": AutoencoderTiny},
    "text_encoder": {"CLIPTextModel": CLIPTextModel},
    "text_encoder_2": {"CLIPTextModelWithProjection": CLIPTextModelWithProjection},
}
# What diffusers, transformers and json raise for files that are not what they seem.
_UNREADABLE = (
    *(OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError),
    *(SafetensorError, SingleFileComponentError),
)
_HALF_PRECISION_FROM_BYTES = 2**30
_GIVES_NOISE_BACK = 0.5  # correlation
_UPSCALER_NOISE = 20  # level of the noise on the small picture, of 1000, as diffusers has it


def load(
    info: ModelInfo,
    device: torch.device,
    on_part: Callable[[float], None],
    manner: Manner = USUAL,
) -> LoadedModel:
    """Load a diffusers folder or a checkpoint. `on_part` hears the share (0..1) that is done and may raise to stop.

    `manner`: how, where that is not as usual on the device.
    Raises ModelMissing when nothing is there and ModelProblem when it cannot be used.
    """
    path = path_of(info)
    dtype = manner.half or choose_dtype(path, device)
    try:
        if info.prediction == FLOW:
            dtype = manner.half or _flow_dtype(dtype)
            return flow_loading.load(info, path, device, dtype, on_part, keep_packed=manner.keep_packed)
        if info.family == PIXEL_FAMILY:
            return pixel_loading.load(info, path, device, dtype, on_part)
        if path.is_dir():
            parts = _read_folder(info, path, dtype, on_part)
        else:
            parts = single_file.read(info, path, dtype, on_part)
        _check(info, parts)
        return _assemble(info, parts, device, dtype)
    except _UNREADABLE as error:
        if is_out_of_memory(error):
            raise
        raise ModelProblem(
            f"The model “{info.title}” cannot be loaded: its files are damaged or incomplete.", detail=str(error)
        ) from error


def path_of(info: ModelInfo) -> Path:
    """Where the model is. Raises ModelMissing when nothing is there."""
    path = Path(info.path)
    if not path.exists():
        raise ModelMissing(f"The model “{info.title}” is not where it was: {path.name} has been moved or deleted.")
    return path


def _assemble(info: ModelInfo, parts: Parts, device: torch.device, dtype: torch.dtype) -> LoadedModel:
    modules = {name: module.eval().requires_grad_(False) for name, module in parts.modules.items()}
    for name, module in modules.items():
        layout: dict[str, Any] = {"dtype": dtype} if module.dtype != dtype else {}
        if name in ("unet", "vae") and device.type != "mps":
            # Convolutions are faster this way round, on processors and on tensor cores.
            layout["memory_format"] = torch.channels_last
        modules[name] = module.to(device=device, **layout)
    if dtype == torch.float16 and modules["vae"].config.get("force_upcast"):
        modules["vae"] = modules["vae"].to(torch.float32)
    encoders = [modules[name] for name in TEXT_ENCODERS if name in modules]
    texts = [
        TextModel(tokenizer, encoder, penultimate=modules["unet"].config.addition_embed_type == "text_time")
        for tokenizer, encoder in zip(parts.tokenizers, encoders, strict=True)
    ]
    prompts = PromptEncoder(texts, zero_when_empty=parts.zero_when_empty)
    config = parts.scheduler_config
    if info.prediction == UNKNOWN_PREDICTION:
        config = config | {"prediction_type": probe_prediction(modules["unet"])}
    enlarging = None
    if info.enlarges > 1:
        path = Path(info.path)
        folder = path if path.is_dir() else paths.resources() / "families" / single_file.UPSCALER
        enlarging = read_enlarging(folder / "low_res_scheduler", info.enlarges, _UPSCALER_NOISE)
    return LoadedModel(info, prompts, modules["unet"], modules["vae"], config, device, dtype, enlarging=enlarging)


@torch.inference_mode()
def probe_prediction(unet: Any) -> str:
    """What the network predicts, seen from what it does with almost pure noise at the last training step.

    There the noise is the input itself: who predicts noise gives it back, who predicts v gives something else.
    """
    config = unet.config
    given = torch.randn(1, config.in_channels, 8, 8, generator=torch.Generator().manual_seed(0))
    text = torch.zeros(1, 77, config.cross_attention_dim)
    there = {"device": unet.device, "dtype": unet.dtype}
    answer = unet(given.to(**there), 999, text.to(**there), return_dict=False)[0].float().cpu()
    both = torch.stack([answer.flatten(), given[:, : answer.shape[1]].flatten()])
    return "epsilon" if torch.corrcoef(both)[0, 1] > _GIVES_NOISE_BACK else "v_prediction"


def _read_folder(info: ModelInfo, folder: Path, dtype: torch.dtype, on_part: Callable[[float], None]) -> Parts:
    index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
    texts = [name for name in TEXT_ENCODERS if index.get(name, [None])[0] is not None]
    names = ["unet", "vae", *texts]
    modules = {}
    for number, name in enumerate(names):
        on_part(number / len(names))
        modules[name] = _read_module(info, folder / name, dtype)
    tokenizers = [read_tokenizer(folder / name.replace("text_encoder", "tokenizer")) for name in texts]
    config = json.loads((folder / "scheduler" / "scheduler_config.json").read_text(encoding="utf-8"))
    return Parts(modules, tokenizers, config, bool(index.get("force_zeros_for_empty_prompt", len(texts) > 1)))


def _read_module(info: ModelInfo, folder: Path, dtype: torch.dtype) -> Any:
    """One module of a folder. Its class must be in the table, and its files must hold every weight."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kind = config.get("_class_name") or next(iter(config.get("architectures") or [None]))
    if kind not in _CLASSES[folder.name]:
        raise ModelProblem(f"The model “{info.title}” has a part of the kind “{kind}”, which is not supported.")
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ModelProblem(
            f"The model “{info.title}” has no .safetensors file in “{folder.name}”. "
            "Other kinds of files can hide programs and are not opened."
        )
    for file in files:
        read_header(file)
    options: dict[str, Any] = {"local_files_only": True, "use_safetensors": True, "output_loading_info": True}
    if all(file.name.endswith(".fp16.safetensors") for file in files):
        options["variant"] = "fp16"
    module, report = _CLASSES[folder.name][kind].from_pretrained(folder, torch_dtype=dtype, **options)
    if missing := report["missing_keys"]:
        raise ModelProblem(
            f"The model “{info.title}” is incomplete: {len(missing)} weights are missing in “{folder.name}”.",
            detail="\n".join(sorted(missing)),
        )
    return module


def _check(info: ModelInfo, parts: Parts) -> None:
    """Every weight must be there (diffusers leaves missing ones on the meta device) and be a number."""
    for name, module in parts.modules.items():
        if any(weight.is_meta for weight in module.parameters()):
            raise ModelProblem(f"The model “{info.title}” is incomplete: weights are missing in its {name}.")
        if not are_numbers(module.parameters()):
            raise ModelProblem(f"The model “{info.title}” is damaged: some weights of its {name} are no numbers (NaN).")


def choose_dtype(path: Path, device: torch.device) -> torch.dtype:
    """Half precision saves memory and time on a GPU; a small model does not need it, and a CPU is slower with it."""
    files = path.glob("*/*.safetensors") if path.is_dir() else [path]
    large = sum(file.stat().st_size for file in files) > _HALF_PRECISION_FROM_BYTES
    return torch.float16 if device.type == "cuda" and large else torch.float32


def _flow_dtype(dtype: torch.dtype) -> torch.dtype:
    """The transformer families were trained in bfloat16: what some of them reach does not fit into float16."""
    return torch.bfloat16 if dtype == torch.float16 else dtype
