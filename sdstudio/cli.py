"""The command line: `sdstudio` opens the window, `sdstudio generate|doctor|models` work without one.

Owns options, exit codes and what is printed. Must not know how anything is done: each command imports what it needs,
so that none pays for another's libraries.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import json
import os
import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from sdstudio import __version__, cli_convert, cli_errands, cli_extras, cli_sampling
from sdstudio.doctor.system import Problem, check_pictures, check_window
from sdstudio.errors import BadRequest, FileProblem, ModelProblem, StudioError
from sdstudio.models.extras import KIND_WORDS, made_for
from sdstudio.protocol.samplers import SAMPLERS, SCHEDULES
from sdstudio.raster.geometry import Extent

if TYPE_CHECKING:
    from sdstudio.settings import Settings

OK, FAILED, BAD_USAGE, BAD_FILE, BAD_MODEL, INTERRUPTED = 0, 1, 2, 3, 4, 130
_COMMANDS = """commands:
  generate PROMPT -o FILE   make a picture without a window
  doctor                    look this computer over and say what is wrong
  models                    list the models that were found
  upscale IMG -o FILE       make a picture larger
  describe IMG              write a prompt for a picture
  control IMG -o FILE       make the lines, depth or pose of a picture
  noise IMG -o FILE         show a picture as a model sees it at a step
  convert FILE              make a .safetensors file of an old .ckpt or .pt file

