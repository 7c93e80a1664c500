"""LoRAs on the transformer families: diffusers' names, and the original ones in which several layers are one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from sdstudio.engine.extras.lora import Worn
from sdstudio.engine.loaded import LoadedModel
from sdstudio.errors import ModelProblem

Get = Callable[[str], LoadedModel]
RANK = 2
JOINED = {
    "flux": ("lora_unet_double_blocks_0_img_attn_qkv", "transformer_blocks.0.attn.to_{}"),
    "sd3": ("lora_unet_joint_blocks_0_context_block_attn_qkv", "transformer_blocks.0.attn.add_{}_proj"),
    "z_image": ("diffusion_model.layers.1.attention.qkv", "layers.1.attention.to_{}"),
}
ALONE = {
    "flux": ("transformer.single_transformer_blocks.0.proj_mlp", "single_transformer_blocks.0.proj_mlp"),
    "sd3": ("transformer.transformer_blocks.0.attn.to_q", "transformer_blocks.0.attn.to_q"),
    "qwen_image": ("diffusion_model.transformer_blocks.0.img_mlp.net.2", "transformer_blocks.0.img_mlp.net.2"),
    "z_image": ("diffusion_model.layers.0.feed_forward.w1", "layers.0.feed_forward.w1"),
}


def write(path: Path, name: str, rows: int, columns: int) -> tuple[Worn, torch.Tensor]:
    """A LoRA for one layer, and what it adds to it."""
    torch.manual_seed(1)
    up, down = torch.randn(rows, RANK), torch.randn(RANK, columns)
    save_file({f"{name}.lora_up.weight": up, f"{name}.lora_down.weight": down}, path)
    return Worn(str(path), "Style", 1.0), up @ down


def weight(model: LoadedModel, layer: str) -> torch.Tensor:
    return model.network.get_submodule(layer).weight.detach().clone()


@pytest.mark.parametrize("family", ALONE)
def test_a_layer_of_its_own(flow_model: Get, tmp_path: Path, family: str) -> None:
    model, (name, layer) = flow_model(family), ALONE[family]
    before = weight(model, layer)
    worn, change = write(tmp_path / "style.safetensors", name, *before.shape)
    model.wardrobe.wear((worn,))
    assert torch.allclose(weight(model, layer), before + change, atol=1e-5)
    model.wardrobe.wear(())
    assert torch.equal(weight(model, layer), before)


@pytest.mark.parametrize("family", JOINED)
def test_query_key_and_value_in_one(flow_model: Get, tmp_path: Path, family: str) -> None:
    model, (name, pattern) = flow_model(family), JOINED[family]
    layers = [pattern.format(letter) for letter in "qkv"]
    before = [weight(model, layer) for layer in layers]
    rows = sum(map(len, before))
    worn, change = write(tmp_path / "style.safetensors", name, rows, before[0].shape[1])
    model.wardrobe.wear((worn,))
    for layer, old, part in zip(layers, before, change.chunk(3), strict=True):
        assert torch.allclose(weight(model, layer), old + part, atol=1e-5)
    model.wardrobe.wear(())
    assert all(torch.equal(weight(model, layer), old) for layer, old in zip(layers, before, strict=True))


READERS = {
    "flux": ("lora_te3_encoder_block_0_layer_0_SelfAttention_q", "encoder.block.0.layer.0.SelfAttention.q"),
    "sd3": ("text_encoder_3.encoder.block.1.layer.1.DenseReluDense.wo", "encoder.block.1.layer.1.DenseReluDense.wo"),
    "qwen_image": ("text_encoder.model.language_model.layers.0.self_attn.q_proj", "layers.0.self_attn.q_proj"),
    "z_image": ("lora_te_model_layers_1_mlp_up_proj", "layers.1.mlp.up_proj"),
}


@pytest.mark.parametrize("family", READERS)
def test_the_text_encoder_that_reads_a_whole_text(flow_model: Get, tmp_path: Path, family: str) -> None:
    model, (name, layer) = flow_model(family), READERS[family]
    target = model.prompts.long.encoder.get_submodule(layer)
    before = target.weight.detach().clone()
    worn, change = write(tmp_path / "style.safetensors", name, *before.shape)
    model.wardrobe.wear((worn,))
    assert torch.allclose(target.weight, before + change, atol=1e-5)
    assert model.wardrobe.worn_by_text == (worn,)
    model.wardrobe.wear(())
    assert torch.equal(target.weight, before)


def test_one_for_a_text_encoder_that_is_not_there_says_so(flow_model: Get, tmp_path: Path) -> None:
    model = flow_model("no_t5")
    worn, _ = write(tmp_path / "style.safetensors", READERS["flux"][0], 32, 96)
    with pytest.raises(ModelProblem, match="changes a text encoder alone, one that this model does not have"):
        model.wardrobe.wear((worn,))


XLABS = {
    "double_blocks.0.processor.qkv_lora1": [f"transformer_blocks.0.attn.to_{letter}" for letter in "qkv"],
    "double_blocks.1.processor.proj_lora2": ["transformer_blocks.1.attn.to_add_out"],
    "single_blocks.0.processor.qkv_lora": [f"single_transformer_blocks.0.attn.to_{letter}" for letter in "qkv"],
    "single_blocks.1.processor.proj_lora": ["single_transformer_blocks.1.proj_out"],
}


@pytest.mark.parametrize("name", XLABS)
def test_layers_as_xlabs_names_them(flow_model: Get, tmp_path: Path, name: str) -> None:
    model, layers = flow_model("flux"), XLABS[name]
    before = [weight(model, layer) for layer in layers]
    torch.manual_seed(1)
    up, down = torch.randn(sum(map(len, before)), RANK), torch.randn(RANK, before[0].shape[1])
    save_file({f"{name}.up.weight": up, f"{name}.down.weight": down}, tmp_path / "style.safetensors")
    model.wardrobe.wear((Worn(str(tmp_path / "style.safetensors"), "Style", 1.0),))
    for layer, old, part in zip(layers, before, (up @ down).split([len(old) for old in before]), strict=True):
        assert torch.allclose(weight(model, layer), old + part, atol=1e-5)
    model.wardrobe.wear(())


def test_one_of_another_family_is_refused_and_leaves_no_trace(flow_model: Get, tmp_path: Path) -> None:
    model = flow_model("sd3")
    worn, _ = write(tmp_path / "style.safetensors", "lora_unet_double_blocks_0_img_attn_qkv", 96, 32)
    with pytest.raises(ModelProblem, match="another kind of model"):
        model.wardrobe.wear((worn,))
    assert model.wardrobe.worn == ()
