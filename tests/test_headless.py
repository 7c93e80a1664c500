"""What the command says before it begins."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from sdstudio.errors import BadRequest
from sdstudio.generation.prepare import prepare
from sdstudio.headless import make, warnings
from sdstudio.headless_order import Order, document_of, parameters_of
from sdstudio.models.info import ModelInfo
from sdstudio.narration import Narrator

FLUX = ModelInfo(id="m", title="m", path="nowhere", family="flux", prediction="flow", size_multiple=16)


def test_what_a_prompt_most_likely_does_not_mean_is_said_at_its_character() -> None:
    model = ModelInfo(id="m", title="m", path="nowhere", family="sd1")
    order = Order(prompt="a (red cat", negative="blue]", output=Path("a.png"))
    first, second = warnings(prepare(document_of(order, model), parameters_of(order, model), model, seed=1))
    assert first == "In the prompt: “(” at character 3 is never closed, so it raises everything after it."
    assert second == "In the negative prompt: “]” at character 5 closes nothing."


def test_a_prompt_longer_than_the_model_reads_is_said_once() -> None:
    order = Order(prompt="cat " * 600, output=Path("a.png"), sampler="euler")
    prepared = prepare(document_of(order, FLUX), parameters_of(order, FLUX), FLUX, seed=1)
    (sentence,) = warnings(prepared)
    stream = io.StringIO()
    Narrator(stream).warned(sentence)
    assert "T5 reads the first 511 of these 600 tokens." in stream.getvalue()
    brief = Order(prompt="cat", output=Path("a.png"), sampler="euler")
    assert warnings(prepare(document_of(brief, FLUX), parameters_of(brief, FLUX), FLUX, seed=1)) == []


def test_a_refiner_that_cannot_be_had_is_told_before_anything_starts(tmp_path: Path) -> None:
    base = ModelInfo(id="base", title="Base", path="nowhere", family="sdxl", text_width=2048)
    order = Order(prompt="cat", output=tmp_path / "a.png", advanced={"refiner": "gone"})
    with pytest.raises(BadRequest, match="There is no refiner “gone” on this machine"):
        make(order, ["nothing"], [base], Narrator(io.StringIO()))
    order = Order(prompt="cat", output=tmp_path / "a.png", advanced={"refiner": "m"})
    with pytest.raises(BadRequest, match="“m” cannot refine what “Base” begins: it is Flux, and the other is SDXL"):
        make(order, ["nothing"], [base, FLUX], Narrator(io.StringIO()))
