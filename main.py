"""Starts SD Studio: by double click, or as `python3 main.py [arguments]`.

Any Python, however old, must understand this file, to be able to say that it is too old; so it uses no modern syntax.
Making the program's own environment on the first start is the part of sdstudio/bootstrap.py.
"""

import os
import sys


def main():  # type: () -> int
    """Run the program, or say why it cannot run. Returns the exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - told to those that never get further
        sys.stderr.write(
            "sdstudio: SD Studio needs Python 3.11 or newer, but this is Python "
            + sys.version.split()[0]
            + ". Install a newer one and start again with it, for example: python3.11 main.py\n"
        )
        return 1
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    from sdstudio import bootstrap

    return bootstrap.start(here, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
