"""What the picture will look like, after each step: the predicted x0 through a linear map from latents to RGB.

One pixel per latent cell. The map is fitted to the model's own autoencoder, so that any model has previews.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from sdstudio.engine import pixels
from sdstudio.engine.plan import Plan

_CELLS = 16  # side of a fitting picture, in latent cells
_PICTURES = 4
_LEAST_ALPHA = 1e-3  # at pure noise an epsilon model predicts nothing: keep the preview finite


def predict(plan: Plan, index: int, prediction_type: str, sample: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    """The finished latents as the denoiser's `output` for `sample` predicts them at network call `index`."""
    if prediction_type == "sample":
        return output
    alpha, sigma, scale = plan.signal_and_noise(index)
    if prediction_type == "flow_prediction":
        return sample - sigma * output
    if prediction_type == "v_prediction":
        return (alpha * scale) * sample - sigma * output
    return (scale * sample - sigma * output) / max(alpha, _LEAST_ALPHA)


def noise_beside(
    plan: Plan, index: int, predicted: torch.Tensor, before: torch.Tensor, after: torch.Tensor
) -> torch.Tensor:
    """The noise that is left beside the `predicted` latents after the network call `index`; at the end, before it."""
    has_more = plan.timestep_after(index) is not None
    alpha, sigma, scale = plan.signal_and_noise(index + has_more)
    return (scale * (after if has_more else before) - alpha * predicted) / max(sigma, _LEAST_ALPHA)


class Previewer:
    """The linear map of one autoencoder: `factors` (channels + 1, 3), the last row being the offset, in 0..255."""

    def __init__(self, factors: torch.Tensor) -> None:
        self._weight, self._offset = factors[:-1], factors[-1]

    def render(self, latents: torch.Tensor) -> np.ndarray:
        """Latents (1, channels, h, w) to RGB uint8 (h, w, 3)."""
        rgb = latents[0].float().permute(1, 2, 0) @ self._weight + self._offset
        return rgb.round_().clamp_(0, 255).to(torch.uint8).cpu().numpy()


def fit(vae: Any) -> Previewer:
    """Fit the map by least squares on what the autoencoder makes of a few made-up pictures (well under a second)."""
    cell = pixels.cell_size(vae)
    latents, colours = [], []
    for number in range(_PICTURES):
        picture = _made_up_picture(number, cell)
        code = pixels.encode(vae, pixels.to_tensor(picture), generator=None).float()
        latents.append(code[0].flatten(1).T.cpu())
        cells = picture.reshape(_CELLS, cell, _CELLS, cell, 3).mean(axis=(1, 3), dtype=np.float32)
        colours.append(torch.from_numpy(cells).reshape(-1, 3))
    known = torch.cat(latents)
    known = torch.cat([known, torch.ones(len(known), 1)], dim=1).double()
    wanted = torch.cat(colours).double()
    # A little ridge keeps the map tame where channels are alike or never vary; the offset is left free.
    ridge = 1e-3 * len(known) * torch.eye(known.shape[1], dtype=torch.float64)
    ridge[-1, -1] = 0
    normal = known.T @ known + ridge
    return Previewer(torch.linalg.solve(normal, known.T @ wanted).float().to(vae.device))


def _made_up_picture(number: int, cell: int) -> np.ndarray:
    """Patches of random colours, a third of them white or black as paper and night are; every second picture soft."""
    generator = np.random.default_rng(number)
    patch = 2 << (number // 2)  # cells along the side of a patch
    colours = generator.integers(0, 256, (_CELLS // patch, _CELLS // patch, 3)).astype(np.float32)
    plain = generator.random(colours.shape[:2])
    colours[plain < 0.25], colours[plain > 0.92] = 255, 0
    picture: np.ndarray = colours.repeat(patch * cell, axis=0).repeat(patch * cell, axis=1)
    if number % 2:
        reach = patch * cell // 2
        for axis in (0, 1):
            picture = (np.roll(picture, reach, axis) + 2 * picture + np.roll(picture, -reach, axis)) / 4
    return picture.astype(np.uint8)
