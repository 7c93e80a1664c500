"""A small classifier trained on real drawings only: the judge of what a generated picture shows, and in which style.

Owns its network, augmentation and training (a few minutes on a CPU; the result is kept). Must not know any generated
picture while it trains.
"""

import logging
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everyone knows
from PIL import Image
from torch import nn

from sdstudio.training import checkpoint, device

log = logging.getLogger(__name__)
SIDE = 48  # what a thing is can be seen at this size; how it is drawn needs more


class Block(nn.Module):
    """Two 3x3 convolutions around a shortcut, halving the side."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.path = nn.Sequential(
            nn.Conv2d(inside, outside, 3, 2, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(),
            nn.Conv2d(outside, outside, 3, 1, 1, bias=False), nn.BatchNorm2d(outside),
        )  # fmt: skip
        self.short = nn.Conv2d(inside, outside, 1, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, inside, h, w) to (B, outside, h / 2, w / 2)."""
        return F.relu(self.path(x) + self.short(x))


class Classifier(nn.Module):
    """(B, 3, side, side) pictures in 0..1 to (B, classes) scores."""

    def __init__(self, classes: int, side: int = SIDE) -> None:
        super().__init__()
        self.side = side
        self.body = nn.Sequential(
            nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
            Block(32, 64), Block(64, 128), Block(128, 256), Block(256, 384),
        )  # fmt: skip
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(384, classes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores; the higher the likelier."""
        return self.head(self.body(x - 0.5).mean((2, 3)))


def shrink(drawings: list[np.ndarray], side: int = SIDE) -> torch.Tensor:
    """(S, S, 4) premultiplied drawings to (N, 4, side, side) float32 in 0..1."""
    small = [np.asarray(Image.fromarray(d, "RGBa").resize((side, side), Image.Resampling.BOX)) for d in drawings]
    return torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2).float() / 255


def augment(drawings: torch.Tensor, rng: torch.Generator, colours: bool = True) -> torch.Tensor:
    """Pictures of (B, 4, s, s) drawings: turned, moved, scaled, mirrored, some blurred, on any background.

    With ``colours`` also tinted, which is right for telling things apart and wrong for telling styles.
    """
    count = len(drawings)

    def between(low: float, high: float, *shape: int) -> torch.Tensor:
        return low + (high - low) * torch.rand((count, *shape), generator=rng)

    turn, scale = between(-0.25, 0.25), between(1.0, 1.6)
    mirror = torch.where(torch.rand(count, generator=rng) < 0.5, -1.0, 1.0)
    stretch = between(0.9, 1.1)
    across = torch.stack([mirror * scale * stretch * turn.cos(), -scale * turn.sin(), between(-0.3, 0.3)], 1)
    down = torch.stack([mirror * scale * turn.sin(), scale / stretch * turn.cos(), between(-0.3, 0.3)], 1)
    grid = F.affine_grid(torch.stack([across, down], 1), list(drawings.shape), align_corners=False)
    moved = F.grid_sample(drawings, grid, align_corners=False)
    ground = between(0, 1, 3, 1, 1)
    ground = torch.where(torch.rand((count, 1, 1, 1), generator=rng) < 0.5, torch.ones(()), ground)
    made = moved[:, :3] + ground * (1 - moved[:, 3:])
    if colours:
        made = _tinted(made, rng)
    soft = F.interpolate(F.avg_pool2d(made, 2), scale_factor=2, mode="bilinear")
    made = torch.where(torch.rand((count, 1, 1, 1), generator=rng) < 0.4, soft, made)
    return (made + 0.02 * torch.randn(made.shape, generator=rng)).clamp(0, 1)


def _tinted(made: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    count = len(made)
    mix = torch.eye(3) + 0.12 * torch.randn((count, 3, 3), generator=rng)
    made = torch.einsum("bij,bjhw->bihw", mix, made) * (0.8 + 0.35 * torch.rand((count, 1, 1, 1), generator=rng))
    gray = torch.rand((count, 1, 1, 1), generator=rng) < 0.1
    return torch.where(gray, made.mean(1, keepdim=True), made)


def train(
    drawings: torch.Tensor,
    labels: torch.Tensor,
    classes: int,
    steps: int,
    path: Path,
    batch: int = 64,
    colours: bool = True,
) -> Classifier:
    """Train on (N, 4, side, side) drawings with (N,) labels, or read the result of the last time from ``path``."""
    torch.manual_seed(0)
    model, where = Classifier(classes, drawings.shape[-1]), device.pick()
    if (state := checkpoint.load(path)) is not None and state["steps"] == steps and state["labels"] == labels.tolist():
        model.load_state_dict(state["model"])
        return model.to(where).eval()
    model = device.place(model, where)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps, pct_start=0.1)
    rng = torch.Generator().manual_seed(0)
    for step in range(steps):
        rows = torch.randint(len(drawings), (batch,), generator=rng)
        images = augment(drawings[rows], rng, colours).to(where, memory_format=torch.channels_last)
        with device.autocast(where):
            scores = model(images).float()
        loss = F.cross_entropy(scores, labels[rows].to(where), label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 500 == 499:
            log.info("classifier step %d of %d: loss %.3f", step + 1, steps, loss.item())
    checkpoint.save(path, {"model": model.state_dict(), "steps": steps, "labels": labels.tolist()})
    return model.eval()


@torch.no_grad()
def rank(model: Classifier, pictures: np.ndarray, best: int = 5) -> np.ndarray:
    """(N, best) class numbers, likeliest first, of (N, H, W, 3) uint8 pictures."""
    size = (model.side, model.side)
    small = [np.asarray(Image.fromarray(p).resize(size, Image.Resampling.BOX)) for p in pictures]
    images = torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2).float() / 255
    where = next(model.parameters()).device
    scores = torch.cat([model(part.to(where)) for part in images.split(64)])
    return scores.topk(min(best, scores.shape[1])).indices.cpu().numpy()


def hits(ranked: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Part of the rows whose label is first, and among all that were named."""
    right = ranked == labels[:, None]
    return float(right[:, 0].mean()), float(right.any(1).mean())
