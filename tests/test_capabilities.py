"""Every value that decides a picture: asked for on the command line, part of the request, and back from its layer."""

from __future__ import annotations

import argparse
from typing import Any

import msgspec
import pytest

from sdstudio import cli_generate
from sdstudio.document.document import Document
from sdstudio.generation.jobs import JobQueue
from sdstudio.generation.parameters import Parameters, with_model_defaults
from sdstudio.generation.session import Session
from sdstudio.headless_order import Order, parameters_of
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import ControlUse, GenerationRequest, LoraUse
from sdstudio.raster.geometry import Extent
from tests.helpers.scripted_engine import ScriptedEngine

MODEL = ModelInfo(id="m", title="M", path="m", family="sdxl", native_size=64, prediction="epsilon", text_width=2048)
REFINER = ModelInfo(id="fine", title="Fine", path="fine", family="sdxl_refiner", native_size=64, text_width=1280)
EXTRAS = [
    ExtraInfo(id=name, title=name, kind=kind, path=name, family="sdxl", text_width=width)
    for name, kind, width in (("ink", "lora", 2048), ("clear", "vae", 0), ("large", "upscaler", 0))
]
# One wish for each field of Parameters, other than usual, and how it is said on the command line.
WISHES: dict[str, tuple[Any, list[str]]] = {
    "prompt": ("a cat", []),
    "negative_prompt": ("blurry", ["--negative", "blurry"]),
    "model_id": ("m", ["--model", "m"]),
    "steps": (7, ["--steps", "7"]),
    "cfg_scale": (3.5, ["--cfg", "3.5"]),
    "sampler": ("euler_a", ["--sampler", "euler_a"]),
    "schedule": ("karras", ["--schedule", "karras"]),
    "seed": (42, ["--seed", "42"]),
    "native_size": (128, ["--work-size", "128"]),
    "loras": ((LoraUse(name="ink", weight=0.5),), ["--lora", "ink:0.5"]),
    "controls": (
        (ControlUse(model="reference-only", weight=0.5, end=0.8, source="file:a.png", fidelity=0.25),),
        ["--control", "reference-only=a.png,0.5,0-0.8,fidelity=0.25"],
    ),
    "exact_strength": (True, ["--exact-strength"]),
    "cfg_rescale": (0.7, ["--cfg-rescale", "0.7"]),
    "cfg_start": (0.1, ["--cfg-interval", "0.1:0.8"]),
    "cfg_end": (0.8, ["--cfg-interval", "0.1:0.8"]),
    "eta": (0.5, ["--eta", "0.5"]),
    "s_noise": (1.01, ["--s-noise", "1.01"]),
    "clip_skip": (2, ["--clip-skip", "2"]),
    "betas": ("linear", ["--betas", "linear"]),
    "prediction": ("v_prediction", ["--prediction", "v_prediction"]),
    "zero_snr": (True, ["--zero-snr"]),
    "vae": ("clear", ["--vae", "clear"]),
    "seamless": ("both", ["--tile", "both"]),
    "speed": ("fast", ["--speed", "fast"]),
    "freeu": (True, ["--freeu"]),
    "hires": (1.5, ["--hires", "1.5"]),
    "hires_strength": (0.25, ["--hires-strength", "0.25"]),
    "hires_by": ("large", ["--hires-by", "large"]),
    "refiner": ("fine", ["--refiner", "fine"]),
    "refiner_switch": (0.6, ["--refiner-switch", "0.6"]),
}
# strength: as Generate on a picture asks for it; the rest have tests of their own, beside what they need.
ELSEWHERE = {"seed_locked", "batch_count", "strength", "styles", "branch", "text_encoders"}


def ordered(words: list[str]) -> Order:
    parser = argparse.ArgumentParser()
    cli_generate.add_options(parser)
    return cli_generate._order(parser.parse_args(["a cat", "-o", "out.png", *words]))


def test_no_value_is_forgotten() -> None:
    assert set(WISHES) | ELSEWHERE == set(Parameters.__struct_fields__)


@pytest.mark.parametrize("field", WISHES)
def test_a_value_can_be_asked_for_without_a_window(field: str) -> None:
    value, words = WISHES[field]
    order = ordered(["--sampler", "euler_a", *words] if field in ("eta", "s_noise", "schedule") else words)
    assert getattr(parameters_of(order, MODEL), field) == value
    usual = parameters_of(ordered([]), MODEL)
    assert field in ("prompt", "model_id", "seed") or getattr(usual, field) != value, (
        "a wish like the usual shows nothing"
    )


@pytest.fixture
def session(qapp: object) -> Session:
    made = Session(Document.new(Extent(64, 64)), JobQueue(ScriptedEngine()), [MODEL, REFINER])
    made.extras = EXTRAS
    return made


@pytest.mark.parametrize("field", WISHES)
def test_a_value_is_part_of_the_request_and_comes_back_from_its_layer(session: Session, field: str) -> None:
    usual = with_model_defaults(Parameters(prompt="a cat", seed_locked=True, sampler="euler_a"), MODEL)
    wishes = {name: value for name, (value, _) in WISHES.items() if name != "controls"}
    wished = msgspec.structs.replace(usual, **wishes)
    session.parameters = wished
    [job] = session.generate()
    saved = msgspec.json.encode(job.prepared.request)
    session.parameters = usual
    session.take(msgspec.json.decode(saved, type=GenerationRequest))
    assert getattr(session.parameters, field) == getattr(wished, field)


def test_a_control_comes_back_from_its_layer(session: Session) -> None:
    use = ControlUse(model="reference-only", weight=0.5, end=0.8, fidelity=0.25, source="canvas")
    session.parameters = msgspec.structs.replace(session.parameters, controls=(use,))
    [job] = session.generate()
    session.parameters = msgspec.structs.replace(session.parameters, controls=())
    session.take(msgspec.json.decode(msgspec.json.encode(job.prepared.request), type=GenerationRequest))
    assert session.parameters.controls == (use,)
