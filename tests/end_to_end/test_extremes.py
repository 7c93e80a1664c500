"""The smallest and the largest documents, and those of very many layers, do what all others do."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sdstudio.document.commands import AddLayer, EditSelection, MoveLayer, RemoveLayer, SetLayer
from sdstudio.document.composite import Projection, render
from sdstudio.document.document import Document
from sdstudio.document.fill import Bucket, fill
from sdstudio.document.layers import AdjustmentLayer, PaintLayer
from sdstudio.document.merging import Flatten
from sdstudio.errors import BadRequest, FileProblem
from sdstudio.formats.openraster import read_document, write_document
from sdstudio.formats.pictures import read_picture
from sdstudio.journal.journal import Journal
from sdstudio.journal.recovery import recover
from sdstudio.journal.store import Store
from sdstudio.raster.adjustments import Blur, HueSaturation
from sdstudio.raster.blend import BlendMode
from sdstudio.raster.dabs import Brush
from sdstudio.raster.geometry import Bounds, Extent, Point
from sdstudio.raster.masks import rectangle
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from tests.helpers.drawing import draw, fingerprint, pick
from tests.helpers.hand import Hand

MANY = 200
PIXEL = Bounds(0, 0, 1, 1)


def undo_all(document: Document) -> None:
    while document.history.can_undo:
        document.history.undo()


def redo_all(document: Document) -> None:
    while document.history.can_redo:
        document.history.redo()


def shown(qtbot: QtBot, document: Document) -> CanvasView:
    editor = Editor(document)
    canvas = CanvasView(editor, Toolbox(editor))
    qtbot.addWidget(canvas)
    canvas.resize(400, 300)
    canvas.show()
    canvas.fit()
    QApplication.processEvents()
    return canvas


def seen(canvas: CanvasView, at: Point) -> QColor:
    QApplication.processEvents()
    return canvas.grab().toImage().pixelColor(canvas.camera.to_view(at).toPoint())


def test_a_document_of_one_pixel_can_be_worked_on_saved_and_recovered(qtbot: QtBot, tmp_path: Path):
    document = Document.new(Extent(1, 1))
    start = fingerprint(document)
    journal = Journal(tmp_path / "one.journal", document, pytest.fail)
    canvas = shown(qtbot, document)
    Hand(canvas).click((0.5, 0.5))
    document.run(AddLayer(AdjustmentLayer(adjustment=Blur(radius=20.0))))
    document.run(AddLayer(PaintLayer(mode=BlendMode.LUMINOSITY, opacity=0.5)))
    draw(document, (-40, 0), (40, 1), brush=Brush(size=2000, hardness=0, dynamics=()), color="teal")
    document.run(EditSelection(rectangle(PIXEL)))
    fill(document, document.active_id or "", Point(0, 0), Bucket(QColor("orange")))
    end = fingerprint(document)
    assert Projection(document).image(PIXEL) == render(document, PIXEL)
    assert seen(canvas, Point(0.5, 0.5)).alpha() == 255
    undo_all(document)
    assert fingerprint(document) == start
    redo_all(document)
    assert fingerprint(document) == end
    write_document(tmp_path / "one.ora", document)
    assert render(read_document(tmp_path / "one.ora"), PIXEL) == render(document, PIXEL)
    journal.flush()
    journal.close(keep=True)
    store = Store(tmp_path / "one.journal")
    assert fingerprint(recover(store)) == end
    store.close()


@pytest.mark.parametrize("extent", [Extent(16384, 16384), Extent(16385, 1), Extent(0, 5)])
def test_what_is_too_large_or_nothing_is_refused_with_a_sentence(extent: Extent):
    with pytest.raises(BadRequest, match=r"pixels?\.?"):
        Document.new(extent)


def test_a_picture_file_that_is_too_large_is_refused_before_it_is_unpacked(tmp_path: Path):
    header = b"IHDR" + struct.pack(">IIBBBBB", 16384, 16384, 8, 6, 0, 0, 0)
    chunk = struct.pack(">I", len(header) - 4) + header + struct.pack(">I", zlib.crc32(header))
    (tmp_path / "huge.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk)
    with pytest.raises(FileProblem) as refused:
        read_picture(tmp_path / "huge.png")
    assert "huge.png" in refused.value.message


def test_the_largest_side_is_painted_on_at_its_far_end_and_seen(qtbot: QtBot):
    document = Document.new(Extent(16384, 300))
    canvas = shown(qtbot, document)
    draw(document, (16300, 150), (16384, 150), brush=Brush(size=120, hardness=1, dynamics=()))
    assert pick(document, Point(16383, 150)) == QColor("red")
    canvas.look_through(canvas.camera.with_zoom(1.0, canvas.middle).panned(-9000, 0))
    assert seen(canvas, Point(16370, 150)) == QColor("red")
    document.history.undo()
    assert seen(canvas, Point(16370, 150)) == QColor("white")


def layers_by_the_hundred(count: int) -> Document:
    document = Document.new(Extent(120, 100))
    modes = list(BlendMode)
    for number in range(count):
        layer = PaintLayer(name=f"Layer {number}", opacity=0.2 + number % 9 / 10, mode=modes[number % len(modes)])
        document.run(AddLayer(layer))
        x, y = number * 37 % 120, number * 53 % 100
        draw(document, (x, y), (x + 60, y + 30), color=QColor.fromHsv(number * 7 % 360, 200, 220).name())
    return document


def test_two_hundred_layers_stay_one_document(qtbot: QtBot, tmp_path: Path):
    document = layers_by_the_hundred(MANY)
    document.run(AddLayer(AdjustmentLayer(adjustment=HueSaturation(hue=40))))
    canvas, projection = shown(qtbot, document), Projection(document)
    layers = document.root.children
    draw(document, (20, 20), (100, 80), layer_id=layers[100].id)
    document.run(SetLayer([layer.id for layer in layers[50:150]], visible=False))
    document.run(MoveLayer(layers[3].id, None, 180))
    document.run(RemoveLayer(layers[120].id))
    assert projection.image(document.bounds) == render(document, document.bounds)
    place = Point(60, 50)
    assert seen(canvas, place).alpha() == 255
    end = fingerprint(document)
    write_document(tmp_path / "many.ora", document)
    again = read_document(tmp_path / "many.ora")
    assert fingerprint(again) == end
    picture = render(document, document.bounds)
    document.run(Flatten())
    assert len(layers) == 1
    assert render(document, document.bounds) == picture
    document.history.undo()
    assert fingerprint(document) == end
    for _ in range(40):
        document.history.undo()
    redo_all(document)
    assert render(document, document.bounds) == picture
