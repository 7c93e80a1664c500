"""Text layers: paint layers that remember the words their pixels were drawn from.

The words, their looks and a fingerprint of the drawn pixels stand in the layer's metadata, so files keep them. As long
as the pixels are those that were drawn, wherever they have been moved, the words can be edited; painting on them makes
them an ordinary picture, and undoing that makes them words again. Must not know tools.
"""

from __future__ import annotations

import hashlib

import msgspec

from sdstudio.document.document import Document
from sdstudio.document.edits import EditTiles
from sdstudio.document.history import Command
from sdstudio.document.layers import Layer, PaintLayer
from sdstudio.document.permissions import paintable
from sdstudio.document.properties import SetLayer
from sdstudio.document.steps import Steps
from sdstudio.document.structure import AddLayer
from sdstudio.raster.geometry import EMPTY, Bounds
from sdstudio.raster.pixels import view
from sdstudio.raster.text import Text
from sdstudio.raster.text_drawing import drawn
from sdstudio.raster.tiles import Mask, Surface, keys_over, tile_bounds
from sdstudio.raster.transform import Transform

KEY = "sdstudio:text"
_REACH = 4096  # pixels beyond the canvas that a text is drawn
_LONGEST_NAME = 40


class _Drawn(msgspec.Struct, frozen=True):
    text: Text
    area: tuple[int, int, int, int]  # where its pixels were
    pixels: str  # their fingerprint


def text_of(layer: Layer) -> Text | None:
    """The words of the layer, where they are now; None when its pixels are not (or not any more) those of words."""
    remembered = _remembered(layer)
    if remembered is None or not isinstance(layer, PaintLayer):
        return None
    area = layer.surface.content_bounds()
    before = Bounds(*remembered.area)
    if area.extent != before.extent or _fingerprint(layer.surface, area) != remembered.pixels:
        return None
    moved = remembered.text.transform.then(Transform.move(area.x - before.x, area.y - before.y))
    return msgspec.structs.replace(remembered.text, place=moved.rows)


def was_text(layer: Layer) -> bool:
    """Whether the layer held words that cannot be edited any more, because its pixels were changed since."""
    return _remembered(layer) is not None and text_of(layer) is None


def with_text(layer: Layer, text: Text, surface: Surface) -> dict[str, str]:
    """The layer's metadata when `surface` shows `text`."""
    area = surface.content_bounds()
    remembered = _Drawn(text, (area.x, area.y, area.width, area.height), _fingerprint(surface, area))
    return layer.metadata | {KEY: msgspec.json.encode(remembered).decode()}


def drawn_text(text: Text, canvas: Bounds) -> Surface:
    """Its pixels, also some way beyond the canvas."""
    return drawn(text, canvas.padded(_REACH))


def name_for(text: Text) -> str:
    """A layer's name: its first words."""
    words = " ".join(text.words.split())
    return words if len(words) <= _LONGEST_NAME else words[: _LONGEST_NAME - 1].rstrip() + "…"


class TextEdit:
    """Words while they are written: seen at once, one undo step at the end.

    As a stroke it may be ended from elsewhere, and then ignores what comes afterwards.
    """

    def __init__(self, document: Document, text: Text, layer: PaintLayer | None = None) -> None:
        """Without a layer a new one is made, which shows inside the selection only: by a mask, so the words stay whole.

        Raises StudioError when the layer cannot be changed.
        """
        if layer is not None:
            paintable(document, layer.id)
        self._document = document
        self._add: AddLayer | None = None
        if layer is None:
            document.end_drag()
            layer = PaintLayer(name="Text", mask=_limits(document))
            self._add = AddLayer(layer, label="Text")
            self._add.apply(document)
        document.begin_drag(self)
        self.layer = layer
        self.text = text
        self.is_open = True
        self._before = layer.surface.snapshot()
        self._named_by_words = self._add is not None or layer.name == name_for(text)
        if self._add is not None:
            self.show(text)

    def show(self, text: Text) -> None:
        """Let the layer show this from now on."""
        if not self.is_open:
            return
        self.text = text
        shown = self.layer.surface.bounds()
        self.layer.surface = drawn_text(text, self._document.bounds)
        area = shown.united(self.layer.surface.bounds())
        if not area.is_empty:
            self._document.pixels_changed.emit(self.layer.id, area)

    def commit(self) -> None:
        """End it and record one command; without words a new layer goes again, and one that had some stays empty."""
        if not self.is_open:
            return
        self.is_open = False
        after = self.layer.surface.snapshot()
        metadata = with_text(self.layer, self.text, after)
        name = name_for(self.text) if self._named_by_words and self.text.words.strip() else self.layer.name
        if self._add is None:
            self._record(after, metadata, name)
        elif not self.text.words.strip():
            self._add.revert(self._document)
        else:
            self.layer.metadata, self.layer.name = metadata, name
            self._document.layers_changed.emit()
            self._document.history.record(self._add)

    def cancel(self) -> None:
        """End it as if it had never been."""
        if not self.is_open:
            return
        if self._add is not None:
            self.is_open = False
            self._add.revert(self._document)
            return
        area = self.layer.surface.bounds().united(self._before.bounds())
        self.layer.surface, self.is_open = self._before, False
        self._document.pixels_changed.emit(self.layer.id, area if not area.is_empty else EMPTY)

    def _record(self, after: Surface, metadata: dict[str, str], name: str) -> None:
        edit = EditTiles(self.layer.id, self._before, after, "Edit text")
        if edit.is_empty and text_of(self.layer) == self.text:
            return
        properties = SetLayer(self.layer.id, label="Edit text", metadata=metadata, name=name)
        properties.apply(self._document)
        self._document.history.record(Steps("Edit text", [edit, properties]))


def transformed_text(
    layer: PaintLayer, transform: Transform, surface: Surface | None, canvas: Bounds
) -> Command | None:
    """What draws the layer's words anew under a transform; None when it has none.

    `surface` is what came of the pixels when the transform is exact, so that they stay what they are.
    """
    text = text_of(layer)
    if text is None:
        return None
    moved = msgspec.structs.replace(text, place=text.transform.then(transform).rows)
    after = surface if surface is not None else drawn_text(moved, canvas)
    metadata = with_text(layer, moved, after)
    edit = EditTiles(layer.id, layer.surface.snapshot(), after, "Transform")
    return Steps("Transform", [edit, SetLayer(layer.id, label="Transform", metadata=metadata)])


def _limits(document: Document) -> Mask | None:
    """The selection as the mask of a new layer; None when it leaves nothing of the canvas out."""
    selection, canvas = document.selection, document.bounds
    if selection.is_empty or all(
        selection.read(tile_bounds(key).intersected(canvas)).min() == 255 for key in keys_over(canvas)
    ):
        return None
    return selection.snapshot()


def _remembered(layer: Layer) -> _Drawn | None:
    if KEY not in layer.metadata:
        return None
    try:
        return msgspec.json.decode(layer.metadata[KEY], type=_Drawn)
    except msgspec.DecodeError:
        return None  # of a later version, or damaged: the pixels are still there


def _fingerprint(surface: Surface, area: Bounds) -> str:
    digest = hashlib.blake2b(digest_size=12)
    if not area.is_empty:
        digest.update(view(surface.read(area)).tobytes())
    return digest.hexdigest()
