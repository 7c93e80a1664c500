"""One command makes an edition from nothing and measures it."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from sdstudio.training import checkpoint, recipe, stages
from sdstudio.training.drawings import Drawings
from sdstudio.training.evaluation import report


@pytest.fixture
def whole(tiny: recipe.Recipe, monkeypatch: pytest.MonkeyPatch) -> recipe.Recipe:
    """A recipe with every kind of view, small enough to be made in seconds, under the name "tiny"."""
    made = msgspec.structs.replace(
        tiny,
        things="all",
        autoencoder=msgspec.structs.replace(tiny.autoencoder, polish=recipe.Budget(steps=2)),
        diffusion=msgspec.structs.replace(tiny.diffusion, views=6, small_views=2, sketches=2),
        defaults=msgspec.structs.replace(tiny.defaults, steps=2),
    )
    monkeypatch.setattr(recipe, "load", lambda name: made)
    monkeypatch.setattr(report, "JUDGE_STEPS", 4)
    monkeypatch.setattr(report, "STYLE_STEPS", 4)
    monkeypatch.setattr(report, "ASKED", 6)
    return made


def test_one_command_makes_and_measures_an_edition(whole: recipe.Recipe, drawn: Drawings, work: Path) -> None:
    folder = Path(drawn.pixels["noto"].filename).parent  # type: ignore[attr-defined]
    shutil.copytree(folder, work / "drawings")
    stages.run("all", stages.Options("tiny", work, packages=work / "unused"))
    figures = json.loads((work / "evaluation" / "figures.json").read_text(encoding="utf-8"))
    named = {"recognised_top5", "permuted_top5", "style_right", "style_judge_real", "sketch_recognised_top5",
             "seam_jump_ratio", "filled_half_top5", "autoencoder_psnr_held_out", "nearest_training_median"}  # fmt: skip
    assert named <= figures.keys()
    assert figures["unmasked_identical"] == 1
    card = (work / "model" / "README.md").read_text(encoding="utf-8")
    assert "word0" in card or "red apple" in card
    assert f"{100 * figures['recognised_top5']:.1f} %" in card
    stages.run("diffusion", stages.Options("tiny", work))  # its budget is used up
    state = checkpoint.load(work / "diffusion.pt")
    assert state is not None
    assert state["step"] == whole.diffusion.budget.steps
