"""T5's encoder is known by llama.cpp's names too."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from transformers import T5Config, T5EncoderModel

from sdstudio.engine.weights_file import read_weights
from tests.helpers import gguf_files

# As llama.cpp's converter renames them, the longest first.
_LLAMA = (
    ("layer.0.SelfAttention.relative_attention_bias", "attn_rel_b"),
    ("layer.1.DenseReluDense.wi_0", "ffn_gate"),
    ("layer.1.DenseReluDense.wi_1", "ffn_up"),
    ("layer.1.DenseReluDense.wo", "ffn_down"),
    ("layer.0.layer_norm", "attn_norm"),
    ("layer.1.layer_norm", "ffn_norm"),
    ("layer.0.SelfAttention.", "attn_"),
    ("encoder.final_layer_norm", "enc.output_norm"),
    ("shared", "token_embd"),
)


def test_every_weight_has_its_place(tmp_path: Path) -> None:
    config = T5Config(
        vocab_size=64, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, feed_forward_proj="gated-gelu"
    )
    known = {n: v for n, v in T5EncoderModel(config).state_dict().items() if "embed_tokens" not in n}
    renamed = {}
    for name, value in known.items():
        new = re.sub(r"^encoder\.block\.(\d+)", r"enc.blk.\1", name)
        for theirs, short in _LLAMA:
            new = new.replace(theirs, short)
        renamed[new] = value.numpy()
    assert "enc.blk.1.ffn_gate.weight" in renamed
    read = read_weights(gguf_files.write(tmp_path / "t5.gguf", renamed, "F16", "t5encoder"), torch.float32)
    assert set(read) == set(known)
    assert all(torch.allclose(read[name], value, atol=1e-2) for name, value in known.items())
