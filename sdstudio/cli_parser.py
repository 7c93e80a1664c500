"""How all commands read their options and complain: in one line on standard error, with an exit code of its own."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

OK, FAILED, BAD_USAGE, BAD_FILE, BAD_MODEL, INTERRUPTED = 0, 1, 2, 3, 4, 130


class Parser(argparse.ArgumentParser):
    """Complains in one line, as every other error is told."""

    def error(self, message: str) -> NoReturn:
        complain(f"{message} (see “{self.prog} --help”)")
        raise SystemExit(BAD_USAGE)


def add_engine(parser: argparse.ArgumentParser) -> None:
    """The choice between the engine and its double."""
    parser.add_argument(
        "--engine", choices=("real", "fake"), default="real", help="fake makes test pictures without a model"
    )


def complain(sentence: str) -> None:
    """One line, whatever a file name or a library put into the sentence."""
    print(f"sdstudio: {' '.join(sentence.split())}", file=sys.stderr)
