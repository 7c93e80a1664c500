"""The messages between the studio and its engine. Both ends `match` on the type.

Pixels travel in the frame's blob, not in the JSON: RGB rows, 8 bits a channel, top to bottom, no padding; masks one
byte a pixel (255 = may change fully, 0 = must stay; between = may change from that part of the way on).
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.errands import Describe, Enlarge, Estimate, ShowNoise, Told
from sdstudio.protocol.request import GenerationRequest

FailureKind = Literal[
    "out_of_memory", "model_missing", "model_invalid", "bad_request", "crashed", "cancelled", "internal"
]
Stage = Literal["loading", "encoding", "sampling", "decoding"]
Saving = Literal[
    "vae_tiled", "text_unloaded", "half_weights", "batch_split", "attention_sliced", "offloaded", "byte_weights"
]
LADDER: tuple[Saving, ...] = get_args(Saving)  # ways to need less memory: what costs least comes first


class Generate(msgspec.Struct, frozen=True, kw_only=True, tag="generate"):
    """Studio to engine. Blob: source RGB (if has_source), then mask (if has_mask), then a picture for each of
    request.controls, RGB, or RGBA with the mask of one that has a mask, all at request.extent."""

    job_id: str
    request: GenerationRequest
    model: ModelInfo  # where request.model lies on this machine
    extras: tuple[ExtraInfo, ...] = ()  # where the LoRAs, embeddings and control models of the request lie
    has_source: bool = False
    has_mask: bool = False
    previews: bool = True  # stream a Preview at each step


class Cancel(msgspec.Struct, frozen=True, kw_only=True, tag="cancel"):
    """Studio to engine. A job that is unknown or over is not an error."""

    job_id: str


class Shutdown(msgspec.Struct, frozen=True, kw_only=True, tag="shutdown"):
    """Studio to engine: finish now. End of stream means the same."""


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag="ready"):
    """Engine to studio, once: the heavy imports are done and jobs run at once."""

    device: str  # "cpu", "cuda:0", "mps"
    device_name: str
    memory_bytes: int  # total memory of the device
    torch_version: str
    diffusers_version: str


class CancelAcknowledged(msgspec.Struct, frozen=True, kw_only=True, tag="cancel_acknowledged"):
    """Engine to studio, within 50 ms of Cancel, from the reader thread. Failed(kind="cancelled") ends the job."""

    job_id: str


class Progress(msgspec.Struct, frozen=True, kw_only=True, tag="progress"):
    """Engine to studio. `step` counts finished steps, 0..steps; `fraction` is of the stage, 0..1."""

    job_id: str
    stage: Stage
    step: int = 0
    steps: int = 0
    fraction: float = 0.0


class Planned(msgspec.Struct, frozen=True, kw_only=True, tag="planned"):
    """Engine to studio, before a job begins, and again when memory ran out and it goes on with more savings.

    `memory_bytes` is what the job is expected to take beside what the engine has taken already; 0 when unknown.
    """

    job_id: str
    savings: tuple[Saving, ...] = ()
    memory_bytes: int = 0
    free_bytes: int = 0
    seconds: float | None = None  # from now to the picture; None while this machine has not made such pictures yet
    ran_out: bool = False
    is_packed: bool = False  # the model's weights stay as its file packs them, in a few bits each


class Preview(msgspec.Struct, frozen=True, kw_only=True, tag="preview"):
    """Engine to studio, after a step: the picture as predicted (x0). Blob: RGB of width x height.

    Usually one pixel per latent cell; the receiver scales it to the place of the picture.
    """

    job_id: str
    step: int
    steps: int
    width: int
    height: int


class Steps(msgspec.Struct, frozen=True, kw_only=True, tag="steps"):
    """Engine to studio, just before Finished: every step's Preview once more, from which some may have been skipped.

    Blob: `count` RGB pictures of width x height, one after the other.
    """

    job_id: str
    count: int
    width: int
    height: int


class Finished(msgspec.Struct, frozen=True, kw_only=True, tag="finished"):
    """Engine to studio: the picture. Blob: RGB at request.extent."""

    job_id: str
    width: int
    height: int
    steps_run: int
    seconds: float


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """Engine to studio (or worker to studio when the engine died): how a job ended without a picture."""

    job_id: str
    kind: FailureKind
    message: str  # one clear sentence for the user
    detail: str = ""


ToEngine = Generate | Estimate | Enlarge | Describe | ShowNoise | Cancel | Shutdown
FromEngine = Ready | CancelAcknowledged | Progress | Planned | Preview | Steps | Finished | Told | Failed
