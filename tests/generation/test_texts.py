"""Styles, wildcards and LoRA tags on their way from what a person writes to what the engine reads, and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdstudio.errors import BadRequest
from sdstudio.generation.parameters import Parameters
from sdstudio.generation.texts import decide, from_request, into_request
from sdstudio.prompting import styles, wildcards
from sdstudio.protocol.request import GenerationRequest, LoraUse
from sdstudio.raster.geometry import Extent

BARE = GenerationRequest(mode="text_to_image", prompt="", model="starter", extent=Extent(64, 64))
HAT = LoraUse(name="hat", weight=0.8)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SDSTUDIO_HOME", str(tmp_path))
    wildcards.folder().mkdir(parents=True)
    (wildcards.folder() / "colour.txt").write_text("red\nblue\ngreen\n", encoding="utf-8")
    styles.file().parent.mkdir(parents=True, exist_ok=True)
    styles.file().write_text(styles.to_text([styles.Style("Ink", "ink {prompt}", "photo")]), encoding="utf-8")
    return tmp_path


def test_a_plain_prompt_stays_alone() -> None:
    request = into_request(BARE, Parameters(prompt="a (red:1.2) apple", negative_prompt="blue"), 3)
    assert (request.prompt, request.negative_prompt, request.seed) == ("a (red:1.2) apple", "blue", 3)
    assert (request.prompt_source, request.negative_source, request.styles, request.loras) == ("", "", (), ())


def test_the_request_holds_what_was_decided_and_what_was_written() -> None:
    wishes = Parameters(prompt="a {big|small} __colour__ apple", negative_prompt="{x|y}", styles=("Ink",))
    request = into_request(BARE, wishes, 3)
    assert request.prompt.startswith("ink a ")
    assert not set("{}_") & set(request.prompt + request.negative_prompt)
    assert request.prompt_source == wishes.prompt
    assert request.negative_source == wishes.negative_prompt
    assert {into_request(BARE, wishes, seed).prompt for seed in range(40)} == {
        f"ink a {size} {colour} apple" for size in ("big", "small") for colour in ("red", "blue", "green")
    }


def test_loras_are_taken_from_their_tags_and_given_back() -> None:
    wishes = Parameters(prompt="a <lora:hat:0.8> cat", loras=(LoraUse(name="mine"),))
    request = into_request(BARE, wishes, 1)
    assert request.loras == (LoraUse(name="mine"), HAT)
    assert from_request(request)["loras"] == wishes.loras


def test_a_lora_may_weigh_differently_in_text_and_picture() -> None:
    request = into_request(BARE, Parameters(prompt="a <lora:hat:0.3:0.8> <lora:ink:te=0.5:unet=1> cat"), 1)
    assert request.loras == (
        LoraUse(name="hat", weight=0.8, text_weight=0.3),
        LoraUse(name="ink", weight=1.0, text_weight=0.5),
    )
    with pytest.raises(BadRequest, match=r"“hat” \(character 3 of the prompt\) is 11"):
        into_request(BARE, Parameters(prompt="a <lora:hat:11:0.8>"), 1)


def test_taking_a_request_brings_back_what_was_written() -> None:
    wishes = Parameters(prompt="a {big|small} apple", styles=("Ink",))
    back = from_request(into_request(BARE, wishes, 3))
    assert (back["prompt"], back["styles"]) == (wishes.prompt, wishes.styles)


def test_what_would_now_give_another_text_is_brought_back_as_it_was_decided() -> None:
    wishes = Parameters(prompt="a __colour__ apple", styles=("Ink",))
    request = into_request(BARE, wishes, 3)
    (wildcards.folder() / "colour.txt").write_text("pink\n", encoding="utf-8")
    back = from_request(request)
    assert (back["prompt"], back["styles"]) == (request.prompt, ())
    styles.file().unlink()
    assert from_request(request)["prompt"] == request.prompt


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        (Parameters(prompt="a __taste__"), "character 3 .*“taste.txt”"),
        (Parameters(prompt="a", styles=("Oil",)), "no style “Oil”"),
        (Parameters(prompt="a <lora:x:99>"), "“x” \\(character 3 of the prompt\\) is 99"),
    ],
)
def test_what_is_not_there_is_named(wishes: Parameters, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        decide(wishes, 1)


def test_hypernetworks_of_the_prompt_are_part_of_the_request() -> None:
    texts = decide(Parameters(prompt="a <hypernet:ink:0.5> cat <lora:pen:1>"), 1)
    assert [(use.name, use.weight) for use in texts.hypernetworks] == [("ink", 0.5)]
    assert [use.name for use in texts.loras] == ["pen"]
