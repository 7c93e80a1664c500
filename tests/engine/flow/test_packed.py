"""Models of the transformer families whose files pack their numbers: the same picture in a part of the memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from sdstudio.engine import fit, loading, packed, weighing
from sdstudio.engine.extras.lora import Worn
from sdstudio.engine.history import History
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import run_job
from sdstudio.engine.validation import Pixels
from sdstudio.engine.weighing import Manner
from sdstudio.models.info import ModelInfo
from sdstudio.models.library import describe
from tests.engine.conftest import CPU, Listener, make_request
from tests.engine.flow.test_files import parts_of, shrunk  # noqa: F401 - a fixture
from tests.engine.flow.test_lora import JOINED, write
from tests.helpers import flow_files, gguf_files

Get = Callable[[str], LoadedModel]
NOTHING = Pixels(None, None)
families = pytest.mark.parametrize("family", ["sd3", "flux", "z_image"])  # Qwen-Image's autoencoder fits no such file
REQUEST = make_request(sampler="euler", steps=2, cfg_scale=4.0)


def packed_file(known: LoadedModel, folder: Path, kind: str) -> ModelInfo:
    """The whole model in one file."""
    whole = load_file(flow_files.write_whole(folder / "whole.safetensors", known.info.family, parts_of(known)))
    return describe(gguf_files.write(folder / "m.gguf", {name: value.numpy() for name, value in whole.items()}, kind))


def load(info: ModelInfo, *, keep_packed: bool, half: torch.dtype | None = None) -> LoadedModel:
    model = loading.load(info, CPU, lambda done: None, Manner(half, keep_packed=keep_packed))
    if half is not None:
        model.work_in_full(is_exact=False)
    return model


def paint(model: LoadedModel) -> np.ndarray:
    return run_job(REQUEST, NOTHING, model, Listener()).pixels


def packs_of(model: LoadedModel) -> list[packed.Packed]:
    networks = [model.network, *model.prompts.networks]
    found = [packed.of(layer) for network in networks for layer in network.modules()]
    return [one for one in found if one is not None]


@pytest.mark.usefixtures("shrunk")
@families
@pytest.mark.parametrize("kind", ["Q8_0", "Q5_0"])
def test_kept_packed_it_makes_the_same_picture(flow_model: Get, tmp_path: Path, family: str, kind: str) -> None:
    info = packed_file(flow_model(family), tmp_path, kind)
    whole, kept = load(info, keep_packed=False), load(info, keep_packed=True)
    assert not packs_of(whole)
    assert len(packs_of(kept)) > 10
    assert np.array_equal(paint(whole), paint(kept))
    assert kept.economy.numbers < whole.economy.numbers / 2


@pytest.mark.usefixtures("shrunk")
@families
def test_the_rest_may_be_halved(flow_model: Get, tmp_path: Path, family: str) -> None:
    info = packed_file(flow_model(family), tmp_path, "Q8_0")
    halved = load(info, keep_packed=True, half=torch.float16)
    assert halved.economy.is_packed
    assert not flow_model(family).economy.is_packed
    pictures = [paint(load(info, keep_packed=True)).astype(int), paint(halved).astype(int)]
    assert np.abs(pictures[0] - pictures[1]).mean() < 4
    assert fit.plan(REQUEST, NOTHING, halved, History(tmp_path / "pace.json"), lambda: False).needed_bytes > 0


@pytest.mark.usefixtures("shrunk")
@pytest.mark.parametrize("family", JOINED)
def test_a_lora_for_query_key_and_value_is_worn(flow_model: Get, tmp_path: Path, family: str) -> None:
    info = packed_file(flow_model(family), tmp_path, "Q8_0")
    models = [load(info, keep_packed=keep) for keep in (False, True)]
    layer = models[0].network.get_submodule(JOINED[family][1].format("q"))
    worn, _ = write(tmp_path / "style.safetensors", JOINED[family][0], 3 * len(layer.weight), layer.weight.shape[1])
    plain = paint(models[1])
    for model in models:
        model.wardrobe.wear((Worn(worn.path, "Style", 0.1),))
    pictures = [paint(model).astype(int) for model in models]
    assert np.abs(pictures[0] - pictures[1]).max() <= 1
    assert not np.array_equal(pictures[1], plain)
    models[1].wardrobe.take_off()
    assert np.array_equal(paint(models[1]), plain)


@pytest.mark.usefixtures("shrunk")
def test_it_stays_packed_only_where_memory_is_short(flow_model: Get, tmp_path: Path) -> None:
    weight = weighing.weigh(packed_file(flow_model("flux"), tmp_path, "Q4_0"))
    assert 0 < weight.packed < weight.numbers
    assert weight.packed_bytes == weight.packed * 18 // 32
    roomy, tight = 20 * weight.numbers, 2 * weight.numbers
    assert weighing.choose(weight, torch.float32, roomy, roomy, on_cpu=True) == Manner()
    assert weighing.choose(weight, torch.float32, tight, tight, on_cpu=True) == Manner(torch.float16, keep_packed=True)
    assert weighing.choose(weight, torch.float32, weight.numbers // 2, 1, on_cpu=True) is None
    assert weighing.choose(weight, torch.float16, tight, tight, on_cpu=False) == Manner()
