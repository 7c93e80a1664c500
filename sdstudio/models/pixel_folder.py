"""Describes folders in diffusers' layout that hold a stage of DeepFloyd IF, which paints pixels and has no VAE."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sdstudio.errors import ModelProblem
from sdstudio.models.info import ModelInfo, SamplingDefaults
from sdstudio.models.part_folder import weigh

FAMILY = "if"
_STAGES = {"IFPipeline": 3, "IFSuperResolutionPipeline": 6}  # input channels
_ENLARGES = 4
_DEFAULTS = SamplingDefaults(steps=50, cfg_scale=7.0, sampler="ddpm")
_ENLARGING_DEFAULTS = SamplingDefaults(steps=50, cfg_scale=4.0, sampler="ddpm")
Read = Callable[[str], dict[str, Any]]


def is_pixel_folder(index: dict[str, Any]) -> bool:
    """Whether a model_index.json with this content is a stage of DeepFloyd IF."""
    return index.get("_class_name") in _STAGES


def describe_pixel_folder(folder: Path, index: dict[str, Any], read: Read) -> ModelInfo:
    """Describe the stage; `read` gives the content of a JSON file in it, checked. Raises ModelProblem."""
    unet, scheduler = read("unet/config.json"), read("scheduler/scheduler_config.json")
    inputs = _STAGES[str(index["_class_name"])]
    try:
        matches = unet["_class_name"] == "UNet2DConditionModel" and int(unet["in_channels"]) == inputs
        native_size = int(unet["sample_size"])
        size_multiple = 1 << (len(unet["block_out_channels"]) - 1)
        text_width = int(unet["encoder_hid_dim"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelProblem(f"The model “{folder.name}” has a damaged config.", detail=repr(error)) from error
    if not matches:
        raise ModelProblem(f"The model “{folder.name}” is of a kind that is not supported: {index['_class_name']}.")
    is_second = inputs == _STAGES["IFSuperResolutionPipeline"]
    return ModelInfo(
        id=folder.name,
        title=folder.name,
        path=str(folder),
        family=FAMILY,
        native_size=native_size,
        size_multiple=max(size_multiple, _ENLARGES),
        text_width=text_width,
        prediction=str(scheduler.get("prediction_type", "epsilon")),
        enlarges=_ENLARGES if is_second else 1,
        defaults=_ENLARGING_DEFAULTS if is_second else _DEFAULTS,
        bytes=sum(weigh(folder, part) for part in ("unet", "text_encoder")),
    )
