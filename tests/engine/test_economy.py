"""Ways to save memory give the same picture, within what is stated here, and a job that runs short goes on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, AutoencoderTiny
from PIL import Image

from sdstudio import paths
from sdstudio.engine import loading, memory, pixels, slices, tiles
from sdstudio.engine.extras.lora import Worn
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.residence import HALF, Residence
from sdstudio.engine.sampling import run_job, sample
from sdstudio.engine.validation import Pixels
from sdstudio.protocol.messages import LADDER, Saving
from sdstudio.raster.geometry import Extent
from tests.engine.conftest import CPU, Listener, make_request
from tests.helpers import lora_files

NOTHING = Pixels(None, None)
ALLOCATION = "DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes"


@pytest.fixture
def model(sd: LoadedModel, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> LoadedModel:
    monkeypatch.setenv("SDSTUDIO_HOME", str(tmp_path))
    return loading.load(sd.info, CPU, lambda done: None)


def latents_of(model: LoadedModel, **changes: object) -> torch.Tensor:
    with torch.inference_mode():
        return sample(make_request(**({"extent": Extent(128, 96)} | changes)), NOTHING, model, Listener())[0]


def save(model: LoadedModel, *savings: Saving) -> None:
    model.economy.adopt(savings, LADDER)


# How far latents, of deviation about 1, may be from those that were made without saving.
@pytest.mark.parametrize(
    ("saving", "most"),
    [
        ("text_unloaded", 0.0),
        ("offloaded", 0.0),
        ("batch_split", 1e-4),
        ("attention_sliced", 1e-4),
        ("half_weights", 0.02),
        ("byte_weights", 1.0),
    ],
)
def test_savings_change_pictures_by_no_more_than_rounding_their_weights_does(
    model: LoadedModel, saving: Saving, most: float
) -> None:
    plain = latents_of(model)
    save(model, saving)
    saved = latents_of(model)
    assert (saved - plain).abs().max() <= most


def test_slices_are_taken_of_attention_and_of_what_follows_it(
    model: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = latents_of(model)
    monkeypatch.setattr(slices, "_SCORES", 2**12)
    monkeypatch.setattr(slices, "_TOKENS", 64)
    attend, tokens = torch.nn.functional.scaled_dot_product_attention, set()
    block = model.unet.mid_block.attentions[0].transformer_blocks[0]
    block.ff.net[0].register_forward_pre_hook(lambda layer, inputs: tokens.add(inputs[0].shape[1]))
    save(model, "attention_sliced")
    saved = latents_of(model)
    assert attend is torch.nn.functional.scaled_dot_product_attention
    assert max(tokens) <= 64
    assert (saved - plain).abs().max() <= 1e-4
    save(model)
    assert torch.equal(latents_of(model), plain)


@pytest.mark.parametrize("saving", ["text_unloaded", "offloaded", "batch_split", "attention_sliced"])
def test_without_savings_everything_is_as_before(model: LoadedModel, saving: Saving) -> None:
    plain = latents_of(model)
    save(model, saving)
    latents_of(model)
    save(model)
    assert torch.equal(latents_of(model), plain)
    assert model.economy.savings == ()


def test_all_savings_together_make_a_picture(model: LoadedModel) -> None:
    save(model, *LADDER)
    assert torch.isfinite(latents_of(model)).all()
    assert run_job(make_request(), NOTHING, model, Listener()).pixels.shape == (64, 64, 3)


def test_halved_weights_that_were_half_before_change_nothing(model: LoadedModel) -> None:
    model.unet.half().float()
    plain = latents_of(model)
    save(model, "half_weights")
    layer = model.unet.down_blocks[0].resnets[0].conv1
    assert layer.weight.dtype == torch.float16
    assert torch.equal(latents_of(model), plain)
    assert model.economy.may_become(())


def test_weights_that_lost_bits_ask_for_the_file(model: LoadedModel) -> None:
    save(model, "byte_weights")
    assert model.economy.may_become(("byte_weights",))
    assert not model.economy.may_become(())


def test_a_lora_goes_on_and_off_weights_that_are_not_at_home(model: LoadedModel, tmp_path: Any) -> None:
    encoders = [text.encoder for text in model.prompts.text_models]
    path = lora_files.write_kohya(tmp_path / "lora.safetensors", model.unet, encoders, seed=3)
    plain = latents_of(model)
    model.wardrobe.wear((Worn(str(path), "LoRA", 1.0),))
    worn = latents_of(model)
    model.wardrobe.take_off()
    save(model, "offloaded")
    model.wardrobe.wear((Worn(str(path), "LoRA", 1.0),))
    assert torch.equal(latents_of(model), worn)
    model.wardrobe.take_off()
    save(model)
    assert torch.equal(latents_of(model), plain)


def vae_in_the_box() -> Any:
    return AutoencoderTiny.from_pretrained(paths.resources() / "models" / "starter" / "vae").eval()


def vae_of_small_reach() -> AutoencoderKL:
    """Of Stable Diffusion's kind, but without attention between far places, which no piece can have."""
    torch.manual_seed(1)
    return AutoencoderKL(
        block_out_channels=(8, 16), latent_channels=4, norm_num_groups=4, mid_block_add_attention=False,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
    ).eval()  # fmt: skip


