"""What jobs of the transformer families take is foreseen as for any other, and savings work on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from sdstudio.engine import fit, loading, residence
from sdstudio.engine.history import History
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import sample
from sdstudio.engine.validation import Pixels
from sdstudio.engine.weighing import Manner
from sdstudio.models.library import describe
from sdstudio.protocol.messages import LADDER, Saving
from sdstudio.raster.geometry import Extent
from tests.engine.conftest import CPU, Listener, make_request

NOTHING = Pixels(None, None)
FAMILIES = ("sd3", "flux", "qwen_image", "z_image")


def plan(model: LoadedModel, tmp_path: Path, **changes: object) -> fit.Fit:
    request = make_request(**({"sampler": "euler", "cfg_scale": 3.0} | changes))
    return fit.plan(request, NOTHING, model, History(tmp_path / "pace.json"), lambda: False)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_job_is_foreseen(flow_model: Callable[[str], LoadedModel], tmp_path: Path, family: str) -> None:
    model = flow_model(family)
    small, large = plan(model, tmp_path), plan(model, tmp_path, extent=Extent(128, 128))
    more = plan(model, tmp_path, steps=12)
    assert 0 < small.working_bytes < large.working_bytes
    assert 0 < small.flops < large.flops
    assert small.flops < more.flops < 2 * small.flops
    assert small.savings == ()


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_foreseen_is_what_the_network_computes(flow_model: Callable[[str], LoadedModel], family: str) -> None:
    """The meta device's count of operations beside torch's own, of the same call with real numbers."""
    model, request = flow_model(family), make_request(sampler="euler", steps=2, cfg_scale=3.0)
    ahead = fit.look_ahead(request, NOTHING, model)
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter, sdpa_kernel(SDPBackend.MATH):  # the others are not counted
        sample(request, NOTHING, model, Listener())
    assert 2 * ahead.denoise(ahead.texts, False).flops == pytest.approx(counter.get_total_flops(), rel=0.1)


# How far latents, of deviation about 1, may be from those that were made without saving.
@pytest.mark.parametrize(
    ("saving", "most"),
    [("text_unloaded", 0.0), ("offloaded", 0.0), ("batch_split", 1e-3), ("attention_sliced", 1e-3),
     ("half_weights", 0.05)],
)  # fmt: skip
@pytest.mark.parametrize("family", FAMILIES)
def test_savings_change_no_more_than_rounding_does(
    flow_folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str, saving: Saving,
    most: float,
) -> None:  # fmt: skip
    monkeypatch.setenv("SDSTUDIO_HOME", str(tmp_path))
    monkeypatch.setattr(residence, "_SMALL", 2)  # as in a model of full size, whose weights are all worth the way
    model = loading.load(describe(flow_folders[family]), CPU, lambda done: None)
    request = make_request(sampler="euler", steps=2, cfg_scale=3.0)
    with torch.inference_mode():
        plain, _ = sample(request, NOTHING, model, Listener())
        model.economy.adopt((saving,), LADDER)
        saved, _ = sample(request, NOTHING, model, Listener())
    assert (saved - plain).abs().max() <= most


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_read_in_half_works_in_full(
    flow_folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, family: str, half: torch.dtype
) -> None:
    """Its weights at rest are halves; what it computes is within their rounding of what full ones give."""
    monkeypatch.setattr(residence, "_SMALL", 2)
    info = describe(flow_folders[family])
    request = make_request(sampler="euler", steps=2, cfg_scale=3.0)
    model = loading.load(info, CPU, lambda done: None, Manner(half))
    model.work_in_full(is_exact=False)
    layers = [layer for layer in model.network.modules() if type(layer) is torch.nn.Linear]
    assert any(layer.weight.dtype in (torch.float16, torch.bfloat16) for layer in layers)
    with torch.inference_mode():
        made, _ = sample(request, NOTHING, model, Listener())
        whole, _ = sample(request, NOTHING, loading.load(info, CPU, lambda done: None), Listener())
    assert made.dtype == torch.float32
    assert (made - whole).abs().max() <= 0.25
