"""Reference-only attention: it looks at the reference, only when it is asked to, and is gone afterwards."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sdstudio.engine.extras.dressing import dress
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import sample
from sdstudio.engine.speed import exact, half
from sdstudio.engine.validation import Pixels
from sdstudio.protocol.messages import Generate
from sdstudio.protocol.request import REFERENCE, ControlUse
from tests.engine.conftest import Listener, make_request


def made(model: LoadedModel, picture: np.ndarray | None, cfg_scale: float = 7.0, **changes: object) -> torch.Tensor:
    uses = () if picture is None else (ControlUse(model=REFERENCE, **changes),)  # type: ignore[arg-type]
    request = make_request(controls=uses, steps=4, cfg_scale=cfg_scale)
    dress(model, Generate(job_id="a", request=request, model=model.info), lambda: None)
    with torch.inference_mode():
        return sample(request, Pixels(None, None, () if picture is None else (picture,)), model, Listener())[0]


@pytest.mark.parametrize("cfg_scale", [1.0, 7.0])
def test_the_picture_changes_with_the_reference(sd: LoadedModel, photo: np.ndarray, cfg_scale: float) -> None:
    plain = made(sd, None, cfg_scale)
    looked = made(sd, photo, cfg_scale)
    assert not torch.equal(looked, plain)
    assert torch.equal(looked, made(sd, photo, cfg_scale))
    assert not torch.equal(looked, made(sd, np.ascontiguousarray(255 - photo), cfg_scale))
    assert torch.equal(made(sd, None, cfg_scale), plain)


def test_without_weight_or_share_of_the_steps_nothing_changes(sd: LoadedModel, photo: np.ndarray) -> None:
    plain = made(sd, None)
    assert torch.equal(made(sd, photo, weight=0.0), plain)
    assert torch.equal(made(sd, photo, start=0.5, end=0.5), plain)
    assert not torch.equal(made(sd, photo, end=0.5), plain)


def test_style_fidelity_counts_only_with_guidance(sd: LoadedModel, photo: np.ndarray) -> None:
    free, strict = (made(sd, photo, 7.0, fidelity=fidelity) for fidelity in (0.0, 1.0))
    assert not torch.equal(free, strict)
    free, strict = (made(sd, photo, 1.0, fidelity=fidelity) for fidelity in (0.0, 1.0))
    assert torch.equal(free, strict)


def test_with_full_fidelity_the_negative_prompt_does_not_look(sd: LoadedModel, photo: np.ndarray) -> None:
    """Its row is then what it is without a reference."""
    rows = []
    for picture in (None, photo):
        uses = () if picture is None else (ControlUse(model=REFERENCE, fidelity=1.0),)
        request = make_request(controls=uses, steps=1)
        dress(sd, Generate(job_id="a", request=request, model=sd.info), lambda: None)
        outputs: list[torch.Tensor] = []
        hook = sd.unet.register_forward_hook(lambda _net, _given, output, kept=outputs: kept.append(output[0]))
        with torch.inference_mode():
            sample(request, Pixels(None, None, () if picture is None else (picture,)), sd, Listener())
        hook.remove()
        rows.append(outputs[-1])
    assert torch.allclose(rows[0][0], rows[1][0], atol=1e-5)
    assert not torch.allclose(rows[0][1], rows[1][1], atol=1e-3)


def test_a_model_with_two_text_encoders(xl: LoadedModel, photo: np.ndarray) -> None:
    assert not torch.equal(made(xl, photo), made(xl, None))


def test_texts_that_are_asked_one_by_one_see_what_they_see_together(sd: LoadedModel, photo: np.ndarray) -> None:
    """Each text looks at what the reference showed to that text, also when memory allows only one at a time."""
    other = np.ascontiguousarray(photo[::-1])
    uses = (ControlUse(model=REFERENCE, fidelity=0.7), ControlUse(model=REFERENCE, weight=0.5, end=0.6))
    request = make_request(controls=uses, steps=4)
    found = []
    for savings in ((), ("batch_split",)):
        dress(sd, Generate(job_id="a", request=request, model=sd.info), lambda: None)
        sd.economy.adopt(savings, ())  # type: ignore[arg-type]
        with torch.inference_mode():
            found.append(sample(request, Pixels(None, None, (photo, other)), sd, Listener())[0])
    sd.economy.adopt((), ())
    assert torch.allclose(found[0], found[1], atol=1e-4)
    assert not torch.allclose(found[0], made(sd, photo, fidelity=0.7), atol=1e-2)


def test_the_reference_goes_through_the_denoiser_in_the_way_of_the_job(
    sd: LoadedModel, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In halves when the job is in a hurry, and when memory runs out then in smaller parts."""
    monkeypatch.setattr(half, "is_native", lambda: True)
    monkeypatch.setattr(exact, "is_possible", lambda _device: True)
    uses = (ControlUse(model=REFERENCE),)
    request = make_request(controls=uses, steps=1, speed="fast")
    dress(sd, Generate(job_id="a", request=request, model=sd.info), lambda: None)
    sd.economy.adopt((), ("batch_split",))
    calls: list[tuple[int, torch.dtype]] = []

    def refuse(_network: object, given: tuple[torch.Tensor, ...], seen: torch.Tensor) -> None:
        calls.append((len(given[0]), seen.dtype))
        if len(given[0]) > 1:
            raise MemoryError

    hook = sd.unet.conv_in.register_forward_hook(refuse)
    with torch.inference_mode():
        sample(request, Pixels(None, None, (photo,)), sd, Listener())
    hook.remove()
    sd.economy.adopt((), ())
    assert calls == [(rows, torch.bfloat16) for rows in (2, 1, 1, 1, 1)]
