"""The table of spellings on full-size networks: those that people's LoRAs were made for, without their weights."""

from __future__ import annotations

import pytest
import torch
from diffusers import UNet2DConditionModel
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint

from sdstudio import paths
from sdstudio.engine.extras.names import original, spellings


def full_size(family: str) -> UNet2DConditionModel:
    config = UNet2DConditionModel.load_config(paths.resources() / "families" / family / "unet")
    with torch.device("meta"):
        return UNet2DConditionModel.from_config(config)


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl", "sdxl_refiner"])
def test_diffusers_makes_the_same_network_of_our_original_names(family: str) -> None:
    unet = full_size(family)
    known = unet.state_dict()
    file = {f"model.diffusion_model.{original(unet, name)}": value for name, value in known.items()}
    assert len(file) == len(known)
    converted = convert_ldm_unet_checkpoint(file, unet.config)
    assert converted.keys() == known.keys()
    assert all(converted[name].shape == value.shape for name, value in known.items())


@pytest.mark.parametrize(
    ("family", "spelled", "layer"),
    [
        ("sd1", "down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k",
         "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"),
        ("sd1", "output_blocks_2_1_conv", "up_blocks.0.upsamplers.0.conv"),
        ("sd1", "output_blocks_5_2_conv", "up_blocks.1.upsamplers.0.conv"),
        ("sd1", "mid_block_attentions_0_proj_in", "mid_block.attentions.0.proj_in"),
        ("sdxl", "input_blocks_4_1_transformer_blocks_1_attn1_to_q",
         "down_blocks.1.attentions.0.transformer_blocks.1.attn1.to_q"),
        ("sdxl", "output_blocks_0_1_transformer_blocks_9_ff_net_0_proj",
         "up_blocks.0.attentions.0.transformer_blocks.9.ff.net.0.proj"),
        ("sdxl", "middle_block_1_transformer_blocks_3_attn2_to_out_0",
         "mid_block.attentions.0.transformer_blocks.3.attn2.to_out.0"),
        ("sdxl", "input_blocks_1_0_emb_layers_1", "down_blocks.0.resnets.0.time_emb_proj"),
        ("sdxl", "label_emb_0_0", "add_embedding.linear_1"),
        ("sdxl", "input_blocks_3_0_op", "down_blocks.0.downsamplers.0.conv"),
    ],
)  # fmt: skip
def test_spellings_that_trainers_write(family: str, spelled: str, layer: str) -> None:
    assert spellings(full_size(family), is_unet=True)[spelled] == layer
