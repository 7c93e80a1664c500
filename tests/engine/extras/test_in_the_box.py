"""What lies beside the starter does on its pictures what its title says: a style, a word, and a scribble to follow."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from sdstudio import paths
from sdstudio.engine import hires
from sdstudio.engine.extras.dressing import dress
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.validation import Pixels
from sdstudio.models.library import Library, look
from sdstudio.protocol.messages import Generate
from sdstudio.protocol.request import ControlUse, LoraUse
from sdstudio.raster.geometry import Extent
from tests.engine.conftest import Listener, load, make_request

SIDE = 256
LAVENDER = (203, 186, 240)


@pytest.fixture(scope="module")
def box() -> Library:
    return look([paths.resources() / "models"])


@pytest.fixture(scope="module")
def starter() -> LoadedModel:
    return load(paths.resources() / "models" / "starter")


def paint(model: LoadedModel, box: Library, control: np.ndarray | None = None, **changes: Any) -> np.ndarray:
    values = {"negative_prompt": "", "model": "starter", "extent": Extent(SIDE, SIDE), "steps": 8, "cfg_scale": 2.0}
    request = make_request(**(values | {"sampler": "dpmpp_2m"} | changes))
    dress(model, Generate(job_id="a", request=request, model=model.info, extras=box.extras), lambda: None)
    given = Pixels(None, None, () if control is None else (control,))
    return hires.run(request, given, model, Listener()).pixels.astype(int)


def colourfulness(picture: np.ndarray) -> float:
    """How far the channels of pixels lie apart, in levels."""
    return float((picture.max(2) - picture.min(2)).mean())


def test_the_style_takes_the_colours_away(starter: LoadedModel, box: Library) -> None:
    prompt = "a red apple, line art style"
    drawn = paint(starter, box, prompt=prompt, loras=(LoraUse(name="line-art", weight=1.0),))
    assert colourfulness(drawn) < 0.5 * colourfulness(paint(starter, box, prompt=prompt))


def test_the_word_colours_the_background(starter: LoadedModel, box: Library) -> None:
    picture = paint(starter, box, prompt="a red apple, on a lavender-paper background")
    paper = np.median(picture[:16].reshape(-1, 3), axis=0)
    assert np.abs(paper - LAVENDER).max() < 25


def test_the_picture_lies_where_the_scribble_does(starter: LoadedModel, box: Library) -> None:
    def reach(x: int) -> float:
        scribble = np.zeros((SIDE, SIDE, 3), np.uint8)
        cv2.circle(scribble, (x, 128), 52, (255, 255, 255), 3)
        picture = paint(starter, box, scribble, prompt="a red apple", controls=(ControlUse(model="scribble"),))
        painted = np.argwhere(picture.min(2) < 200)
        return float(painted[:, 1].mean())

    assert reach(76) < 128 < reach(180)
