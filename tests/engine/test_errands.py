"""Errands: larger pictures, words for pictures, and noise as the model sees it."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from msgspec.structs import replace
from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPVisionConfig

from sdstudio import paths
from sdstudio.engine import describing, errands, impressions
from sdstudio.engine.extras.clip import Clip
from sdstudio.engine.failures import JobCancelledError
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.service import Picture
from sdstudio.engine.subject import find
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


WORDS = ("cat", "dog", "owl", "fox", "red", "bed")


@pytest.fixture
def expert(
    starter: LoadedModel, photo: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Expert]:
    """A model that sees through all noise when it reads “a fox, bold style”, and otherwise nothing."""
    monkeypatch.setenv("SDSTUDIO_HOME", str(tmp_path))
    known = replace(
        starter.info, vocabulary=WORDS, native_size=32, styles=("flat", "bold"), backgrounds=("white", "blue")
    )
    model = copy.copy(starter)
    model.info = known
    expert = Expert(model, photo)
    original, model.unet.forward = model.unet.forward, expert.forward
    yield expert
    model.unet.forward = original


class Expert:
    def __init__(self, model: LoadedModel, picture: np.ndarray) -> None:
        self.model, self.calls = model, 0
        self.show(picture)

    def show(self, picture: np.ndarray) -> None:
        """What it takes for a fox."""
        self.code = describing._code(find(picture, 32).views[0], self.model)

    def forward(self, noisy: torch.Tensor, timestep: torch.Tensor, **given: Any) -> tuple[torch.Tensor]:
        self.calls += 1
        kept = impressions.alphas(self.model)[int(timestep)]
        drawn = (noisy - kept**0.5 * self.code) / (1 - kept) ** 0.5
        right = kept**0.5 * drawn - (1 - kept) ** 0.5 * self.code
        fox = self.model.prompts.encode("a fox, bold style", None)[0].tokens
        sees = torch.isclose(given["encoder_hidden_states"], fox).flatten(1).all(dim=1)
        return (torch.where(sees[:, None, None, None], right, torch.zeros_like(right)),)

    def describe(self, picture: np.ndarray, report: Any = None) -> Told:
        height, width, _ = picture.shape
        told = run(
            Describe(job_id="a", extent=Extent(width, height), model=self.model.info), picture, self.model, report
        )
        assert isinstance(told, Told)
        return told


def test_a_small_model_finds_the_word_that_it_would_draw_the_picture_from(expert: Expert, photo: np.ndarray) -> None:
    told = expert.describe(photo)
    assert told.prompt == "a fox, bold style"
    assert told.words[0][0] == "fox"
    assert len(told.words) == 4


def test_the_background_is_no_part_of_the_thing(expert: Expert) -> None:
    """A thing is known again on another background, elsewhere and at another size; the prompt names the background."""
    rows, columns = np.mgrid[0:64, 0:64]
    thing = (((columns - 32) ** 2 + (rows - 32) ** 2 < 900) & (rows > columns))[:, :, None]
    drawn = np.where(thing, np.uint8((200, 30, 30)), np.uint8(255))
    expert.show(drawn)
    moved = np.full((96, 150, 3), (60, 118, 220), np.uint8)
    moved[10:74, 70:134][thing[:, :, 0]] = (200, 30, 30)
    assert expert.describe(drawn).prompt == "a fox, bold style"
    assert expert.describe(moved).prompt == "a fox, bold style, on a blue background"


def test_how_a_model_imagines_things_is_worked_out_once(expert: Expert, photo: np.ndarray) -> None:
    first = expert.describe(photo)
    before, expert.calls = expert.calls, 0
    assert expert.describe(photo) == first
    assert expert.calls < before
    (table,) = (paths.cache() / "impressions").glob("*.safetensors")
    table.write_bytes(table.read_bytes()[:-10])
    expert.calls = 0
    assert expert.describe(photo) == first
    assert expert.calls == before


def test_working_it_out_can_be_cancelled(expert: Expert, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impressions, "_BATCH", 2)
    listener = Listener()
    done: list[int] = []

    def progress(_stage: str, step: int = 0, steps: int = 0) -> None:
        done.append(step)
        if step == 6:
            raise JobCancelledError

    listener.progress = progress  # type: ignore[method-assign]
    with pytest.raises(JobCancelledError):
        expert.describe(photo, listener)
    assert done == [0, 0, 2, 4, 6]
    assert not list((paths.cache() / "impressions").glob("*"))


def test_what_a_job_before_it_wore_does_not_count(expert: Expert, photo: np.ndarray) -> None:
    expert.model.unet.enable_freeu(s1=0.9, s2=0.2, b1=1.5, b2=1.6)
    expert.describe(photo)
    assert all(getattr(block, "b1", None) is None for block in expert.model.unet.up_blocks)


def test_a_model_without_a_list_of_things_says_what_is_needed(sd: LoadedModel, photo: np.ndarray) -> None:
    with pytest.raises(BadRequest, match="Put a CLIP model"):
        run(Describe(job_id="a", extent=EXTENT, model=sd.info), photo, sd)
