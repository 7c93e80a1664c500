"""What the engine's processes load."""

from __future__ import annotations

import subprocess
import sys

import pytest


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
