"""Layers: what they hold and nothing else. Must not know the document, history or events."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from sdstudio.raster.adjustments import Adjustment, Invert
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.fills import Fill, SolidFill
from sdstudio.raster.tiles import Mask, Surface


def new_layer_id() -> str:
    """A name for a layer that no other layer has, in any document."""
    return uuid.uuid4().hex


@dataclass(kw_only=True, eq=False)
class Layer:
    """What all layers have. `metadata["sdstudio:request"]` is the JSON of the request that generated the layer.

    A mask shows the layer where it is above 0; one that is not enabled is kept and does nothing.
    """

    id: str = field(default_factory=new_layer_id)
    name: str = ""
    visible: bool = True
    opacity: float = 1.0
    mode: BlendMode = BlendMode.NORMAL
    locked: bool = False
    alpha_locked: bool = False
    position_locked: bool = False
    clipped: bool = False
    mask: Mask | None = None
    mask_enabled: bool = True
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Memory of the pixels and the mask in bytes."""
        return self.mask.nbytes if self.mask is not None else 0

    @property
    def shown_mask(self) -> Mask | None:
        """The mask that has an effect now."""
        return self.mask if self.mask_enabled else None


@dataclass(kw_only=True, eq=False)
class PaintLayer(Layer):
    """Pixels."""

    surface: Surface = field(default_factory=Surface)

    @property
    def nbytes(self) -> int:
        return self.surface.nbytes + super().nbytes


@dataclass(kw_only=True, eq=False)
class AdjustmentLayer(Layer):
    """Changes the colours of what lies below it in its group, or of its base when it is clipped; no pixels."""

    adjustment: Adjustment = field(default_factory=Invert)


@dataclass(kw_only=True, eq=False)
class FillLayer(Layer):
    """One colour everywhere; no pixels of its own."""

    fill: Fill = field(default_factory=SolidFill)


@dataclass(kw_only=True, eq=False)
class GroupLayer(Layer):
    """Layers that are treated as one, bottom first. An isolated group is blended as one picture.

    One that is not isolated lets its layers blend with what lies below it.
    """

    children: list[Layer] = field(default_factory=list)
    isolated: bool = True

    @property
    def nbytes(self) -> int:
        return sum(child.nbytes for child in self.children) + super().nbytes

    def walk(self) -> Iterator[Layer]:
        """Every layer inside, bottom first; a group comes after what it holds."""
        for child in self.children:
            if isinstance(child, GroupLayer):
                yield from child.walk()
            yield child


def copied(layer: Layer, *, new_ids: bool) -> Layer:
    """A copy of `layer` and all that it holds; pixels are shared until one side writes."""
    identity = new_layer_id() if new_ids else layer.id
    mask = layer.mask.snapshot() if layer.mask is not None else None
    plain = replace(layer, id=identity, metadata=dict(layer.metadata), mask=mask)
    if isinstance(plain, GroupLayer):
        plain.children = [copied(child, new_ids=new_ids) for child in plain.children]
    elif isinstance(plain, PaintLayer):
        plain.surface = plain.surface.snapshot()
    return plain


def paint_layers(layers: Iterable[Layer]) -> list[PaintLayer]:
    """All layers with pixels among `layers` and inside their groups, bottom first."""
    found: list[PaintLayer] = []
    for layer in layers:
        if isinstance(layer, GroupLayer):
            found += paint_layers(layer.children)
        elif isinstance(layer, PaintLayer):
            found.append(layer)
    return found


def looks_below(layer: Layer) -> bool:
    """Whether what is seen of it depends on the layers below it, besides being put over them."""
    passes = isinstance(layer, GroupLayer) and not layer.isolated and any(looks_below(one) for one in layer.children)
    return passes or isinstance(layer, AdjustmentLayer) or layer.mode is not BlendMode.NORMAL
