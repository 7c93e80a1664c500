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
import sys
from functools import partial
from pathlib import Path

from sdstudio import __version__, cli_convert, cli_errands, cli_generate
from sdstudio.cli_parser import BAD_FILE, BAD_MODEL, BAD_USAGE, FAILED, INTERRUPTED, OK, Parser, add_engine, complain
from sdstudio.doctor.system import Problem, check_pictures, check_window
from sdstudio.errors import BadRequest, FileProblem, ModelProblem, StudioError
from sdstudio.models.extras import KIND_WORDS, made_for
from sdstudio.raster.geometry import Extent

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
        complain(problem.message)
        return _exit_code(problem)
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone, as `sdstudio models | head -1` does
        _drop_output()
        return OK
    except OSError as error:  # files have sentences of their own; this is our output, say on a full disk
        _drop_output()
        complain(f"the output could not be written: {error.strerror}")
        return FAILED


def _window(arguments: list[str]) -> int:
    parser = Parser(
        prog="sdstudio",
        description="A painting studio for Stable Diffusion. Without a command the window opens.",
        epilog=_COMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="pictures or .ora documents to open")
    add_engine(parser)
    parser.add_argument("--theme", choices=("dark", "light", "system"), help="colours of the window, this time")
    parser.add_argument("--version", action="version", version=f"SD Studio {__version__}")
    options = parser.parse_args(arguments)
    if problem := check_window():
        return _refuse(problem)
    gc.disable()  # until the window is shown: what is made before then stays, and looking at it takes long
    from sdstudio.app import run

    return run(options.files, fake_engine=options.engine == "fake", theme=options.theme)


def _generate(arguments: list[str]) -> int:
    parser = Parser(prog="sdstudio generate", description=cli_generate.DESCRIPTION)
    cli_generate.add_options(parser)
    options = parser.parse_args(arguments)
    if problem := check_pictures():
        return _refuse(problem)
    cli_generate.run(options)
    return OK


def _doctor(arguments: list[str]) -> int:
    parser = Parser(prog="sdstudio doctor", description="Looks this computer over and says what is wrong.")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    add_engine(parser)
    options = parser.parse_args(arguments)
    from sdstudio.cli_surroundings import engine_command
    from sdstudio.doctor.report import examine
    from sdstudio.settings import Settings

    settings = Settings()
    report = examine(settings, engine_command(settings, fake=options.engine == "fake"))
    print(json.dumps(report.as_json(), indent=2) if options.json else report.as_text())
    return FAILED if report.problems else OK


def _models(arguments: list[str]) -> int:
    parser = Parser(prog="sdstudio models", description="Lists the models that were found.")
    parser.add_argument("--json", action="store_true", help="print a JSON array instead of a table")
    options = parser.parse_args(arguments)
    import msgspec

    from sdstudio import paths
    from sdstudio.cli_surroundings import read_settings
    from sdstudio.doctor.models import look

    found = look(read_settings().get("models_folders"))
    for problem in found.problems:
        complain(str(problem))
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
    parser = Parser(prog="sdstudio convert", description="Makes a .safetensors file of an old checkpoint file.")
    cli_convert.add_options(parser)
    options = parser.parse_args(arguments)
    print(f"Saved {cli_convert.convert(options.file, options.output)}", file=sys.stderr)
    return OK


def _errand(command: str, arguments: list[str]) -> int:
    parser = Parser(prog=f"sdstudio {command}", description=cli_errands.DESCRIPTIONS[command])
    cli_errands.add_options(parser, command)
    add_engine(parser)
    options = parser.parse_args(arguments)
    if problem := check_pictures():
        return _refuse(problem)
    from msgspec.structs import replace

    from sdstudio.cli_surroundings import look_around
    from sdstudio.headless_order import FAKE_MODEL
    from sdstudio.narration import Narrator

    fake = options.engine == "fake"
    around = look_around(fake=fake)
    if fake and not around.found.models:
        around.found.models.append(replace(FAKE_MODEL, vocabulary=("picture",)))
    with contextlib.closing(Narrator(sys.stderr)) as narrator:
        said = cli_errands.run(command, options, around.engine, around.found, narrator)
    print(said, file=sys.stdout if command == "describe" else sys.stderr)
    return OK


def _refuse(problem: Problem) -> int:
    complain(str(problem))
    return FAILED


def _drop_output() -> None:
    """What is still buffered goes nowhere, or Python would complain about it once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _exit_code(problem: StudioError) -> int:
    kind = getattr(problem, "kind", "")  # of a job that the engine refused
    if isinstance(problem, ModelProblem) or kind in ("model_missing", "model_invalid"):
        return BAD_MODEL
    if isinstance(problem, BadRequest) or kind == "bad_request":
        return BAD_USAGE
    return BAD_FILE if isinstance(problem, FileProblem) else FAILED


if __name__ == "__main__":
    sys.exit(main())
