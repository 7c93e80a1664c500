"""Putting a picture where it belongs: as an RGBA patch, in a new layer, in one undo step.

Owns the promise that pixels outside the selection stay byte-identical. Must not know the queue or the engine.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPainter

from sdstudio.document.commands import AddLayer
from sdstudio.document.document import Document
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer, PaintLayer
from sdstudio.generation.colour import match
from sdstudio.generation.crop import to_canvas, to_model, to_screen
from sdstudio.generation.prepare import PAPER, Prepared
from sdstudio.generation.seam import seam_jump
from sdstudio.protocol.request import GenerationRequest
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.pixels import PREMULTIPLIED, edit
from sdstudio.raster.resample import from_rgb, from_rgba, resize, to_rgb
from sdstudio.raster.tiles import Surface

Pixels = NDArray[np.uint8]

REQUEST_KEY = "sdstudio:request"
SEAM_KEY = "sdstudio:seam"
_HARDLY = 64  # up to this mask value only the last steps change a pixel: details, not its colour
_NAME_LENGTH = 40
_PREVIEW_SIDE = 512
_THUMBNAIL_SIDE = 128


@dataclass(frozen=True, eq=False)
class Developed:
    """What takes long about a result, worked out beside the window: its pixels on the canvas, and its seam."""

    surface: Surface
    seam: float | None
    thumbnail: QImage


def developed(prepared: Prepared, picture: Pixels) -> Developed:
    """All of a result (h, w, 3 at request.extent) that does not depend on the document as it is now."""
    image, target = patch(prepared, picture), prepared.placement.target
    seam = _seam(prepared, image) if prepared.request.mode == "inpaint" else None
    return Developed(Surface.from_image(image, Point(target.x, target.y)), seam, thumbnail(prepared, picture))


def place(document: Document, prepared: Prepared, picture: Pixels, ready: Developed | None = None) -> Layer:
    """Add `picture` (h, w, 3 at request.extent) as a layer, active from now on: one undo step. Returns the layer.

    `ready` is what `developed` has made of it, where that was done already.
    """
    layer = layer_of(document, prepared, picture, ready)
    parent, index = _place_in_stack(document, prepared.placement.target)
    document.run(AddLayer(layer, None if parent is document.root else parent.id, index, label="Generate"))
    return layer


def layer_of(document: Document, prepared: Prepared, picture: Pixels, ready: Developed | None = None) -> PaintLayer:
    """The layer that `place` adds, for whoever wants to put it elsewhere in the stack."""
    made = ready or developed(prepared, picture)
    layer = PaintLayer(name=layer_name(prepared.request))
    corner, target = _corner(prepared, document), prepared.placement.target
    away = (round(corner.x) - target.x, round(corner.y) - target.y)
    layer.surface = made.surface.snapshot() if away == (0, 0) else made.surface.translated(*away)
    layer.metadata[REQUEST_KEY] = msgspec.json.encode(prepared.request).decode()
    if made.seam is not None:
        layer.metadata[SEAM_KEY] = f"{made.seam:.2f}"
    return layer


def patch(prepared: Prepared, picture: Pixels) -> QImage:
    """`picture` as it lies on the canvas: premultiplied, of the size of `placement.target`, transparent where nothing
    may change. At strength 0 the picture is not looked at: the patch is the original.
    """
    if prepared.request.strength == 0:
        return _original_patch(prepared)
    target = prepared.placement.target
    if prepared.request.mode == "inpaint":
        rgb = to_canvas(_matched(prepared, picture), prepared.placement.context, target)
        return from_rgba(np.dstack((rgb, prepared.compose_mask)))
    return from_rgb(to_canvas(picture, prepared.placement.context, target))


def preview(prepared: Prepared, width: int, height: int, blob: bytes) -> tuple[QImage, Bounds]:
    """A step's RGB picture of the whole context as it is to be drawn over the canvas: premultiplied, and where.

    The picture covers `placement.target`, masked like the result, and is small: the view scales it.
    """
    rgb = np.frombuffer(blob, np.uint8).reshape(height, width, 3)
    target, context = prepared.placement.target, prepared.placement.context
    scale = min(1.0, _PREVIEW_SIDE / max(target.width, target.height))
    small = Extent(max(1, round(target.width * scale)), max(1, round(target.height * scale)))
    shown = to_screen(rgb, context, target, small)
    if prepared.mask is None:
        return from_rgb(shown), target
    return from_rgba(np.dstack((shown, resize(prepared.compose_mask, small)))), target


def thumbnail(prepared: Prepared, picture: Pixels) -> QImage:
    """The result on the canvas in small, for lists."""
    if prepared.request.strength == 0:
        image = _original_patch(prepared)
    else:
        height, width = picture.shape[:2]
        image, _ = preview(prepared, width, height, picture.tobytes())
    scale = min(1.0, _THUMBNAIL_SIDE / max(image.width(), image.height()))
    return resize(image, Extent(max(1, round(image.width() * scale)), max(1, round(image.height() * scale))))


def layer_name(request: GenerationRequest) -> str:
    """The prompt, shortened at a word, or what was done when there is none."""
    words = " ".join(request.prompt.split())
    if not words:
        return {"text_to_image": "Generated", "image_to_image": "Refined", "inpaint": "Filled"}[request.mode]
    if len(words) <= _NAME_LENGTH:
        return words
    return words[: _NAME_LENGTH - 1].rsplit(" ", 1)[0].rstrip(",;:. ") + "…"


def _original_patch(prepared: Prepared) -> QImage:
    """What is there already. Only opaque pixels, since a translucent one over itself would change."""
    target, seen = prepared.placement.target, prepared.original_bounds
    image = prepared.original.copy(target.x - seen.x, target.y - seen.y, target.width, target.height)
    image = image.convertToFormat(PREMULTIPLIED)
    pixels = edit(image)
    pixels[(pixels[:, :, 3] < 255) | (prepared.compose_mask == 0)] = 0
    return image


def _matched(prepared: Prepared, picture: Pixels) -> Pixels:
    """`picture` with its colours corrected by the ring around the selection, both at request.extent."""
    assert prepared.source is not None
    assert prepared.mask is not None
    context, seen = prepared.placement.context, prepared.original_bounds
    selected = to_model(_selected(prepared), seen, context, prepared.request.extent)
    # Where the mask is 0 the engine returns the source itself; a little above, what its model made of the source.
    kept = ((prepared.mask > 0) & (prepared.mask <= _HARDLY)).astype(np.uint8)
    return match(picture, prepared.source, selected, kept)


def _selected(prepared: Prepared) -> Pixels:
    """The compose mask over `original_bounds`."""
    target, seen = prepared.placement.target, prepared.original_bounds
    selected = np.zeros((seen.height, seen.width), np.uint8)
    rows = slice(target.y - seen.y, target.bottom - seen.y)
    selected[rows, target.x - seen.x : target.right - seen.x] = prepared.compose_mask
    return selected


def _seam(prepared: Prepared, image: QImage) -> float:
    """The jump that the patch adds along its edge, in levels."""
    target, seen = prepared.placement.target, prepared.original_bounds
    after = prepared.original.copy()
    painter = QPainter(after)
    painter.drawImage(target.x - seen.x, target.y - seen.y, image)
    painter.end()
    return seam_jump(to_rgb(prepared.original, PAPER), to_rgb(after, PAPER), _selected(prepared))


def _corner(prepared: Prepared, document: Document) -> Point:
    """The patch's place; moved to the canvas's centre when the canvas has since shrunk away from under it."""
    target = prepared.placement.target
    if not target.intersected(Bounds.of(document.extent)).is_empty:
        return Point(target.x, target.y)
    return Point((document.extent.width - target.width) // 2, (document.extent.height - target.height) // 2)


def _place_in_stack(document: Document, target: Bounds) -> tuple[GroupLayer, int]:
    """Above the active layer; on top of everything where layers above it would hide or change the result."""
    active = document.active
    if active is not None:
        parent = document.parent_of(active.id)
        index = parent.children.index(active) + 1
        if _shows_plainly(document, parent) and not _covered(document, active, parent, index, target):
            return parent, index
    return document.root, len(document.root.children)


def _shows_plainly(document: Document, group: GroupLayer) -> bool:
    """Whether a layer in `group` is seen as it is: no group around it hides or blends it."""
    while group is not document.root:
        if not group.visible or group.opacity < 1 or group.mode != BlendMode.NORMAL or group.clipped:
            return False
        if group.shown_mask is not None:
            return False
        group = document.parent_of(group.id)
    return True


def _covered(document: Document, active: Layer, parent: GroupLayer, index: int, target: Bounds) -> bool:
    """Whether something visible above `active` reaches into `target`, or belongs to it by clipping."""
    if index < len(parent.children) and parent.children[index].clipped:
        return True
    layers = list(document.walk())
    return any(
        layer.visible and _reaches(document, layer, parent, target) for layer in layers[layers.index(active) + 1 :]
    )


def _reaches(document: Document, layer: Layer, parent: GroupLayer, target: Bounds) -> bool:
    """Whether a layer above a new one in `parent` shows something, or changes what is below it, in `target`."""
    if isinstance(layer, PaintLayer):
        return not layer.surface.content_bounds().intersected(target).is_empty
    if not isinstance(layer, AdjustmentLayer | FillLayer) or layer.clipped:
        return False
    around = document.parent_of(layer.id)
    if isinstance(layer, AdjustmentLayer) and around.isolated and around not in (document.root, parent):
        return False
    mask = layer.shown_mask
    return mask is None or bool(mask.read(target).any())
