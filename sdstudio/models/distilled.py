"""Models that were trained to need few steps: which kinds there are, and what each likes best.

Most of their files do not tell; then a person does, and the settings remember it by the model's id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from sdstudio.models.info import ModelInfo, SamplingDefaults

KINDS = {
    "lcm": SamplingDefaults(steps=6, cfg_scale=1.5, sampler="lcm"),
    "turbo": SamplingDefaults(steps=4, cfg_scale=1.0, sampler="euler_a", schedule="sgm_uniform"),
    "lightning": SamplingDefaults(steps=6, cfg_scale=1.0, sampler="euler", schedule="sgm_uniform"),
    "hyper": SamplingDefaults(steps=8, cfg_scale=1.0, sampler="ddim", schedule="sgm_uniform"),
}
WORDS = {"lcm": "LCM", "turbo": "Turbo", "lightning": "Lightning", "hyper": "Hyper-SD"}
FAMILIES = frozenset({"sd1", "sd2", "sdxl"})  # of which there are such models


def as_told(models: Iterable[ModelInfo], told: Mapping[str, str]) -> list[ModelInfo]:
    """The models as a person says they were trained: a key of KINDS by the model's id, or "" for the usual way."""
    return [_as(model, told[model.id]) if model.id in told else model for model in models]


def _as(model: ModelInfo, kind: str) -> ModelInfo:
    if model.family not in FAMILIES or kind == model.few_steps or kind not in ("", *KINDS):
        return model
    return replace(model, few_steps=kind, defaults=KINDS.get(kind, SamplingDefaults()))
