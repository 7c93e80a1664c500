from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from sdstudio.document.document import Document
from sdstudio.formats.glance import glance
from sdstudio.formats.openraster import write_document
from sdstudio.raster.geometry import Extent


def test_a_picture_is_read_in_small(qapp: QApplication, tmp_path: Path) -> None:
    image = QImage(800, 400, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    assert image.save(str(tmp_path / "a.png"))
    small = glance(tmp_path / "a.png", 100)
    assert (small.width(), small.height()) == (100, 50)
    assert small.pixelColor(50, 25) == QColor("red")


def test_a_document_shows_its_own_thumbnail(qapp: QApplication, tmp_path: Path) -> None:
    write_document(tmp_path / "a.ora", Document.new(Extent(600, 300), QColor("#204060")))
    small = glance(tmp_path / "a.ora", 96)
    assert (small.width(), small.height()) == (96, 48)
    assert small.pixelColor(40, 20) == QColor("#204060")


@pytest.mark.parametrize("name", ["a.ora", "a.png", "a.txt"])
def test_what_cannot_be_read_is_nothing(qapp: QApplication, tmp_path: Path, name: str) -> None:
    assert glance(tmp_path / name, 96).isNull()
    (tmp_path / name).write_bytes(b"something else")
    assert glance(tmp_path / name, 96).isNull()
    if name.endswith("ora"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("Thumbnails/thumbnail.png", b"no picture")
        assert glance(tmp_path / name, 96).isNull()
