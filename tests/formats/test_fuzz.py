"""R6 and R7: damaged and lying files end in a document or in one sentence, whatever is in them."""

from __future__ import annotations

import io
import random
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QColor

from sdstudio.document.document import Document
from sdstudio.errors import FileProblem
from sdstudio.formats.exporting import write_picture
from sdstudio.formats.openraster import write_document
from sdstudio.formats.psd.writing import write_psd
from sdstudio.raster.geometry import Extent
from sdstudio.raster.pixels import filled
from sdstudio.ui.loading import load
from tests.helpers.drawing import draw
from tests.helpers.random_documents import random_document

ROUNDS = 120
NASTY = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, numbers made extreme, parts cut, doubled or exchanged."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(len(out))
        match chance.randrange(6):
            case 0:
                out[at] ^= 1 << chance.randrange(8)
            case 1:
                out[at] = chance.randrange(256)
            case 2:
                form = chance.choice((">I", "<I", ">H"))
                value = chance.choice(NASTY) & (0xFFFF if form == ">H" else 0xFFFFFFFF)
                out[at : at + struct.calcsize(form)] = struct.pack(form, value)
            case 3:
                del out[at : at + chance.randrange(64)]
            case 4:
                out[at:at] = out[at : at + chance.randrange(64)]
            case _:
                del out[at:]
        if not out:
            return b"\0"
    return bytes(out)


def a_document() -> Document:
    document = random_document(7)
    draw(document, (2, 2), (20, 20), layer_id=_paintable(document))
    return document


def _paintable(document: Document) -> str:
    from sdstudio.document.layers import PaintLayer

    layer = PaintLayer(name="Paint")
    document.root.children.append(layer)
    return layer.id


WRITERS: dict[str, Callable[[Path], None]] = {
    "a.ora": lambda path: write_document(path, a_document()),
    "a.psd": lambda path: write_psd(path, a_document()),
    "a.png": lambda path: write_picture(path, filled(40, 30, QColor("red")), parameters="Steps: 5"),
    "a.jpg": lambda path: write_picture(path, filled(40, 30, QColor("red")), parameters="Steps: 5"),
    "a.webp": lambda path: write_picture(path, filled(40, 30, QColor("red"))),
    "a.tif": lambda path: write_picture(path, filled(40, 30, QColor("red"))),
    "a.avif": lambda path: write_picture(path, filled(40, 30, QColor("red"))),
    "a.gif": lambda path: write_picture(path, filled(40, 30, QColor("red"))),
    "a.bmp": lambda path: write_picture(path, filled(40, 30, QColor("red"))),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_damaged_file_is_a_document_or_a_sentence(name: str, tmp_path: Path, qapp: object) -> None:
    path = tmp_path / name
    WRITERS[name](path)
    data = path.read_bytes()
    said = []
    for seed in range(ROUNDS):
        path.write_bytes(mutated(data, random.Random(seed)))
        try:
            load(path)
        except FileProblem as problem:
            said.append(problem.message)
    assert len(said) > ROUNDS // 10
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in said)


def psd_header(width: int, height: int, depth: int = 8, channels: int = 3, mode: int = 3) -> bytes:
    return struct.pack(">4sH6xHIIHH", b"8BPS", 1, channels, height, width, depth, mode)


def psd_with_layer(width: int, height: int, data: bytes, declared: int | None = None) -> bytes:
    """One layer of that size whose one channel's data are `data`, packed with zip."""
    length = len(data) + 2 if declared is None else declared
    record = struct.pack(">iiiiHhI4s4sBBBxI", 0, 0, height, width, 1, 0, length, b"8BIM", b"norm", 255, 0, 0, 12)
    record += struct.pack(">III", 0, 0, 0)
    info = struct.pack(">h", 1) + record + struct.pack(">H", 2) + data
    return psd_header(64, 64) + bytes(8) + struct.pack(">II", len(info) + 8, len(info)) + info + bytes(4)


BOMBS: dict[str, tuple[bytes, str]] = {
    "no such kind": (b"%PDF-1.7 and so on" * 10, "is not a Photoshop document"),
    "empty": (b"", "is empty"),
    "canvas too large": (psd_header(300_000, 300_000) + bytes(64), "too large"),
    "canvas of 16384": (psd_header(16384, 16384) + bytes(64), "16384 × 16384"),
    "layers too large": (psd_with_layer(900_000, 900_000, b"x"), "damaged"),
    "a channel longer than the file": (psd_with_layer(60, 60, b"x", 2**31), "damaged"),
    "a zip bomb in a channel": (psd_with_layer(64, 64, zlib.compress(bytes(2**28))), "damaged"),
    "channels missing": (psd_with_layer(64, 64, zlib.compress(bytes(64 * 64))), "damaged"),
    "lab of 1 bit": (psd_header(64, 64, depth=1, mode=9) + bytes(64), "damaged"),
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_bomb_is_refused_at_once(what: str, tmp_path: Path, qapp: object) -> None:
    data, words = BOMBS[what]
    (tmp_path / "a.psd").write_bytes(data)
    start = time.monotonic()
    with pytest.raises(FileProblem, match=words):
        load(tmp_path / "a.psd")
    assert time.monotonic() - start < 60, "a guard against hanging, not a measurement"


def test_an_encrypted_archive_is_a_sentence(tmp_path: Path, qapp: object) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
    data = bytearray(stream.getvalue())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flags] |= 1  # says that it is encrypted
    (tmp_path / "a.ora").write_bytes(data)
    with pytest.raises(FileProblem, match=r"“a\.ora” is encrypted .* without a password"):
        load(tmp_path / "a.ora")


def test_a_picture_of_16384_is_refused_by_its_header(tmp_path: Path) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 16384, 16384, 8, 2, 0, 0, 0)
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b""))
    with pytest.raises(FileProblem, match="too large to be opened"):
        load(tmp_path / "a.png")


def test_the_smallest_document_goes_through_every_format(tmp_path: Path, qapp: object) -> None:
    document = Document.new(Extent(1, 1))
    write_document(tmp_path / "a.ora", document)
    write_psd(tmp_path / "a.psd", document)
    for name in ("a.png", "a.jpg", "a.webp", "a.avif", "a.tif", "a.bmp", "a.gif"):
        write_picture(tmp_path / name, filled(1, 1, QColor("white")))
    for path in tmp_path.iterdir():
        assert load(path).document.extent == Extent(1, 1), path.name


def test_a_file_of_many_layers(tmp_path: Path, qapp: object) -> None:
    document = Document.new(Extent(16, 16))
    for _ in range(200):
        _paintable(document)
    write_psd(tmp_path / "a.psd", document)
    write_document(tmp_path / "a.ora", document)
    for path in tmp_path.iterdir():
        assert len(load(path).document.root.children) == 202
