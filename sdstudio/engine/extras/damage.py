"""How a file that is not what it seems is refused, alike for all that is added to a model: in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError

from sdstudio.engine.failures import is_out_of_memory
from sdstudio.engine.weights_file import are_numbers
from sdstudio.errors import ModelProblem

# What diffusers, transformers, safetensors and json raise for files that are not what they seem.
UNREADABLE = (
    OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, ImportError, RuntimeError, SafetensorError,
    StrictDataclassError,
)  # fmt: skip


@contextmanager
def refused_as(sentence: str) -> Iterator[None]:
    """What goes wrong in here becomes a ModelProblem that says `sentence`, unless memory ran out."""
    try:
        yield
    except UNREADABLE as error:
        if is_out_of_memory(error):
            raise
        raise ModelProblem(sentence, detail=str(error)) from error


def check_numbers(network: Any, name: str) -> None:
    """Raise ModelProblem when a weight of `network` is no number. `name` is what people call it, with its title."""
    if not are_numbers(network.parameters()):
        raise ModelProblem(f"The {name} is damaged: some weights are no numbers (NaN).")
