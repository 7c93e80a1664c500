"""How a result is made ready for the canvas without holding up who waits for other things.

Must not know threads: the window puts in a way of its own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sdstudio.generation.place import Developed, developed
from sdstudio.generation.prepare import Prepared

Develop = Callable[[], Developed | None]
Take = Callable[[Developed | None], None]
Beside = Callable[[Develop, Take], None]
"""Works something out, perhaps on a thread, and then hands it over in the GUI thread."""


def at_once(act: Develop, then: Take) -> None:
    """A `Beside` for where nobody waits."""
    then(act())


def attempt(prepared: Prepared, picture: NDArray[np.uint8]) -> Developed | None:
    """`developed`, or None when memory does not suffice."""
    try:
        return developed(prepared, picture)
    except MemoryError:
        return None
