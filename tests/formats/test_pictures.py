from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from PySide6.QtGui import QColor, QImage

from sdstudio.errors import FileProblem
from sdstudio.formats.exporting import write_picture
from sdstudio.formats.pictures import read_picture
from sdstudio.raster.pixels import view
from sdstudio.raster.resample import from_rgb, from_rgba

TEXT = "a red apple, 红苹果 🍎\nNegative prompt: blurry\nSteps: 12, Seed: 42"


def rgb(height: int = 20, width: int = 30) -> np.ndarray:
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return np.dstack((x, y, np.full_like(x, 90))).astype(np.uint8)


def seen(image: QImage) -> np.ndarray:
    return view(image)[:, :, 2::-1].astype(int)


def test_a_png_comes_back_exactly_with_its_alpha(tmp_path: Path) -> None:
    rgba = np.random.default_rng(1).integers(0, 256, (20, 30, 4), np.uint8)
    image = from_rgba(rgba)
    write_picture(tmp_path / "a.png", image)
    assert (view(read_picture(tmp_path / "a.png").image) == view(image)).all()


@pytest.mark.parametrize(("name", "tolerance"), [("a.png", 0), ("a.jpg", 8), ("a.JPEG", 8), ("a.webp", 12)])
def test_each_format_keeps_picture_and_parameters(tmp_path: Path, name: str, tolerance: int) -> None:
    write_picture(tmp_path / name, from_rgb(rgb()), parameters=TEXT)
    picture = read_picture(tmp_path / name)
    assert np.abs(seen(picture.image) - rgb()).max() <= tolerance
    assert picture.text["parameters"] == TEXT


def test_without_parameters_there_are_none(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg", "a.webp"):
        write_picture(tmp_path / name, from_rgb(rgb()))
        assert "parameters" not in read_picture(tmp_path / name).text


def test_the_parameters_are_where_other_tools_look(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", from_rgb(rgb()), parameters="plain")
    write_picture(tmp_path / "a.jpg", from_rgb(rgb()), parameters="plain")
    with Image.open(tmp_path / "a.png") as image:
        assert image.info["parameters"] == "plain"
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.getexif().get_ifd(0x8769)[0x9286] == b"UNICODE\0" + "plain".encode("utf-16-be")


def test_quality_100_webp_loses_nothing(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.webp", from_rgb(rgb()), quality=100)
    assert (seen(read_picture(tmp_path / "a.webp").image) == rgb()).all()


def test_white_shows_through_in_a_jpeg(qapp: object, tmp_path: Path) -> None:
    image = QImage(16, 16, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor(255, 0, 0, 128))
    write_picture(tmp_path / "a.jpg", image)
    assert np.abs(seen(read_picture(tmp_path / "a.jpg").image)[8, 8] - (255, 127, 127)).max() <= 4


def test_an_unknown_ending_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="AVIF, BMP, GIF, JPG, PNG, TIF, WEBP"):
        write_picture(tmp_path / "a.xyz", from_rgb(rgb()))
    assert list(tmp_path.iterdir()) == []


def test_a_prompt_too_long_for_jpeg_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="too long to be kept in a JPEG"):
        write_picture(tmp_path / "a.jpg", from_rgb(rgb()), parameters="word " * 10_000)
    write_picture(tmp_path / "a.webp", from_rgb(rgb()), parameters="word " * 10_000)
    assert len(read_picture(tmp_path / "a.webp").text["parameters"]) >= 49_999


def test_a_side_too_long_for_the_format_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="16384 × 2"):
        write_picture(tmp_path / "a.webp", from_rgb(rgb(2, 16384)))
    assert list(tmp_path.iterdir()) == []


def save(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)
    return path


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    wide = np.array([[0, 256, 32768, 65535]], np.uint16)
    path = save(tmp_path / "wide.png", Image.fromarray(wide))
    assert list(seen(read_picture(path).image)[0, :, 0]) == [0, 1, 128, 255]


def test_a_tiff_of_real_numbers_is_read(tmp_path: Path) -> None:
    path = save(tmp_path / "real.tiff", Image.fromarray(np.array([[0.0, 0.5, 1.0, np.nan, 7.0]], np.float32)))
    assert list(seen(read_picture(path).image)[0, :, 0]) == [0, 128, 255, 0, 255]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16"])
def test_every_kind_of_pixel_is_read(tmp_path: Path, mode: str) -> None:
    suffix = "tiff" if mode in ("CMYK", "YCbCr") else "png"
    path = save(tmp_path / f"any.{suffix}", Image.new(mode, (5, 4)))
    image = read_picture(path).image
    assert (image.width(), image.height()) == (5, 4)


