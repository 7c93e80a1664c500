"""The command line's options for the finer sampling values: the twin of the window's Advanced section."""

from __future__ import annotations

import argparse
from typing import Any

from sdstudio.models.distilled import KINDS
from sdstudio.protocol.samplers import BETAS, ETA, NOISE_SCALE, PREDICTIONS
from sdstudio.protocol.speeds import SPEEDS


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them as a group of their own."""
    add = parser.add_argument_group("prompt and sampling").add_argument
    add("--style", metavar="NAME", action="append", default=[], help="a saved style; may be given several times")
    add("--compel", action="store_true", help="the prompts are written in compel's way, such as “big++ (red cat)-”")
    add("--clip-skip", metavar="N", type=int, help="the text encoder's layer to read, counted from the last (1)")
    add("--eta", metavar="X", type=float, help=f"new noise at each step, 0 to 1; for {', '.join(ETA)}")
    add("--s-noise", metavar="X", type=float, help=f"scale of that noise (1); for {', '.join(sorted(NOISE_SCALE))}")
    add("--cfg-rescale", metavar="X", type=float, help="mends burnt colours at high CFG, 0 to 1 (0)")
    add("--cfg-interval", metavar="A:B", type=_interval, help="guidance only in this part of the steps, e.g. 0.1:0.8")
    add("--betas", metavar="NAME", help=f"the training noise to assume: {', '.join(BETAS)}")
    add("--prediction", metavar="NAME",
        help=f"what the model predicts, if its file does not tell: {', '.join(filter(None, PREDICTIONS))}")  # fmt: skip
    add("--zero-snr", action="store_true", help="enforce zero terminal SNR (v-prediction models)")
    add("--trained", choices=tuple(KINDS), help="how the model was distilled, if its file does not tell")
    add("--work-size", metavar="PX", type=int, help="side of the square whose area the model works at (its own)")
    add("--branch-from", metavar="PROMPT", help="begin at a step of the picture that this prompt would make")
    add("--branch-step", metavar="N", type=int, default=1, help="and at which of its steps (1)")
    add("--speed", choices=SPEEDS, help="exact (usually), or sooner at a small loss: fast, faster")
    add("--exact-strength", action="store_true", help="start exactly where --strength points, not at a whole step")


def add_grid_options(parser: argparse.ArgumentParser) -> None:
    """Up to three axes, and where the layers go."""
    add = parser.add_argument_group("grid", "several pictures on one labelled sheet").add_argument
    for name in "xyz":
        add(f"--{name}", metavar="FIELD=VALUES", type=_axis, help="e.g. steps=10,20,30 or seed=1..4 or prompt=red,blue")
    add("--layers", metavar="FILE.ora", help="the grid's pictures as layers of a document, too")


def axes(options: argparse.Namespace) -> tuple[tuple[str, str], ...]:
    """The axes that were given, in their order."""
    return tuple(given for given in (options.x, options.y, options.z) if given is not None)


def values(options: argparse.Namespace) -> dict[str, Any]:
    """What was given, by the names that `Parameters` has."""
    given: dict[str, Any] = {
        "clip_skip": options.clip_skip,
        "eta": options.eta,
        "s_noise": options.s_noise,
        "cfg_rescale": options.cfg_rescale,
        "betas": options.betas,
        "prediction": options.prediction,
        "native_size": options.work_size,
        "speed": options.speed,
        "zero_snr": options.zero_snr or None,
        "exact_strength": options.exact_strength or None,
        "styles": tuple(options.style) or None,
    }
    if options.cfg_interval is not None:
        given["cfg_start"], given["cfg_end"] = options.cfg_interval
    return {name: value for name, value in given.items() if value is not None}


_SHORT = {"cfg": "cfg_scale", "negative": "negative_prompt", "model": "model_id"}


def _axis(text: str) -> tuple[str, str]:
    field, sign, values = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"“{text}” is not an axis such as steps=10,20,30")
    field = field.strip().replace("-", "_")
    return _SHORT.get(field, field), values


def _interval(text: str) -> tuple[float, float]:
    try:
        start, end = (float(part) for part in text.split(":"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not an interval such as 0.1:0.8") from None
    return start, end
