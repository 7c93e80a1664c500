"""Tells text encoders in files of their own, by the names and shapes of their tensors. Without torch."""

from __future__ import annotations

from pathlib import Path

from sdstudio.models.extras import ExtraInfo
from sdstudio.models.header import Header

# How files end the name of the table of words. OpenCLIP's own layout comes last: its name is the shortest.
_CLIP_TABLES = ("embeddings.token_embedding.weight", "token_embedding.weight")
_CLIP_WIDTHS = {768: "clip_l", 1024: "clip_h", 1280: "clip_g"}
_T5 = ("encoder.block.0.layer.0.SelfAttention.q.weight", "enc.blk.0.attn_q.weight")
_QWEN_LAYER = "layers.0.self_attn.q_proj.weight"
_QWEN3 = "layers.0.self_attn.q_norm.weight"
_NOT_ALONE = ("model.diffusion_model.", "vision_model.", "double_blocks.", "transformer_blocks.", "joint_blocks.")


def describe_encoder(path: Path, header: Header) -> ExtraInfo | None:
    """The text encoder in the file with this header; None when it is something else."""
    role = _role(header)
    if role is None:
        return None
    return ExtraInfo(
        id=path.stem, title=path.stem, path=str(path), kind="text_encoder", role=role, bytes=header.file_bytes
    )


def _role(header: Header) -> str | None:
    names = header.tensors
    if any(name.startswith(_NOT_ALONE) for name in names):
        return None
    if any(name.endswith(_T5) for name in names):
        return "t5"
    for table in _CLIP_TABLES:
        for name, tensor in names.items():
            if name.endswith(table) and len(tensor.shape) == 2 and _has_layers(header):
                return _CLIP_WIDTHS.get(tensor.shape[1])
    if any(name.endswith(_QWEN_LAYER) for name in names):
        return "qwen3" if any(name.endswith(_QWEN3) for name in names) else "qwen2_vl"
    return None


def _has_layers(header: Header) -> bool:
    """An embedding file has a table alone."""
    return any("layers.0.self_attn." in name or "resblocks.0.attn." in name for name in header.tensors)
