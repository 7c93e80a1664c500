"""What besides pixels decides how a document looks, and where a change of it shows.

Must not know how layers are composed or cached.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer, PaintLayer
from sdstudio.raster.adjustments import reach_px
from sdstudio.raster.geometry import EMPTY, Bounds

EVERYWHERE = Bounds(-(2**20), -(2**20), 2**21, 2**21)
"""How far layers without edges reach: beyond every canvas."""


@dataclass
class Looks:
    """The order and properties of all layers at one moment, and how far each reaches."""

    entries: list[Hashable] = field(default_factory=list)
    reaches: list[Bounds] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)  # of each layer, or the group around it, in the document
    has_clipping: bool = False
    blur_reach: int = 0  # of all blurs together, in pixels

    @staticmethod
    def of(root: GroupLayer) -> Looks:
        looks = Looks()
        for place, layer in enumerate(root.children):
            looks._add(layer, root, place)
        return looks

    def painted(self, layer_id: str, area: Bounds) -> None:
        """A layer may reach farther than before."""
        if layer_id in self.ids:
            index = self.ids.index(layer_id)
            self.reaches[index] = self.reaches[index].united(area)

    def changed_area(self, after: Looks) -> Bounds | None:
        """Where the picture may differ between this moment and `after`; None is everywhere."""
        if self.entries == after.entries:
            return EMPTY
        if self.has_clipping or after.has_clipping:
            return None  # what a clipped layer shows depends on its neighbours
        same_below = _common(self.entries, after.entries)
        rest = min(len(self.entries), len(after.entries)) - same_below
        same_above = min(rest, _common(self.entries[::-1], after.entries[::-1]))
        area = EMPTY
        for looks in (self, after):
            for reach in looks.reaches[same_below : len(looks.reaches) - same_above]:
                area = area.united(reach)
        return area if area.is_empty else area.padded(max(self.blur_reach, after.blur_reach))

    def same_below(self, after: Looks) -> int:
        """How many layers of the document itself, from the bottom, look the same in both with all that is in them."""
        same = _common(self.entries, after.entries)
        count = after.places[same] if same < len(after.places) else (after.places[-1] + 1 if after.places else 0)
        if self.has_clipping or after.has_clipping:
            count -= 1  # the one below may just have become, or been, a base
        return max(0, count)

    def _add(self, layer: Layer, group: GroupLayer, place: int) -> Bounds:
        reach = EMPTY
        if isinstance(layer, GroupLayer):
            for child in layer.children:
                reach = reach.united(self._add(child, layer, place))
        elif isinstance(layer, PaintLayer):
            reach = layer.surface.bounds()
        else:
            reach = EVERYWHERE
        look = (layer.visible, layer.opacity, layer.mode, layer.clipped, layer.mask, layer.mask_enabled)
        self.entries.append((layer.id, group.id, *look, *_kind(layer)))
        self.reaches.append(reach)
        self.ids.append(layer.id)
        self.places.append(place)
        self.has_clipping |= layer.clipped
        if isinstance(layer, AdjustmentLayer):
            self.blur_reach += reach_px(layer.adjustment)
        return reach


def _kind(layer: Layer) -> tuple[Hashable, ...]:
    """The properties that only its kind of layer has."""
    if isinstance(layer, GroupLayer):
        return (layer.isolated,)
    if isinstance(layer, AdjustmentLayer):
        return (layer.adjustment,)
    return (layer.fill,) if isinstance(layer, FillLayer) else ()


def _common(some: list[Hashable], others: list[Hashable]) -> int:
    """How many entries are the same from the start."""
    count = 0
    for one, other in zip(some, others, strict=False):
        if one != other:
            break
        count += 1
    return count
