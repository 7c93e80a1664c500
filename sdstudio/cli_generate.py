"""`sdstudio generate`: its options, and how they become an order for the headless twin."""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdstudio import cli_extras, cli_sampling
from sdstudio.cli_parser import add_engine
from sdstudio.errors import ModelProblem
from sdstudio.protocol.samplers import SAMPLERS, SCHEDULES
from sdstudio.raster.geometry import Extent

if TYPE_CHECKING:
    from sdstudio.headless_order import Order

DESCRIPTION = "Makes a picture without a window."


def add_options(parser: argparse.ArgumentParser) -> None:
    """All of them, in groups."""
    add = parser.add_argument
    add("prompt", metavar="PROMPT", help="what the picture should show")
    add("-o", "--output", metavar="FILE", type=Path, required=True, help="the picture: .png, .jpg or .webp")
    add("--negative", metavar="TEXT", default="", help="what it should not show")
    add("--init", metavar="IMG", type=Path, help="the picture to start from; the result has its size")
    add("--strength", metavar="S", type=float, help="how much may change, 0 to 1 (0.6 with --init, 1 with --mask)")
    add("--mask", metavar="IMG", type=Path, help="where --init may change: white = yes, black = no, grey = partly")
    add("--size", metavar="WxH", type=_size, help="size in pixels without --init (usually the model's own)")
    add("--steps", metavar="N", type=int, help="number of steps at strength 1 (usually the model's)")
    add("--cfg", metavar="X", type=float, help="how closely to follow the prompt; 1 = no guidance")
    add("--sampler", metavar="NAME", help=", ".join(SAMPLERS))
    add("--schedule", metavar="NAME", help=", ".join(SCHEDULES))
    add("--seed", metavar="N", type=int, help="the same seed makes the same picture (usually by chance)")
    add(
        "--count",
        metavar="N",
        type=int,
        default=1,
        help="so many pictures, FILE, FILE-2 and so on, with seeds counted up",
    )
    add("--model", metavar="NAME_OR_PATH", help="see “sdstudio models” (usually the first of them)")
    add("--steps-dir", metavar="DIR", type=Path, help="keep the picture of every step in this folder")
    add("--json", action="store_true", help="print one JSON object about the result on standard output")
    cli_sampling.add_options(parser)
    cli_sampling.add_grid_options(parser)
    cli_extras.add_options(parser)
    add_engine(parser)


def run(options: argparse.Namespace) -> None:
    """Make what `options` ask for, and say on standard output and error what came of it. Raises StudioError."""
    from sdstudio import headless, headless_grid, headless_order
    from sdstudio.cli_surroundings import look_around
    from sdstudio.models.distilled import as_told
    from sdstudio.narration import Narrator

    order, fake = _order(options), options.engine == "fake"
    with contextlib.closing(Narrator(sys.stderr)) as narrator:
        around = look_around(fake=fake)
        found = around.found
        models = found.models or ([headless_order.FAKE_MODEL] if fake else [])
        if options.model in found.broken and all(options.model != model.id for model in models):
            raise ModelProblem(found.broken[options.model])
        if options.trained is not None:
            model = headless_order.choose_model(models, options.model)
            models = as_told([model, *models], {model.id: options.trained})
            order = replace(order, model=model.id)
        make = headless_grid.make if order.axes else headless.make
        made = make(order, around.engine, models, narrator, found.extras)
    if options.json:
        print(json.dumps(_as_json(made)))
    else:
        files = ", ".join(str(file) for file in (made.file, *made.others))
        print(
            f"Saved {files} ({made.size}, seed {made.request.seed}, {made.steps_run} steps, {made.seconds:.1f} s)",
            file=sys.stderr,
        )


def _order(options: argparse.Namespace) -> Order:
    """What is asked for. Raises BadRequest for words that mean nothing."""
    from sdstudio.headless_order import Order
    from sdstudio.prompting.compel import from_compel

    return Order(
        prompt=from_compel(options.prompt) if options.compel else options.prompt,
        output=options.output,
        negative=from_compel(options.negative) if options.compel else options.negative,
        init=options.init,
        mask=options.mask,
        strength=options.strength,
        size=options.size,
        steps=options.steps,
        cfg=options.cfg,
        sampler=options.sampler,
        schedule=options.schedule,
        seed=options.seed,
        model=options.model,
        steps_dir=options.steps_dir,
        advanced=cli_sampling.values(options) | cli_extras.values(options) | {"batch_count": options.count},
        branch=(options.branch_from, options.branch_step) if options.branch_from is not None else None,
        axes=cli_sampling.axes(options),
        layers=Path(options.layers) if options.layers else None,
        loras=tuple(options.lora),
        **cli_extras.controls(options),
    )


def _as_json(made: Any) -> dict[str, Any]:
    import msgspec

    return {
        "file": str(made.file),
        "others": [str(file) for file in made.others],
        "seed": made.request.seed,
        "size": [made.size.width, made.size.height],
        "steps_run": made.steps_run,
        "seconds": round(made.seconds, 3),
        "request": msgspec.to_builtins(made.request),
    }


def _size(text: str) -> Extent:
    match = re.fullmatch(r"\s*(\d{1,6})\s*[x×X]\s*(\d{1,6})\s*", text)
    if not match:
        raise argparse.ArgumentTypeError(f"“{text}” is not a size such as 512x768")
    return Extent(int(match[1]), int(match[2]))
