"""Learned words: known by name in prompts, without touching the text encoder."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import save_file

from sdstudio.engine.extras import inversion
from sdstudio.engine.extras.dressing import dress
from sdstudio.engine.loaded import LoadedModel
from sdstudio.errors import ModelProblem
from sdstudio.models.extras import ExtraInfo
from sdstudio.protocol.messages import Generate
from tests.engine.conftest import load, make_request

WIDTH, SECOND = 32, 48  # of the tiny text encoders


@pytest.fixture
def model(folders: dict[str, Path]) -> LoadedModel:
    return load(folders["sd"])


def vectors(count: int, width: int = WIDTH) -> torch.Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(count))


def put(model: LoadedModel, *paths: Path, width: int = WIDTH) -> None:
    extras = tuple(
        ExtraInfo(id=path.stem, title=path.stem, path=str(path), kind="embedding", text_width=width) for path in paths
    )
    dress(model, Generate(job_id="a", request=make_request(), model=model.info, extras=extras), lambda: None)


@pytest.mark.parametrize("count", [1, 3])
def test_a_word_gives_what_diffusers_makes_of_it(
    model: LoadedModel, folders: dict[str, Path], tmp_path: Path, count: int
) -> None:
    path = tmp_path / "blob-style.safetensors"
    save_file({"emb_params": vectors(count)}, path)
    put(model, path)
    made = model.prompts.encode("a red Blob-Style, big", None)[0].tokens
    text = load(folders["sd"]).prompts.text_models[0]
    pipeline = StableDiffusionPipeline(
        vae=model.vae, text_encoder=text.encoder, tokenizer=text.tokenizer, unet=model.unet, scheduler=None,
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    pipeline.load_textual_inversion({"emb_params": vectors(count)}, token="<x>")
    with torch.no_grad():
        assert torch.equal(made, pipeline.encode_prompt("a red <x>, big", "cpu", 1, False)[0])


def test_layouts(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    for layout in ({"emb_params": vectors(2)}, {"<word>": vectors(2)}):
        save_file(layout, path)
        assert torch.equal(inversion.read(path, "a")[0], vectors(2))
    save_file({"<word>": vectors(1)[0]}, path)
    assert torch.equal(inversion.read(path, "a")[0], vectors(1))
    save_file({"clip_l": vectors(2), "clip_g": vectors(2, SECOND)}, path)
    assert [vector.shape for vector in inversion.read(path, "a")] == [(2, WIDTH), (2, SECOND)]


def test_both_encoders_of_xl_learn_the_word(folders: dict[str, Path], tmp_path: Path) -> None:
    model, path = load(folders["xl"]), tmp_path / "both.safetensors"
    plain = model.prompts.encode("a both", None)[0]
    save_file({"clip_l": vectors(2), "clip_g": vectors(2, SECOND)}, path)
    put(model, path, width=WIDTH + SECOND)
    known = model.prompts.encode("a both", None)[0]
    for part in (slice(0, WIDTH), slice(WIDTH, None)):
        assert not torch.equal(known.tokens[..., part], plain.tokens[..., part])
    assert known.pooled is not None
    assert plain.pooled is not None
    assert torch.isfinite(known.pooled).all()


def test_a_word_is_forgotten_with_its_job(model: LoadedModel, tmp_path: Path) -> None:
    path = tmp_path / "blob.safetensors"
    save_file({"emb_params": vectors(2)}, path)
    table = model.prompts.text_models[0].encoder.get_input_embeddings().weight.clone()
    plain = model.prompts.encode("red blob", None)[0].tokens
    put(model, path)
    assert not torch.equal(model.prompts.encode("red blob", None)[0].tokens, plain)
    assert torch.equal(model.prompts.encode("red blobs", None)[0].tokens, _fresh(model, "red blobs"))
    put(model)
    assert torch.equal(model.prompts.encode("red blob", None)[0].tokens, plain)
    assert torch.equal(model.prompts.text_models[0].encoder.get_input_embeddings().weight, table)


def _fresh(model: LoadedModel, text: str) -> torch.Tensor:
    """What the encoder gives without any learned word."""
    words = model.prompts.text_models[0]
    with torch.no_grad():
        ids = words.tokenizer(text, padding="max_length", return_tensors="pt").input_ids
        return words.encoder(ids)[0]


def test_what_cannot_be_used_is_refused(model: LoadedModel, tmp_path: Path) -> None:
    wide, broken = tmp_path / "wide.safetensors", tmp_path / "broken.safetensors"
    save_file({"emb_params": vectors(2, SECOND)}, wide)
    with pytest.raises(ModelProblem, match=r"“wide” was made for another kind of model: .* 48 numbers .* 32"):
        put(model, wide, width=0)
    save_file({"emb_params": vectors(2) * torch.nan}, broken)
    with pytest.raises(ModelProblem, match="NaN"):
        put(model, broken)


def test_a_word_of_another_family_is_an_ordinary_word(model: LoadedModel, tmp_path: Path) -> None:
    path = tmp_path / "blob.safetensors"
    save_file({"emb_params": vectors(2, SECOND)}, path)
    plain = model.prompts.encode("red blob", None)[0].tokens
    put(model, path, width=SECOND)
    assert torch.equal(model.prompts.encode("red blob", None)[0].tokens, plain)
