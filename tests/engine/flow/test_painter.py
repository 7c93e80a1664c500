"""The engine as the window uses it: check, load, dress, foresee, paint."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdstudio.engine.painter import TorchPainter
from sdstudio.engine.validation import check
from sdstudio.models.library import describe
from sdstudio.protocol.messages import Generate
from tests.engine.conftest import Everything, make_request


@pytest.mark.parametrize("family", ["sd3", "flux", "qwen_image", "z_image"])
def test_a_job_goes_all_the_way(flow_folders: dict[str, Path], family: str) -> None:
    request = make_request(model=family, sampler="euler", steps=2, cfg_scale=3.0)
    message = Generate(job_id="1", request=request, model=describe(flow_folders[family]))
    made = TorchPainter().paint(message, check(message, b""), Everything(previews=True))
    assert made.pixels.shape == (64, 64, 3)
    assert made.pixels.std() > 1
