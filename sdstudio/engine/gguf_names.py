"""llama.cpp's names for the weights of T5's encoder, which .gguf files have, and transformers' own."""

from __future__ import annotations

import re

_BLOCK = re.compile(r"enc\.blk\.(\d+)\.(\w+)\.weight")
_INNER = {
    "attn_q": "layer.0.SelfAttention.q",
    "attn_k": "layer.0.SelfAttention.k",
    "attn_v": "layer.0.SelfAttention.v",
    "attn_o": "layer.0.SelfAttention.o",
    "attn_rel_b": "layer.0.SelfAttention.relative_attention_bias",
    "attn_norm": "layer.0.layer_norm",
    "ffn_gate": "layer.1.DenseReluDense.wi_0",
    "ffn_up": "layer.1.DenseReluDense.wi_1",
    "ffn_down": "layer.1.DenseReluDense.wo",
    "ffn_norm": "layer.1.layer_norm",
}
_OUTER = {"token_embd.weight": "shared.weight", "enc.output_norm.weight": "encoder.final_layer_norm.weight"}


def usual(names: list[str]) -> dict[str, str]:
    """Transformers' name for each of a file's `names`; the same where the file is no T5 of llama.cpp's."""
    if not any(name.startswith("enc.blk.") for name in names):
        return {name: name for name in names}
    return {name: _usual(name) for name in names}


def _usual(name: str) -> str:
    found = _BLOCK.fullmatch(name)
    if found is None or found[2] not in _INNER:
        return _OUTER.get(name, name)
    return f"encoder.block.{found[1]}.{_INNER[found[2]]}.weight"
