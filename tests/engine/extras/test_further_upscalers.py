"""Upscalers of spandrel's kinds: told from their names, read and used with tiny networks of the true layouts."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from sdstudio.engine.extras import further_upscalers, upscaler
from sdstudio.errors import ModelProblem
from sdstudio.models.library import look
from tests.engine.conftest import CPU

WINDOWS: dict[str, Any] = {"embed_dim": 12, "depths": [1, 1], "num_heads": [2, 2]}
# By module and class of spandrel's, with sizes that its detection finds again.
TINY: list[tuple[str, str, dict[str, Any], int]] = [
    ("SwinIR", "SwinIR", {**WINDOWS, "img_size": 16, "window_size": 8, "upscale": 4, "upsampler": "nearest+conv"}, 4),
    ("Swin2SR", "Swin2SR", {**WINDOWS, "img_size": 16, "window_size": 8, "upscale": 2, "upsampler": "pixelshuffle"}, 2),
    ("HAT", "HAT", {**WINDOWS, "img_size": 64, "window_size": 16, "squeeze_factor": 4, "upscale": 4,
                    "upsampler": "pixelshuffle"}, 4),
    ("DAT", "DAT", {"embed_dim": 16, "depth": [1], "num_heads": [2], "split_size": [8, 8], "upscale": 2,
                    "upsampler": "pixelshuffle"}, 2),
    ("OmniSR", "OmniSR", {"num_feat": 16, "res_num": 1, "up_scale": 4}, 4),
    ("SPAN", "SPAN", {"num_in_ch": 3, "num_out_ch": 3, "feature_channels": 8, "upscale": 4}, 4),
    ("PLKSR", "PLKSR", {"dim": 16, "n_blocks": 2, "upscaling_factor": 4}, 4),
    ("SAFMN", "SAFMN", {"dim": 16, "n_blocks": 2, "upscaling_factor": 4}, 4),
    ("RealCUGAN", "UpCunet2x", {"in_channels": 3, "out_channels": 3}, 2),
    ("RCAN", "RCAN", {"n_resgroups": 2, "n_resblocks": 2, "n_feats": 16, "scale": 4}, 4),
]  # fmt: skip

needs_spandrel = pytest.mark.skipif(importlib.util.find_spec("spandrel") is None, reason="spandrel is not installed")


def weights_of(module: str, name: str, sizes: dict[str, Any]) -> dict[str, torch.Tensor]:
    further_upscalers._spandrel()
    torch.manual_seed(0)
    network = getattr(importlib.import_module(f"spandrel.architectures.{module}"), name)(**sizes)
    return {key: value.clone().contiguous() for key, value in network.state_dict().items()}


@needs_spandrel
@pytest.mark.filterwarnings("ignore")  # spandrel's networks are not ours
@pytest.mark.parametrize(("module", "name", "sizes", "scale"), TINY, ids=[one[0] for one in TINY])
def test_a_file_is_found_and_enlarges(
    tmp_path: Path, module: str, name: str, sizes: dict[str, Any], scale: int
) -> None:
    save_file(weights_of(module, name, sizes), tmp_path / "fine.safetensors")
    (info,) = look([tmp_path]).extras
    assert info.kind == "upscaler"
    network = upscaler.read(info, CPU)
    assert network.scale == scale
    made = upscaler.enlarge(network, torch.rand(1, 3, 20, 27) * 2 - 1, lambda _share: None)
    assert made.shape == (1, 3, 20 * scale, 27 * scale)
    assert made.isfinite().all()


@needs_spandrel
def test_nobody_else_sees_what_stands_in_for_torchvision() -> None:
    """transformers and diffusers ask whether it is there, and would use it."""
    before = sys.modules.get("torchvision")
    further_upscalers._spandrel.cache_clear()
    further_upscalers._spandrel()
    assert sys.modules.get("torchvision") is before


@needs_spandrel
def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    weights = weights_of("SPAN", "SPAN", {"num_in_ch": 3, "num_out_ch": 3, "feature_channels": 8})
    del weights["conv_2.sk.weight"]
    save_file(weights, tmp_path / "fine.safetensors")
    (info,) = look([tmp_path]).extras
    with pytest.raises(ModelProblem, match="upscaler “fine” cannot be used"):
        upscaler.read(info, CPU)


def test_without_spandrel_the_way_to_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    further_upscalers._spandrel.cache_clear()
    monkeypatch.setitem(sys.modules, "spandrel", None)
    save_file({"block_1.c1_r.sk.weight": torch.zeros(1)}, tmp_path / "fine.safetensors")
    (info,) = look([tmp_path]).extras
    with pytest.raises(ModelProblem, match=r"of the kind SPAN, .* pip install --no-deps spandrel"):
        upscaler.read(info, CPU)
