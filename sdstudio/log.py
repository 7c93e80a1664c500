"""One log for each process: a small rotating file in the log folder, and standard error.

Prompts and pictures are the user's own and never belong in a log line.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys

from sdstudio import paths

MAX_FILE_BYTES = 2 * 2**20
KEPT_FILES = 3
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def start(process: str, *, level: int = logging.INFO) -> None:
    """Send this process's log to `<process>.log` and to standard error. A second call replaces the first.

    A log folder that cannot be written is reported on standard error and otherwise ignored: the work matters more.
    """
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    root.addHandler(_formatted(logging.StreamHandler(sys.stderr)))
    try:
        paths.logs().mkdir(parents=True, exist_ok=True)
        file = logging.handlers.RotatingFileHandler(
            paths.logs() / f"{process}.log", maxBytes=MAX_FILE_BYTES, backupCount=KEPT_FILES, encoding="utf-8"
        )
    except OSError as error:
        logging.getLogger(__name__).warning("no log file: %s", error)
        return
    root.addHandler(_formatted(file))


def _formatted(handler: logging.Handler) -> logging.Handler:
    handler.setFormatter(logging.Formatter(_FORMAT))
    return handler
