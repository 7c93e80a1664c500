"""RRDBNets: both layouts, all scales, tiles without seams, and refusals."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from sdstudio.engine import hires
from sdstudio.engine.connection import Connection, Job
from sdstudio.engine.extras import upscaler
from sdstudio.engine.extras.dressing import dress
from sdstudio.engine.extras.upscaler_networks import Compact, RRDBNet
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.service import Report
from sdstudio.engine.validation import Pixels
from sdstudio.errors import ModelProblem
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.library import look
from sdstudio.protocol.framing import read_frame
from sdstudio.protocol.messages import FromEngine, Generate, Progress
from sdstudio.raster.geometry import Extent
from tests.engine.conftest import CPU, Listener, make_request


def make(inputs: int = 3, doublings: int = 2) -> RRDBNet:
    torch.manual_seed(0)
    return RRDBNet(inputs, width=8, growth=4, blocks=2, doublings=doublings).eval().requires_grad_(False)


def write(path: Path, network: RRDBNet, *, old: bool = False) -> ExtraInfo:
    weights = {name: value.contiguous() for name, value in network.state_dict().items()}
    if old:
        blocks, doublings = len(network.body), sum(name.startswith("conv_up") for name in weights) // 2
        tops = {"conv_first": "model.0", "conv_body": f"model.1.sub.{blocks}"}
        tops |= {f"conv_up{number}": f"model.{3 * number}" for number in range(1, doublings + 1)}
        tops |= {"conv_hr": f"model.{3 * doublings + 2}", "conv_last": f"model.{3 * doublings + 4}"}
        renamed = {}
        for name, value in weights.items():
            first, *rest = name.split(".")
            if first == "body":
                number, dense, conv, kind = rest
                renamed[f"model.1.sub.{number}.{dense.upper()}.{conv}.0.{kind}"] = value
            else:
                renamed[f"{tops[first]}.{rest[0]}"] = value
        weights = renamed
    save_file(weights, path)
    return ExtraInfo(id=path.stem, title="Sharp", path=str(path), kind="upscaler")


@pytest.mark.parametrize(("inputs", "doublings", "scale"), [(3, 2, 4), (3, 1, 2), (12, 2, 2), (48, 2, 1)])
@pytest.mark.parametrize("old", [False, True])
def test_both_layouts_and_all_scales(tmp_path: Path, inputs: int, doublings: int, scale: int, old: bool) -> None:
    network = make(inputs, doublings)
    info = write(tmp_path / "sharp.safetensors", network, old=old)
    assert [extra.kind for extra in look([tmp_path]).extras] == ["upscaler"]
    found = upscaler.read(info, CPU)
    given = torch.rand(1, 3, 12, 8) * 2 - 1
    assert found.scale == scale
    large = upscaler.enlarge(found, given, lambda *_: None)
    assert large.shape == (1, 3, 12 * scale, 8 * scale)
    assert torch.equal(large, upscaler.enlarge(network, given, lambda *_: None))


def test_tiles_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    network, given = make(), torch.rand(1, 3, 70, 50) * 2 - 1
    whole = upscaler.enlarge(network, given, lambda *_: None)
    monkeypatch.setattr(upscaler, "TILE", 32)
    monkeypatch.setattr(upscaler, "OVERLAP", 32)
    shares: list[float] = []
    assert torch.allclose(upscaler.enlarge(network, given, shares.append), whole, atol=2e-3)
    assert shares == sorted(shares)
    assert len(shares) == 6


def test_it_enlarges_between_two_passes(sd: LoadedModel, tmp_path: Path) -> None:
    info = write(tmp_path / "sharp.safetensors", make())
    made = []
    for by in ("sharp", "pixels"):
        request = make_request(extent=Extent(128, 128), hires=2.0, hires_by=by, hires_strength=0.3)
        dress(sd, Generate(job_id="a", request=request, model=sd.info, extras=(info,)), lambda *_: None)
        made.append(hires.run(request, Pixels(None, None), sd, Listener(), (info,)).pixels)
    assert made[0].shape == made[1].shape == (128, 128, 3)
    assert not np.array_equal(*made)


@pytest.mark.parametrize("by", ["pixels", "latents"])
def test_steps_are_counted_over_both_passes(sd: LoadedModel, by: str) -> None:
    request = make_request(extent=Extent(128, 128), hires=2.0, hires_by=by, hires_strength=0.5)
    message, stream = Generate(job_id="a", request=request, model=sd.info, previews=False), io.BytesIO()
    dress(sd, message, lambda *_: None)
    made = hires.run(request, Pixels(None, None), sd, Report(Connection(io.BytesIO(), stream), Job(message, b"")))
    stream.seek(0)
    told = []
    while (frame := read_frame(stream, FromEngine)) is not None:
        if isinstance(frame[0], Progress) and frame[0].stage == "sampling":
            told.append((frame[0].step, frame[0].steps))
    assert {steps for _, steps in told} == {made.steps_run}
    assert sorted({step for step, _ in told}) == list(range(made.steps_run + 1))
    assert told == sorted(told)


def test_what_cannot_be_used_is_refused(tmp_path: Path) -> None:
    info = write(tmp_path / "sharp.safetensors", make())
    weights = load_file(info.path)
    weights.pop("conv_hr.bias")
    save_file(weights, info.path)
    with pytest.raises(ModelProblem, match="upscaler “Sharp” cannot be used"):
        upscaler.read(info, CPU)


@pytest.mark.parametrize("learned", [True, False])
@pytest.mark.parametrize("scale", [2, 4])
def test_the_small_kind(tmp_path: Path, scale: int, learned: bool) -> None:
    torch.manual_seed(0)
    network = Compact(8, 3, scale, learned=learned).eval().requires_grad_(False)
    save_file({f"params.{name}": value for name, value in network.state_dict().items()}, tmp_path / "anime.safetensors")
    (info,) = look([tmp_path]).extras
    found = upscaler.read(info, CPU)
    given = torch.rand(1, 3, 10, 7) * 2 - 1
    assert (info.kind, found.scale) == ("upscaler", scale)
    assert torch.equal(
        upscaler.enlarge(found, given, lambda _share: None), upscaler.enlarge(network, given, lambda _share: None)
    )


def test_the_names_of_the_second_edition(tmp_path: Path) -> None:
    network = make()
    names = {"conv_body.": "trunk_conv.", "conv_up": "upconv", "conv_hr.": "HRconv.", "body.": "RRDB_trunk."}
    weights = {}
    for name, value in network.state_dict().items():
        for ours, theirs in names.items():
            if name.startswith(ours):
                name = theirs + name.removeprefix(ours)
                break
        weights[name.replace(".rdb", ".RDB")] = value.contiguous()
    save_file(weights, tmp_path / "sharp.safetensors")
    (info,) = look([tmp_path]).extras
    given = torch.rand(1, 3, 8, 8)
    made = upscaler.enlarge(upscaler.read(info, CPU), given, lambda _share: None)
    assert torch.equal(made, upscaler.enlarge(network, given, lambda _share: None))
