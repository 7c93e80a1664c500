"""What the engine's processes load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import tiny_models

_ONE_JOB = """
import io, pathlib, sys
from sdstudio.engine import environment
environment.forbid_network()
environment.skip_needless()
from sdstudio.engine import painter, service
from sdstudio.engine.connection import Connection, Job
from sdstudio.models.library import describe
from sdstudio.protocol.messages import Generate
from sdstudio.protocol.request import GenerationRequest
from sdstudio.raster.geometry import Extent

request = GenerationRequest(mode="text_to_image", prompt="a (red:1.2) cat", model="x", extent=Extent(64, 64), steps=1)
job = Job(Generate(job_id="x", request=request, model=describe(pathlib.Path(sys.argv[1]))), b"")
made = service.run(job, painter.TorchPainter(), service.Report(Connection(io.BytesIO(), io.BytesIO()), job))
assert isinstance(made, service.Picture), made
print("\\n".join(name for name, module in sys.modules.items() if module is not None))
"""


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        (
            "sdstudio.engine.painter",
            ["PySide6", "cv2", "diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion"],
        ),
        ("sdstudio.engine.fake", ["PySide6", "torch", "diffusers", "transformers"]),
        ("sdstudio.engine.service", ["PySide6", "torch"]),
    ],
)
def test_nothing_is_loaded_that_is_not_needed(module: str, unwanted: list[str]) -> None:
    code = f"import sys, {module}; print('\\n'.join(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(shown.stdout.split()).isdisjoint(unwanted)


def test_the_engine_leaves_out_what_only_the_trainer_needs() -> None:
    code = (
        "import sys; from sdstudio.engine import environment; environment.skip_needless(); "
        "import sdstudio.engine.painter, sdstudio.engine.loading; print([n for n in sys.modules if n[:5] == 'peft.'])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_a_plain_job_loads_no_compiler_no_statistics_and_no_networks_of_other_families(tmp_path: Path) -> None:
    model = tiny_models.write_model(tmp_path / "model")
    shown = subprocess.run([sys.executable, "-c", _ONE_JOB, str(model)], capture_output=True, text=True, check=True)
    loaded = set(shown.stdout.split())
    assert "diffusers.models.unets.unet_2d_condition" in loaded
    assert loaded.isdisjoint(
        {
            "torch._dynamo.symbolic_convert",
            "scipy.stats._stats_py",
            "scipy.optimize._optimize",
            "diffusers.models.autoencoders.autoencoder_kl_wan",
            "diffusers.models.transformers.transformer_hunyuan_video",
            "diffusers.models.unets.unet_3d_condition",
            "cv2",
        }
    )
