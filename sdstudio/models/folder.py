"""Describes a model folder in diffusers' layout from its JSON files and the headers of its weights."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from sdstudio.errors import ModelProblem
from sdstudio.models.flow_folder import describe_flow_folder, is_flow_folder
from sdstudio.models.info import UPSCALER_DEFAULTS, ModelInfo, SamplingDefaults
from sdstudio.models.part_folder import weigh
from sdstudio.models.pixel_folder import describe_pixel_folder, is_pixel_folder

_MAX_JSON_BYTES = 8 * 2**20
_COLOURS = 3  # of the small picture that an upscaler reads
_VAES = ("AutoencoderKL", "AutoencoderTiny")
# The names of protocol.samplers, which this room must not import; a test compares them.
SAMPLER_NAMES = frozenset((
    "ddim", "ddpm", "plms", "euler", "euler_a", "heun", "lms", "dpm2", "dpm2_a", "dpmpp_2s", "dpmpp_2s_a",
    "dpmpp_2m", "dpmpp_3m", "dpmpp_2m_sde", "dpmpp_3m_sde", "dpmpp_sde", "unipc", "deis", "sa_solver", "lcm", "tcd",
))  # fmt: skip
SCHEDULE_NAMES = frozenset({"normal", "karras", "exponential", "beta", "sgm_uniform", "ays"})
_WIDTHS = {768: "sd1", 1024: "sd2", 2048: "sdxl", 1280: "sdxl_refiner"}  # width of the text that the denoiser reads


class _Notes(msgspec.Struct, kw_only=True):
    """sdstudio.json beside a model: what its maker wants the window to know. All of it may be left out."""

    title: str | None = None
    native_size: int | None = None
    steps: int = 20
    cfg_scale: float = 7.0
    sampler: str = "dpmpp_2m"
    schedule: str = "normal"
    vocabulary: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    backgrounds: tuple[str, ...] = ()
    note: str = ""


def is_model_folder(folder: Path) -> bool:
    return (folder / "model_index.json").is_file()


def describe_folder(folder: Path) -> ModelInfo:
    """Describe the model in `folder`. Raises ModelProblem when it cannot be used."""
    if not is_model_folder(folder):
        raise ModelProblem(f"The folder “{folder.name}” holds no model: it has no model_index.json.")
    index = _read(folder, "model_index.json")
    if is_pixel_folder(index):
        return describe_pixel_folder(folder, index, partial(_read, folder))
    if is_flow_folder(index):
        return describe_flow_folder(folder, index, partial(_read, folder))
    unet = _read(folder, "unet/config.json")
    vae, scheduler = _read(folder, "vae/config.json"), _read(folder, "scheduler/scheduler_config.json")
    if index.get("_class_name") == "StableDiffusionLatentUpscalePipeline":
        raise ModelProblem(
            f"The model “{folder.name}” is the x2 latent upscaler, which is not supported. Take the x4 upscaler, or an "
            "upscaler file for Image > Upscale."
        )
    if unet.get("_class_name") != "UNet2DConditionModel" or vae.get("_class_name") not in _VAES:
        raise ModelProblem(f"The model “{folder.name}” is of a kind that is not supported: {index.get('_class_name')}.")
    try:
        latent_channels = int(vae["latent_channels"])
        size_multiple = 1 << (len(vae["block_out_channels"]) - 1)
        inputs = int(unet["in_channels"])
        sample_size = unet.get("sample_size") or 64
        native_size = int(sample_size if isinstance(sample_size, int) else max(sample_size)) * size_multiple
        text_width = int(unet["cross_attention_dim"])
        family = _WIDTHS.get(text_width, "sd1")
    except (KeyError, TypeError, ValueError) as error:
        raise ModelProblem(f"The model “{folder.name}” has a damaged config.", detail=repr(error)) from error
    is_upscaler = inputs == latent_channels + _COLOURS and bool(unet.get("num_class_embeds"))
    if not is_upscaler and inputs not in (latent_channels, latent_channels + 1, 2 * latent_channels + 1):
        raise ModelProblem(f"The model “{folder.name}” is of a kind that is not supported: {inputs} input channels.")
    notes = _read_notes(folder)
    return ModelInfo(
        id=folder.name,
        title=notes.title or folder.name,
        path=str(folder),
        family=family,
        native_size=notes.native_size or native_size,
        size_multiple=size_multiple,
        text_width=text_width,
        prediction=str(scheduler.get("prediction_type", "epsilon")),
        inpaint=inputs == 2 * latent_channels + 1,
        depth=inputs == latent_channels + 1,
        few_steps="lcm" if unet.get("time_cond_proj_dim") else "",
        enlarges=size_multiple if is_upscaler else 1,
        defaults=_defaults(notes) if (folder / "sdstudio.json").is_file() else _usual(unet),
        vocabulary=notes.vocabulary,
        styles=notes.styles,
        backgrounds=notes.backgrounds,
        note=notes.note,
        bytes=_check_weights(folder),
    )


def _defaults(notes: _Notes) -> SamplingDefaults:
    """A name that this version does not know falls back to the usual one: an older model must still open."""
    sampler = notes.sampler if notes.sampler in SAMPLER_NAMES else "dpmpp_2m"
    schedule = notes.schedule if notes.schedule in SCHEDULE_NAMES else "normal"
    return SamplingDefaults(steps=notes.steps, cfg_scale=notes.cfg_scale, sampler=sampler, schedule=schedule)


def _usual(unet: dict[str, Any]) -> SamplingDefaults:
    """Latent consistency models take the guidance scale as an input and want few steps."""
    if unet.get("num_class_embeds"):  # an upscaler, which is told how much noise lies on the small picture
        return UPSCALER_DEFAULTS
    if unet.get("time_cond_proj_dim"):
        return SamplingDefaults(steps=6, cfg_scale=1.5, sampler="lcm")
    return SamplingDefaults()


def _check_weights(folder: Path) -> int:
    """Check the header of every weight file; return their size in bytes."""
    text = "text_encoder" if (folder / "text_encoder").is_dir() else "text_encoder_2"
    return sum(weigh(folder, part) for part in ("unet", "vae", text))


def _read_notes(folder: Path) -> _Notes:
    if not (folder / "sdstudio.json").is_file():
        return _Notes()
    try:
        return msgspec.convert(_read(folder, "sdstudio.json"), _Notes)
    except msgspec.ValidationError as error:
        raise ModelProblem(f"The sdstudio.json of the model “{folder.name}” is damaged.", detail=str(error)) from error


def _read(folder: Path, name: str) -> dict[str, Any]:
    path = folder / name
    try:
        if path.stat().st_size > _MAX_JSON_BYTES:
            raise ModelProblem(f"The model “{folder.name}” has a damaged {name}: it is far too long.")
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelProblem(f"The model “{folder.name}” is incomplete: {name} is missing.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelProblem(f"The model “{folder.name}” has a damaged {name}.", detail=str(error)) from error
    if not isinstance(content, dict):
        raise ModelProblem(f"The model “{folder.name}” has a damaged {name}.")
    return content
