"""How upscalers are told from other files: by the name of one weight that only their kind has. No torch.

A kind's own authors chose the names; they are the same in every file of that kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Kinds that are read by the package spandrel. Those that we read ourselves are not among them.
FURTHER_KINDS = {
    "SwinIR": "layers.0.residual_group.blocks.0.attn.relative_position_index",  # and Swin2SR
    "HAT": "layers.0.residual_group.blocks.0.conv_block.cab.0.weight",
    "DAT": "layers.0.blocks.0.attn.channel_interaction.1.weight",
    "RGT": "layers.0.blocks.0.attn.attns.0.rpe_biases",
    "ATD": "layers.0.residual_group.layers.0.wqkv.weight",
    "DRCT": "layers.0.swin1.attn.relative_position_bias_table",
    "CRAFT": "layers.0.residual_group.hf_blocks.0.attn.temperature",
    "GRL": "layers.0.blocks.0.attn.window_attn.attn_transform.logit_scale",
    "OmniSR": "residual_layer.0.residual_layer.0.layer.0.fn.0.weight",
    "RealCUGAN": "unet2.conv_bottom.weight",
    "SPAN": "block_1.c1_r.sk.weight",
    "PLKSR": "feats.1.refine.weight",
    "SAFMN": "feats.0.safm.mfr.0.weight",
    "MoSR": "gblocks.1.fc1.weight",
    "RCAN": "body.0.body.0.body.3.conv_du.0.weight",
    "DITN": "UFONE.0.ITLs.0.attn.temperature",
    "FDAT": "groups.0.blocks.0.inter.cg.1.weight",
    "SeemoRe": "body.0.local_block.norm_1.weight",
}
_WRAPPING = re.compile(r"^(?:params_ema|params|model_ema|module|model|netG|generator)\.")


def further_kind(names: Iterable[str]) -> str | None:
    """The kind of the upscaler whose weights have these names, if it is one that spandrel reads."""
    known = {_WRAPPING.sub("", name) for name in names}
    return next((kind for kind, sign in FURTHER_KINDS.items() if sign in known), None)
