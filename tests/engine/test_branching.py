"""A job that begins at a step of another: continues it, leaves it, and makes it again when its steps are gone."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import torch

from sdstudio.engine.branching import begun
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import sample
from sdstudio.engine.step_shelf import StepShelf
from sdstudio.engine.validation import Pixels
from sdstudio.errors import BadRequest
from sdstudio.protocol.request import Branch, GenerationRequest
from sdstudio.raster.geometry import Extent
from tests.engine.conftest import Listener, make_request

NOTHING = Pixels(None, None)
STEPS = 10


def run(request: GenerationRequest, model: LoadedModel, given: Pixels = NOTHING) -> torch.Tensor:
    listener = Listener()
    with torch.inference_mode():
        return sample(request, begun(request, given, model, listener), model, listener)[0]


def branched(
    parent: GenerationRequest, step: int, *, fresh_noise: bool = False, **changes: object
) -> GenerationRequest:
    branch = Branch(parent=parent, step=step, fresh_noise=fresh_noise)
    strength = (STEPS - step) / STEPS + 1e-9
    return msgspec.structs.replace(parent, branch=branch, **({"strength": strength} | changes))


@pytest.mark.parametrize("sampler", ["ddim", "euler"])
@pytest.mark.parametrize("kind", ["sd", "starter"])
def test_an_unchanged_branch_ends_as_its_parent(request: pytest.FixtureRequest, kind: str, sampler: str) -> None:
    model: LoadedModel = request.getfixturevalue(kind)
    parent = make_request(sampler=sampler, steps=STEPS)
    expected = run(parent, model)
    made = run(branched(parent, 4), model)
    assert torch.allclose(made, expected, atol=1e-3 * float(expected.abs().max()))


def test_a_branch_follows_another_prompt_sampler_or_seed_from_there(sd: LoadedModel) -> None:
    parent = make_request(sampler="ddim", steps=STEPS)
    same = run(branched(parent, 4), sd) if run(parent, sd) is not None else None
    assert same is not None
    others = [
        branched(parent, 4, prompt="a blue pear"),
        branched(parent, 4, sampler="euler_a"),
        branched(parent, 4, fresh_noise=True, seed=9),
        branched(parent, 7),
        branched(parent, 4, strength=0.9),
    ]
    made = [run(request, sd) for request in others]
    assert not any(torch.allclose(latents, same, atol=1e-3) for latents in made)


def test_without_the_kept_steps_the_parent_is_made_again(sd: LoadedModel) -> None:
    parent = make_request(sampler="euler_a", steps=STEPS, seed=5)
    run(parent, sd)
    request = branched(parent, 6, prompt="b")
    expected = run(request, sd)
    sd.steps = StepShelf()
    assert torch.equal(run(request, sd), expected)


def test_a_branch_of_a_branch(sd: LoadedModel) -> None:
    first = branched(make_request(sampler="ddim", steps=STEPS), 4, prompt="b")
    second = branched(first, 2, prompt="c", strength=0.5)
    expected = run(second, sd)
    sd.steps = StepShelf()
    assert torch.equal(run(second, sd), expected)


def test_a_masked_branch_keeps_what_is_not_free(sd: LoadedModel, photo: np.ndarray) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[:, 32:] = 255
    given = Pixels(photo, mask)
    parent = make_request(mode="inpaint", sampler="ddim", steps=STEPS)
    plain = run(parent, sd, given)
    made = run(branched(parent, 4, prompt="b"), sd, given)
    assert torch.allclose(made[..., :4], plain[..., :4], atol=1e-5)
    assert not torch.allclose(made[..., 4:], plain[..., 4:], atol=1e-3)


@pytest.mark.parametrize(
    ("changes", "step", "words"),
    [({"extent": Extent(32, 32)}, 2, "same size"), ({}, 99, "no step 99")],
)
def test_what_cannot_be_branched_from(sd: LoadedModel, changes: dict[str, object], step: int, words: str) -> None:
    parent = make_request(sampler="ddim", steps=4)
    request = msgspec.structs.replace(parent, branch=Branch(parent=parent, step=step), strength=0.5, **changes)
    with pytest.raises(BadRequest, match=words):
        run(request, sd)


def test_the_shelf_is_bounded_by_bytes() -> None:
    shelf = StepShelf(most_bytes=4 * 800)
    latents = torch.zeros(100)
    first, second = make_request(seed=1), make_request(seed=2)
    for step in (1, 2, 3):
        shelf.keep(first, step, latents, latents)
    shelf.keep(second, 1, latents, latents)
    assert shelf.find(first, 3) is not None
    shelf.keep(second, 2, latents, latents)
    assert shelf.find(first, 3) is None
    assert shelf.find(second, 1) is not None