“sdstudio COMMAND --help” explains each."""


class _Parser(argparse.ArgumentParser):
    """Complains in one line, as every other error is told."""

    def error(self, message: str) -> NoReturn:
        _complain(f"{message} (see “{self.prog} --help”)")
        raise SystemExit(BAD_USAGE)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a file name need not be text
    commands = {"generate": _generate, "doctor": _doctor, "models": _models, "convert": _convert}
    commands |= {name: partial(_errand, name) for name in cli_errands.DESCRIPTIONS}
    try:
        if arguments and arguments[0] in commands:
            code = commands[arguments[0]](arguments[1:])
            sys.stdout.flush()  # a full disk or a closed pipe must show here, not when Python ends
            return code
        return _window(arguments)
    except StudioError as problem:
        _complain(problem.message)
        return _exit_code(problem)
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone, as `sdstudio models | head -1` does
        _drop_output()
        return OK
    except OSError as error:  # files have sentences of their own; this is our output, say on a full disk
        _drop_output()
        _complain(f"the output could not be written: {error.strerror}")
        return FAILED


def _window(arguments: list[str]) -> int:
    parser = _Parser(
        prog="sdstudio",
        description="A painting studio for Stable Diffusion. Without a command the window opens.",
        epilog=_COMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="pictures or .ora documents to open")
    _add_engine(parser)
    parser.add_argument("--theme", choices=("dark", "light", "system"), help="colours of the window, this time")
    parser.add_argument("--version", action="version", version=f"SD Studio {__version__}")
    options = parser.parse_args(arguments)
    if problem := check_window():
        return _refuse(problem)
    gc.disable()  # until the window is shown: what is made before then stays, and looking at it takes long
    from sdstudio.app import run

    return run(options.files, fake_engine=options.engine == "fake", theme=options.theme)


def _generate(arguments: list[str]) -> int:
    options = _generate_parser().parse_args(arguments)
    if problem := check_pictures():
        return _refuse(problem)
    from dataclasses import replace

    from sdstudio import headless, headless_grid
    from sdstudio.models.distilled import as_told
    from sdstudio.narration import Narrator
    from sdstudio.prompting.compel import from_compel
    from sdstudio.settings import Settings

    settings = Settings()
    _mention_problems(settings)
    fake = options.engine == "fake"
    order = headless.Order(
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
        advanced=cli_sampling.values(options) | cli_extras.values(options),
        branch=(options.branch_from, options.branch_step) if options.branch_from is not None else None,
        axes=cli_sampling.axes(options),
        layers=Path(options.layers) if options.layers else None,
        loras=tuple(options.lora),
        **cli_extras.controls(options),
    )
    narrator = Narrator(sys.stderr)
    with contextlib.closing(narrator):
        command, found = _engine_command(settings, fake=fake), _found(settings)
        models = found.models or ([headless.FAKE_MODEL] if fake else [])
        if options.model in found.broken and all(options.model != model.id for model in models):
            raise ModelProblem(found.broken[options.model])
        if options.trained is not None:
            model = headless.choose_model(models, options.model)
            models = as_told([model, *models], {model.id: options.trained})
            order = replace(order, model=model.id)
        make = headless_grid.make if order.axes else headless.make
        made = make(order, command, models, narrator, found.extras)
    if options.json:
        print(json.dumps(_as_json(made)))
    else:
        request = made.request
        print(
            f"Saved {made.file} ({made.size}, seed {request.seed}, {made.steps_run} steps, {made.seconds:.1f} s)",
            file=sys.stderr,
        )
    return OK


def _doctor(arguments: list[str]) -> int:
    parser = _Parser(prog="sdstudio doctor", description="Looks this computer over and says what is wrong.")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    _add_engine(parser)
    options = parser.parse_args(arguments)
    from sdstudio.doctor.report import examine
    from sdstudio.settings import Settings

    settings = Settings()
    fake = options.engine == "fake"
    report = examine(settings, _engine_command(settings, fake=fake))
    print(json.dumps(report.as_json(), indent=2) if options.json else report.as_text())
    return FAILED if report.problems else OK


def _models(arguments: list[str]) -> int:
    parser = _Parser(prog="sdstudio models", description="Lists the models that were found.")
    parser.add_argument("--json", action="store_true", help="print a JSON array instead of a table")
    options = parser.parse_args(arguments)
    import msgspec

    from sdstudio import paths
    from sdstudio.doctor.models import look
    from sdstudio.settings import Settings

    settings = Settings()
    _mention_problems(settings)
    found = look(settings.get("models_folders"))
    for problem in found.problems:
        _complain(str(problem))
    if options.json:
        print(json.dumps(msgspec.to_builtins([*found.models, *found.extras]), indent=2))
        return OK
    for model in found.models:
        size = Extent(model.native_size, model.native_size)
        print(f"{model.id:<24} {model.title:<32} {model.family:<8} {size!s:<12} {model.bytes / 2**20:8.0f} MiB")
        print(f"  {model.path}")
    for extra in found.extras:
        family = made_for(extra) if extra.family or extra.text_width else "any family"
        print(f"{extra.id:<24} {KIND_WORDS[extra.kind]:<32} {family:<21} {extra.bytes / 2**20:8.1f} MiB")
        print(f"  {extra.path}")
    if not found.models:
        print(f"No models were found. Put .safetensors files or model folders into {paths.user_models()}.")
    return OK


def _convert(arguments: list[str]) -> int:
    parser = _Parser(prog="sdstudio convert", description="Makes a .safetensors file of an old checkpoint file.")
    cli_convert.add_options(parser)
    options = parser.parse_args(arguments)
    print(f"Saved {cli_convert.convert(options.file, options.output)}", file=sys.stderr)
    return OK


def _errand(command: str, arguments: list[str]) -> int:
    parser = _Parser(prog=f"sdstudio {command}", description=cli_errands.DESCRIPTIONS[command])
    cli_errands.add_options(parser, command)
    _add_engine(parser)
    options = parser.parse_args(arguments)
    if problem := check_pictures():
        return _refuse(problem)
    from msgspec.structs import replace

    from sdstudio import headless
    from sdstudio.narration import Narrator
    from sdstudio.settings import Settings

    settings = Settings()
    _mention_problems(settings)
    fake = options.engine == "fake"
    found = _found(settings)
    if fake and not found.models:
        found.models.append(replace(headless.FAKE_MODEL, vocabulary=("picture",)))
    with contextlib.closing(Narrator(sys.stderr)) as narrator:
        said = cli_errands.run(command, options, _engine_command(settings, fake=fake), found, narrator)
    print(said, file=sys.stdout if command == "describe" else sys.stderr)
    return OK


def _generate_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="sdstudio generate", description="Makes a picture without a window.")
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
    add("--model", metavar="NAME_OR_PATH", help="see “sdstudio models” (usually the first of them)")
    add("--steps-dir", metavar="DIR", type=Path, help="keep the picture of every step in this folder")
    add("--json", action="store_true", help="print one JSON object about the result on standard output")
    cli_sampling.add_options(parser)
    cli_sampling.add_grid_options(parser)
    cli_extras.add_options(parser)
    _add_engine(parser)
    return parser


def _add_engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine", choices=("real", "fake"), default="real", help="fake makes test pictures without a model"
    )


def _size(text: str) -> Extent:
    match = re.fullmatch(r"\s*(\d{1,6})\s*[x×X]\s*(\d{1,6})\s*", text)
    if not match:
        raise argparse.ArgumentTypeError(f"“{text}” is not a size such as 512x768")
    return Extent(int(match[1]), int(match[2]))


def _engine_command(settings: Settings, *, fake: bool) -> list[str]:
    from sdstudio.worker.process import own_engine_command

    command: list[str] = settings.get("engine_command")
    return command if command and not fake else own_engine_command(fake=fake)


def _found(settings: Settings) -> Any:
    from sdstudio.doctor.models import look

    return look(settings.get("models_folders"), settings.get("few_step_models"))


def _as_json(made: Any) -> dict[str, Any]:
    import msgspec

    return {
        "file": str(made.file),
        "seed": made.request.seed,
        "size": [made.size.width, made.size.height],
        "steps_run": made.steps_run,
        "seconds": round(made.seconds, 3),
        "request": msgspec.to_builtins(made.request),
    }


def _mention_problems(settings: Settings) -> None:
    for problem in settings.problems:
        _complain(problem)


def _refuse(problem: Problem) -> int:
    _complain(str(problem))
    return FAILED


def _drop_output() -> None:
    """What is still buffered goes nowhere, or Python would complain about it once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _complain(sentence: str) -> None:
    """One line, whatever a file name or a library put into the sentence."""
    print(f"sdstudio: {' '.join(sentence.split())}", file=sys.stderr)


def _exit_code(problem: StudioError) -> int:
    kind = getattr(problem, "kind", "")  # of a job that the engine refused
    if isinstance(problem, ModelProblem) or kind in ("model_missing", "model_invalid"):
        return BAD_MODEL
    if isinstance(problem, BadRequest) or kind == "bad_request":
        return BAD_USAGE
    return BAD_FILE if isinstance(problem, FileProblem) else FAILED


if __name__ == "__main__":
    sys.exit(main())
