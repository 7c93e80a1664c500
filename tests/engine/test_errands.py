"""Errands: larger pictures, words for pictures, and noise as the model sees it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from msgspec.structs import replace
from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPVisionConfig

from sdstudio.engine import describing, errands
from sdstudio.engine.extras.clip import Clip
from sdstudio.engine.failures import JobCancelledError
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.service import Picture
from sdstudio.errors import BadRequest, ModelProblem
from sdstudio.models.library import look
from sdstudio.protocol.errands import Describe, Enlarge, Errand, ShowNoise, Told
from sdstudio.raster.geometry import Extent
from tests.engine.conftest import CPU, Listener
from tests.engine.extras.test_upscaler import make, write

EXTENT = Extent(64, 64)


def run(errand: Errand, picture: np.ndarray, model: LoadedModel | None = None, report: Any = None) -> Any:
    def load(_info: object) -> LoadedModel:
        assert model is not None
        return model

    return errands.run(errand, picture, CPU, load, report or Listener())


@pytest.mark.parametrize("target", [Extent(128, 128), Extent(100, 90), Extent(300, 200), Extent(32, 48)])
@pytest.mark.parametrize("is_drawn", [True, False])
def test_a_picture_gets_the_size_that_was_asked_for(
    tmp_path: Path, photo: np.ndarray, target: Extent, is_drawn: bool
) -> None:
    info = write(tmp_path / "sharp.safetensors", make()) if is_drawn else None
    made = run(Enlarge(job_id="a", extent=EXTENT, target=target, upscaler=info), photo)
    assert isinstance(made, Picture)
    assert made.pixels.shape == (target.height, target.width, 3)


def test_without_an_upscaler_it_is_resampled(photo: np.ndarray) -> None:
    made = run(Enlarge(job_id="a", extent=EXTENT, target=Extent(128, 128)), photo)
    assert np.abs(made.pixels[::2, ::2].astype(int) - photo).max() <= 6


def test_a_cancelled_one_ends_between_tiles(tmp_path: Path, photo: np.ndarray) -> None:
    info = write(tmp_path / "sharp.safetensors", make())
    listener = Listener(cancel_after=1)
    listener.progress = lambda stage, *_a, **_k: (
        (_ for _ in ()).throw(JobCancelledError) if stage == "sampling" else None
    )  # type: ignore[method-assign]
    with pytest.raises(JobCancelledError):
        run(Enlarge(job_id="a", extent=EXTENT, target=Extent(256, 256), upscaler=info), photo, report=listener)


def test_noise_grows_with_sigma_and_is_the_seeds(sd: LoadedModel, photo: np.ndarray) -> None:
    def noised(sigma: float, seed: int = 1) -> np.ndarray:
        errand = ShowNoise(job_id="a", extent=EXTENT, model=sd.info, sigma=sigma, seed=seed)
        made: np.ndarray = run(errand, photo, sd).pixels
        return made

    clean = noised(0.0)
    differences = [np.abs(noised(sigma).astype(int) - clean).mean() for sigma in (0.1, 1.0, 10.0)]
    assert differences == sorted(differences)
    assert differences[0] > 0
    assert np.array_equal(noised(1.0), noised(1.0))
    assert not np.array_equal(noised(1.0), noised(1.0, seed=2))


def write_clip(path: Path) -> CLIPModel:
    torch.manual_seed(0)
    sizes: dict[str, Any] = {"hidden_size": 64, "intermediate_size": 32, "num_hidden_layers": 2,
                             "num_attention_heads": 1, "hidden_act": "quick_gelu", "projection_dim": 16}  # fmt: skip
    network = CLIPModel(
        CLIPConfig(
            text_config=CLIPTextConfig(**sizes, vocab_size=49408, eos_token_id=49407).to_dict(),
            vision_config=CLIPVisionConfig(**sizes, patch_size=8, image_size=32).to_dict(),
            projection_dim=16,
        )
    ).eval()
    network.save_pretrained(path.parent / "saved")
    os.replace(path.parent / "saved" / "model.safetensors", path)
    (path.parent / "saved" / "config.json").unlink()
    return network


def test_clip_reads_words_and_pictures_as_transformers_does(tmp_path: Path, photo: np.ndarray) -> None:
    network = write_clip(tmp_path / "clip.safetensors")
    (info,) = look([tmp_path]).extras
    assert (info.kind, info.speaks) == ("vision", True)
    clip = Clip(info, CPU)
    words = clip.words(["a cat", "a red house by the sea"], lambda _share: None)
    ids = clip._tokenizer(["a cat", "a red house by the sea"], padding=True, return_tensors="pt")
    with torch.inference_mode():
        pooled = network.get_text_features(input_ids=ids.input_ids, attention_mask=ids.attention_mask)
    expected = pooled if isinstance(pooled, torch.Tensor) else pooled.pooler_output
    assert torch.allclose(words, expected / expected.norm(dim=-1, keepdim=True), atol=1e-5)
    assert torch.allclose(clip.picture(photo).norm(), torch.tensor(1.0))


def test_a_prompt_has_words_of_every_list(tmp_path: Path, photo: np.ndarray) -> None:
    write_clip(tmp_path / "clip.safetensors")
    (info,) = look([tmp_path]).extras
    listener = Listener()
    told = describing.by_clip(photo, info, CPU, listener)  # type: ignore[arg-type]
    words = [word for word, _ in told["words"]]
    for name in ("medium", "subject", "style", "light", "colour"):
        assert set(words) & set(describing.word_list(name)), name
    assert told["prompt"] == ", ".join(words)
    assert "encoding" in listener.stages


def test_a_damaged_clip_is_refused(tmp_path: Path, photo: np.ndarray) -> None:
    path = tmp_path / "clip.safetensors"
    write_clip(path)
    (info,) = look([tmp_path]).extras
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelProblem, match="clip"):
        Clip(info, CPU)


def test_the_bundled_lists_name_each_word_once() -> None:
    for name in ("medium", "subject", "style", "light", "colour"):
        words = describing.word_list(name)
        assert len(words) == len(set(words)) > 30


def test_a_small_model_finds_the_word_that_it_denoises_best(starter: LoadedModel, photo: np.ndarray) -> None:
    """A network that is told the right answer by one word alone must name that word."""
    words = ("cat", "dog", "owl", "fox", "red", "bed")
    known = replace(starter.info, vocabulary=words, native_size=32)
    model = replace_info(starter, known)
    code = describing._code(photo, model)
    original = model.unet.forward

    def forward(noisy: torch.Tensor, timestep: torch.Tensor, **given: Any) -> tuple[torch.Tensor]:
        """Sees through all noise when it reads “a fox”."""
        kept = describing._kept(model.scheduler_config)[int(timestep)]
        drawn = (noisy - kept**0.5 * code) / (1 - kept) ** 0.5
        right = kept**0.5 * drawn - (1 - kept) ** 0.5 * code
        fox = model.prompts.encode("a fox", None)[0].tokens
        sees = torch.isclose(given["encoder_hidden_states"], fox).flatten(1).all(dim=1)
        return (torch.where(sees[:, None, None, None], right, torch.zeros_like(right)),)

    model.unet.forward = forward
    try:
        told = run(Describe(job_id="a", extent=EXTENT, model=known), photo, model)
    finally:
        model.unet.forward = original
    assert isinstance(told, Told)
    assert told.prompt == "a fox"
    assert told.words[0][0] == "fox"


def replace_info(model: LoadedModel, info: Any) -> LoadedModel:
    import copy

    other = copy.copy(model)
    other.info = info
    return other


def test_a_model_without_a_list_of_things_says_what_is_needed(sd: LoadedModel, photo: np.ndarray) -> None:
    with pytest.raises(BadRequest, match="Put a CLIP model"):
        run(Describe(job_id="a", extent=EXTENT, model=sd.info), photo, sd)
