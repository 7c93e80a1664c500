"""What was computed once is not computed again, counted; and a part of a picture costs what the part costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sdstudio.document.commands import EditSelection
from sdstudio.document.document import Document
from sdstudio.engine import loading
from sdstudio.engine.extras import control, lora
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.remembered import Remembered
from sdstudio.engine.sampling import run_job
from sdstudio.engine.tally import Tally
from sdstudio.engine.validation import Pixels
from sdstudio.generation.parameters import Parameters
from sdstudio.generation.prepare import prepare
from sdstudio.models.extras import ExtraInfo
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.tiles import Mask
from tests.engine.conftest import CPU, Listener, make_request
from tests.helpers import control_files, lora_files


@pytest.fixture
def model(sd: LoadedModel) -> LoadedModel:
    """The same networks with nothing remembered."""
    return loading.load(sd.info, CPU, lambda done: None)


def computed(model: LoadedModel, given: Pixels = Pixels(None, None), **changes: object) -> tuple[Tally, np.ndarray]:  # noqa: B008 - frozen
    before = model.tally.copy()
    picture = run_job(make_request(steps=4, **changes), given, model, Listener()).pixels
    return model.tally.since(before), picture


def test_the_second_generation_with_the_same_prompt_reads_no_text(model: LoadedModel) -> None:
    first, _ = computed(model, seed=1)
    second, _ = computed(model, seed=2)
    assert (first.texts_encoded, first.texts_reused) == (2, 0)
    assert (second.texts_encoded, second.texts_reused) == (0, 2)


@pytest.mark.parametrize("changes", [{"prompt": "a green pear"}, {"clip_skip": 2}])
def test_another_text_or_layer_is_read(model: LoadedModel, changes: dict[str, object]) -> None:
    computed(model)
    assert computed(model, **changes)[0].texts_encoded >= 1


def test_the_second_generation_with_the_same_source_encodes_no_picture(model: LoadedModel, photo: np.ndarray) -> None:
    first, picture = computed(model, Pixels(photo, None), strength=0.6)
    second, again = computed(model, Pixels(photo.copy(), None), strength=0.6)
    assert (first.pixels_encoded, first.pixels_reused) == (64 * 64, 0)
    assert (second.pixels_encoded, second.pixels_reused) == (0, 64 * 64)
    assert np.array_equal(picture, again)


def test_a_source_that_is_known_is_drawn_anew_for_each_seed(model: LoadedModel, photo: np.ndarray) -> None:
    computed(model, Pixels(photo, None), strength=0.6, seed=1)
    _, remembered = computed(model, Pixels(photo, None), strength=0.6, seed=2)
    _, fresh = computed(loading.load(model.info, CPU, lambda done: None), Pixels(photo, None), strength=0.6, seed=2)
    assert np.array_equal(remembered, fresh)


def test_a_source_with_one_other_pixel_or_other_edges_is_encoded(model: LoadedModel, photo: np.ndarray) -> None:
    computed(model, Pixels(photo, None), strength=0.6)
    other = photo.copy()
    other[5, 5, 0] ^= 255
    assert computed(model, Pixels(other, None), strength=0.6)[0].pixels_encoded == 64 * 64
    assert computed(model, Pixels(photo, None), strength=0.6, seamless="x")[0].pixels_encoded == 64 * 64


def test_a_selection_costs_what_its_context_costs(model: LoadedModel) -> None:
    def cost(canvas: int) -> tuple[Tally, Extent]:
        document = Document.new(Extent(canvas, canvas))
        mask = Mask()
        middle = canvas // 2
        mask.write(Bounds(middle - 32, middle - 32, 64, 64), np.full((64, 64), 255, np.uint8))
        document.run(EditSelection(mask, "Square"))
        wishes = Parameters(prompt="a red apple", steps=4, sampler="ddim", native_size=64, strength=0.7)
        prepared = prepare(document, wishes, model.info, 7)
        before = model.tally.copy()
        run_job(prepared.request, Pixels(prepared.source, prepared.mask), model, Listener())
        return model.tally.since(before), prepared.request.extent

    large, extent = cost(512)
    assert extent.area <= 4 * 64 * 64
    assert large.pixels_encoded == extent.area
    assert large.pixels_decoded == extent.area
    assert large.cells_denoised % (extent.area // 64) == 0
    small, small_extent = cost(256)
    assert (small.cells_denoised, small_extent) == (large.cells_denoised, extent)


def test_what_is_remembered_is_bounded_by_bytes() -> None:
    shelf: Remembered[str] = Remembered(100)
    for name in "abc":
        shelf.keep(name, name.upper(), 40)
    assert [shelf.find(name) for name in "abc"] == [None, "B", "C"]
    shelf.find("b")
    shelf.keep("d", "D", 40)
    assert [shelf.find(name) for name in "bcd"] == ["B", None, "D"]
    shelf.keep("huge", "H", 101)
    assert shelf.find("huge") is None
    assert (len(shelf), shelf.nbytes) == (2, 80)


def test_a_tally_says_what_came_on_top() -> None:
    tally = Tally(texts_encoded=3, pixels_decoded=5000)
    assert str(tally.since(Tally(texts_encoded=1))) == "2 texts encoded, 5,000 pixels decoded"


def test_embeddings_are_remembered_with_what_changes_the_text_encoder(model: LoadedModel) -> None:
    model.prompts.encode("apple", None)
    model.prompts.variant = ("a LoRA",)
    before = model.tally.copy()
    model.prompts.encode("apple", None)
    assert model.tally.since(before).texts_encoded == 1
    assert torch.is_tensor(model.prompts.encode("apple", None)[0].tokens)


@pytest.mark.parametrize(("most_bytes", "reads"), [(2**30, ["a", "b"]), (0, ["a", "b", "a"])])
def test_a_lora_that_comes_back_is_read_again_only_when_there_was_no_room(
    model: LoadedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_bytes: int, reads: list[str]
) -> None:
    encoders = [text.encoder for text in model.prompts.text_models]
    monkeypatch.setattr(lora, "REMEMBERED_BYTES", most_bytes)
    read: list[str] = []

    def spy(path: Path, title: str, original: Any = lora.read) -> Any:
        read.append(title)
        return original(path, title)

    monkeypatch.setattr(lora, "read", spy)
    for name in "ab":
        lora_files.write_kohya(tmp_path / name, model.unet, encoders, seed=ord(name))
    for name in "aabaa":
        model.wardrobe.wear((lora.Worn(str(tmp_path / name), name, 1.0),))
    assert read == reads


@pytest.mark.parametrize(("most_bytes", "kept"), [(2**30, 2), (0, 1)])
def test_control_models_stay_while_there_is_room(
    model: LoadedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_bytes: int, kept: int
) -> None:
    monkeypatch.setattr(control, "REMEMBERED_BYTES", most_bytes)
    for name in "ab":
        folder = control_files.write_folder(tmp_path / name, control_files.make(model.unet))
        info = ExtraInfo(id=name, title=name, path=str(folder), kind="controlnet")
        model.controls.hold({name: info}, lambda: None)
    assert len(model.controls.networks) == kept
