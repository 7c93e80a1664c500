"""What the program knows about a model on the disk without loading it."""

from __future__ import annotations

from typing import Literal

import msgspec

UNKNOWN_PREDICTION = "unknown"  # the file does not tell; the engine finds out when it loads the model


class SamplingDefaults(msgspec.Struct, frozen=True, kw_only=True):
    """What a model likes best; used until the user says otherwise."""

    steps: int = 20
    cfg_scale: float = 7.0
    sampler: str = "dpmpp_2m"
    schedule: str = "normal"


UPSCALER_DEFAULTS = SamplingDefaults(steps=30, cfg_scale=7.5, sampler="ddim")  # of SD's x4 upscaler


class PartFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that takes the place of one part of a model, or gives a part that the model's own file lacks."""

    role: str  # a key of models.parts.ROLE_WORDS
    title: str
    path: str


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One model that can be chosen. `path` is what the engine loads; `id` is what settings and files remember."""

    id: str  # "starter" for the one in the box, else the file or folder name
    title: str
    path: str
    family: str  # a key of the engine's family table: "sd1", "sd2", "sdxl", ...
    native_size: int = 512  # side of the square, in pixels, that the model was trained on
    size_multiple: int = 8  # pixels per latent cell
    text_width: int = 0  # of the text that the denoiser reads, by which extras are matched; 0 when unknown
    prediction: str = "epsilon"  # or "v_prediction", or UNKNOWN_PREDICTION
    inpaint: bool = False  # reads the mask and the masked picture: 9 channels, Flux Fill 384
    depth: bool = False  # reads a depth map as a fifth channel
    reads: Literal["", "edit", "follow"] = ""  # a picture of its own beside the noise, to change it or to follow it
    enlarges: int = 1  # above 1: reads a picture so many times smaller and makes it large
    lacks: tuple[str, ...] = ()  # parts that its file has not, by their roles (models.parts)
    parts: tuple[PartFile, ...] = ()  # files that a job chose for some of its parts
    few_steps: str = ""  # how it was distilled: a key of models.distilled.KINDS; "": not, or the file does not tell
    defaults: SamplingDefaults = SamplingDefaults()
    vocabulary: tuple[str, ...] = ()  # the things that a small model knows, empty for a general one
    styles: tuple[str, ...] = ()  # in which it draws them, and colours of the backgrounds that it knows
    backgrounds: tuple[str, ...] = ()
    note: str = ""
    bytes: int = 0
    refiner: ModelInfo | None = None  # that a job chose to go on with its pictures (models.refiners)
