"""Pictures as other programs make them: PNG, JPEG, WebP, BMP and TIFF, in sRGB with 8 bits a channel.

Owns what is done to foreign pixels on the way in: colour profile to sRGB, orientation, depth. Must not know documents.
"""

from __future__ import annotations

import contextlib
import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo
from PySide6.QtGui import QImage

from sdstudio.document.document import check_extent
from sdstudio.errors import BadRequest, FileProblem
from sdstudio.formats.atomic import write_atomically
from sdstudio.raster.geometry import Extent
from sdstudio.raster.pixels import view
from sdstudio.raster.resample import from_rgba

READABLE = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")
WRITABLE = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
# What decoders raise for damaged data, besides OSError.
DAMAGE = (SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError, struct.error, zlib.error)
_EXIF, _USER_COMMENT = 0x8769, 0x9286
_MAX_EXIF_BYTES = 65_000


@dataclass(frozen=True)
class Picture:
    """Premultiplied pixels, and the texts that came with them ("parameters" is how a picture was generated)."""

    image: QImage
    text: dict[str, str] = field(default_factory=dict)


def read_picture(path: Path) -> Picture:
    """Open a picture. Raises FileProblem; one that is too large is refused by its header, before it is decoded."""
    path = Path(path)
    with _problems(path), Image.open(path, formats=READABLE) as image:
        return _read(image)


def read_picture_bytes(data: bytes, name: str = "The picture") -> Picture:
    """The same for data from a clipboard or an archive; `name` stands in the sentences."""
    with _problems(Path(name)), Image.open(io.BytesIO(data), formats=READABLE) as image:
        return _read(image)


def write_picture(path: Path, image: QImage, *, parameters: str | None = None, quality: int = 92) -> None:
    """Save `image` in the format of the suffix, atomically. Raises FileProblem.

    `parameters` is kept as A1111's tools do: a PNG text, or the EXIF user comment. `quality` 0..100 is for JPEG and
    WebP; a WebP of quality 100 is lossless. JPEG has no transparency: white shows through.
    """
    path = Path(path)
    kind = WRITABLE.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(sorted({suffix[1:].upper() for suffix in WRITABLE if suffix != ".jpeg"}))
        raise FileProblem(f"“{path.name}” has no ending of a known picture format; use one of {known}.")
    picture, options = _picture(image), _options(kind, parameters, quality)
    if kind == "JPEG":
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture).convert("RGB")

    def save(stream: BinaryIO) -> None:
        try:
            picture.save(stream, kind, **options)
        except DAMAGE as error:  # a side longer than the format can say
            raise FileProblem(f"“{path.name}” cannot hold a picture of {image.width()} × {image.height()}.") from error

    write_atomically(path, save)


def _read(image: Image.Image) -> Picture:
    check_extent(Extent(image.width, image.height))
    image.load()
    text = _texts(image)
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    return Picture(from_rgba(np.asarray(_srgb(_eight_bits(upright), profile))), text)


def _texts(image: Image.Image) -> dict[str, str]:
    texts = {str(key): str(value) for key, value in getattr(image, "text", {}).items()}
    if "parameters" not in texts:
        comment = image.getexif().get_ifd(_EXIF).get(_USER_COMMENT)
        if isinstance(comment, bytes) and (words := _comment(comment)):
            texts["parameters"] = words
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


def _eight_bits(image: Image.Image) -> Image.Image:
    """`image` in RGB, RGBA, L or CMYK with 8 bits a channel."""
    if image.mode.startswith("I"):  # 16 bits of grey
        wide = np.asarray(image).astype(np.int64)
        return Image.fromarray(np.clip((wide + 128) // 257, 0, 255).astype(np.uint8))
    if image.mode == "F":  # 0..1
        real = np.nan_to_num(np.asarray(image), nan=0.0, posinf=1.0, neginf=0.0)
        return Image.fromarray(np.rint(np.clip(real, 0, 1) * 255).astype(np.uint8))
    if image.mode in ("RGB", "L", "CMYK") and "transparency" not in image.info:
        return image
    return image.convert("RGBA")


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """`image` in sRGB, as RGBA. A profile that cannot be used says nothing: the numbers are then taken as sRGB."""
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    color = image.convert("RGB") if image.mode == "RGBA" else image
    if profile:
        with contextlib.suppress(ImageCms.PyCMSError, OSError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(source):
                transformed = ImageCms.profileToProfile(color, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
                color = transformed or color
    result = color.convert("RGBA")
    if alpha is not None:
        result.putalpha(alpha)
    return result


def _picture(image: QImage) -> Image.Image:
    straight = image.convertToFormat(QImage.Format.Format_RGBA8888)
    return Image.fromarray(np.ascontiguousarray(view(straight)))


def _options(kind: str, parameters: str | None, quality: int) -> dict[str, Any]:
    if kind == "PNG":
        info = PngInfo()
        if parameters:
            info.add_text("parameters", parameters)
        return {"pnginfo": info}
    options: dict[str, Any] = {"quality": quality}
    if kind == "JPEG":
        options["subsampling"] = 0
    elif quality >= 100:
        options["lossless"] = True
    if parameters:
        exif = Image.Exif()
        exif.get_ifd(_EXIF)[_USER_COMMENT] = b"UNICODE\0" + parameters.encode("utf-16-be", "replace")
        options["exif"] = exif.tobytes()
        if kind == "JPEG" and len(options["exif"]) > _MAX_EXIF_BYTES:
            raise FileProblem("The prompt is too long to be kept in a JPEG file; save as PNG or WebP instead.")
    return options


@contextlib.contextmanager
def _problems(path: Path) -> Iterator[None]:
    """Every way in which a picture can be bad, as one sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UnidentifiedImageError as error:
        known = ", ".join(READABLE[:-1]) + " or " + READABLE[-1]
        raise FileProblem(f"“{path.name}” is not a {known} picture.", detail=str(error)) from error
    except Image.DecompressionBombError as error:
        raise FileProblem(f"“{path.name}” is too large to be opened.", detail=str(error)) from error
    except BadRequest as error:
        raise FileProblem(f"“{path.name}” cannot be opened. {error.message}") from error
    except FileNotFoundError as error:
        raise FileProblem(f"There is no file “{path}”.", detail=str(error)) from error
    except PermissionError as error:
        raise FileProblem(f"You have no permission to read “{path.name}”.", detail=str(error)) from error
    except (OSError, MemoryError, *DAMAGE) as error:
        raise FileProblem(f"“{path.name}” is damaged and cannot be opened.", detail=repr(error)) from error
