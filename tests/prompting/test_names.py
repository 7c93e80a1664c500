"""Names in a prompt that a job would be refused for are found while it is written."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sdstudio import paths
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.prompting.names import unknown
from sdstudio.prompting.parse import parse

MODEL = ModelInfo(id="m", title="M", path="nowhere", family="sd1", native_size=512, text_width=768)
INK = ExtraInfo(id="ink", title="Ink", kind="lora", path="nowhere", family="sd1", text_width=768)


@pytest.fixture(autouse=True)
def lists(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "data", lambda: tmp_path)
    (tmp_path / "wildcards").mkdir()
    (tmp_path / "wildcards" / "animals.txt").write_text("cat\ndog\n", encoding="utf-8")


def told(text: str) -> list[tuple[str, str]]:
    return [(text[m.start : m.end], m.message) for m in unknown(parse(text), [INK], MODEL)]


@pytest.mark.parametrize("text", ["a cat", "<lora:ink:0.5> a __animals__", "a {red|blue} cat", ""])
def test_what_is_known_is_no_mistake(text: str) -> None:
    assert told(text) == []


def test_each_name_that_means_nothing_is_told_at_its_place() -> None:
    found = told("😀 (<lora:oil:1>), <hypernet:x:1> and [__plants__:tree:0.5]")
    assert [place for place, _ in found] == ["<lora:oil:1>", "<hypernet:x:1>", "__plants__"]
    assert "no LoRA “oil”" in found[0][1]
    assert "ink" in found[0][1], "what there is instead"
    assert "hypernetwork “x”" in found[1][1]
    assert "“plants.txt”" in found[2][1]


def test_a_network_of_another_family_is_told() -> None:
    other = ExtraInfo(id="xl", title="XL", kind="lora", path="nowhere", family="sdxl", text_width=2048)
    [mistake] = unknown(parse("<lora:xl:1>"), [other], MODEL)
    assert "“XL”" in mistake.message


def test_an_embedding_that_is_read_as_letters_is_told() -> None:
    other = ExtraInfo(id="My-Style", title="My-Style", kind="embedding", path="nowhere", text_width=2048)
    [mistake] = unknown(parse("a cat, my-style, my-styles"), [other], MODEL)
    assert (mistake.start, mistake.end) == (7, 15)
    assert "SDXL" in mistake.message
    assert unknown(parse("my-style"), [replace(other, text_width=768)], MODEL) == ()


def test_without_a_model_no_network_is_judged() -> None:
    assert unknown(parse("<lora:oil:1>"), [INK], None) == ()
