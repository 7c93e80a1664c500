"""Every format both ways, and that what came with a picture stays with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from sdstudio.formats.color import profile_in
from sdstudio.formats.exporting import HAS_ALPHA, HAS_METADATA, WRITABLE, ExportOptions, write_picture
from sdstudio.formats.pictures import read_picture
from sdstudio.raster.pixels import view
from sdstudio.raster.resample import from_rgb, from_rgba

LOSSLESS = {"PNG", "TIFF", "BMP"}


def gradient(channels: int) -> np.ndarray:
    x, y = np.meshgrid(np.linspace(0, 255, 64), np.linspace(0, 255, 48))
    planes = [x, y, np.full_like(x, 90), np.where(x > 128, 255, 100)]
    return np.dstack(planes[:channels]).astype(np.uint8)


def wide_gamut() -> bytes:
    """A profile whose green and red are not those of sRGB: sRGB with the two columns of its matrix exchanged."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    places = {
        bytes(data[at : at + 4]): at + 4 for at in range(132, 132 + 12 * int.from_bytes(data[128:132], "big"), 12)
    }
    red, green = places[b"rXYZ"], places[b"gXYZ"]
    data[red : red + 4], data[green : green + 4] = data[green : green + 4], data[red : red + 4]
    return bytes(data).replace("sRGB".encode("utf-16-be"), "Swap".encode("utf-16-be"))


@pytest.mark.parametrize("suffix", sorted(WRITABLE))
def test_every_format_comes_back(tmp_path: Path, suffix: str) -> None:
    image = from_rgb(gradient(3))
    path = tmp_path / f"a{suffix}"
    write_picture(path, image, quality=100)
    found = view(read_picture(path).image).astype(int)
    kind = WRITABLE[suffix]
    limit = 0 if kind in LOSSLESS or kind == "WEBP" else 40 if kind == "GIF" else 6
    assert np.abs(found - view(image)).max() <= limit


@pytest.mark.parametrize("kind", sorted(HAS_ALPHA))
def test_transparency_is_kept_where_the_format_has_it(tmp_path: Path, kind: str) -> None:
    rgba = gradient(4)
    rgba[:, :20, 3] = 0
    suffix = next(suffix for suffix, name in WRITABLE.items() if name == kind)
    write_picture(tmp_path / f"a{suffix}", from_rgba(rgba), quality=100)
    alpha = view(read_picture(tmp_path / f"a{suffix}").image)[:, :, 3]
    assert (alpha[:, :20] == 0).all()
    assert (alpha[:, 40:] == 255).all()


@pytest.mark.parametrize("kind", sorted(HAS_METADATA))
def test_metadata_goes_from_file_to_file(tmp_path: Path, kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Camera Works", 6  # the maker, and held sideways
    Image.fromarray(gradient(3)).save(tmp_path / "in.jpg", exif=exif, xmp=b"<x:xmpmeta/>")
    opened = read_picture(tmp_path / "in.jpg")
    assert (opened.image.width(), opened.image.height()) == (48, 64)
    suffix = next(suffix for suffix, name in WRITABLE.items() if name == kind)
    path = tmp_path / f"out{suffix}"
    write_picture(path, opened.image, metadata=opened.metadata, parameters="a cup\nSteps: 5")
    again = read_picture(path)
    assert (again.image.width(), again.image.height()) == (48, 64), "it is not turned a second time"
    with Image.open(path) as image:
        assert image.getexif()[0x010F] == "Camera Works"
    assert again.text["parameters"] == "a cup\nSteps: 5"
    if kind != "TIFF":
        assert "xmpmeta" in again.metadata["xmp"]
    write_picture(path, opened.image, metadata=opened.metadata, options=ExportOptions(keep_metadata=False))
    with Image.open(path) as image:
        assert 0x010F not in image.getexif()


def test_texts_of_a_png_are_kept(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("Author", "somebody")
    info.add_text("parameters", "a red apple")
    Image.fromarray(gradient(3)).save(tmp_path / "in.png", pnginfo=info)
    opened = read_picture(tmp_path / "in.png")
    write_picture(tmp_path / "out.png", opened.image, metadata=opened.metadata)
    assert read_picture(tmp_path / "out.png").text == {"Author": "somebody", "parameters": "a red apple"}


def test_a_foreign_profile_is_converted_kept_and_written_again_when_it_is_wanted(tmp_path: Path) -> None:
    profile = wide_gamut()
    Image.fromarray(gradient(3)).save(tmp_path / "in.png", icc_profile=profile)
    opened = read_picture(tmp_path / "in.png")
    assert any("to sRGB" in note for note in opened.notes)
    assert profile_in(opened.metadata) == profile
    assert np.abs(view(opened.image)[:, :, 2::-1].astype(int) - gradient(3)).max() > 30
    write_picture(tmp_path / "srgb.png", opened.image, metadata=opened.metadata)
    with Image.open(tmp_path / "srgb.png") as image:
        assert "icc_profile" not in image.info
    options = ExportOptions(original_profile=True)
    write_picture(tmp_path / "same.png", opened.image, metadata=opened.metadata, options=options)
    with Image.open(tmp_path / "same.png") as image:
        assert image.info["icc_profile"] == profile


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bits_are_rounded_and_said(tmp_path: Path, channels: int, suffix: str) -> None:
    import cv2

    wide = np.random.default_rng(3).integers(0, 65536, (20, 30, channels), np.uint16)
    if channels == 4:
        wide[:, :, 3] = 65535
    assert cv2.imwrite(str(tmp_path / f"a{suffix}"), wide)
    opened = read_picture(tmp_path / f"a{suffix}")
    assert opened.notes == ["The 16 bits of each channel were reduced to 8."]
    expected = np.rint(wide.astype(float) / 257).astype(int)
    assert np.abs(view(opened.image)[:, :, :3] - expected[:, :, :3]).max() <= (1 if suffix == ".tif" else 0)


def test_only_the_first_of_several_frames_is_opened_and_that_is_said(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "blue", "green")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    opened = read_picture(tmp_path / "a.gif")
    assert opened.notes == ["Only the first of 3 frames was opened."]
    assert opened.image.pixelColor(5, 5).red() > 200


def test_cmyk_is_converted(tmp_path: Path) -> None:
    Image.new("CMYK", (20, 20), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=100)
    opened = read_picture(tmp_path / "a.jpg")
    color = opened.image.pixelColor(5, 5)
    assert (color.red() > 200, color.green() < 60, color.blue() < 60) == (True, True, True)
    assert opened.notes == ["The colours were converted from CMYK to sRGB."]


def test_writing_tells_how_it_goes_and_may_be_stopped(tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def stop(_fraction: float) -> None:
        raise Enough

    (tmp_path / "a.png").write_bytes(b"old")
    with pytest.raises(Enough):
        write_picture(tmp_path / "a.png", from_rgb(gradient(3)), progress=stop)
    assert (tmp_path / "a.png").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
