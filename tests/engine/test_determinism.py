"""The same request gives the same bytes, whatever the engine has done in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.painter import TorchPainter
from sdstudio.engine.validation import Pixels
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.library import describe
from sdstudio.protocol.errands import ShowNoise
from sdstudio.protocol.messages import Generate
from sdstudio.protocol.request import REFERENCE, ControlUse, LoraUse
from sdstudio.raster.geometry import Extent
from tests.engine.conftest import Everything, make_request
from tests.helpers import control_files, lora_files, tiny_models


@pytest.fixture(scope="module")
def extras(sd: LoadedModel, tmp_path_factory: pytest.TempPathFactory) -> tuple[ExtraInfo, ...]:
    root = tmp_path_factory.mktemp("extras")
    encoders = [text.encoder for text in sd.prompts.text_models]
    save_file({"emb_params": torch.ones(2, tiny_models.WIDTH)}, root / "blob.safetensors")
    paths = {
        "lora": lora_files.write_kohya(root / "ink.safetensors", sd.unet, encoders),
        "embedding": root / "blob.safetensors",
        "controlnet": control_files.write_folder(root / "lines", control_files.make(sd.unet)),
    }
    kinds: dict[str, Any] = {"lora": "ink", "embedding": "blob", "controlnet": "lines"}
    return tuple(
        ExtraInfo(id=name, title=name, path=str(paths[kind]), kind=kind)  # type: ignore[arg-type]
        for kind, name in kinds.items()
    )


# What the engine is asked for in between. Pictures come with those that name controls.
OTHERS: dict[str, dict[str, Any]] = {
    "another seed and sampler": {"seed": 5, "sampler": "dpmpp_sde", "schedule": "karras"},
    "a LoRA and a word": {"prompt": "a blob", "loras": (LoraUse(name="ink"),)},
    "a control model": {"controls": (ControlUse(model="lines"),)},
    "a reference": {"controls": (ControlUse(model=REFERENCE),)},
    "tiles and FreeU": {"seamless": "both", "freeu": True},
    "in a hurry": {"speed": "faster", "steps": 6},
    "two passes": {"hires": 2.0, "extent": Extent(128, 128)},
    "other betas": {"betas": "linear", "prediction": "v_prediction", "cfg_rescale": 0.5},
    "another layer of the text": {"clip_skip": 2, "prompt": "[red:blue:0.5] (cat:1.3) AND a dog"},
}


@pytest.fixture(scope="module")
def paint(folders: dict[str, Path], extras: tuple[ExtraInfo, ...], photo: np.ndarray) -> Callable[..., np.ndarray]:
    painter = TorchPainter()

    def run(kind: str = "sd", **changes: Any) -> np.ndarray:
        request = make_request(**({"model": kind, "steps": 3, "sampler": "euler_a"} | changes))
        model = describe(folders[kind])
        message = Generate(job_id="a", request=request, model=model, extras=extras)
        given = Pixels(None, None, (photo,) * len(request.controls))
        return painter.paint(message, given, Everything()).pixels  # type: ignore[arg-type]

    run.painter = painter  # type: ignore[attr-defined]
    return run


@pytest.mark.parametrize("between", OTHERS.values(), ids=OTHERS.keys())
def test_after_any_other_job(paint: Callable[..., np.ndarray], between: dict[str, Any]) -> None:
    first = paint()
    other = paint(**between)
    assert other.shape != first.shape or not np.array_equal(other, first)
    assert np.array_equal(paint(), first)


def test_after_another_model_and_an_errand(
    paint: Callable[..., np.ndarray], folders: dict[str, Path], photo: np.ndarray
) -> None:
    first = paint()
    paint("xl")
    errand = ShowNoise(job_id="b", extent=Extent(64, 64), model=describe(folders["sd"]), sigma=1.0, seed=1)
    paint.painter.run_errand(errand, photo, Everything())  # type: ignore[attr-defined]
    assert np.array_equal(paint(), first)
