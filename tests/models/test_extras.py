"""LoRAs, embeddings, control models and autoencoders are told from each other by what is in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sdstudio.errors import BadRequest
from sdstudio.models.extra_files import describe_extra
from sdstudio.models.extras import ExtraInfo, check_fits, choose, encoder_for, named_in
from sdstudio.models.header import read_header
from sdstudio.models.info import ModelInfo
from sdstudio.models.library import look
from tests.helpers.safetensors_files import write

KOHYA = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight"
XL_KOHYA = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.lora_down.weight"
DIFFUSERS = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight"
OLD_DIFFUSERS = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.processor.to_k_lora.down.weight"
LOHA = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.hada_w1_b"
TEXT_ONLY = "lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight"
XL_TEXT_ONLY = "lora_te2_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight"
CONTROL = "control_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight"
CONTROL_DIFFUSERS = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight"


@pytest.mark.parametrize(
    ("shapes", "kind", "text_width"),
    [
        ({KOHYA: (4, 768)}, "lora", 768),
        ({XL_KOHYA: (4, 2048)}, "lora", 2048),
        ({DIFFUSERS: (4, 1024)}, "lora", 1024),
        ({OLD_DIFFUSERS: (4, 768), OLD_DIFFUSERS.replace("down.w", "up.w"): (320, 4)}, "lora", 768),
        ({LOHA: (4, 768), LOHA.replace("_b", "_a"): (320, 4)}, "lora", 768),
        ({TEXT_ONLY: (4, 768)}, "lora", 768),
        ({XL_TEXT_ONLY: (4, 1280)}, "lora", 2048),
        ({"emb_params": (3, 768)}, "embedding", 768),
        ({"<cat-toy>": (1024,)}, "embedding", 1024),
        ({"clip_l": (2, 768), "clip_g": (2, 1280)}, "embedding", 2048),
        ({CONTROL: (320, 768), "control_model.zero_convs.0.0.weight": (320, 320, 1, 1)}, "controlnet", 768),
        ({CONTROL_DIFFUSERS: (640, 2048), "controlnet_cond_embedding.conv_in.bias": (16,)}, "controlnet", 2048),
        ({"decoder.conv_in.weight": (512, 4, 3, 3), "encoder.conv_in.bias": (128,)}, "vae", 0),
    ],
)
def test_a_file_is_told_by_its_tensors(
    tmp_path: Path, shapes: dict[str, tuple[int, ...]], kind: str, text_width: int
) -> None:
    path = write(tmp_path / "sdxl_vae_lora.safetensors", shapes, {"modelspec.title": "Nice"})
    library = look([tmp_path])
    assert library.models == []
    assert library.problems == []
    (extra,) = library.extras
    assert (extra.kind, extra.text_width) == (kind, text_width)
    assert (extra.id, extra.title, extra.path) == ("sdxl_vae_lora", "Nice", str(path))
    assert extra.bytes == path.stat().st_size


def test_a_control_model_in_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "scribble"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"_class_name": "ControlNetModel", "cross_attention_dim": 256}))
    assert [problem.message for problem in look([tmp_path]).problems] == [
        "The control model “scribble” has no .safetensors file. "
        "Other kinds of files can hide programs and are not opened."
    ]
    write(folder / "model.safetensors", {"weight": (4,)})
    (extra,) = look([tmp_path]).extras
    assert (extra.kind, extra.text_width, extra.path) == ("controlnet", 256, str(folder))


@pytest.mark.parametrize("shapes", [{"weight": (4,)}, {"a": (768,), "b": (768,)}, {"a": (3, 3, 768)}])
def test_anything_else_is_a_problem(tmp_path: Path, shapes: dict[str, tuple[int, ...]]) -> None:
    write(tmp_path / "thing.safetensors", shapes)
    library = look([tmp_path])
    assert not library.extras
    assert [problem.path.name for problem in library.problems] == ["thing.safetensors"]


def extra(name: str, text_width: int, kind: str = "lora") -> ExtraInfo:
    return ExtraInfo(id=name, title=f"The {name}", path=name, kind=kind, text_width=text_width)  # type: ignore[arg-type]


SD1 = ModelInfo(id="m", title="Mine", path="m", family="sd1", text_width=768)


def test_a_name_is_found_by_id_and_title_in_any_case() -> None:
    known = [extra("ink", 768), extra("Ink", 768), extra("ink", 768, "embedding")]
    assert choose(known, "lora", "Ink", SD1) is known[1]
    assert choose(known, "lora", "INK", SD1) is known[0]
    assert choose(known, "lora", "the ink", SD1) is known[0]
    assert choose(known, "embedding", "ink", SD1) is known[2]


def test_a_name_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(BadRequest, match=r"no LoRA “pen” on this machine\. Choose one of: ink\."):
        choose([extra("ink", 768)], "lora", "pen", SD1)
    with pytest.raises(BadRequest, match="into the models folder, and press “Look again” in the Extras panel"):
        choose([], "lora", "pen", SD1)


def test_of_many_names_the_most_alike_are_told() -> None:
    known = [extra(f"style {number}", 768) for number in range(40)] + [extra("pencil", 768)]
    with pytest.raises(BadRequest, match=r"Choose one of: pencil, .*, or one of 35 others\. If it was put into"):
        choose(known, "lora", "pencl", SD1)


def test_another_family_is_refused_by_name() -> None:
    with pytest.raises(BadRequest, match=r"“The ink” was made for SDXL, but the model “Mine” is Stable Diffusion 1"):
        choose([extra("ink", 2048)], "lora", "ink", SD1)
    assert choose([extra("ink", 0)], "lora", "ink", SD1).id == "ink"


def test_embeddings_are_named_as_words() -> None:
    known = [extra("bad-hands", 768, "embedding"), extra("hands", 768, "embedding"), extra("ink", 768)]
    assert [one.id for one in named_in(["a cat", "(Bad-Hands:1.2), ink"], known)] == ["bad-hands"]
    assert [one.id for one in named_in(["two hands"], known)] == ["hands"]
    assert named_in(["handsome"], known) == ()


@pytest.mark.parametrize(
    ("layer", "width", "family"),
    [
        ("lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight", 3072, "flux"),
        ("double_blocks.0.processor.qkv_lora1.up.weight", 4, "flux"),
        ("base_model.model.double_blocks.0.img_attn.qkv.lora_A.weight", 3072, "flux"),
        ("transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight", 3072, "flux"),
        ("transformer.transformer_blocks.18.attn.to_q.lora_A.weight", 3072, "flux"),
        ("lora_unet_joint_blocks_0_x_block_attn_qkv.lora_down.weight", 1536, "sd3"),
        ("transformer.transformer_blocks.0.attn.to_q.lora_A.weight", 1536, "sd3"),
        ("transformer.transformer_blocks.37.attn.add_q_proj.lora_A.default.weight", 2432, "sd3"),
        ("transformer_blocks.0.img_mlp.net.0.proj.lora_A.weight", 3072, "qwen_image"),
        ("lora_unet_transformer_blocks_59_attn_to_k.lora_down.weight", 3072, "qwen_image"),
        ("diffusion_model.transformer_blocks.30.attn.to_k.lora_A.weight", 3072, "qwen_image"),
        ("diffusion_model.layers.0.attention.to_q.lora_A.weight", 3840, "z_image"),
        ("lora_unet_layers_3_attention_qkv.lora_down.weight", 3840, "z_image"),
        ("transformer.transformer_blocks.0.attn.to_q.lora_A.weight", 64, ""),
        ("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.lora_up.weight", 4, ""),
    ],
)
def test_a_lora_for_a_transformer_fits_to_its_family_alone(tmp_path: Path, layer: str, width: int, family: str) -> None:
    path = write(tmp_path / "style.safetensors", {layer: (8, width)})
    extra = describe_extra(path, read_header(path))
    assert extra is not None
    assert extra.family == family
    flux = ModelInfo(id="m", title="M", path="", family="flux", text_width=4096, prediction="flow")
    if family in ("flux", ""):
        check_fits(extra, flux)
    else:
        with pytest.raises(BadRequest, match="but the model “M” is Flux"):
            check_fits(extra, flux)


def test_an_autoencoder_for_films_is_one(tmp_path: Path) -> None:
    shapes = {"decoder.conv1.weight": (384, 16, 3, 3, 3), "decoder.middle.0.residual.0.gamma": (384, 1, 1, 1)}
    path = write(tmp_path / "qwen_image_vae.safetensors", shapes)
    extra = describe_extra(path, read_header(path))
    assert extra is not None
    assert (extra.kind, extra.latent_channels) == ("vae", 16)


@pytest.mark.parametrize(("width", "kind"), [(1152, "SigLIP"), (1024, "CLIP")])
def test_an_adapter_says_which_image_encoder_it_needs(width: int, kind: str) -> None:
    adapter = ExtraInfo(id="a", title="A", path="a", kind="ip_adapter", family="flux", image_widths=(width,))
    with pytest.raises(BadRequest, match=f"a {kind} vision model of width {width}"):
        encoder_for(adapter, [])


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (
            ("control_layers.0.adaLN_modulation.0.weight", "control_all_x_embedder.2-1.weight"),
            "a ControlNet for Z-Image",
        ),
        (
            ("image_proj.latents", "ip_adapter.0.norm_ip.linear.weight", "ip_adapter.0.to_k_ip.weight"),
            "an IP-Adapter for Stable Diffusion 3",
        ),
        (("lora_controlnet", "input_hint_block.0.weight", "input_blocks.0.0.weight"), "a Control-LoRA"),
        (("lllite_unet_input_blocks_4_1_to_q.down.0.weight",), "a ControlNet-LLLite"),
        (("encoder_pooling.1.positional_embedding", "input_blocks.0.0.weight"), "a stage of DeepFloyd IF in one file"),
    ],
)
def test_relatives_that_are_not_read_are_called_by_name(tmp_path: Path, names: tuple[str, ...], words: str) -> None:
    write(tmp_path / "some.safetensors", dict.fromkeys(names, (4, 4)))
    found = look([tmp_path])
    assert (found.models, found.extras) == ([], [])
    (problem,) = found.problems
    assert f"“some.safetensors” is {words}" in problem.message
    assert "does not read" in problem.message


def test_a_folder_for_z_image_is_called_by_name(tmp_path: Path) -> None:
    (tmp_path / "z").mkdir()
    write(tmp_path / "z" / "diffusion_pytorch_model.safetensors", {"control_layers.0.weight": (4, 4)})
    (tmp_path / "z" / "config.json").write_text(json.dumps({"_class_name": "ZImageControlNetModel"}), encoding="utf-8")
    (problem,) = look([tmp_path]).problems
    assert "“z” holds a ControlNet for Z-Image" in problem.message
