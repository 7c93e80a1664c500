"""Setting properties of layers, as a command. Must not know what the properties mean."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from sdstudio.document.document import Document
from sdstudio.document.history import Command
from sdstudio.raster.tiles import Mask

_ONE_DRAG_S = 1.0  # changes of one property that follow each other within this time are one undo step
_DRAGGED = ({"opacity"}, {"adjustment"}, {"fill"})
_LABELS = {
    "name": "Rename layer",
    "visible": "Show or hide layer",
    "opacity": "Layer opacity",
    "mode": "Blend mode",
    "locked": "Lock layer",
    "alpha_locked": "Lock transparency",
    "position_locked": "Lock position",
    "clipped": "Clip layer",
    "isolated": "Pass through",
    "mask_enabled": "Use layer mask",
    "adjustment": "Adjust",
    "fill": "Fill colour",
}


class SetLayer(Command):
    """Set properties of a layer, or of several alike, by name. A drag of the opacity is one undo step."""

    def __init__(
        self,
        layer_ids: str | Iterable[str],
        *,
        label: str | None = None,
        gesture: object | None = None,
        **properties: Any,
    ) -> None:
        """`apply` raises AttributeError when a layer has no such property.

        Commands of one `gesture` are one step however long it lasts; without one, those that follow quickly.
        """
        self.label = label or _LABELS.get(next(iter(properties), ""), "Layer properties")
        self._layer_ids = (layer_ids,) if isinstance(layer_ids, str) else tuple(layer_ids)
        self._new = properties
        self._old: dict[str, dict[str, Any]] = {}
        self._gesture = gesture
        self._last_s = time.monotonic()

    def apply(self, document: Document) -> None:
        layers = [document.layer(layer_id) for layer_id in self._layer_ids]
        self._old = {layer.id: {name: getattr(layer, name) for name in self._new} for layer in layers}
        if not self.is_empty:
            self._set(document, dict.fromkeys(self._layer_ids, self._new))

    def revert(self, document: Document) -> None:
        self._set(document, self._old)

    def merge(self, following: Command) -> bool:
        if not isinstance(following, SetLayer) or following._layer_ids != self._layer_ids:
            return False
        if following._new.keys() != self._new.keys() or set(self._new) not in _DRAGGED:
            return False
        if following._gesture is not self._gesture:
            return False
        if self._gesture is None and following._last_s - self._last_s > _ONE_DRAG_S:
            return False
        self._new, self._last_s = following._new, following._last_s
        return True

    @property
    def is_empty(self) -> bool:
        return all(self._new == old for old in self._old.values())

    @property
    def nbytes(self) -> int:
        values = [value for some in (self._new, *self._old.values()) for value in some.values()]
        return 256 + sum(value.nbytes for value in values if isinstance(value, Mask))

    def _set(self, document: Document, values: dict[str, dict[str, Any]]) -> None:
        for layer_id, properties in values.items():
            layer = document.layer(layer_id)
            for name, value in properties.items():
                setattr(layer, name, value)
        document.layers_changed.emit()
