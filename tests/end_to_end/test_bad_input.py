"""Whatever is asked for: it works, or one clear sentence says why not; and the picture is as it was."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtGui import QColor

from sdstudio.document.commands import EditSelection
from sdstudio.document.document import Document
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.tiles import Mask
from tests.helpers.person import WAIT_MS, Person

WHITE = QColor("white")


def with_parameters(**values: object) -> Callable[[Person], None]:
    def change(person: Person) -> None:
        session = person.studio.session
        session.parameters = msgspec.structs.replace(session.parameters, **values)

    return change


def on_canvas(width: int, height: int, background: QColor | None = WHITE) -> Callable[[Person], None]:
    return lambda person: person.studio.editor.set_document(Document.new(Extent(width, height), background))


def with_mask(area: Bounds) -> Callable[[Person], None]:
    def select(person: Person) -> None:
        mask = Mask()
        mask.write(area, np.full((area.height, area.width), 255, np.uint8))
        person.studio.editor.document.run(EditSelection(mask, "Select"))

    return select


def both(*changes: Callable[[Person], None]) -> Callable[[Person], None]:
    def change(person: Person) -> None:
        for one in changes:
            one(person)

    return change


REFUSED = {
    "an empty canvas to refine": (both(on_canvas(64, 64, None), with_parameters(strength=0.6)), "canvas is empty"),
    "a mask outside the canvas": (with_mask(Bounds(4000, 4000, 20, 20)), "outside the canvas"),
    "0 steps": (with_parameters(steps=0), "from 1 to 1000"),
    "a billion steps": (with_parameters(steps=10**9), "from 1 to 1000"),
    "a seed beyond 2^64": (with_parameters(seed=2**64, seed_locked=True), "seed"),
    "a model that is not there": (with_parameters(model_id="gone"), "gone"),
}
DONE = {
    "a mask of one pixel": with_mask(Bounds(100, 100, 1, 1)),
    "a mask half outside": with_mask(Bounds(-50, -50, 100, 100)),
    "a canvas of one pixel": on_canvas(1, 1),
    "a size that is no multiple of 8": on_canvas(301, 77),
    "a canvas like a ribbon": on_canvas(3000, 10),
    "no prompt": with_parameters(prompt=""),
    "10,000 words": with_parameters(prompt="word " * 10_000),
    "emoji and Chinese": with_parameters(prompt="🍎 一个红苹果"),
    "strength 0": with_parameters(strength=0.0),
}


@pytest.mark.parametrize(("change", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_done_is_said_before_the_engine_is_asked(
    person: Person, change: Callable[[Person], None], sentence: str
) -> None:
    change(person)
    before = person.picture
    person.generates()
    assert any(sentence in message for message in person.window.notices.messages), person.window.notices.messages
    assert person.studio.queue.jobs == []
    assert person.picture == before


@pytest.mark.parametrize("change", DONE.values(), ids=DONE.keys())
def test_what_is_only_unusual_simply_works(person: Person, change: Callable[[Person], None]) -> None:
    change(person)
    count = len(person.layers)
    before = person.picture
    person.generates()
    person.waits_for_layers(count + 1)
    person.studio.editor.document.history.undo()
    assert person.picture == before


def png_that_declares(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bomb.png", png_that_declares(65_535, 65_535)),
        ("text.png", b"not a picture at all"),
        ("empty.ora", b""),
        ("cut.ora", b"PK\x03\x04" + b"\0" * 40),
    ],
)
def test_a_file_that_cannot_be_opened_leaves_the_document_alone(
    person: Person, tmp_path: Path, name: str, content: bytes
) -> None:
    person.hand.drag((20, 20), (200, 200))
    person.studio.editor.document.mark_saved()
    document, before = person.studio.editor.document, person.picture
    path = tmp_path / name
    path.write_bytes(content)
    person.window.files.open(path)
    person.qtbot.waitUntil(lambda: bool(person.window.notices.messages), timeout=WAIT_MS)
    assert any(name in message for message in person.window.notices.messages), person.window.notices.messages
    assert person.studio.editor.document is document
    assert person.picture == before
