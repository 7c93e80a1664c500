"""`sdstudio upscale`, `describe`, `control` and `noise`: what the engine does with a picture that is there already."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from sdstudio.protocol.samplers import SCHEDULES

DESCRIPTIONS = {
    "upscale": "Makes a picture larger, with details drawn by an upscaler model.",
    "describe": "Writes a prompt for a picture.",
    "control": "Makes the control picture of a picture: its lines, edges, depth, pose or segments.",
    "noise": "Shows what a model sees of a picture at a step of its noising.",
}


def add_options(parser: argparse.ArgumentParser, command: str) -> None:
    """Those of `command`, a key of DESCRIPTIONS."""
    add = parser.add_argument
    add("picture", metavar="IMG", type=Path, help="the picture to look at")
    if command != "describe":
        add("-o", "--output", metavar="FILE", type=Path, required=True, help="the new picture: .png, .jpg or .webp")
    if command == "upscale":
        add("--factor", metavar="X", type=float, default=2.0, help="how many times as large (2)")
        add("--by", metavar="NAME", help="an upscaler, see “sdstudio models” (usually plain resampling)")
    elif command == "describe":
        add("--model", metavar="NAME", help="a model that knows a list of things (usually CLIP, if it is there)")
        add("--json", action="store_true", help="print one JSON object with the words and how sure they are")
    elif command == "noise":
        add(
            "--step",
            metavar="N",
            type=int,
            required=True,
            help="noise before this step, from 0, the most, to STEPS, none",
        )
        add("--steps", metavar="STEPS", type=int, help="of so many (usually the model's)")
        add("--schedule", metavar="NAME", help=", ".join(SCHEDULES))
        add("--seed", metavar="N", type=int, default=0, help="which noise (0)")
        add("--model", metavar="NAME", help="see “sdstudio models” (usually the first of them)")
    else:
        add("--how", metavar="HOW", required=True,
            help="invert, scribble, line_art, canny, soft_edge, depth, pose or segments")  # fmt: skip
        add("--by", metavar="NAME", default="", help="the model for depth, pose or segments (usually the first)")


def run(command: str, options: argparse.Namespace, engine: list[str], found: Any, narrator: Any) -> str:
    """Do it; what is to be said on standard output. Raises StudioError."""
    from sdstudio import headless_errands

    if command == "upscale":
        extent = headless_errands.upscale(
            options.picture, options.output, options.factor, options.by, engine, narrator, found.extras
        )
        return f"Saved {options.output} ({extent})"
    if command == "control":
        extent = headless_errands.control(
            options.picture, options.output, options.how, options.by, engine, narrator, found.extras
        )
        return f"Saved {options.output} ({extent})"
    if command == "noise":
        wish = headless_errands.NoiseWish(
            step=options.step, steps=options.steps, schedule=options.schedule, seed=options.seed, model=options.model
        )
        extent = headless_errands.show_noise(options.picture, options.output, wish, engine, narrator, found.models)
        return f"Saved {options.output} ({extent})"
    told = headless_errands.describe(options.picture, options.model, engine, narrator, found.models, found.extras)
    if options.json:
        return json.dumps({"prompt": told.prompt, "words": [list(pair) for pair in told.words]}, ensure_ascii=False)
    return told.prompt
