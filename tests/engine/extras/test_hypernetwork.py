"""Hypernetworks: A1111's files through convert, at work in the attention, and gone without a trace."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from sdstudio.engine.convert import NotUsable, convert
from sdstudio.engine.extras.dressing import dress
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import sample
from sdstudio.engine.validation import Pixels
from sdstudio.errors import BadRequest, ModelProblem
from sdstudio.models.library import look
from sdstudio.protocol.messages import Generate
from sdstudio.protocol.request import LoraUse
from tests.engine.conftest import Listener, make_request


def bend(width: int, *, activation: type[nn.Module] = nn.ReLU, norm: bool = False) -> nn.Sequential:
    """As A1111 builds them: twice as wide in the middle."""
    torch.manual_seed(width)
    layers: list[nn.Module] = [nn.Linear(width, 2 * width), activation()]
    layers += [nn.LayerNorm(2 * width)] if norm else []
    layers += [nn.Linear(2 * width, width), activation()]
    return nn.Sequential(*layers)


def write(path: Path, *, norm: bool = False, old: bool = False, widths: tuple[int, ...] = (32, 64)) -> Path:
    """A .pt file of A1111, with its spellings of names and its further entries."""
    content: dict[object, object] = {"step": 100, "name": path.stem, "layer_structure": [1, 2, 1],
                                     "activation_func": "relu", "is_layer_norm": norm}  # fmt: skip
    for width in widths:
        pair = []
        for _ in "kv":
            weights = OrderedDict(
                (f"linear.{name}", value) for name, value in bend(width, norm=norm).state_dict().items()
            )
            if old:
                weights = OrderedDict(
                    (name.replace("linear.0", "linear1").replace("linear.2", "linear2"), value)
                    for name, value in weights.items()
                )
            pair.append(weights)
        content[width] = pair
    torch.save(content, path)
    return path


def made(model: LoadedModel, folder: Path, *uses: LoraUse) -> torch.Tensor:
    request = make_request(hypernetworks=uses, steps=3)
    message = Generate(job_id="a", request=request, model=model.info, extras=tuple(look([folder]).extras))
    dress(model, message, lambda: None)
    with torch.inference_mode():
        return sample(request, Pixels(None, None), model, Listener())[0]


@pytest.mark.parametrize("options", [{}, {"norm": True}, {"old": True}], ids=["plain", "norm", "old names"])
def test_a_converted_file_works_and_leaves_no_trace(sd: LoadedModel, tmp_path: Path, options: dict[str, bool]) -> None:
    convert(write(tmp_path / "ink.pt", **options), tmp_path / "ink.safetensors")
    (info,) = look([tmp_path]).extras
    assert info.kind == "hypernetwork"
    plain = made(sd, tmp_path)
    bent = made(sd, tmp_path, LoraUse(name="ink", weight=0.8))
    assert not torch.equal(bent, plain)
    assert not torch.equal(bent, made(sd, tmp_path, LoraUse(name="ink", weight=0.4)))
    assert torch.equal(made(sd, tmp_path, LoraUse(name="ink", weight=0.0)), plain)
    assert torch.equal(made(sd, tmp_path), plain)


@pytest.mark.parametrize("letter", "kv")
def test_it_adds_its_opinion_to_what_is_read(sd: LoadedModel, tmp_path: Path, letter: str) -> None:
    convert(write(tmp_path / "ink.pt", norm=True), tmp_path / "ink.safetensors")
    layer = sd.unet.get_submodule(f"down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_{letter}")
    given = torch.rand(1, 5, 32)
    made(sd, tmp_path, LoraUse(name="ink", weight=0.5))
    with torch.inference_mode():
        answer = layer(given)
        made(sd, tmp_path)
        assert torch.allclose(answer, layer(given + 0.5 * bend(32, norm=True)(given)), atol=1e-6)


def test_one_of_another_kind_of_model_is_refused(sd: LoadedModel, tmp_path: Path) -> None:
    convert(write(tmp_path / "wide.pt", widths=(48,)), tmp_path / "wide.safetensors")
    with pytest.raises(ModelProblem, match="hypernetwork “wide” cannot be used with this model"):
        made(sd, tmp_path, LoraUse(name="wide"))
    with pytest.raises(BadRequest, match="no hypernetwork “gone”"):
        made(sd, tmp_path, LoraUse(name="gone"))


def test_a_damaged_one_is_refused(sd: LoadedModel, tmp_path: Path) -> None:
    convert(write(tmp_path / "ink.pt"), tmp_path / "ink.safetensors")
    weights = load_file(tmp_path / "ink.safetensors")
    weights["hypernetwork.32.k.linear.0.weight"].fill_(torch.nan)
    save_file(weights, tmp_path / "ink.safetensors")
    with pytest.raises(ModelProblem, match="NaN"):
        made(sd, tmp_path, LoraUse(name="ink"))


def test_a_program_in_place_of_weights_is_not_run(tmp_path: Path) -> None:
    torch.save({768: [print, print]}, tmp_path / "bad.pt")
    with pytest.raises(NotUsable):
        convert(tmp_path / "bad.pt", tmp_path / "bad.safetensors")