# Stated bounds of an autoencoder in pieces against the whole, in levels of 0..255: in the mean, and at the worst pixel.
@pytest.mark.parametrize(
    ("vae", "mean", "worst"), [(vae_in_the_box(), 0.6, 16), (vae_of_small_reach(), 5.0, 140)], ids=["box", "kl"]
)
def test_an_autoencoder_in_pieces_stays_within_the_stated_bound(
    photo: np.ndarray, monkeypatch: pytest.MonkeyPatch, vae: Any, mean: float, worst: int
) -> None:
    monkeypatch.setattr(tiles, "TILE", 128)
    picture = pixels.to_tensor(np.asarray(Image.fromarray(photo).resize((320, 208), Image.Resampling.BICUBIC)))
    with torch.inference_mode():
        whole = pixels.encode(vae, picture, None)
        made = pixels.from_tensor(pixels.decode(vae, whole)).astype(int)
        in_pieces = pixels.draw(vae, tiles.read(vae, picture), None)
        made_in_pieces = pixels.from_tensor(tiles.decode(vae, whole)).astype(int)
        again = pixels.from_tensor(pixels.decode(vae, whole)).astype(int)
    difference = np.abs(made_in_pieces - made)
    assert difference.mean() <= mean
    assert difference.max() <= worst
    assert in_pieces.shape == whole.shape
    assert (in_pieces - whole).abs().mean() <= 0.1 * whole.abs().mean()
    assert np.array_equal(again, made)


def test_one_piece_is_the_whole(photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "TILE", 64)
    vae, picture = vae_of_small_reach(), pixels.to_tensor(photo)
    with torch.inference_mode():
        seen = pixels.read(vae, picture)
        assert torch.allclose(tiles.read(vae, picture).mean, seen.mean, atol=1e-5)
        assert torch.allclose(tiles.decode(vae, seen.mean), pixels.decode(vae, seen.mean), atol=1e-4)


def test_pieces_share_what_layers_normalise_by(photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "TILE", 64)
    vae = vae_of_small_reach()
    picture = pixels.to_tensor(np.asarray(Image.fromarray(photo).resize((192, 192), Image.Resampling.BICUBIC)))
    with torch.inference_mode():
        latents = pixels.encode(vae, picture, None)
        whole = pixels.decode(vae, latents)
        shared = (tiles.decode(vae, latents) - whole).abs().mean()
        monkeypatch.setattr(tiles, "_shared_statistics", lambda network, look: nullcontext())
        alone = (tiles.decode(vae, latents) - whole).abs().mean()
    assert shared < 0.7 * alone


def failing(times: int, work: Callable[..., Any], error: Exception) -> Callable[..., Any]:
    """`work`, which runs out of memory `times` times, in the middle of the job."""
    calls = {"left": times, "made": 0}

    def run(*args: Any, **kwargs: Any) -> Any:
        calls["made"] += 1
        if calls["made"] > 2 and calls["left"]:
            calls["left"] -= 1
            raise error
        return work(*args, **kwargs)

    return run


@pytest.mark.parametrize(
    "error", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory."), RuntimeError(ALLOCATION)]
)
@pytest.mark.parametrize("sampler", ["ddim", "dpmpp_2m", "euler_a"])
def test_a_step_that_runs_out_of_memory_is_made_one_rung_down_and_none_is_lost(
    model: LoadedModel, monkeypatch: pytest.MonkeyPatch, sampler: str, error: Exception
) -> None:
    plain = latents_of(model, sampler=sampler)
    told: list[tuple[Saving, ...]] = []
    save(model)
    model.economy.changed = told.append
    monkeypatch.setattr(model.unet, "forward", failing(1, model.unet.forward, error))
    listener = Listener()
    with torch.inference_mode():
        latents, _ = sample(make_request(extent=Extent(128, 96), sampler=sampler), NOTHING, model, listener)
    assert told == [("text_unloaded",)]
    assert listener.steps == [0, 1, 2, 3, 4, 5, 6]
    assert torch.equal(latents, plain)


def test_the_ladder_ends(model: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[Saving, ...]] = []
    save(model)
    model.economy.changed = told.append
    monkeypatch.setattr(model.unet, "forward", failing(1000, model.unet.forward, MemoryError()))
    with pytest.raises(MemoryError):
        latents_of(model)
    assert told[-1] == tuple(saving for saving in LADDER if saving != "vae_tiled")


def test_a_decoding_that_runs_out_of_memory_goes_on_in_pieces(
    model: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiles, "TILE", 64)
    save(model)
    decode = pixels.decode

    def short(vae: Any, latents: torch.Tensor) -> torch.Tensor:
        if max(latents.shape[-2:]) > 8:
            raise RuntimeError(ALLOCATION)
        return decode(vae, latents)

    monkeypatch.setattr(pixels, "decode", short)
    picture = run_job(make_request(extent=Extent(128, 96)), NOTHING, model, Listener())
    assert picture.steps_run == 6
    assert picture.pixels.shape == (96, 128, 3)
    assert model.economy.savings == ("vae_tiled",)


def test_a_layer_that_fails_leaves_its_weight_at_rest() -> None:
    network = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Linear(128, 128))
    residence = Residence([network])
    residence.settle(HALF, "here")
    with pytest.raises(RuntimeError):
        network[1](torch.zeros(1, 5))
    assert network[1].weight.dtype == HALF
    residence.settle(None, "here")
    assert network[1].weight.dtype == torch.float32
    assert not residence.is_exact


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not bound a process's memory")
def test_a_real_lack_of_memory_is_survived(model: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    save(model)
    latents = torch.randn(1, 4, 200, 200)
    with torch.inference_mode():
        plain = pixels.decode(model.vae, latents)
        monkeypatch.setattr(memory, "available", lambda device: 180 * 2**20)
        monkeypatch.setattr(memory, "_spare_of_heap", lambda: 0)
        with memory.bounded(CPU):
            made = model.economy.decode(model.vae, latents)
    assert model.economy.savings[0] == "vae_tiled"
    assert made.shape == plain.shape
    assert torch.zeros(64 * 2**20).numel()  # all of the memory is there again
