"""Counts what was computed and what was found ready, so that tests and the log can tell the one from the other."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass
class Tally:
    """Since the model was loaded. Pixels are those that networks have seen, tiles' overlaps not counted twice."""

    texts_encoded: int = 0
    texts_reused: int = 0
    pixels_encoded: int = 0
    pixels_reused: int = 0
    pixels_decoded: int = 0
    cells_denoised: int = 0  # latent cells, once for each text of a network call

    def since(self, before: Tally) -> Tally:
        """What came on top of `before`."""
        then = asdict(before)
        return Tally(**{name: value - then[name] for name, value in asdict(self).items()})

    def copy(self) -> Tally:
        return Tally(**asdict(self))

    def __str__(self) -> str:
        counted = (f"{value:,} {name.replace('_', ' ')}" for name, value in asdict(self).items() if value)
        return ", ".join(counted)
