"""The header of a .gguf file is believed only where its numbers agree with each other and with the file."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize

from sdstudio.errors import ModelProblem
from sdstudio.models.gguf_header import TYPES, is_gguf, read_gguf
from tests.helpers.gguf_files import tensor, text, write, write_raw


def test_shapes_and_places_are_those_that_were_written(tmp_path: Path) -> None:
    made = {"a": np.arange(64, dtype=np.float32).reshape(2, 32), "conv": np.ones((4, 2, 3, 4), np.float32)}
    made |= {"bias": np.full(3, 7.0, np.float32)}
    path = write(tmp_path / "a.gguf", made, "Q8_0")
    header = read_gguf(path)
    assert {name: one.shape for name, one in header.tensors.items()} == {n: v.shape for n, v in made.items()}
    assert header.metadata["general.architecture"] == "sd1"
    data = path.read_bytes()
    for name, value in made.items():
        stored = header.stored[name]
        raw = np.frombuffer(data[stored.offset : stored.offset + stored.bytes], np.uint8)
        kind = GGMLQuantizationType[stored.type]
        back = dequantize(raw.reshape(*stored.shape[:-1], -1) if stored.type == "Q8_0" else raw.view(np.float32), kind)
        assert np.allclose(back.reshape(value.shape), value, atol=0.3)


def test_the_table_of_types_is_ggmls() -> None:
    for number, (name, block, block_bytes) in TYPES.items():
        assert (GGMLQuantizationType(number).name, *GGML_QUANT_SIZES[GGMLQuantizationType(number)]) == (
            name, block, block_bytes,
        )  # fmt: skip


HUGE = 2**62


@pytest.mark.parametrize(
    ("parts", "counts", "words"),
    [
        ([], {"version": 1}, "version 1"),
        ([], {"tensors": HUGE}, "tensors"),
        ([], {"keys": HUGE}, "keys"),
        ([], {"tensors": 1}, "ends in the middle"),
        ([struct.pack("<Q", HUGE)], {"tensors": 1}, "a text of"),
        ([tensor("a", (1, 1, 1, 1, 1))], {"tensors": 1}, "5 dimensions"),
        ([tensor("a", (32,), kind=77)], {"tensors": 1}, "unknown type 77"),
        ([tensor("a", (33,), kind=8)], {"tensors": 1}, "no whole blocks of 32"),
        ([tensor("a", (HUGE, HUGE))], {"tensors": 1}, "outside of the file"),
        ([tensor("a", (8,), offset=HUGE), bytes(64)], {"tensors": 1}, "outside of the file"),
        ([text("k"), struct.pack("<IIQ", 9, 8, HUGE)], {"keys": 1}, "unknown kind or length"),
        ([text("k"), struct.pack("<IIQ", 9, 0, HUGE)], {"keys": 1}, "ends in the middle"),
        ([text("k"), struct.pack("<IIQ", 9, 9, 1)], {"keys": 1}, "unknown kind or length"),
        ([text("k"), struct.pack("<I", 99)], {"keys": 1}, "unknown kind"),
        ([text("general.alignment"), struct.pack("<II", 4, 0)], {"keys": 1}, "alignment of 0"),
    ],
)
def test_a_lying_header_is_refused_with_its_reason(
    tmp_path: Path, parts: list[bytes], counts: dict[str, int], words: str
) -> None:
    with pytest.raises(ModelProblem, match=words):
        read_gguf(write_raw(tmp_path / "a.gguf", *parts, **counts))


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.gguf", {"a": np.zeros((2, 32), np.float32)}, "Q4_0").read_bytes()
    used = read_gguf(tmp_path / "a.gguf").stored["a"]
    for length in range(0, used.offset + used.bytes, 7):
        (tmp_path / "b.gguf").write_bytes(whole[:length])
        with pytest.raises(ModelProblem):
            read_gguf(tmp_path / "b.gguf")


def test_a_folded_tensor_must_have_as_many_values(tmp_path: Path) -> None:
    shape = text("comfy.gguf.orig_shape.a") + struct.pack("<IIQ2i", 9, 5, 2, 3, 3)
    path = write_raw(tmp_path / "a.gguf", shape, tensor("a", (8,)), bytes(64), keys=1, tensors=1)
    with pytest.raises(ModelProblem, match="another size"):
        read_gguf(path)


def test_the_first_letters_tell(tmp_path: Path) -> None:
    assert is_gguf(write_raw(tmp_path / "model.safetensors"))
    assert not is_gguf(tmp_path / "missing.gguf")
