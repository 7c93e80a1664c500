"""All palettes that there are: ours, which are only read, and the person's own, which hide ours of the same name."""

from __future__ import annotations

from pathlib import Path

from sdstudio.errors import FileProblem
from sdstudio.formats.palette import SUFFIX, Palette, read_palette, write_palette


class PaletteShelf:
    """A palette is known by its file's name without the suffix; changing one of ours makes a file of the person's."""

    def __init__(self, ours: Path, own: Path) -> None:
        """`own` is made when something is first kept there."""
        self._ours, self._own = ours, own

    @property
    def names(self) -> list[str]:
        """Ours first, then the person's, each by name."""
        ours = sorted(path.stem for path in self._ours.glob(f"*{SUFFIX}"))
        own = sorted((path.stem for path in self._own.glob(f"*{SUFFIX}")), key=str.lower)
        return [*ours, *(key for key in own if key not in ours)]

    def is_own(self, key: str) -> bool:
        """Whether the person has a file for it, perhaps one that hides ours."""
        return self._own_path(key).is_file()

    def read(self, key: str) -> Palette:
        """Raises FileProblem."""
        path = self._own_path(key) if self.is_own(key) else self._ours / (key + SUFFIX)
        return read_palette(path)

    def keep(self, key: str, palette: Palette) -> None:
        """Write the person's file for `key`. Raises FileProblem."""
        try:
            self._own.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileProblem(f"The folder “{self._own}” cannot be made: {error.strerror}.") from error
        write_palette(self._own_path(key), palette)

    def add(self, palette: Palette) -> str:
        """Keep a new palette under a free key, which is returned. Raises FileProblem."""
        plain = "".join(c if c.isalnum() or c in " -_" else "-" for c in palette.name).strip(" -") or "palette"
        taken = {key.lower() for key in self.names}
        key = next(
            name
            for number in range(1, len(taken) + 2)
            if (name := plain if number == 1 else f"{plain} {number}").lower() not in taken
        )
        self.keep(key, palette)
        return key

    def drop(self, key: str) -> None:
        """Remove the person's file; one of ours that it hid is back. Raises FileProblem."""
        try:
            self._own_path(key).unlink()
        except OSError as error:
            sentence = f"The palette “{key}” could not be removed: {error.strerror or error}."
            raise FileProblem(sentence, detail=repr(error)) from error

    def _own_path(self, key: str) -> Path:
        return self._own / (key + SUFFIX)
