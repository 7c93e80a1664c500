"""What the studio asks of its engine besides pictures from prompts: to look at a picture, or to make more of one.

Each comes with the picture's pixels, RGB of `extent`, in the frame's blob, and is answered like a job: Progress, then
Finished with a picture, Told with words, or Failed.
"""

from __future__ import annotations

import msgspec

from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.raster.geometry import Extent


class Estimate(msgspec.Struct, frozen=True, kw_only=True, tag="estimate"):
    """A control picture made by a model: depth, a pose or segments. Finished has the same extent."""

    job_id: str
    extent: Extent
    estimator: ExtraInfo
    finder: ExtraInfo | None = None  # of people, for a pose


class Enlarge(msgspec.Struct, frozen=True, kw_only=True, tag="enlarge"):
    """The picture at `target`, drawn anew by an upscaler, or resampled (Lanczos) without one."""

    job_id: str
    extent: Extent
    target: Extent
    upscaler: ExtraInfo | None = None


class Describe(msgspec.Struct, frozen=True, kw_only=True, tag="describe"):
    """A prompt for the picture: by CLIP where there is one, else by what `model` itself would have drawn best."""

    job_id: str
    extent: Extent
    model: ModelInfo
    clip: ExtraInfo | None = None


class ShowNoise(msgspec.Struct, frozen=True, kw_only=True, tag="show_noise"):
    """The picture as the model sees it under noise of `sigma` times its spread. Finished has the same extent."""

    job_id: str
    extent: Extent  # multiples of the model's cell
    model: ModelInfo
    sigma: float
    seed: int


class Told(msgspec.Struct, frozen=True, kw_only=True, tag="told"):
    """Engine to studio: the words for a picture, the surest first, and how sure they are, 0..1."""

    job_id: str
    prompt: str
    words: tuple[tuple[str, float], ...] = ()


Errand = Estimate | Enlarge | Describe | ShowNoise
