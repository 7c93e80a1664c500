"""What OpenRaster cannot say: the values that our files keep in `sdstudio/` beside the baseline, and their pictures.

Layers that another program would show otherwise (masks, clipping, adjustments, fills) have a picture of how they look
in the baseline, and here what they really are. Must not know stack.xml.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from sdstudio.formats.archive import Reader, Writer
from sdstudio.raster.adjustments import Adjustment
from sdstudio.raster.fills import Fill
from sdstudio.raster.geometry import Bounds
from sdstudio.raster.tiles import Mask

_Place = Annotated[int, msgspec.Meta(ge=-999_999, le=999_999)]


class StoredPicture(msgspec.Struct, frozen=True):
    """A PNG in the archive and its place."""

    source: str
    x: _Place
    y: _Place


class StoredMask(msgspec.Struct, frozen=True, omit_defaults=True):
    """Coverage: a grey PNG in the archive, its place, and the value everywhere else: 0 or 255."""

    source: str
    x: _Place
    y: _Place
    outside: int = 0


class LayerExtras(msgspec.Struct, omit_defaults=True):
    """What a layer really is; None where the baseline says it already."""

    metadata: dict[str, str] = {}
    mask: StoredMask | None = None
    mask_enabled: bool = True
    alpha_locked: bool = False
    position_locked: bool = False
    clipped: bool = False
    pixels: StoredPicture | None = None
    adjustment: Adjustment | None = None
    fill: Fill | None = None
    opacity: float | None = None
    mode: str | None = None
    visible: bool | None = None


class Extras(msgspec.Struct, omit_defaults=True):
    """What a document holds besides layers; layers by id."""

    version: int = 1
    metadata: dict[str, str] = {}
    selection: StoredMask | None = None
    channels: dict[str, StoredMask] = {}
    layers: dict[str, LayerExtras] = {}

    def sources(self) -> list[str]:
        """The names of all pictures that belong to this."""
        stored: list[StoredMask | StoredPicture | None] = [self.selection, *self.channels.values()]
        for layer in self.layers.values():
            stored += [layer.mask, layer.pixels]
        return [one.source for one in stored if one is not None]


def store_mask(writer: Writer, name: str, mask: Mask, *, even_if_empty: bool = False) -> StoredMask | None:
    """Write a mask; None when it is empty, unless that is something to keep as well."""
    area = mask.content_bounds()
    if area.is_empty:
        if not even_if_empty:
            return None
        area = Bounds(0, 0, 1, 1)
    writer.add_coverage(name, mask.read(area))
    return StoredMask(name, area.x, area.y, mask.outside)


def restore_mask(archive: Reader, stored: StoredMask) -> Mask:
    """The inverse of `store_mask`. Raises FileProblem."""
    coverage = archive.coverage(stored.source)
    mask = Mask(outside=255 if stored.outside else 0)
    mask.write(Bounds(stored.x, stored.y, coverage.shape[1], coverage.shape[0]), coverage)
    mask.drop_empty()
    return mask
