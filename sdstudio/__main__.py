"""`python -m sdstudio`: the same as the `sdstudio` command."""

from __future__ import annotations

import sys

from sdstudio.cli import main

if __name__ == "__main__":
    sys.exit(main())
