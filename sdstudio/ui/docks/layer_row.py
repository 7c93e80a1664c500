"""Where the parts of a row of the layer list are, for painting them and for clicking at them."""

from __future__ import annotations

from PySide6.QtCore import QRect

from sdstudio.document.layers import Layer

ROW_HEIGHT = 48
THUMBNAIL = 36
_EYE = 32
_CLIP = 16  # that a clipped layer is set in
_GAP = 6
_LOCK = 32


def eye_area(row: QRect) -> QRect:
    """Where a click shows or hides the layer."""
    return QRect(row.left() + 4, row.top(), _EYE, row.height())


def clip_area(row: QRect) -> QRect:
    """Where the arrow of a clipped layer points at the layer below."""
    return QRect(row.left() + 4 + _EYE, row.top(), _CLIP, row.height())


def thumbnail_area(row: QRect, layer: Layer) -> QRect:
    """Where the layer's picture is; a click there makes its pixels the target, or folds a group."""
    left = row.left() + 4 + _EYE + (_CLIP if layer.clipped else 0)
    return QRect(left, row.top() + (row.height() - THUMBNAIL) // 2, THUMBNAIL, THUMBNAIL)


def mask_area(row: QRect, layer: Layer) -> QRect:
    """Where the mask's picture is; a click there makes the mask the target. Empty without a mask."""
    if layer.mask is None:
        return QRect()
    return thumbnail_area(row, layer).translated(THUMBNAIL + _GAP, 0)


def lock_area(row: QRect) -> QRect:
    """Where a locked layer shows its lock; a click there opens it."""
    return QRect(row.right() - _LOCK, row.top(), _LOCK, row.height())


def text_area(row: QRect, layer: Layer, *, beside_lock: bool = True) -> QRect:
    """Where the name is."""
    pictures = thumbnail_area(row, layer) if layer.mask is None else mask_area(row, layer)
    left = pictures.right() + 11
    right = _LOCK + 4 if beside_lock and layer.locked else 8
    return QRect(left, row.top() + 6, row.right() - left - right, row.height() - 12)
