"""Branching from a picture that is described instead of made: the headless twin of the job list's branches."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sdstudio.document.document import Document
from sdstudio.errors import BadRequest
from sdstudio.generation.parameters import Parameters
from sdstudio.generation.prepare import prepare
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import Branch
from sdstudio.protocol.steps import steps_to_run


def branched(
    prompt: str,
    step: int,
    parameters: Parameters,
    document: Document,
    model: ModelInfo,
    extras: Sequence[ExtraInfo] = (),
) -> Parameters:
    """`parameters` that begin at `step` of the picture that they would make with `prompt`. Raises BadRequest."""
    wishes = msgspec.structs.replace(parameters, prompt=prompt, controls=())
    parent = prepare(document, wishes, model, parameters.seed, extras).request
    left = steps_to_run(parent.steps, parent.strength, exact=parent.exact_strength) - step
    if step < 1 or left < 1:
        raise BadRequest(f"The picture to branch from has no step {step} with others behind it.")
    strength = min((left + 1e-6) / parent.steps, 1.0)
    return msgspec.structs.replace(parameters, branch=Branch(parent=parent, step=step), strength=strength)
