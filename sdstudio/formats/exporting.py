"""One flat picture into the formats that other programs read. Must not know documents."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PySide6.QtGui import QImage

from sdstudio.errors import FileProblem
from sdstudio.formats.atomic import write_atomically
from sdstudio.formats.color import from_srgb, profile_in
from sdstudio.formats.pictures import DESCRIPTION, EXIF_IFD, EXIF_KEY, PARAMETERS_KEY, TEXT_KEY, USER_COMMENT, XMP_KEY
from sdstudio.formats.reading import DAMAGE, nothing_to_tell
from sdstudio.formats.straight import is_opaque, on_white, straight
from sdstudio.formats.tiff import write_tiff

WRITABLE = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".avif": "AVIF",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".bmp": "BMP",
    ".gif": "GIF",
}
HAS_QUALITY = {"JPEG", "WEBP", "AVIF"}
HAS_ALPHA = {"PNG", "WEBP", "AVIF", "TIFF", "GIF"}
HAS_METADATA = {"PNG", "JPEG", "WEBP", "AVIF", "TIFF"}
_MOST_JPEG_EXIF_BYTES = 65_000
_MOST_COLORS = 255  # and one that is transparent


@dataclass(frozen=True)
class ExportOptions:
    """What a person may choose; what a format does not know is without effect."""

    quality: int = 92  # 0..100; JPEG, WebP and AVIF
    lossless: bool = False  # WebP
    keep_metadata: bool = True  # EXIF, XMP, texts and the parameters of a generation
    original_profile: bool = False  # in the colours of the profile that the document's file came with, instead of sRGB


def write_picture(
    path: Path,
    image: QImage,
    *,
    parameters: str | None = None,
    quality: int | None = None,
    options: ExportOptions | None = None,
    metadata: dict[str, str] | None = None,
    progress: Callable[[float], None] = nothing_to_tell,
) -> None:
    """Save `image` in the format of the suffix, atomically. Raises FileProblem.

    `parameters` is kept as A1111's tools do: a PNG text, or the EXIF user comment. `metadata` is a document's. A WebP
    of `quality` 100 is lossless. Where there is no transparency white shows through. `progress` may raise to stop.
    """
    path = Path(path)
    kind = WRITABLE.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(sorted({suffix[1:].upper() for suffix in WRITABLE if suffix not in (".jpeg", ".tiff")}))
        raise FileProblem(f"“{path.name}” has no ending of a known picture format; use one of {known}.")
    chosen = options or ExportOptions(quality=92 if quality is None else quality, lossless=quality == 100)

    def save(stream: BinaryIO) -> None:
        encode(stream, image, kind, chosen, parameters, metadata or {}, progress)

    try:
        write_atomically(path, save)
    except DAMAGE as error:  # a side longer than the format can say
        raise FileProblem(f"“{path.name}” cannot hold a picture of {image.width()} × {image.height()}.") from error


def encode(
    stream: BinaryIO,
    image: QImage,
    kind: str,
    options: ExportOptions,
    parameters: str | None,
    metadata: dict[str, str],
    progress: Callable[[float], None] = nothing_to_tell,
) -> None:
    """Write `image` as `kind`, one of the values of WRITABLE. Raises what the encoders raise, and FileProblem."""
    is_flat = kind not in HAS_ALPHA or is_opaque(image)
    picture = Image.fromarray(on_white(image) if is_flat else straight(image))
    settings = _settings(kind, options)
    if options.keep_metadata and kind in HAS_METADATA:
        settings |= _kept(kind, parameters or metadata.get(PARAMETERS_KEY), metadata)
    profile = profile_in(metadata) if options.original_profile and kind in HAS_METADATA else None
    if profile is not None and (converted := from_srgb(picture, profile)) is not None:
        picture, settings["icc_profile"] = converted, profile
    if kind == "TIFF":
        write_tiff(stream, picture, settings, progress)
        return
    if kind == "GIF":
        picture, settings = _few_colors(picture)
    picture.save(cast(BinaryIO, _Watched(stream, progress)), kind, **settings)


def _few_colors(picture: Image.Image) -> tuple[Image.Image, dict[str, Any]]:
    """At most 255 colours; a pixel is there or it is not."""
    few = picture.convert("RGB").quantize(_MOST_COLORS)
    if picture.mode != "RGBA":
        return few, {}
    few.paste(_MOST_COLORS, mask=picture.getchannel("A").point(lambda alpha: 255 * (alpha < 128)))
    return few, {"transparency": _MOST_COLORS}


class _Watched:
    """A stream that tells of each write. Without a file number, so that encoders write in small parts."""

    def __init__(self, stream: BinaryIO, progress: Callable[[float], None]) -> None:
        self._stream, self._progress = stream, progress
        self.seek, self.tell, self.read, self.flush = stream.seek, stream.tell, stream.read, stream.flush

    def write(self, data: bytes) -> int:
        self._progress(0.5)  # nobody knows how much is to come
        return self._stream.write(data)


def _settings(kind: str, options: ExportOptions) -> dict[str, Any]:
    match kind:
        case "JPEG":
            return {"quality": options.quality, "subsampling": 0 if options.quality >= 85 else 2}
        case "WEBP":
            return {"lossless": True} if options.lossless else {"quality": options.quality}
        case "AVIF":
            return {
                "quality": options.quality,
                "subsampling": "4:4:4" if options.quality >= 85 else "4:2:0",
                "speed": 8,
            }
    return {}


def _kept(kind: str, parameters: str | None, metadata: dict[str, str]) -> dict[str, Any]:
    """The metadata as arguments for the encoder."""
    kept: dict[str, Any] = {}
    exif = Image.Exif()
    with contextlib.suppress(KeyError, ValueError, SyntaxError):
        exif.load(base64.b64decode(metadata[EXIF_KEY], validate=True))
    if kind == "PNG":
        kept["pnginfo"] = _png_texts(parameters, metadata)
    elif kind == "TIFF":
        return {"tags": _plain_tags(exif, parameters), "xmp": metadata.get(XMP_KEY, "").encode()}
    elif parameters:
        exif.get_ifd(EXIF_IFD)[USER_COMMENT] = b"UNICODE\0" + parameters.encode("utf-16-be", "replace")
    if EXIF_KEY in metadata or (parameters and kind != "PNG"):
        kept["exif"] = exif.tobytes()
        if kind == "JPEG" and len(kept["exif"]) > _MOST_JPEG_EXIF_BYTES:
            raise FileProblem("The prompt is too long to be kept in a JPEG file; save as PNG or WebP instead.")
    if XMP_KEY in metadata and kind in ("JPEG", "WEBP", "AVIF"):
        kept["xmp"] = metadata[XMP_KEY].encode()
    return kept


def _plain_tags(exif: Image.Exif, parameters: str | None) -> dict[int, str]:
    """The texts of the first table: the maker, the model, the artist, …"""
    tags = {tag: value for tag, value in exif.items() if isinstance(value, str)}
    return tags | ({DESCRIPTION: parameters} if parameters else {})


def _png_texts(parameters: str | None, metadata: dict[str, str]) -> PngInfo:
    info = PngInfo()
    if parameters:
        info.add_text(PARAMETERS_KEY, parameters)
    for key, value in metadata.items():
        name = key.removeprefix(TEXT_KEY)
        if key.startswith(TEXT_KEY) and 0 < len(name) < 80 and name.isascii():
            info.add_itxt(name, value)
    if XMP_KEY in metadata:
        info.add_itxt("XML:com.adobe.xmp", metadata[XMP_KEY])
    return info
