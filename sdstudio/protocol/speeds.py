"""How much a job hurries: the names that requests use. What each costs in quality is in `models.haste`."""

from __future__ import annotations

from typing import Literal

Speed = Literal["exact", "fast", "faster"]
SPEEDS: dict[str, str] = {
    "exact": "Exact",  # full precision, every step whole
    "fast": "Fast",  # half precision where the processor computes in it; elsewhere as "faster"
    "faster": "Faster",  # that, and deep features of the network used for two steps
}
