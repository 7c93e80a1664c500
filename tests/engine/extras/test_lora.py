"""LoRAs: every layout does the same, wearing and taking off leaves no trace, and strangers are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file, save_file

from sdstudio.engine.extras.lora import Wardrobe, Worn, read
from sdstudio.engine.failures import JobCancelledError
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import sample
from sdstudio.engine.validation import Pixels
from sdstudio.errors import ModelProblem
from tests.engine.conftest import Listener, load, make_request
from tests.engine.test_parity import ours, theirs
from tests.helpers import lora_files


@pytest.fixture
def model(folders: dict[str, Path]) -> LoadedModel:
    """A model of its own, which a test may change."""
    return load(folders["sd"])


@pytest.fixture
def xl_model(folders: dict[str, Path]) -> LoadedModel:
    return load(folders["xl"])


def encoder_of(model: LoadedModel) -> Any:
    return model.prompts.text_models[0].encoder


def weights_of(model: LoadedModel) -> dict[str, torch.Tensor]:
    networks = [model.unet, *(text.encoder for text in model.prompts.text_models)]
    states = [net.state_dict() for net in networks]
    return {f"{number}.{name}": value.clone() for number, state in enumerate(states) for name, value in state.items()}


def same(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> bool:
    return left.keys() == right.keys() and all(torch.equal(value, right[name]) for name, value in left.items())


def wear(model: LoadedModel, *paths: Path, weight: float = 1.0) -> None:
    model.wardrobe.wear(tuple(Worn(str(path), path.stem, weight) for path in paths))


def test_a_lora_gives_bit_for_bit_what_diffusers_fuses(
    model: LoadedModel, folders: dict[str, Path], tmp_path: Path
) -> None:
    path = lora_files.write_kohya(tmp_path / "ink.safetensors", model.unet, [encoder_of(model)])
    other = load(folders["sd"])
    text = other.prompts.text_models[0]
    pipeline = StableDiffusionPipeline(
        vae=other.vae, text_encoder=text.encoder, tokenizer=text.tokenizer, unet=other.unet, scheduler=None,
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    pipeline.load_lora_weights(str(path.parent), weight_name=path.name, adapter_name="ink")
    pipeline.set_adapters("ink", 0.75)
    apart = theirs(StableDiffusionPipeline, other, "ddim", 7.5, width=64, height=64)
    pipeline.fuse_lora()
    pipeline.unload_lora_weights()
    fused = theirs(StableDiffusionPipeline, other, "ddim", 7.5, width=64, height=64)
    plain = ours(model, "ddim", 7.5, Pixels(None, None))
    wear(model, path, weight=0.75)
    model.prompts.variant = "worn"
    made = ours(model, "ddim", 7.5, Pixels(None, None))
    assert torch.equal(made, fused)
    assert torch.allclose(made, apart, atol=1e-3)  # the same in other roundings
    assert not torch.allclose(made, plain, atol=1e-2)


def kohya_and(model: LoadedModel, folder: Path, style: str) -> tuple[Path, Path]:
    """The same LoRA as kohya writes it (alpha = rank: scale 1) and in another layout."""
    encoder = encoder_of(model)
    first = lora_files.write_kohya(folder / "a.safetensors", model.unet, [encoder], alpha=lora_files.RANK)
    if style == "original":
        names = {"alpha": lora_files.RANK, "blocks": "original"}
        return first, lora_files.write_kohya(folder / "b.safetensors", model.unet, [encoder], **names)
    return first, lora_files.write_diffusers(folder / "b.safetensors", model.unet, encoder, style=style)


@pytest.mark.parametrize("style", ["peft", "linear", "processor", "original"])
def test_every_layout_does_the_same(model: LoadedModel, tmp_path: Path, style: str) -> None:
    first, second = kohya_and(model, tmp_path, style)
    before = weights_of(model)
    wear(model, first)
    changed = weights_of(model)
    assert not same(before, changed)
    assert any(name.startswith("1.") and not torch.equal(value, before[name]) for name, value in changed.items())
    wear(model, second)
    assert same(weights_of(model), changed)


def test_both_text_encoders_and_original_block_names_of_xl(xl_model: LoadedModel, tmp_path: Path) -> None:
    encoders = [text.encoder for text in xl_model.prompts.text_models]
    path = lora_files.write_kohya(tmp_path / "xl.safetensors", xl_model.unet, encoders, blocks="original")
    before = weights_of(xl_model)
    wear(xl_model, path)
    touched = {name[0] for name, value in weights_of(xl_model).items() if not torch.equal(value, before[name])}
    assert touched == {"0", "1", "2"}


def test_taking_off_gives_the_same_bits_back(model: LoadedModel, tmp_path: Path) -> None:
    paths = [
        lora_files.write_kohya(tmp_path / f"{seed}.safetensors", model.unet, [encoder_of(model)], seed=seed)
        for seed in (1, 5)
    ]
    before = weights_of(model)
    for worn in ([paths[0]], paths, [paths[1]], paths[::-1]):
        wear(model, *worn, weight=-1.3)
        assert not same(weights_of(model), before)
    assert [use.title for use in model.wardrobe.worn_by_text] == ["5", "1"]
    wear(model)
    assert same(weights_of(model), before)


@pytest.mark.parametrize(("weight", "text_weight", "touched"), [(0.5, 0.0, {"0"}), (0.0, 0.5, {"1"})])
def test_it_may_weigh_differently_in_the_text_encoder(
    model: LoadedModel, tmp_path: Path, weight: float, text_weight: float, touched: set[str]
) -> None:
    path = lora_files.write_kohya(tmp_path / "ink.safetensors", model.unet, [encoder_of(model)])
    before = weights_of(model)
    model.wardrobe.wear((Worn(str(path), "ink", weight, text_weight),))
    now = weights_of(model)
    assert {name[0] for name, value in now.items() if not torch.equal(value, before[name])} == touched


def test_several_add_up(model: LoadedModel, tmp_path: Path) -> None:
    paths = [lora_files.write_kohya(tmp_path / f"{seed}.safetensors", model.unet, [], seed=seed) for seed in (1, 5)]
    layer = "mid_block.attentions.0.transformer_blocks.0.attn1.to_q"
    weight = model.unet.get_submodule(layer).weight
    before, changes = weight.clone(), []
    for path in paths:
        wear(model, path)
        changes.append(weight - before)
    wear(model, *paths)
    assert torch.allclose(weight, before + changes[0] + changes[1], atol=1e-6)


def test_a_picture_does_not_depend_on_what_was_worn_before(model: LoadedModel, tmp_path: Path) -> None:
    path = lora_files.write_kohya(tmp_path / "ink.safetensors", model.unet, [encoder_of(model)])
    request, none = make_request(), Pixels(None, None)
    with torch.inference_mode():
        first = sample(request, none, model, Listener())[0]
        wear(model, path)
        model.prompts.variant = "worn"
        worn = sample(request, none, model, Listener())[0]
        wear(model)
        model.prompts.variant = ()
        assert torch.equal(sample(request, none, model, Listener())[0], first)
    assert not torch.equal(worn, first)


def lycoris(layer: str, shape: tuple[int, ...], kind: str) -> dict[str, torch.Tensor]:
    """Factors of the LyCORIS kinds for one layer, as that trainer names them."""
    out, inside = shape[0], shape[1]
    noise = torch.Generator().manual_seed(3)

    def some(*size: int) -> torch.Tensor:
        return torch.randn(*size, generator=noise) * 0.3

    made = {
        "loha": {"hada_w1_a": some(out, 2), "hada_w1_b": some(2, inside), "hada_w2_a": some(out, 2),
                 "hada_w2_b": some(2, inside)},
        "lokr": {"lokr_w1": some(4, 4), "lokr_w2_a": some(out // 4, 2), "lokr_w2_b": some(2, inside // 4)},
        "dora": {"lora_down.weight": some(2, inside), "lora_up.weight": some(out, 2),
                 "dora_scale": some(out, 1).abs()},
        "full": {"diff": some(*shape)},
        "tucker": {"lora_down.weight": some(2, inside, 1, 1), "lora_up.weight": some(out, 2, 1, 1),
                   "lora_mid.weight": some(2, 2, 3, 3)},
    }[kind]  # fmt: skip
    return {f"lora_unet_{layer.replace('.', '_')}.{name}": value for name, value in made.items()}


@pytest.mark.parametrize("kind", ["loha", "lokr", "dora", "full", "tucker"])
def test_other_kinds_of_factors(model: LoadedModel, tmp_path: Path, kind: str) -> None:
    layer = (
        "mid_block.resnets.0.conv1" if kind == "tucker" else "mid_block.attentions.0.transformer_blocks.0.attn1.to_q"
    )
    weight = model.unet.get_submodule(layer).weight
    parts = lycoris(layer, tuple(weight.shape), kind)
    save_file(parts, tmp_path / "x.safetensors")
    values = {name.split(".", 1)[1]: value for name, value in parts.items()}
    before = weight.clone()
    wear(model, tmp_path / "x.safetensors", weight=0.5)
    by_hand = {
        "loha": lambda v: (v["hada_w1_a"] @ v["hada_w1_b"]) * (v["hada_w2_a"] @ v["hada_w2_b"]),
        "lokr": lambda v: torch.kron(v["lokr_w1"], v["lokr_w2_a"] @ v["lokr_w2_b"]),
        "full": lambda v: v["diff"],
        "tucker": lambda v: torch.einsum(
            "or,rshw,si->oihw", v["lora_up.weight"][..., 0, 0], v["lora_mid.weight"], v["lora_down.weight"][..., 0, 0]
        ),
        "dora": lambda v: torch.nn.functional.normalize(
            before + v["lora_up.weight"] @ v["lora_down.weight"], dim=1
        ) * v["dora_scale"] - before,
    }[kind](values)  # fmt: skip
    assert torch.allclose(weight, before + 0.5 * by_hand, atol=1e-5)
    wear(model)
    assert torch.equal(weight, before)


def test_the_alpha_that_diffusers_writes_beside_the_weights(model: LoadedModel, tmp_path: Path) -> None:
    path = lora_files.write_diffusers(tmp_path / "a.safetensors", model.unet)
    half = tmp_path / "b.safetensors"
    save_file(load_file(path), half, {"lora_adapter_metadata": '{"unet.lora_alpha": 1.5, "unet.r": 3}'})
    assert {patch.alpha for patch in read(path, "a").patches["unet"].values()} == {None}
    assert {patch.alpha for patch in read(half, "b").patches["unet"].values()} == {1.5}


@pytest.fixture
def strangers(folders: dict[str, Path], tmp_path: Path) -> dict[str, Path]:
    """LoRAs that this model cannot wear, and damaged files."""
    xl = load(folders["xl"])
    made = {
        "another kind": lora_files.write_kohya(
            tmp_path / "xl.safetensors", xl.unet, [text.encoder for text in xl.prompts.text_models]
        )
    }
    save_file({"lora_unet_no_such_layer.lora_down.weight": torch.zeros(2, 8)}, tmp_path / "none.safetensors")
    made["its layers do not fit"] = tmp_path / "none.safetensors"
    made["NaN"] = tmp_path / "nan.safetensors"
    save_file({"lora_unet_conv_in.lora_down.weight": torch.full((2, 8), torch.nan)}, made["NaN"])
    made["too short"] = tmp_path / "cut.safetensors"
    made["too short"].write_bytes(b"1234")
    return made


@pytest.mark.parametrize("words", ["another kind", "its layers do not fit", "NaN", "too short"])
def test_what_cannot_be_worn_is_refused_without_a_trace(
    model: LoadedModel, strangers: dict[str, Path], tmp_path: Path, words: str
) -> None:
    good = lora_files.write_kohya(tmp_path / "good.safetensors", model.unet, [encoder_of(model)])
    before = weights_of(model)
    with pytest.raises(ModelProblem, match=words):
        wear(model, good, strangers[words])
    assert same(weights_of(model), before)
    assert model.wardrobe.worn == ()


def test_a_cancelled_job_leaves_no_trace(model: LoadedModel, tmp_path: Path) -> None:
    path = lora_files.write_kohya(tmp_path / "good.safetensors", model.unet, [encoder_of(model)])
    before, calls = weights_of(model), iter(range(5))

    def check() -> None:
        if next(calls) == 4:
            raise JobCancelledError

    with pytest.raises(JobCancelledError):
        model.wardrobe.wear((Worn(str(path), "good", 1.0),), check)
    assert same(weights_of(model), before)


def test_an_entry_of_an_unknown_kind_runs_nothing(model: LoadedModel, tmp_path: Path) -> None:
    path = lora_files.write_kohya(tmp_path / "good.safetensors", model.unet, [])
    strange = {"lora_unet___class__.lora_down.weight": torch.zeros(2, 8), "unet.__init__.__globals__": torch.zeros(1)}
    save_file(load_file(path) | strange, path)
    wear(model, path)
    assert len(model.wardrobe.worn) == 1
    assert isinstance(model.wardrobe, Wardrobe)
