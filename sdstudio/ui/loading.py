"""Any file that can be opened, as a document. How files are read is the formats room's business."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtGui import QImage

from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.errors import FileProblem, StudioError
from sdstudio.raster.geometry import Extent
from sdstudio.raster.tiles import Surface

DOCUMENT_SUFFIX = ".ora"
LAYERED = (DOCUMENT_SUFFIX, ".psd", ".psb")
PICTURE_PATTERNS = "*.png *.jpg *.jpeg *.webp *.avif *.bmp *.tif *.tiff *.gif"
DOCUMENT_PATTERNS = "*.ora *.psd *.psb"
_LAYERED_SUFFIXES = (".psd", ".psb")
_PHOTOSHOP, _ZIP = b"8BPS", b"PK\x03\x04"


@dataclass
class Loaded:
    """`path` is the file that Save writes; None for files of kinds that are only exported.

    `texts` is what a picture says of itself; `notes` are sentences about what of the file is not in the document.
    """

    document: Document
    path: Path | None
    texts: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def load(path: Path, report: Callable[[float], None] = lambda _fraction: None) -> Loaded:
    """Open a file, whatever its ending says. Raises FileProblem; `report` may raise to stop."""
    start = _start(path)
    if path.suffix.lower() == DOCUMENT_SUFFIX or start == _ZIP:
        from sdstudio.formats import openraster

        return Loaded(openraster.read_document(path, report), path)
    if start == _PHOTOSHOP:
        from sdstudio.formats.psd.reading import read_psd

        opened = read_psd(path, report)
        return Loaded(opened.document, None, notes=opened.notes)
    from sdstudio.formats.pictures import read_picture

    try:
        picture = read_picture(path)
    except FileProblem as problem:
        if start and path.suffix.lower() in _LAYERED_SUFFIXES:
            sentence = f"“{path.name}” is not a Photoshop document, or is damaged."
            raise FileProblem(sentence, detail=problem.message) from problem
        raise
    document = document_of(picture.image)
    document.metadata = dict(picture.metadata)
    return Loaded(document, None, picture.text, picture.notes)


def document_of(image: QImage) -> Document:
    """A document with `image` as its only layer. Raises FileProblem when it is larger than a canvas may be."""
    try:
        document = Document(Extent(image.width(), image.height()))
    except StudioError as error:
        raise FileProblem(error.message) from error
    layer = PaintLayer(name="Background", surface=Surface.from_image(image))
    document.root.children = [layer]
    document.active_id = layer.id
    return document


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(4)
    except OSError:
        return b""  # the reader says it better
