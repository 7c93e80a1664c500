"""A small picture of a file without opening it: an OpenRaster file's own thumbnail, or a picture read in small."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QImageReader

_THUMBNAIL = "Thumbnails/thumbnail.png"
_MOST_BYTES = 4 * 2**20  # of a thumbnail


def glance(path: Path, side: int) -> QImage:
    """At most `side` pixels on the longer side; null when the file cannot be read or is of an unknown kind."""
    if path.suffix.lower() == ".ora":
        image = _own_thumbnail(path)
    else:
        reader = QImageReader(str(path))
        reader.setAutoTransform(True)
        size = reader.size()
        if size.isValid() and max(size.width(), size.height()) > side:
            reader.setScaledSize(size.scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio))
        image = reader.read()
    if image.isNull() or max(image.width(), image.height()) <= side:
        return image
    return image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)


def _own_thumbnail(path: Path) -> QImage:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_THUMBNAIL) as file:
            data = file.read(_MOST_BYTES)
    except (OSError, KeyError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError):
        return QImage()  # what is wrong with the file is told when it is opened
    return QImage.fromData(data)
