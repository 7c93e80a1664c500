from __future__ import annotations

import errno
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QColor

from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.layers import GroupLayer, Layer, PaintLayer
from sdstudio.errors import FileProblem
from sdstudio.formats.openraster import read_document, write_document
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import PREMULTIPLIED, over, view
from sdstudio.raster.tiles import Mask, Surface


def all_layers(document: Document) -> list[Layer]:
    return list(document.walk())


def pixels(surface: Surface) -> tuple[Bounds, bytes]:
    area = surface.content_bounds()
    return area, view(surface.read(area)).tobytes() if not area.is_empty else b""


def coverage(mask: Mask | None) -> tuple[Bounds, bytes] | None:
    if mask is None:
        return None
    area = mask.content_bounds()
    return area, mask.read(area).tobytes()


def properties(layer: Layer) -> list[object]:
    names = ("id", "name", "visible", "opacity", "mode", "locked", "alpha_locked", "clipped", "metadata")
    values: list[object] = [getattr(layer, name) for name in names]
    if isinstance(layer, GroupLayer):
        return [*values, layer.isolated, len(layer.children)]
    assert isinstance(layer, PaintLayer)
    return [*values, pixels(layer.surface), coverage(layer.mask)]


def test_everything_comes_back_exactly(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "all.ora"
    write_document(path, document.snapshot())
    again = read_document(path)
    assert again.extent == document.extent
    assert [properties(layer) for layer in again.walk()] == [properties(layer) for layer in document.walk()]
    assert coverage(again.selection) == coverage(document.selection)
    assert (again.metadata, again.active_id) == (document.metadata, document.active_id)
    assert not again.is_modified
    before, after = (view(render(one, one.bounds)) for one in (document, again))
    assert (before == after).all()


def test_the_same_document_gives_the_same_bytes(document: Document, tmp_path: Path) -> None:
    for name in ("a.ora", "b.ora"):
        write_document(tmp_path / name, document)
    assert (tmp_path / "a.ora").read_bytes() == (tmp_path / "b.ora").read_bytes()


def test_every_possible_premultiplied_pixel_survives(qapp: object, tmp_path: Path) -> None:
    """PNG keeps straight colour; all pairs of alpha and colour <= alpha must come back to the byte."""
    alpha, color = np.mgrid[0:256, 0:256]
    table = np.zeros((256, 256, 4), np.uint8)
    for channel, values in enumerate((color, np.minimum(255 - color, alpha), color // 2)):
        table[:, :, channel] = np.minimum(values, alpha)
    table[:, :, 3] = alpha
    document = Document.new(Extent(256, 256), None)
    layer = document.active
    assert isinstance(layer, PaintLayer)
    layer.surface.write(Bounds(0, 0, 256, 256), over(table, PREMULTIPLIED))
    write_document(tmp_path / "table.ora", document)
    again = all_layers(read_document(tmp_path / "table.ora"))[-1]
    assert isinstance(again, PaintLayer)
    assert (view(again.surface.read(Bounds(0, 0, 256, 256))) == table).all()


def test_the_archive_is_what_the_specification_asks(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "spec.ora"
    write_document(path, document)
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"image/openraster"
        assert path.read_bytes()[30:54] == b"mimetypeimage/openraster"
        merged = Image.open(io.BytesIO(archive.read("mergedimage.png")))
        thumbnail = Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png")))
        assert merged.size == (300, 200)
        assert thumbnail.size == (256, 171)
        xml = archive.read("stack.xml").decode()
        assert archive.testzip() is None
    assert 'composite-op="svg:multiply"' in xml
    assert xml.index("Outer") < xml.index("Background"), "top first"


def test_what_other_programs_see_is_the_composite(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "merged.ora"
    write_document(path, document)
    with zipfile.ZipFile(path) as archive:
        merged = np.asarray(Image.open(io.BytesIO(archive.read("mergedimage.png"))).convert("RGBA"))
    straight = render(document, document.bounds).convertToFormat(
        render(document, document.bounds).Format.Format_RGBA8888
    )
    assert (merged == view(straight)).all()


@pytest.mark.parametrize("mode", list(BlendMode))
def test_every_blend_mode_comes_back(qapp: object, tmp_path: Path, mode: BlendMode) -> None:
    document = Document.new(Extent(2, 2))
    assert document.active is not None
    document.active.mode = mode
    write_document(tmp_path / "mode.ora", document)
    assert all_layers(read_document(tmp_path / "mode.ora"))[-1].mode == mode


def test_saving_again_keeps_the_version_before(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "twice.ora"
    write_document(path, document)
    before = path.read_bytes()
    document.metadata["author"] = "somebody else"
    write_document(path, document)
    assert (tmp_path / "twice.ora~").read_bytes() == before


class FullDisk:
    """A file that takes so many bytes and no more."""

    def __init__(self, stream: BinaryIO, room: int) -> None:
        self._stream, self._room = stream, room
        self.tell, self.seek, self.flush, self.fileno = stream.tell, stream.seek, stream.flush, stream.fileno

    def write(self, data: bytes) -> int:
        self._room -= len(data)
        if self._room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._stream.write(data)

    def __enter__(self) -> FullDisk:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


def test_a_disk_that_fills_up_leaves_the_old_file(
    document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "full.ora"
    write_document(path, document)
    before, fdopen = path.read_bytes(), os.fdopen
    for room in range(0, len(before), len(before) // 15):
        monkeypatch.setattr(os, "fdopen", lambda *args, room=room: FullDisk(fdopen(*args), room))
        with pytest.raises(FileProblem, match="the disk is full"):
            write_document(path, document)
        assert path.read_bytes() == before
        assert [entry.name for entry in tmp_path.iterdir()] == ["full.ora"]


# Files of others, and damaged ones


def png(width: int = 2, height: int = 2, mode: str = "RGBA", color: object = (255, 0, 0, 255)) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, (width, height), color).save(stream, "PNG")  # type: ignore[arg-type]
    return stream.getvalue()


def declared(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds nothing of it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


LAYER = '<layer name="L" src="data/l.png" x="3" y="4"/>'


def ora(path: Path, stack: str, **parts: bytes) -> Path:
    """An archive as another program writes it; `parts` are added or replaced, with "_" for "/" and "." left out."""
    entries: dict[str, bytes] = {"mimetype": b"image/openraster", "stack.xml": stack.encode(), "data/l.png": png()}
    entries.update({name.replace("__", "/").replace("_", "."): data for name, data in parts.items()})
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def image(inner: str, size: str = 'w="10" h="8"') -> str:
    return f"<?xml version='1.0' encoding='UTF-8'?><image version='0.0.3' {size}><stack>{inner}</stack></image>"


def test_a_file_of_another_program_opens(qapp: object, tmp_path: Path) -> None:
    inner = (
        '<layer name="Top" src="data/l.png" x="1" y="2" opacity="0.5" composite-op="svg:screen" visibility="hidden"/>'
        '<stack name="Group" x="2" y="0"><layer src="data/l.png" x="1" y="1" composite-op="krita:dissolve"/></stack>'
    )
    document = read_document(ora(tmp_path / "other.ora", image(inner)))
    nested, group, top = all_layers(document)
    assert isinstance(group, GroupLayer)
    assert isinstance(top, PaintLayer)
    assert isinstance(nested, PaintLayer)
    assert (top.name, top.opacity, top.mode, top.visible) == ("Top", 0.5, BlendMode.SCREEN, False)
    assert top.surface.content_bounds() == Bounds(1, 2, 2, 2)
    assert nested.surface.content_bounds() == Bounds(3, 1, 2, 2), "positions count from the group's"
    assert nested.mode == BlendMode.NORMAL
    assert len({layer.id for layer in document.walk()}) == 3
    assert document.active is top


@pytest.mark.parametrize(
    ("mode", "color", "expected"),
    [
        ("RGB", (10, 20, 30), (10, 20, 30, 255)),
        ("L", 77, (77, 77, 77, 255)),
        ("LA", (77, 0), (0, 0, 0, 0)),
        ("P", 0, (0, 0, 0, 255)),
        ("I;16", 65535, (255, 255, 255, 255)),
        ("1", 1, (255, 255, 255, 255)),
    ],
)
def test_any_kind_of_png_is_read(
    qapp: object, tmp_path: Path, mode: str, color: object, expected: tuple[int, int, int, int]
) -> None:
    document = read_document(ora(tmp_path / "x.ora", image(LAYER), data__l_png=png(mode=mode, color=color)))
    assert render(document, Bounds(3, 4, 1, 1)).pixelColor(0, 0) == QColor(*expected)


BOMB = image("").replace(
    "<image", '<!DOCTYPE image [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><image'
)
OUTSIDE = image("").replace("<image", '<!DOCTYPE image SYSTEM "file:///etc/passwd"><image')


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: p.write_bytes(b"not a zip at all"), "not an OpenRaster file"),
        (lambda p: p.write_bytes(b""), "not an OpenRaster file"),
        (lambda p: ora(p, image(LAYER), mimetype=b"application/x-krita"), "not an OpenRaster file"),
        (lambda p: ora(p, "<image"), "layer stack"),
        (lambda p: ora(p, ""), "layer stack"),
        (lambda p: ora(p, "<stack/>"), "layer stack"),
        (lambda p: ora(p, image(LAYER, 'w="10"')), "layer stack"),
        (lambda p: ora(p, image(LAYER, 'w="ten" h="1"')), "layer stack"),
        (lambda p: ora(p, image(LAYER, 'w="0" h="8"')), "at least 1"),
        (lambda p: ora(p, image(LAYER, 'w="65535" h="65535"')), "too large"),
        (lambda p: ora(p, BOMB), "layer stack"),
        (lambda p: ora(p, OUTSIDE), "layer stack"),
        (lambda p: ora(p, image("<stack>" * 100 + "</stack>" * 100)), "layer stack"),
        (lambda p: ora(p, image(LAYER.replace("data/l.png", "../../etc/passwd"))), "layer stack"),
        (lambda p: ora(p, image(LAYER.replace("data/l.png", "/etc/passwd"))), "layer stack"),
        (lambda p: ora(p, image(LAYER.replace("data/l.png", "data/gone.png"))), "lacks its part “data/gone.png”"),
        (lambda p: ora(p, image(LAYER.replace('x="3"', 'x="99999999999999999999"'))), "layer stack"),
        (lambda p: ora(p, image(LAYER.replace('x="3"', 'x="3" opacity="much"'))), "layer stack"),
        (lambda p: ora(p, image(LAYER), data__l_png=b"no picture"), "damaged"),
        (lambda p: ora(p, image(LAYER), data__l_png=png()[:45]), "damaged"),
        (lambda p: ora(p, image(LAYER), data__l_png=declared(65535, 65535)), "65535 × 65535"),
        (lambda p: ora(p, image(LAYER * 40), data__l_png=declared(8000, 8000)), "more pixels than fit"),
        (lambda p: ora(p, image(LAYER), data__l_png=declared(4000, 4000)), "damaged"),
        (lambda p: ora(p, image(LAYER), sdstudio__document_json=b"{"), "damaged"),
        (lambda p: ora(p, image(LAYER), sdstudio__document_json=b'{"layers": 3}'), "damaged"),
        (
            lambda p: ora(
                p, image(LAYER), sdstudio__document_json=b'{"selection": {"source": "gone", "x": 0, "y": 0}}'
            ),
            "lacks its part “gone”",
        ),
    ],
)
def test_a_bad_file_is_one_sentence(qapp: object, tmp_path: Path, make: Callable[[Path], object], words: str) -> None:
    path = tmp_path / "bad.ora"
    make(path)
    with pytest.raises(FileProblem) as caught:
        read_document(path)
    assert words in caught.value.message
    assert "bad.ora" in caught.value.message


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="There is no file"):
        read_document(tmp_path / "gone.ora")
    with pytest.raises(FileProblem, match="is a folder"):
        read_document(tmp_path)


def test_a_layer_stack_that_unpacks_without_end_is_refused(qapp: object, tmp_path: Path) -> None:
    path = tmp_path / "bomb.ora"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", b"image/openraster")
        archive.writestr("stack.xml", b" " * (64 * 2**20))
    with pytest.raises(FileProblem, match="declares less"):
        read_document(path)


def test_a_file_cut_anywhere_or_with_a_wrong_byte_never_crashes(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "whole.ora"
    write_document(path, document)
    data = path.read_bytes()
    random = np.random.default_rng(11)
    sentences = []
    for _ in range(120):
        broken = bytearray(data)
        if random.random() < 0.5:
            broken = broken[: int(random.integers(len(data)))]
        else:
            broken[int(random.integers(len(data)))] ^= int(random.integers(1, 256))
        path.write_bytes(broken)
        try:
            read_document(path)
        except FileProblem as problem:
            sentences.append(problem.message)
    assert all(sentence.endswith(".") for sentence in sentences)
    assert len(sentences) > 60, "most damage is noticed"


def test_two_layers_with_one_id_get_two(qapp: object, tmp_path: Path) -> None:
    twin = '<layer name="L" src="data/l.png" xmlns:s="urn:sdstudio:openraster" s:id="same"/>'
    document = read_document(ora(tmp_path / "twins.ora", image(twin * 2)))
    assert len({layer.id for layer in document.walk()}) == 2


def test_a_save_can_be_stopped_within_a_layer_and_within_the_composed_picture(tmp_path: Path) -> None:
    document, path = Document.new(Extent(3000, 3000)), tmp_path / "large.ora"
    layer = document.layer(document.active_id or "")
    assert isinstance(layer, PaintLayer)
    noise = np.random.default_rng(1).integers(0, 256, (3000, 3000, 4), np.uint8)
    layer.surface.write(document.bounds, over(noise | np.array([0, 0, 0, 255], np.uint8)))
    heard: list[float] = []
    write_document(path, document, heard.append)
    assert heard == sorted(heard)
    assert max(heard.count(share) for share in heard) >= 5, "several looks within one part"
    before = path.read_bytes()

    class Stopped(Exception):
        pass

    for number in range(0, len(heard), 7):
        countdown = iter(range(number))

        def stop(share: float, countdown: object = countdown) -> None:
            if next(countdown, None) is None:  # type: ignore[call-overload]
                raise Stopped

        with pytest.raises(Stopped):
            write_document(path, document, stop)
        assert path.read_bytes() == before
        assert [file.name for file in tmp_path.iterdir()] == ["large.ora"]