def test_a_transparent_palette_stays_transparent(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1), 0)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putpixel((1, 0), 1)
    picture = read_picture(save(tmp_path / "p.png", image, transparency=0)).image
    assert picture.pixelColor(0, 0).alpha() == 0
    assert picture.pixelColor(1, 0) == QColor(0, 255, 0)


def test_the_camera_may_have_been_held_sideways(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right
    path = save(tmp_path / "side.jpg", Image.fromarray(rgb()), exif=exif, quality=98, subsampling=0)
    image = read_picture(path).image
    assert (image.width(), image.height()) == (20, 30)
    assert np.abs(seen(image) - np.rot90(rgb(), -1)).max() <= 8


def swapped_profile() -> bytes:
    """A profile in which red and green are each other: what is converted shows."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile = profile.replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))
    count = struct.unpack(">I", profile[128:132])[0]
    tags = {bytes(profile[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(count)}
    red, green = (slice(tags[name] + 4, tags[name] + 12) for name in (b"rXYZ", b"gXYZ"))
    profile[red], profile[green] = profile[green], profile[red]
    return bytes(profile)


def test_a_colour_profile_is_brought_to_srgb(tmp_path: Path) -> None:
    image = Image.new("RGBA", (4, 4), (200, 10, 60, 128))
    path = save(tmp_path / "icc.png", image, icc_profile=swapped_profile())
    color = read_picture(path).image.pixelColor(1, 1)
    assert np.abs(np.array(color.getRgb()) - (10, 200, 60, 128)).max() <= 4


def test_an_srgb_profile_changes_no_pixel(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = save(tmp_path / "srgb.png", Image.fromarray(rgb()), icc_profile=profile)
    assert (seen(read_picture(path).image) == rgb()).all()


def test_a_broken_profile_is_no_reason_to_refuse(tmp_path: Path) -> None:
    path = save(tmp_path / "broken.png", Image.fromarray(rgb()), icc_profile=b"not a profile")
    assert (seen(read_picture(path).image) == rgb()).all()


def test_texts_of_other_programs_come_along(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("workflow", '{"nodes": []}')
    info.add_itxt("parameters", TEXT)
    path = save(tmp_path / "texts.png", Image.fromarray(rgb()), pnginfo=info)
    assert read_picture(path).text == {"workflow": '{"nodes": []}', "parameters": TEXT}


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        (b"UNICODE\0" + "ein Apfel".encode("utf-16-be"), "ein Apfel"),
        (b"UNICODE\0" + "ein Apfel".encode("utf-16-le"), "ein Apfel"),
        (b"ASCII\0\0\0" + b"ein Apfel", "ein Apfel"),
        (bytes(8) + b"ein Apfel", "ein Apfel"),
        (b"JIS\0\0\0\0\0" + b"?", None),
        (b"", None),
    ],
)
def test_user_comments_of_all_kinds(tmp_path: Path, comment: bytes, words: str | None) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = comment
    path = save(tmp_path / "c.jpg", Image.fromarray(rgb()), exif=exif.tobytes())
    assert read_picture(path).text.get("parameters") == words


# Bad files


def declared(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def png() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(rgb()).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"hello", "is not a PNG, JPEG, WEBP, AVIF, BMP, TIFF or GIF picture"),
        (b"8BPS" + bytes(40), "is not a PNG"),
        (declared(65535, 65535), "too large"),
        (declared(20_000, 10), "too large"),
        (declared(3000, 3000), "damaged"),
        (png()[:80], "damaged"),
        (b"\x89PNG\r\n\x1a\n", ""),
    ],
)
def test_a_bad_picture_is_one_sentence(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(data)
    with pytest.raises(FileProblem) as caught:
        read_picture(path)
    assert words in caught.value.message
    assert "“bad.png”" in caught.value.message


def test_a_picture_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="There is no file"):
        read_picture(tmp_path / "gone.png")
    with pytest.raises(FileProblem):
        read_picture(tmp_path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF"])
def test_damage_anywhere_never_crashes(tmp_path: Path, kind: str) -> None:
    stream = io.BytesIO()
    Image.fromarray(rgb()).save(stream, kind)
    random, whole = np.random.default_rng(3), stream.getvalue()
    sentences = []
    for _ in range(100):
        data = bytearray(whole)
        for _ in range(3):
            data[int(random.integers(len(data)))] = int(random.integers(256))
        path = tmp_path / "damaged"
        path.write_bytes(data[: int(random.integers(1, len(data) + 1))])
        try:
            read_picture(path)
        except FileProblem as problem:
            sentences.append(problem.message)
    assert sentences
    assert all(sentence.endswith(".") for sentence in sentences)
