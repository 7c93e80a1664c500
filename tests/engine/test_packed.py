"""Weights that stay packed give exactly what they give unpacked, and wear LoRAs without being whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize
from safetensors.torch import save_file

from sdstudio.engine import packed
from sdstudio.engine.economy import Economy
from sdstudio.engine.extras.lora import Wardrobe, Worn
from sdstudio.engine.gguf_file import read_tensors
from tests.engine.conftest import CPU
from tests.helpers import gguf_files

KINDS = ("Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K")
ROWS, COLUMNS = 24, 512
# Where a block of each kind has its scales, as 16-bit fractions; all other bytes may be anything.
SCALES = {"Q4_1": (0, 2), "Q5_1": (0, 2), "Q2_K": (80, 82), "Q3_K": (108,), "Q4_K": (0, 2), "Q5_K": (0, 2),
          "Q6_K": (208,)}  # fmt: skip


def rows_of(kind: str, rows: int = ROWS) -> torch.Tensor:
    """Any numbers at all, packed so."""
    block, nbytes = GGML_QUANT_SIZES[GGMLQuantizationType[kind]]
    generator = np.random.default_rng(1)
    blocks = generator.integers(0, 256, (rows * COLUMNS // block, nbytes), dtype=np.uint8)
    for place in SCALES.get(kind, (0,)):
        scales = generator.uniform(0.001, 0.01, len(blocks)).astype(np.float16)
        blocks[:, place : place + 2] = scales.view(np.uint8).reshape(-1, 2)
    return torch.from_numpy(blocks.reshape(rows, -1))


def layer_of(kind: str) -> tuple[torch.nn.Linear, torch.nn.Linear]:
    """One whose weight stays packed, and one with the same numbers."""
    rows = rows_of(kind)
    layers = torch.nn.Linear(COLUMNS, ROWS), torch.nn.Linear(COLUMNS, ROWS)
    layers[0].load_state_dict(layers[1].state_dict())
    whole = dequantize(rows.numpy(), GGMLQuantizationType[kind]).reshape(ROWS, COLUMNS)
    layers[1].weight = torch.nn.Parameter(torch.from_numpy(whole))
    packed.keep(layers[0], packed.Packed(rows, kind, COLUMNS, torch.float32))
    return layers


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_computes_what_it_would_with_unpacked_numbers(kind: str) -> None:
    ours, whole = layer_of(kind)
    given = torch.randn(3, COLUMNS)
    with torch.inference_mode():
        assert torch.equal(ours(given), whole(given))
    assert ours.weight.untyped_storage().nbytes() == 4  # and holds no whole weight afterwards
    assert ours.weight.shape == whole.weight.shape


def test_parts_of_a_packed_matrix_are_its_rows() -> None:
    whole = packed.Packed(rows_of("Q4_K"), "Q4_K", COLUMNS, torch.float32)
    parts = whole.split([8, 10, 6])
    assert [len(part) for part in parts] == [8, 10, 6]
    assert torch.equal(torch.cat([part.unpacked() for part in parts]), whole.unpacked())
    assert sum(part.nbytes for part in parts) == whole.nbytes


def test_an_unknown_packing_is_refused() -> None:
    with pytest.raises(NotImplementedError):
        packed.unpack(torch.zeros(1, 32, dtype=torch.uint8), "Q9_X")


def test_a_file_gives_its_matrices_packed_and_the_rest_as_ever(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    weights = {"matrix": generator.normal(size=(8, 64)), "kernel": generator.normal(size=(8, 32, 3, 3)),
               "vector": generator.normal(size=8)}  # fmt: skip
    path = gguf_files.write(tmp_path / "m.gguf", weights, "Q8_0")
    plain, kept = (read_tensors(path, torch.float32, keep_packed=keep) for keep in (False, True))
    assert isinstance(kept["matrix"], packed.Packed)
    assert torch.equal(kept["matrix"].unpacked(), plain["matrix"])
    assert torch.equal(kept["kernel"], plain["kernel"])
    assert torch.equal(kept["vector"], plain["vector"])


@pytest.mark.parametrize("dora", [False, True])
def test_a_lora_is_added_when_the_weight_is_unpacked(tmp_path: Path, dora: bool) -> None:
    ours, whole = layer_of("Q4_K")
    torch.manual_seed(0)
    factors = {"a.lora_up.weight": torch.randn(ROWS, 4), "a.lora_down.weight": 0.01 * torch.randn(4, COLUMNS)}
    if dora:
        factors["a.dora_scale"] = torch.rand(ROWS, 1) + 1
    save_file(factors, tmp_path / "lora.safetensors")
    given, before = torch.randn(3, COLUMNS), whole(torch.ones(1, COLUMNS))
    answers = []
    for layer in (ours, whole):
        wardrobe = Wardrobe({"unet": torch.nn.ModuleDict({"a": layer})})
        wardrobe.wear((Worn(str(tmp_path / "lora.safetensors"), "LoRA", 0.8),))
        with torch.inference_mode():
            answers.append(layer(given))
        wardrobe.take_off()
    assert torch.allclose(answers[0], answers[1], atol=1e-4)
    assert torch.equal(ours(torch.ones(1, COLUMNS)), whole(torch.ones(1, COLUMNS)))
    assert torch.equal(whole(torch.ones(1, COLUMNS)), before)


def test_savings_leave_packed_weights_alone() -> None:
    ours, _ = layer_of("Q8_0")
    network = torch.nn.Sequential(torch.nn.Linear(COLUMNS, COLUMNS), ours)
    given = torch.randn(3, COLUMNS)
    economy = Economy(network, [], torch.nn.Identity(), CPU)
    assert economy.numbers == COLUMNS**2 + COLUMNS + ROWS
    with torch.inference_mode():
        plain = network(given)
        economy.adopt(("half_weights",), ())
        assert torch.equal(network(given), plain)
