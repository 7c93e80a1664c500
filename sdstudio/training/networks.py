"""The text encoder, the UNet and the noise schedule of an edition, made from its recipe with random weights.

Owns their configuration. Must not know data or training.
"""

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel

from sdstudio.training.recipe import Recipe

WORD_DEVIATION = 0.5


def make_text(recipe: Recipe, vocabulary: int) -> CLIPTextModel:
    """A CLIP text encoder: (B, positions) token numbers to (B, positions, width); the last two tokens are the ends."""
    text = recipe.text
    model = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=vocabulary,
            hidden_size=text.width,
            intermediate_size=text.inner * text.width,
            num_hidden_layers=text.layers,
            num_attention_heads=text.heads,
            max_position_embeddings=text.positions,
            projection_dim=text.width,
            hidden_act="quick_gelu",
            bos_token_id=vocabulary - 2,
            eos_token_id=vocabulary - 1,
            pad_token_id=vocabulary - 1,
        )
    )
    # CLIP's own start (deviation 0.02) drowns the words in what the layers add, and a short training never finds them.
    # The ends, of which a padded caption mostly consists, start empty: what they say is then the caption's words.
    words = model.get_input_embeddings().weight
    nn.init.normal_(words, std=WORD_DEVIATION)
    nn.init.zeros_(words[-2:])
    return model


def make_unet(recipe: Recipe) -> UNet2DConditionModel:
    """A UNet without attention on its finest level: predicts v for (B, C, h, w) latents at a step, given the text."""
    sizes = recipe.diffusion
    levels = len(sizes.widths)
    channels = recipe.autoencoder.latent_channels
    return UNet2DConditionModel(
        sample_size=recipe.latent_size,
        in_channels=channels,
        out_channels=channels,
        block_out_channels=tuple(sizes.widths),
        down_block_types=("DownBlock2D",) + ("CrossAttnDownBlock2D",) * (levels - 1),
        up_block_types=("CrossAttnUpBlock2D",) * (levels - 1) + ("UpBlock2D",),
        layers_per_block=sizes.layers_per_block,
        attention_head_dim=tuple(max(1, width // sizes.head_width) for width in sizes.widths),
        cross_attention_dim=recipe.text.width,
        norm_num_groups=sizes.norm_groups,
        # the caption as a whole is added to the step's embedding, which teaches what to draw far sooner than
        # cross-attention alone; part of diffusers' network, so nothing else has to know
        addition_embed_type="text",
        addition_embed_type_num_heads=recipe.text.heads,
        use_linear_projection=True,
    )


def make_schedule() -> DDIMScheduler:
    """v-prediction with zero terminal SNR and trailing steps (arXiv 2305.08891), so that plain stays plain."""
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
        steps_offset=1,
    )


def parameters(module: torch.nn.Module) -> int:
    """How many weights a module has."""
    return sum(weight.numel() for weight in module.parameters())
