"""Foreign colours to sRGB and back, by the profiles that files carry (LittleCMS).

A profile that cannot be used says nothing: the numbers are then taken as sRGB. Must not know files or documents.
"""

from __future__ import annotations

import base64
import contextlib
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

Pixels = NDArray[np.uint8]
PROFILE_KEY = "icc_profile"  # of a document's metadata: the profile that its file came with, base64
_MOST_PROFILE_BYTES = 4 * 2**20
_DATE, _SOME_DATE = slice(24, 36), bytes.fromhex("07ea 0001 0001 0000 0000 0000")  # year, month, day, time
_PROBLEMS = (ImageCms.PyCMSError, OSError, ValueError, TypeError)


def kept_profile(profile: bytes) -> dict[str, str]:
    """The entry of a document's metadata that keeps the profile; none for sRGB and for what is no profile."""
    if len(profile) > _MOST_PROFILE_BYTES or profile_name(profile) in ("", "sRGB"):
        return {}
    return {PROFILE_KEY: base64.b64encode(profile).decode()}


def profile_in(metadata: dict[str, str]) -> bytes | None:
    """The profile that `kept_profile` kept."""
    try:
        return base64.b64decode(metadata[PROFILE_KEY], validate=True)
    except (KeyError, ValueError):
        return None


def profile_name(profile: bytes) -> str:
    """What the profile calls itself, "sRGB" for all editions of that, and nothing when it is none."""
    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip()
    except _PROBLEMS:
        return ""
    return "sRGB" if "srgb" in name.lower() else name or "unnamed profile"


def in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """`image` (RGB, RGBA, L, CMYK or LAB) in sRGB, as RGBA."""
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    color = image.convert("RGB") if image.mode == "RGBA" else image
    if color.mode == "LAB":
        color = _transformed(color, ImageCms.createProfile("LAB"), "RGB") or Image.new("RGB", color.size)
    elif profile and profile_name(profile) != "sRGB":
        with contextlib.suppress(*_PROBLEMS):
            color = _transformed(color, ImageCms.ImageCmsProfile(io.BytesIO(profile)), "RGB") or color
    result = color.convert("RGBA")
    if alpha is not None:
        result.putalpha(alpha)
    return result


def to_srgb(mode: str, planes: Sequence[Pixels], coverage: Pixels | None, profile: bytes | None) -> Pixels:
    """Planes of one of Photoshop's modes as straight RGBA: (h, w, 4) uint8."""
    if mode == "cmyk":
        image = Image.fromarray(255 - np.dstack(planes[:4]), "CMYK")  # it counts paper, not ink
    elif mode == "lab":
        lightness, a, b = planes[:3]
        image = Image.frombytes("LAB", lightness.shape[::-1], np.dstack([lightness, a ^ 0x80, b ^ 0x80]).tobytes())
    elif len(planes) < 3:
        image = Image.fromarray(np.ascontiguousarray(planes[0]))
    else:
        image = Image.fromarray(np.dstack(planes[:3]))
    rgba = np.array(in_srgb(image, profile))
    if coverage is not None:
        rgba[:, :, 3] = coverage
    return rgba


def from_srgb(image: Image.Image, profile: bytes) -> Image.Image | None:
    """An RGB or RGBA picture in the colours of an RGB profile; None when the profile cannot be written to."""
    with contextlib.suppress(*_PROBLEMS):
        target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if target.profile.xcolor_space.strip() != "RGB":
            return None
        alpha = image.getchannel("A") if image.mode == "RGBA" else None
        color = ImageCms.profileToProfile(
            image.convert("RGB"), ImageCms.createProfile("sRGB"), target, outputMode="RGB"
        )
        if color is not None and alpha is not None:
            color.putalpha(alpha)
        return color
    return None


def srgb_profile() -> bytes:
    """A small sRGB profile, for files that say what their numbers mean. Always the same bytes."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[_DATE] = _SOME_DATE
    return bytes(data)


def _transformed(image: Image.Image, source: ImageCms.ImageCmsProfile | object, mode: str) -> Image.Image | None:
    return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)  # type: ignore[arg-type]
