"""Old checkpoint files become .safetensors files, and hostile ones do nothing."""

from __future__ import annotations

import os
import pickle
import socket
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from sdstudio.cli_convert import convert
from sdstudio.errors import BadRequest, FileProblem, ModelProblem, StudioError

WEIGHTS = {"layer.weight": torch.arange(6.0).reshape(2, 3), "layer.bias": torch.ones(3, dtype=torch.float16)}


class Hostile:
    """Does something when it is unpickled."""

    def __init__(self, call: Any, *arguments: Any) -> None:
        self.call, self.arguments = call, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.call, self.arguments


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (WEIGHTS, WEIGHTS),
        ({"state_dict": WEIGHTS, "global_step": 7, "epoch": 1}, WEIGHTS),
        ({"string_to_token": {"*": 265}, "string_to_param": {"*": torch.ones(2, 8)}, "name": "x"},
         {"emb_params": torch.ones(2, 8)}),
        ({"<cat>": torch.ones(8)}, {"<cat>": torch.ones(8)}),
    ],
    ids=["plain", "lightning", "embedding", "diffusers embedding"],
)  # fmt: skip
def test_weights_are_kept_to_the_bit(
    tmp_path: Path, content: dict[str, Any], expected: dict[str, torch.Tensor]
) -> None:
    torch.save(content, tmp_path / "old.ckpt")
    made = convert(tmp_path / "old.ckpt", tmp_path / "new.safetensors")
    found = load_file(made)
    assert found.keys() == expected.keys()
    assert all(torch.equal(value, found[name]) and value.dtype == found[name].dtype for name, value in expected.items())
    assert (tmp_path / "old.ckpt").exists()


def test_it_goes_into_the_models_folder_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDSTUDIO_HOME", str(tmp_path / "home"))
    torch.save(WEIGHTS, tmp_path / "mine.pt")
    assert convert(tmp_path / "mine.pt", None) == tmp_path / "home" / "data" / "models" / "mine.safetensors"


@pytest.mark.parametrize("how", ["plain", "zip"])
@pytest.mark.parametrize(
    "deed", [lambda mark: (os.system, f"touch {mark}"), lambda mark: (open, str(mark), "w"),
             lambda mark: (socket.create_connection, ("127.0.0.1", 9))], ids=["command", "file", "network"],
)  # fmt: skip
def test_a_hostile_file_does_nothing(tmp_path: Path, how: str, deed: Any) -> None:
    mark, path = tmp_path / "mark", tmp_path / "evil.ckpt"
    evil = {"state_dict": WEIGHTS, "x": Hostile(*deed(mark))}
    if how == "plain":
        path.write_bytes(pickle.dumps(evil))
    else:
        torch.save(WEIGHTS, path)
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, pickle.dumps(Hostile(*deed(mark))) if name.endswith("data.pkl") else content)
    with pytest.raises(ModelProblem, match=r"“evil\.ckpt”|tried to do"):
        convert(path, tmp_path / "new.safetensors")
    assert not mark.exists()
    assert not (tmp_path / "new.safetensors").exists()


@pytest.mark.parametrize(
    ("name", "content", "output", "kind"),
    [
        ("a.txt", b"", "b.safetensors", BadRequest),
        ("a.ckpt", None, "b.safetensors", FileProblem),
        ("a.ckpt", b"nonsense", "b.safetensors", ModelProblem),
        ("a.ckpt", b"", "b.ckpt", BadRequest),
        ("a.ckpt", b"", "there.safetensors", FileProblem),
    ],
)
def test_what_cannot_be_converted_is_told(
    tmp_path: Path, name: str, content: bytes | None, output: str, kind: type[StudioError]
) -> None:
    (tmp_path / "there.safetensors").write_bytes(b"mine")
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(kind, match="“"):
        convert(tmp_path / name, tmp_path / output)
    assert (tmp_path / "there.safetensors").read_bytes() == b"mine"
