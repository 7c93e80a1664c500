"""Pictures as other programs make them, in sRGB with 8 bits a channel: PNG, JPEG, WebP, AVIF, TIFF, BMP and GIF.

Owns what is done to foreign pixels on the way in: colour profile to sRGB, orientation, depth. Must not know documents.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image, ImageOps
from PySide6.QtGui import QImage

from sdstudio.document.document import check_extent
from sdstudio.formats.color import in_srgb, kept_profile, profile_name
from sdstudio.formats.reading import problems_reading
from sdstudio.raster.geometry import Extent
from sdstudio.raster.resample import from_rgba

READABLE = ("PNG", "JPEG", "WEBP", "AVIF", "BMP", "TIFF", "GIF")
PARAMETERS_KEY, EXIF_KEY, XMP_KEY, TEXT_KEY = "parameters", "exif", "xmp", "text:"  # of a document's metadata
EXIF_IFD, USER_COMMENT, DESCRIPTION = 0x8769, 0x9286, 0x010E
_ORIENTATION = 0x0112
_XMP_TEXT = "XML:com.adobe.xmp"
_MOST_METADATA_BYTES = 2**20
_KNOWN = ", ".join(READABLE[:-1]) + " or " + READABLE[-1] + " picture"


@dataclass(frozen=True)
class Picture:
    """Premultiplied pixels, and what came with them.

    `text` is what people wrote ("parameters" is how a picture was generated); `metadata` is for a document that keeps
    all of it; `notes` are sentences about what of the file is not in the picture.
    """

    image: QImage
    text: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_picture(path: Path) -> Picture:
    """Open a picture. Raises FileProblem; one that is too large is refused by its header, before it is decoded."""
    path = Path(path)
    with problems_reading(path, _KNOWN), path.open("rb") as stream:
        return _read(stream)


def _read(stream: BinaryIO) -> Picture:
    with Image.open(stream, formats=READABLE) as image:
        check_extent(Extent(image.width, image.height))
        frames = _frames(image)
        wide = _is_wide(image)
        image.load()
        texts, profile = _texts(image), image.info.get("icc_profile")
        metadata = _metadata(image, texts, profile)
        notes = _notes(image, frames, wide, profile)
        precise = _rounded(stream, image) if wide else None
        upright = ImageOps.exif_transpose(_eight_bits(image) if precise is None else precise)
        return Picture(from_rgba(np.asarray(in_srgb(upright, profile))), texts, metadata, notes)


# What the file says besides pixels


def _texts(image: Image.Image) -> dict[str, str]:
    texts = {str(key): str(value) for key, value in getattr(image, "text", {}).items() if key != _XMP_TEXT}
    if PARAMETERS_KEY not in texts:
        comment = image.getexif().get_ifd(EXIF_IFD).get(USER_COMMENT)
        if isinstance(comment, bytes) and (words := _comment(comment)):
            texts[PARAMETERS_KEY] = words
    description = str(image.getexif().get(DESCRIPTION, ""))
    if PARAMETERS_KEY not in texts and "Steps: " in description:
        texts[PARAMETERS_KEY] = description
    return texts


def _comment(data: bytes) -> str:
    """An EXIF user comment: eight bytes name the encoding. Programs disagree on the byte order of "UNICODE"."""
    code, body = data[:8], data[8:]
    if code == b"UNICODE\0":
        big, little = (body.decode(f"utf-16-{order}", "replace") for order in ("be", "le"))
        ascii_share = [sum(character < "\x80" for character in words) for words in (big, little)]
        return (big if ascii_share[0] >= ascii_share[1] else little).strip("\0\ufeff")
    if code in (b"ASCII\0\0\0", bytes(8)):
        return body.decode("utf-8", "replace").strip("\0 ")
    return ""


def _metadata(image: Image.Image, texts: dict[str, str], profile: bytes | None) -> dict[str, str]:
    kept = {key if key == PARAMETERS_KEY else TEXT_KEY + key: value for key, value in texts.items()}
    if image.info.get("exif") and image.getexif():
        exif = Image.Exif()
        exif.load(image.getexif().tobytes())
        exif.pop(_ORIENTATION, None)  # the pixels will stand upright
        kept[EXIF_KEY] = base64.b64encode(exif.tobytes()).decode()
    xmp = image.info.get("xmp") or image.info.get(_XMP_TEXT)
    if xmp:
        kept[XMP_KEY] = xmp.decode("utf-8", "replace") if isinstance(xmp, bytes) else str(xmp)
    kept = {key: value for key, value in kept.items() if len(value) <= _MOST_METADATA_BYTES}
    return kept | (kept_profile(profile) if profile else {})


def _notes(image: Image.Image, frames: int, is_wide: bool, profile: bytes | None) -> list[str]:
    notes = []
    if frames > 1:
        what = "pages" if image.format == "TIFF" else "frames"
        notes.append(f"Only the first of {frames} {what} was opened.")
    if is_wide:
        bits = 32 if image.mode in ("F", "I") else 16
        notes.append(f"The {bits} bits of each channel were reduced to 8.")
    if profile and kept_profile(profile):
        notes.append(f"The colours were converted from “{profile_name(profile)}” to sRGB.")
    elif image.mode == "CMYK":
        notes.append("The colours were converted from CMYK to sRGB.")
    return notes


def _frames(image: Image.Image) -> int:
    return int(getattr(image, "n_frames", 1))


# Depth


def _is_wide(image: Image.Image) -> bool:
    """Whether a channel has more than 8 bits in the file."""
    tiles = getattr(image, "tile", [])
    raw = str(tiles[0].args) if tiles else ""
    return image.mode.startswith("I") or image.mode == "F" or ";16" in raw or "16B" in raw or "16L" in raw


def _rounded(stream: BinaryIO, image: Image.Image) -> Image.Image | None:
    """A colour picture of 16 bits, rounded to 8 instead of cut; None when it is another kind."""
    if image.mode not in ("RGB", "RGBA"):
        return None
    stream.seek(0)
    wide = cv2.imdecode(np.frombuffer(stream.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    channels = len(image.getbands())
    if wide is None or wide.dtype != np.uint16 or wide.shape != (image.height, image.width, channels):
        return None
    narrow = cv2.convertScaleAbs(wide, alpha=255 / 65535)
    order = cv2.COLOR_BGR2RGB if channels == 3 else cv2.COLOR_BGRA2RGBA
    rounded = Image.fromarray(cv2.cvtColor(narrow, order))
    rounded.info = dict(image.info)
    return rounded


def _eight_bits(image: Image.Image) -> Image.Image:
    """`image` in RGB, RGBA, L, LAB or CMYK with 8 bits a channel, and with its orientation."""
    made = image
    if image.mode.startswith("I"):  # 16 bits of grey
        wide = np.asarray(image).astype(np.int64)
        made = Image.fromarray(np.clip((wide + 128) // 257, 0, 255).astype(np.uint8))
    elif image.mode == "F":  # 0..1
        real = np.nan_to_num(np.asarray(image), nan=0.0, posinf=1.0, neginf=0.0)
        made = Image.fromarray(np.rint(np.clip(real, 0, 1) * 255).astype(np.uint8))
    elif image.mode not in ("RGB", "L", "CMYK", "LAB") or "transparency" in image.info:
        made = image.convert("RGBA")
    if made is not image and "exif" in image.info:
        made.info["exif"] = image.info["exif"]
    return made
