"""SDXL's base and refiner on one picture: equal to diffusers' two pipelines, and everything a job may want beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    DDIMScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLPipeline,
)
from msgspec.structs import replace

from sdstudio.engine import fit
from sdstudio.engine.failures import JobCancelledError
from sdstudio.engine.loaded import LoadedModel, Refiner
from sdstudio.engine.painter import TorchPainter
from sdstudio.engine.relay import refiners_part
from sdstudio.engine.sampling import run_job, sample
from sdstudio.engine.service import Picture
from sdstudio.engine.turns import Player, shared, taking_turns
from sdstudio.engine.validation import Pixels, check
from sdstudio.errors import BadRequest
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.models.library import describe
from sdstudio.protocol.messages import LADDER, Generate
from sdstudio.protocol.request import REFERENCE, ControlUse, LoraUse
from tests.engine.conftest import Everything, Listener, load, make_request

SCHEDULERS = {
    "ddim": DDIMScheduler,
    "euler": EulerDiscreteScheduler,
    "euler_a": EulerAncestralDiscreteScheduler,
}
NOTHING = Pixels(None, None)


@pytest.fixture(scope="module")
def refiner(tiny: dict[str, Path]) -> LoadedModel:
    return load(tiny["sdxl_refiner"])


@pytest.fixture(scope="module")
def loaded(tiny: dict[str, Path]) -> LoadedModel:
    return load(tiny["sdxl"])


@pytest.fixture
def base(loaded: LoadedModel, refiner: LoadedModel) -> LoadedModel:
    loaded.refiner = Refiner(refiner, lambda: None, lambda: None)
    return loaded


def of_diffusers(base: LoadedModel, refiner: LoadedModel, sampler: str, steps: int, switch: float) -> torch.Tensor:
    """Both pipelines, one after the other, with one generator."""
    first, second = base.prompts.text_models
    (third,) = refiner.prompts.text_models
    scheduler = SCHEDULERS[sampler].from_config(base.scheduler_config)
    begins = StableDiffusionXLPipeline(
        vae=base.vae, unet=base.unet, scheduler=scheduler, add_watermarker=False,
        text_encoder=first.encoder, tokenizer=first.tokenizer,
        text_encoder_2=second.encoder, tokenizer_2=second.tokenizer,
    )  # fmt: skip
    refines = StableDiffusionXLImg2ImgPipeline(
        vae=refiner.vae, unet=refiner.unet, scheduler=SCHEDULERS[sampler].from_config(refiner.scheduler_config),
        text_encoder=None, tokenizer=None, text_encoder_2=third.encoder, tokenizer_2=third.tokenizer,
        add_watermarker=False, requires_aesthetics_score=True,
    )  # fmt: skip
    given: dict[str, Any] = {
        "prompt": "a red apple", "negative_prompt": "blue", "num_inference_steps": steps, "guidance_scale": 7.0,
        "generator": torch.Generator().manual_seed(1234), "output_type": "latent",
    }  # fmt: skip
    for pipeline in (begins, refines):
        pipeline.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        begun = begins(**given, height=64, width=64, denoising_end=switch).images
        latents: torch.Tensor = refines(**given, image=begun, denoising_start=switch).images
    return latents


def latents_of(model: LoadedModel, given: Pixels = NOTHING, **changes: Any) -> torch.Tensor:
    with torch.inference_mode():
        return sample(make_request(**({"refiner": "refiner"} | changes)), given, model, Listener())[0]


@pytest.mark.parametrize("switch", [0.8, 0.5])
@pytest.mark.parametrize("sampler", SCHEDULERS)
def test_base_and_refiner_are_diffusers_two_pipelines(
    base: LoadedModel, refiner: LoadedModel, sampler: str, switch: float
) -> None:
    made = latents_of(base, sampler=sampler, steps=10, refiner_switch=switch)
    assert torch.equal(made, of_diffusers(base, refiner, sampler, 10, switch))


def test_at_either_end_one_of_them_does_everything(base: LoadedModel, refiner: LoadedModel) -> None:
    alone = latents_of(base, refiner="")
    assert torch.equal(latents_of(base, refiner_switch=1.0), alone)
    assert torch.equal(latents_of(base, refiner_switch=0.0), latents_of(refiner, refiner=""))
    assert not torch.equal(latents_of(base, refiner_switch=0.5), alone)


@pytest.mark.parametrize("sampler", ["heun", "dpm2", "dpmpp_2m", "dpmpp_sde", "plms", "lcm"])
def test_nobody_takes_over_within_a_step(base: LoadedModel, sampler: str) -> None:
    assert torch.isfinite(latents_of(base, sampler=sampler, refiner_switch=0.5)).all()


def test_the_refiner_is_called_when_its_turn_comes(base: LoadedModel, refiner: LoadedModel) -> None:
    turns: list[str] = []
    base.refiner = Refiner(refiner, lambda: turns.append("refiner"), lambda: turns.append("base"))
    latents_of(base)
    latents_of(base, refiner_switch=1.0)
    assert turns == ["base", "refiner", "base"]


def test_with_a_mask_what_must_stay_stays(base: LoadedModel, photo: np.ndarray) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[16:48, 16:48] = 255
    listener = Listener(previews=True)
    request = make_request(mode="inpaint", refiner="refiner", refiner_switch=0.5, strength=0.9)
    made: Picture = run_job(request, Pixels(photo, mask), base, listener)
    assert np.array_equal(made.pixels[mask == 0], photo[mask == 0])
    assert not np.array_equal(made.pixels[mask == 255], photo[mask == 255])
    assert len(listener.pictures) == made.steps_run


def test_the_refiner_of_an_inpainting_model_is_kept_to_the_hole(
    inpaint: LoadedModel, sd: LoadedModel, photo: np.ndarray
) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[:, 32:] = 255
    inpaint.refiner = Refiner(sd, lambda: None, lambda: None)
    try:
        made = latents_of(inpaint, Pixels(photo, mask), mode="inpaint", refiner_switch=0.5)
    finally:
        inpaint.refiner = None
    original = inpaint.encode(2.0 * torch.from_numpy(photo.copy()).permute(2, 0, 1)[None].float() / 255 - 1, None)
    near = (made - original).abs().mean(dim=1)[0]
    assert near[:, :4].mean() < near[:, 4:].mean() / 2


def test_it_is_cancelled_within_the_refiners_steps(base: LoadedModel) -> None:
    with pytest.raises(JobCancelledError):
        run_job(make_request(refiner="refiner", refiner_switch=0.2), NOTHING, base, Listener(cancel_after=5))


def test_models_that_predict_different_things_are_refused(base: LoadedModel, refiner: LoadedModel) -> None:
    known, refiner.scheduler_config = (
        refiner.scheduler_config,
        refiner.scheduler_config | {"prediction_type": "v_prediction"},
    )
    try:
        with pytest.raises(BadRequest, match="predicts the noise"):
            latents_of(base)
    finally:
        refiner.scheduler_config = known


def test_a_controls_picture_reaches_the_base_alone(base: LoadedModel, photo: np.ndarray) -> None:
    controls = (ControlUse(model=REFERENCE),)
    base.reference.take_off()
    made = latents_of(base, Pixels(None, None, (photo,)), controls=controls)
    base.reference.take_off()
    assert not torch.equal(made, latents_of(base))


def test_they_share_a_memory_that_has_room_for_one(base: LoadedModel, refiner: LoadedModel) -> None:
    together = latents_of(base)
    players = [Player(model, fit.Fit(possible=LADDER)) for model in (base, refiner)]
    weights = refiner.unet.down_blocks[1].attentions[0].proj_in.weight
    place = weights.data_ptr()
    assert refiner.economy.step_aside()
    assert not refiner.economy.step_aside()
    assert weights.data_ptr() != place
    with taking_turns(*players):
        apart = latents_of(base)
        assert "offloaded" in base.economy.savings
        assert "offloaded" not in refiner.economy.savings
        again = latents_of(base)
    assert base.refiner is None
    base.economy.adopt((), LADDER)
    assert torch.equal(apart, together)
    assert torch.equal(again, together)


def test_what_was_made_for_the_base_alone_is_not_asked_of_the_refiner() -> None:
    base = ModelInfo(id="base", title="Base", path="", family="sdxl", text_width=2048)
    other = ModelInfo(id="other", title="Other", path="", family="sdxl_refiner", text_width=1280)
    known = tuple(
        ExtraInfo(id=name, title=name, path="", kind="lora", text_width=width)
        for name, width in (("ink", 2048), ("gloss", 1280), ("any", 0))
    )
    uses = tuple(LoraUse(name=extra.id) for extra in known)
    request = make_request(loras=uses, controls=(ControlUse(model=REFERENCE),), freeu=True, vae="another")
    message = Generate(job_id="a", request=request, model=replace(base, refiner=other), extras=known)
    part = refiners_part(message)
    assert part.model == other
    assert [use.name for use in part.request.loras] == ["gloss", "any"]
    assert (part.request.controls, part.request.freeu, part.request.vae) == ((), False, "")


def test_the_painter_hands_over_also_where_memory_is_short(
    tiny: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    base = replace(describe(tiny["sdxl"]), family="sdxl", text_width=2048)
    refiner = replace(describe(tiny["sdxl_refiner"]), family="sdxl_refiner", text_width=1280)
    both = Generate(job_id="a", request=make_request(refiner="r"), model=replace(base, refiner=refiner))
    alone = Generate(job_id="a", request=make_request(), model=base)
    painter, asked = TorchPainter(), []
    plan = fit.plan

    def in_short_memory(*job: Any) -> fit.Fit:
        """Asks for room as a machine would that has too little for both."""
        asked.append(job[-1]())
        return plan(*job[:-1], lambda: False)

    first = painter.paint(both, NOTHING, Everything())
    assert not np.array_equal(first.pixels, painter.paint(alone, NOTHING, Everything()).pixels)
    monkeypatch.setattr(fit, "plan", in_short_memory)
    painter.recover(MemoryError())
    again = painter.paint(both, NOTHING, Everything())
    assert asked == [False, True]
    assert np.array_equal(again.pixels, first.pixels)


def test_the_plan_of_two_is_what_both_need() -> None:
    first = fit.Fit(savings=("batch_split",), needed_bytes=5, free_bytes=9, seconds=10.0, flops=100.0)
    second = fit.Fit(savings=("vae_tiled",), needed_bytes=7, free_bytes=8, seconds=20.0, flops=200.0)
    both = shared(first, second, 0.25)
    assert (both.savings, both.needed_bytes, both.seconds) == (("vae_tiled", "batch_split"), 7, 12.5)
    assert shared(first, fit.Fit(), 0.25).seconds is None


def test_a_job_whose_refiner_did_not_come_along_is_refused() -> None:
    base = ModelInfo(id="base", title="Base", path="", family="sdxl", text_width=2048)
    with pytest.raises(BadRequest, match="“r” was not sent along"):
        check(Generate(job_id="a", request=make_request(refiner="r"), model=base), b"")
    with pytest.raises(BadRequest, match="switch to the refiner is 2; it must be from 0 to 1"):
        check(Generate(job_id="a", request=make_request(refiner_switch=2.0), model=base), b"")
