"""Whether what a job adds to its model is used within its ranges, for the window and the engine alike."""

from __future__ import annotations

import math
from collections.abc import Iterable

from sdstudio.errors import BadRequest
from sdstudio.protocol.request import MAX_EXTRA_WEIGHT, MAX_HIRES, ControlUse, LoraUse


def check_uses(loras: Iterable[LoraUse], hypernetworks: Iterable[LoraUse], controls: Iterable[ControlUse]) -> None:
    """Raise BadRequest for a weight, a part of the steps or a fidelity that cannot be, naming whose it is."""
    for lora in loras:
        for weight in (lora.weight, 0.0 if lora.text_weight is None else lora.text_weight):
            _check_weight("LoRA", lora.name, weight, -MAX_EXTRA_WEIGHT)
    for network in hypernetworks:
        _check_weight("hypernetwork", network.name, network.weight, -MAX_EXTRA_WEIGHT)
    for control in controls:
        _check_control(control)


def check_second_pass(times: float, strength: float) -> None:
    """Raise BadRequest when a second pass would enlarge too much, or may change more than everything."""
    if not 1 <= times <= MAX_HIRES:
        raise BadRequest(f"The second pass enlarges {times:g} times, but it must be from 1 to {MAX_HIRES:g}.")
    if not 0 <= strength <= 1:
        raise BadRequest(f"The strength of the second pass is {strength}; it must be between 0 and 1.")


def _check_weight(kind: str, name: str, weight: float, low: float) -> None:
    if not (math.isfinite(weight) and low <= weight <= MAX_EXTRA_WEIGHT):
        raise BadRequest(
            f"The weight of the {kind} “{name}” is {weight}, but it must be between {low:g} and {MAX_EXTRA_WEIGHT:g}."
        )


def _check_control(control: ControlUse) -> None:
    _check_weight("control model", control.model, control.weight, 0.0)
    if not 0 <= control.start <= control.end <= 1:
        raise BadRequest(
            f"The control model “{control.model}” is to work from {control.start:g} to {control.end:g}, "
            "but its start and end must be between 0 and 1, the start first."
        )
    if not 0 <= control.fidelity <= 1:
        raise BadRequest(f"The style fidelity of the reference is {control.fidelity:g}; it must be between 0 and 1.")
