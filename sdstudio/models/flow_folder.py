"""Describes a folder in diffusers' layout that holds a model of the transformer families."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sdstudio.errors import ModelProblem
from sdstudio.models.flow_detect import variant_of
from sdstudio.models.flow_kinds import FLOW, KINDS, KONTEXT, Kind
from sdstudio.models.info import ModelInfo
from sdstudio.models.part_folder import weigh

_FAMILIES = {
    "SD3Transformer2DModel": "sd3",
    "FluxTransformer2DModel": "flux",
    "QwenImageTransformer2DModel": "qwen_image",
    "ZImageTransformer2DModel": "z_image",
}
_TURBO_SHIFT = 3.0
Read = Callable[[str], dict[str, Any]]


def is_flow_folder(index: dict[str, Any]) -> bool:
    """Whether a model_index.json with this content is of these families."""
    part = index.get("transformer")
    return isinstance(part, list) and len(part) == 2 and part[1] in _FAMILIES


def describe_flow_folder(folder: Path, index: dict[str, Any], read: Read) -> ModelInfo:
    """Describe the model; `read` gives the content of a JSON file in it, checked. Raises ModelProblem."""
    config = read("transformer/config.json")
    family = _FAMILIES.get(str(config.get("_class_name")))
    if family is None:
        raise ModelProblem(
            f"The model “{folder.name}” is of a kind that is not supported: {config.get('_class_name')}."
        )
    kind = KINDS[family]
    variant = None
    if family == "flux" and isinstance(config.get("in_channels"), int):
        is_kontext = KONTEXT in str(index.get("_class_name")).lower()
        variant = variant_of(f"The model “{folder.name}”", config["in_channels"], is_kontext=is_kontext)
    is_guided = _is_guided(family, config, read("scheduler/scheduler_config.json"))
    width = config.get("cap_feat_dim" if family == "z_image" else "joint_attention_dim")
    return ModelInfo(
        id=folder.name,
        title=folder.name,
        path=str(folder),
        family=family,
        native_size=kind.native_size,
        size_multiple=kind.size_multiple,
        text_width=width if isinstance(width, int) else 0,
        prediction=FLOW,
        inpaint=variant is not None and variant.inpaint,
        reads="" if variant is None else variant.reads,
        defaults=variant.usual if variant is not None and is_guided else kind.defaults(guided=is_guided),
        bytes=sum(weigh(folder, part) for part in _parts(index, kind)),
    )


def _is_guided(family: str, config: dict[str, Any], scheduler: dict[str, Any]) -> bool:
    """Flux schnell and Z-Image Turbo are not; the latter's network is that of Z-Image, but its shift is its own."""
    if family == "flux":
        return config.get("guidance_embeds") is True
    return family != "z_image" or scheduler.get("shift") != _TURBO_SHIFT


def _parts(index: dict[str, Any], kind: Kind) -> list[str]:
    """The folders that must hold weights: SD 3 can do without T5."""
    optional = {"text_encoder_3"} - {name for name, part in index.items() if _is_there(part)}
    return ["transformer", "vae", *(name for name in kind.text_folders if name not in optional)]


def _is_there(part: Any) -> bool:
    return isinstance(part, list) and len(part) == 2 and part[1] is not None
