"""Who can go on with whose pictures, and what is said otherwise."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sdstudio.errors import BadRequest
from sdstudio.models.info import ModelInfo
from sdstudio.models.refiners import find, refiners_for, with_refiner

BASE = ModelInfo(id="base", title="Base", path="b", family="sdxl", text_width=2048)
REFINER = ModelInfo(id="sd_xl_refiner_1.0", title="Refiner", path="r", family="sdxl_refiner", text_width=1280)
TUNED = replace(BASE, id="tuned", title="Tuned")
OLD = ModelInfo(id="old", title="Old", path="o", family="sd1", text_width=768)
FLUX = ModelInfo(id="flux", title="Flux", path="f", family="flux", prediction="flow", size_multiple=16)
STARTER = ModelInfo(id="starter", title="Starter", path="s", family="sd1", text_width=256, size_multiple=16)
ALL = [BASE, TUNED, OLD, FLUX, STARTER, REFINER]


def test_only_what_fits_is_offered_and_the_true_refiner_first() -> None:
    assert refiners_for(BASE, ALL) == [REFINER, TUNED]
    assert refiners_for(OLD, ALL) == []
    assert refiners_for(FLUX, ALL) == []


def test_the_refiner_travels_with_the_model() -> None:
    chosen = with_refiner(BASE, "sd_xl_refiner_1.0", ALL)
    assert chosen.refiner == REFINER
    assert with_refiner(chosen, "", ALL) == BASE
    assert find("refiner", ALL) == REFINER


@pytest.mark.parametrize(
    ("model", "name", "models", "sentence"),
    [
        (BASE, "old", ALL, "it is Stable Diffusion 1, and the other is SDXL"),
        (OLD, "sd_xl_refiner_1.0", ALL, "it is the SDXL refiner, and the other is Stable Diffusion 1"),
        (FLUX, "flux", ALL, "both are the same model"),
        (FLUX, "base", ALL, "it is SDXL, and the other is Flux"),
        (OLD, "starter", ALL, "it is the starter model, and the other is Stable Diffusion 1"),
        (BASE, "hole", [replace(TUNED, id="hole", inpaint=True)], "reads another picture"),
        (BASE, "part", [replace(TUNED, id="part", lacks=("vae",))], "only a part of a model"),
        (BASE, "v", [replace(TUNED, id="v", prediction="v_prediction")], "predicts the noise"),
        (replace(BASE, enlarges=4), "tuned", ALL, "makes small pictures large"),
        (BASE, "gone", ALL, "There is no refiner “gone” on this machine. Choose one of: sd_xl_refiner_1.0, tuned."),
        (BASE, "gone", [BASE, OLD], "press “Look again” in the Extras panel"),
    ],
)
def test_what_cannot_be_is_one_sentence(model: ModelInfo, name: str, models: list[ModelInfo], sentence: str) -> None:
    with pytest.raises(BadRequest) as refused:
        with_refiner(model, name, models)
    assert sentence in refused.value.message
