"""Which separate files belong to a model, and what is said when one is missing or of another kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from sdstudio.errors import BadRequest
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.models.library import look
from sdstudio.models.parts import ENCODERS, ROLE_WORDS, only_choices, with_parts
from tests.helpers import gguf_files
from tests.helpers.safetensors_files import write

UNET = ModelInfo(id="u", title="Nice UNet", path="u", family="sdxl", text_width=2048, lacks=("clip_l", "clip_g", "vae"))


def encoder(name: str, role: str) -> ExtraInfo:
    return ExtraInfo(id=name, title=name.title(), path=f"{name}.safetensors", kind="text_encoder", role=role)


KNOWN = [encoder("small", "clip_l"), encoder("large", "clip_g"), encoder("tee", "t5"), encoder("other", "clip_l")]
KNOWN.append(ExtraInfo(id="v", title="V", path="v", kind="vae"))
WIDE_VAE = ExtraInfo(id="wide", title="Wide", path="w", kind="vae", latent_channels=16)


@pytest.mark.parametrize(
    ("shapes", "role"),
    [
        ({"text_model.embeddings.token_embedding.weight": (49408, 768),
          "text_model.encoder.layers.0.self_attn.q_proj.weight": (768, 768)}, "clip_l"),
        ({"embeddings.token_embedding.weight": (49408, 1024), "encoder.layers.0.self_attn.q_proj.weight": (1, 1)},
         "clip_h"),
        ({"token_embedding.weight": (49408, 1280), "transformer.resblocks.0.attn.in_proj_weight": (1, 1)}, "clip_g"),
        ({"shared.weight": (32128, 4096), "encoder.block.0.layer.0.SelfAttention.q.weight": (1, 1)}, "t5"),
        ({"model.layers.0.self_attn.q_proj.weight": (1, 1), "model.norm.weight": (1,)}, "qwen2_vl"),
        ({"model.layers.0.self_attn.q_proj.weight": (1, 1), "model.layers.0.self_attn.q_norm.weight": (1,)}, "qwen3"),
    ],
)  # fmt: skip
def test_text_encoders_are_told_by_their_tensors(tmp_path: Path, shapes: dict[str, tuple[int, ...]], role: str) -> None:
    write(tmp_path / "t5_clip_l.safetensors", shapes)
    found = look([tmp_path])
    assert [(extra.kind, extra.role) for extra in found.extras] == [("text_encoder", role)]
    assert not found.problems


def test_every_role_has_words() -> None:
    assert {role for roles in ENCODERS.values() for role in roles} <= set(ROLE_WORDS)


def test_named_files_go_with_the_model() -> None:
    model = with_parts(UNET, ["large", "small"], "v", KNOWN)
    assert {part.role: part.title for part in model.parts} == {"clip_l": "Small", "clip_g": "Large", "vae": "V"}


@pytest.mark.parametrize(
    ("encoders", "vae", "words"),
    [
        ([], "", "“Nice UNet” lacks the text encoder CLIP ViT-L, .* and an autoencoder"),
        (["small", "large"], "", "lacks an autoencoder"),
        (["small"], "v", "lacks the text encoder OpenCLIP ViT-bigG"),
        (["gone"], "v", "There is no text encoder “gone”"),
        (["tee"], "v", "does not read the text encoder T5"),
        (["small", "other"], "v", "choose one"),
    ],
)
def test_what_is_missing_or_wrong_is_named(encoders: list[str], vae: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        with_parts(UNET, encoders, vae, KNOWN)


def test_a_whole_model_needs_nothing() -> None:
    whole = replace(UNET, lacks=())
    assert with_parts(whole, [], "v", KNOWN) == whole  # its VAE is put on later, and can be taken off again
    assert only_choices(whole, KNOWN) == ((), "")


def test_what_there_is_only_one_of_is_taken() -> None:
    assert only_choices(UNET, KNOWN) == (("large",), "v")
    assert only_choices(UNET, KNOWN[:3]) == (("small", "large"), "")


def test_an_autoencoder_of_another_family_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="“Wide” was made for another family: its latents have 16 channels"):
        with_parts(replace(UNET, lacks=()), [], "wide", [*KNOWN, WIDE_VAE])
    write(tmp_path / "ae.safetensors", {"decoder.conv_in.weight": (512, 16, 3, 3)})
    assert [extra.latent_channels for extra in look([tmp_path]).extras] == [16]


def test_a_language_model_is_no_text_encoder(tmp_path: Path) -> None:
    weights = {name: np.zeros((32, 32), np.float32) for name in ("token_embd.weight", "blk.0.attn_q.weight")}
    gguf_files.write(tmp_path / "llm.gguf", weights, "Q8_0", "llama")
    found = look([tmp_path])
    assert (found.extras, found.models) == ([], [])
    assert "not a Stable Diffusion model" in found.problems[0].message
