"""What a move or a turn makes of a layer, worked out from a snapshot before it happens. Must not know commands."""

from __future__ import annotations

from dataclasses import dataclass

from sdstudio.document.layers import Layer, PaintLayer
from sdstudio.raster.tiles import Mask, Surface
from sdstudio.raster.transform import Transform


@dataclass(frozen=True)
class PreparedLayer:
    """The pixels and the mask of `source`, a layer of a snapshot, after `transform`."""

    transform: Transform
    source: Layer
    surface: Surface | None
    mask: Mask | None

    def fits(self, layer: Layer, transform: Transform) -> bool:
        """Whether it is this transform that is wanted, and the layer is still as it was."""
        before = self.source
        if transform != self.transform or (layer.mask is None) != (before.mask is None):
            return False
        if layer.mask is not None and before.mask is not None and not layer.mask.is_shared_with(before.mask):
            return False
        if isinstance(layer, PaintLayer) and isinstance(before, PaintLayer):
            return layer.surface.is_shared_with(before.surface)
        return True
