"""The header reader against good, damaged and hostile files."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdstudio.errors import ModelProblem
from sdstudio.models.header import MAX_HEADER_BYTES, Tensor, read_header
from tests.helpers.safetensors_files import write, write_raw


def entry(**changes: object) -> bytes:
    tensor = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} | changes
    return json.dumps({"weight": tensor}).encode()


def test_a_good_file(tmp_path: Path) -> None:
    path = write(tmp_path / "good.safetensors", {"a": (2, 3), "b": ()}, {"format": "pt"})
    header = read_header(path)
    assert header.tensors == {"a": Tensor("F16", (2, 3)), "b": Tensor("F16", ())}
    assert header.metadata == {"format": "pt"}
    assert header.file_bytes == path.stat().st_size


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"", "not one of a model"),
        (b"[]", "not one of a model"),
        (b"nonsense", "not one of a model"),
        (b'{"weight": ', "not valid JSON"),
        (b"\xff\xfe{", "not one of a model"),
        (b'{"weight": 1}', "is not a tensor"),
        (entry(dtype="OBJECT"), "unknown type"),
        (entry(data_offsets=[0, 9]), "outside of the file"),
        (entry(data_offsets=[8, 0]), "outside of the file"),
        (entry(data_offsets=[-8, 0]), "outside of the file"),
        (entry(data_offsets=[0, 4]), "another size"),
        (entry(data_offsets=[0.0, 8.0]), "is not a tensor"),
        (entry(shape=[3]), "another size"),
        (entry(shape=[1]), "another size"),
        (entry(shape=[-2]), "not made of numbers"),
        (entry(shape=["2"]), "not made of numbers"),
        (entry(shape=[True, 2]), "not made of numbers"),
        (entry(shape=[2**62, 2**62]), "another size"),
        (entry(shape=[2**64 + 2]), "another size"),
        (entry(shape=[1] * 100 + [2]), "dimensions"),
        (b'{"__metadata__": [1]}', "metadata is not text"),
        (b'{"__metadata__": {"a": {"b": 1}}}', "metadata is not text"),
    ],
)
def test_a_damaged_header_is_refused_with_its_reason(tmp_path: Path, header: bytes, words: str) -> None:
    path = write_raw(tmp_path / "bad.safetensors", header, b"\0" * 8)
    with pytest.raises(ModelProblem, match=words):
        read_header(path)


@pytest.mark.parametrize(
    "header",
    [
        b"{" + b'"a":{"b":' * 500_000,
        b'{"a":' + b"[" * 5_000_000,
        b'{"__metadata__":{' + b'"a":"b",' * 3_000_000 + b'"c":"d"}}',
        b"{" + b'"":{"dtype":"F32","shape":[],"data_offsets":[0,4]},' * 150_000 + b'"z":{}}',
        b'{"w":{"dtype":"F32","shape":[' + b"0," * 4_000_000 + b'0],"data_offsets":[0,0]}}',
        b'{"w":{"dtype":"F32","shape":[' + b"9" * 8_000_000 + b'],"data_offsets":[0,0]}}',
        b'{"w":{"dtype":"F32","shape":[1e999999999],"data_offsets":[0,0]}}',
    ],
    ids=["nested objects", "nested lists", "metadata", "tensors", "dimensions", "a long number", "a huge number"],
)
@pytest.mark.timeout(20)
def test_bombs_are_refused(tmp_path: Path, header: bytes) -> None:
    with pytest.raises(ModelProblem):
        read_header(write_raw(tmp_path / "bomb.safetensors", header))


@pytest.mark.parametrize("length", [2**63, 2**64 - 1, MAX_HEADER_BYTES + 1, 1000])
def test_a_header_longer_than_the_file_is_never_read(tmp_path: Path, length: int) -> None:
    with pytest.raises(ModelProblem, match="claims"):
        read_header(write_raw(tmp_path / "long.safetensors", b"{}", length=length))


@pytest.mark.parametrize("size", [0, 1, 7])
def test_a_file_that_is_too_short(tmp_path: Path, size: int) -> None:
    path = tmp_path / "short.safetensors"
    path.write_bytes(b"\0" * size)
    with pytest.raises(ModelProblem, match="too short"):
        read_header(path)


def test_a_folder_or_nothing_at_all(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.safetensors"):
        with pytest.raises(ModelProblem, match="cannot be read"):
            read_header(path)


@settings(deadline=None)
@given(st.data())
def test_no_change_to_a_good_file_gets_anything_but_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = write(tmp_path_factory.getbasetemp() / "fuzzed.safetensors", {"a": (2, 3), "b": (4,)}, {"format": "pt"})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with contextlib.suppress(ModelProblem):  # any other error fails the test
        assert read_header(path).file_bytes == path.stat().st_size
