"""The evaluation fills as the program does: kept pixels stay to the byte, the rest is drawn anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sdstudio.training.evaluation.filling import Filler
from tests.helpers import tiny_models


def test_only_the_selected_half_is_drawn_anew(tmp_path: Path) -> None:
    folder = tiny_models.write_model(
        tmp_path / "tiny", tiny_autoencoder=True, latent_channels=8, length=32, scheduler=tiny_models.ZERO_SNR_V
    )
    pictures = np.random.default_rng(1).integers(0, 256, (2, 64, 64, 3), np.uint8)
    mask = np.zeros((64, 64), bool)
    mask[:, 32:] = True
    made = Filler(folder).fill(pictures, mask, ["a red cat", "a dog"], [1, 2])
    assert made.shape == pictures.shape
    assert np.array_equal(made[:, ~mask], pictures[:, ~mask])
    assert (made[:, mask] != pictures[:, mask]).mean() > 0.5
