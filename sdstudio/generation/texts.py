"""What a job's prompts say in the end: with styles, with wildcards decided by the seed, and the networks in their tags.

Must not know documents, models or the engine.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import msgspec

from sdstudio.errors import BadRequest
from sdstudio.generation.parameters import Parameters, encodable
from sdstudio.prompting import styles, wildcards
from sdstudio.prompting.dynamic import resolve
from sdstudio.prompting.parse import parse
from sdstudio.prompting.tree import HYPERNETWORK, LORA
from sdstudio.protocol.request import MAX_EXTRA_WEIGHT, GenerationRequest, LoraUse

_MIRROR = 2**64  # added to the seed for the negative prompt, so that equal choices in both are made apart


@dataclass(frozen=True)
class Texts:
    """Both prompts as the engine gets them, and the LoRAs and hypernetworks that they name."""

    prompt: str
    negative_prompt: str
    loras: tuple[LoraUse, ...]
    hypernetworks: tuple[LoraUse, ...]


def decide(parameters: Parameters, seed: int) -> Texts:
    """The texts of a job with `seed`. Raises BadRequest or FileProblem for a style or a wildcard that is not there."""
    prompt, negative = encodable(parameters.prompt), encodable(parameters.negative_prompt)
    if parameters.styles:
        prompt, negative = styles.apply(prompt, negative, parameters.styles, styles.read())
    prompt = resolve(prompt, seed, wildcards.lines)
    negative = resolve(negative, seed + _MIRROR, wildcards.lines)
    return Texts(prompt, negative, networks_in(prompt), networks_in(prompt, HYPERNETWORK))


def networks_in(prompt: str, kinds: Collection[str] = LORA) -> tuple[LoraUse, ...]:
    """What tags such as `<lora:name:weight>` name, in their order. Raises BadRequest for a weight out of range."""
    uses = []
    for tag in parse(prompt).networks:
        if tag.kind in kinds:
            text_weight, weight = tag.weights
            worst = max(text_weight, weight, key=abs)
            if abs(worst) > MAX_EXTRA_WEIGHT:
                raise BadRequest(
                    f"The weight of “{tag.name}” (character {tag.start + 1} of the prompt) is {worst:g}; "
                    f"it must be from {-MAX_EXTRA_WEIGHT:g} to {MAX_EXTRA_WEIGHT:g}."
                )
            apart = text_weight if kinds == LORA and text_weight != weight else None
            uses.append(LoraUse(name=tag.name, weight=weight, text_weight=apart))
    return tuple(uses)


def into_request(request: GenerationRequest, parameters: Parameters, seed: int) -> GenerationRequest:
    """`request` with the seed and what the texts say with it; what a person wrote is kept beside, where it differs."""
    texts = decide(parameters, seed)
    source, negative_source = encodable(parameters.prompt), encodable(parameters.negative_prompt)
    if (source, negative_source) == (texts.prompt, texts.negative_prompt):
        source = negative_source = ""
    return msgspec.structs.replace(
        request,
        seed=seed,
        prompt=texts.prompt,
        negative_prompt=texts.negative_prompt,
        prompt_source=source,
        negative_source=negative_source,
        styles=parameters.styles,
        loras=parameters.loras + texts.loras,
        hypernetworks=texts.hypernetworks,
    )


def from_request(request: GenerationRequest) -> dict[str, object]:
    """The fields of Parameters that make the same texts again: as they were written, if that still gives the same."""
    tagged = networks_in(request.prompt)
    count = len(tagged) if tagged and request.loras[-len(tagged) :] == tagged else 0
    loras = request.loras[: len(request.loras) - count]
    if not (request.prompt_source or request.negative_source or request.styles):
        return {"prompt": request.prompt, "negative_prompt": request.negative_prompt, "styles": (), "loras": loras}
    written = Parameters(prompt=request.prompt_source, negative_prompt=request.negative_source, styles=request.styles)
    try:
        texts = decide(written, request.seed)
    except BadRequest:  # a style or a file is gone since
        texts = None
    if texts is None or (texts.prompt, texts.negative_prompt) != (request.prompt, request.negative_prompt):
        written = Parameters(prompt=request.prompt, negative_prompt=request.negative_prompt)
    return {
        "prompt": written.prompt,
        "negative_prompt": written.negative_prompt,
        "styles": written.styles,
        "loras": loras,
    }
