"""What a request adds to its model: files by name, control pictures by source."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from sdstudio.document.commands import AddLayer, EditSelection, SetLayer
from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.errors import BadRequest
from sdstudio.generation.jobs import JobQueue
from sdstudio.generation.parameters import Parameters
from sdstudio.generation.prepare import again, prepare
from sdstudio.generation.session import Session
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import PICTURE_INPUT, REFERENCE, ControlUse, LoraUse
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.tiles import Mask
from tests.generation.conftest import ScriptedEngine
from tests.helpers.drawing import draw

MODEL = ModelInfo(id="m", title="M", path="m", family="sd1", native_size=256, text_width=768)


def extra(name: str, kind: str, text_width: int = 768) -> ExtraInfo:
    return ExtraInfo(id=name, title=name, path=f"/x/{name}", kind=kind, text_width=text_width)  # type: ignore[arg-type]


KNOWN = [
    extra("ink", "lora"),
    extra("xl", "lora", 2048),
    extra("lines", "controlnet"),
    extra("blob", "embedding"),
    extra("wide", "embedding", 2048),
]


@pytest.fixture
def document() -> Document:
    return Document.new(Extent(256, 256))


def test_names_become_files(document: Document) -> None:
    wishes = Parameters(
        prompt="a blob, wide", loras=(LoraUse(name="ink", weight=0.5),), controls=(ControlUse(model="lines"),)
    )
    prepared = prepare(document, wishes, MODEL, 1, KNOWN)
    assert [one.id for one in prepared.extras] == ["ink", "lines", "blob"]
    assert prepared.request.loras == wishes.loras
    assert b"/x/" not in msgspec.json.encode(prepared.request)


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"loras": (LoraUse(name="pen"),)}, "no LoRA “pen”"),
        ({"loras": (LoraUse(name="xl"),)}, "made for SDXL"),
        ({"controls": (ControlUse(model="ink"),)}, "no control model “ink”"),
        ({"controls": (ControlUse(model="lines", preprocessor="depth"),)}, "no depth model on this machine"),
        ({"controls": (ControlUse(model="lines", source="layer:gone"),)}, "layer that guides “lines” is gone"),
        ({"controls": (ControlUse(model="lines", source="file:a.png"),)}, "“a.png” that guides “lines” is not open"),
    ],
)
def test_what_is_missing_is_told_before_anything_is_queued(
    document: Document, wishes: dict[str, object], words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        prepare(document, msgspec.structs.replace(Parameters(prompt="a"), **wishes), MODEL, 1, KNOWN)


def control(document: Document, files: dict[str, QImage] | None = None, **changes: object) -> np.ndarray:
    use = ControlUse(model="lines", **changes)  # type: ignore[arg-type]
    prepared = prepare(document, Parameters(prompt="a", controls=(use,)), MODEL, 1, KNOWN, files or {})
    (picture,) = prepared.controls
    return picture


def test_the_canvas_guides(document: Document) -> None:
    draw(document, (20, 128), (236, 128), color="black")
    assert control(document)[128, 128].tolist() == [0, 0, 0]
    lines = control(document, preprocessor="invert")
    assert lines[128, 128].tolist() == [255, 255, 255]
    assert lines[20, 20].tolist() == [0, 0, 0]


def test_a_hidden_layer_guides_alone(document: Document) -> None:
    draw(document, (20, 128), (236, 128), color="black")
    layer = PaintLayer(name="Scribble")
    document.run(AddLayer(layer))
    draw(document, (128, 20), (128, 236), color="black", layer_id=layer.id)
    document.run(SetLayer(layer.id, visible=False))
    lines = control(document, source=f"layer:{layer.id}", preprocessor="invert")
    assert lines[60, 128].tolist() == [255, 255, 255]
    assert lines[128, 40].tolist() == [0, 0, 0]
    assert not layer.visible


def test_a_picture_from_a_file_is_laid_over_the_canvas(document: Document) -> None:
    picture = QImage(64, 64, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(QColor("black"))
    picture.setPixelColor(0, 0, QColor("white"))
    lines = control(document, {"file:a.png": picture}, source="file:a.png")
    assert lines.shape == (256, 256, 3)
    assert lines[200, 200].tolist() == [0, 0, 0]
    assert lines[1, 1, 0] > 200


def test_pictures_weigh_and_are_let_go(document: Document) -> None:
    wishes = Parameters(prompt="a", controls=(ControlUse(model="lines"),))
    prepared = prepare(document, wishes, MODEL, 1, KNOWN)
    assert prepared.nbytes >= 256 * 256 * 3
    assert prepared.without_pixels().controls == ()
    assert again(prepared, wishes, 7, KNOWN).controls == prepared.controls


def test_two_passes_are_made_again_at_the_same_size(document: Document) -> None:
    session = Session(document, JobQueue(ScriptedEngine()), [MODEL])
    session.parameters = Parameters(prompt="a", model_id="m", hires=2.0)
    (job,) = session.generate()
    assert job.prepared.request.extent == Extent(512, 512)
    session.take(job.prepared.request)
    assert (session.parameters.hires, session.parameters.native_size) == (2.0, None)


def test_a_mask_travels_as_a_fourth_channel(document: Document) -> None:
    mask = Mask()
    mask.write(Bounds(0, 0, 128, 256), np.full((256, 128), 255, np.uint8))
    document.run(EditSelection(mask, "Select"))
    use = ControlUse(model="lines", mask="selection")
    wishes = Parameters(prompt="a", controls=(use,), branch=None)
    (picture,) = prepare(document, wishes, MODEL, 1, KNOWN).controls
    assert picture.shape[2] == 4
    assert picture[:, : picture.shape[1] // 4, 3].min() == 255
    assert picture[:, -3:, 3].max() == 0


def test_a_layer_can_be_the_mask_even_when_it_is_hidden(document: Document) -> None:
    layer = PaintLayer(name="Where")
    document.run(AddLayer(layer))
    document.set_active(layer.id)
    draw(document, (20, 128), (236, 128), color="black")
    document.run(SetLayer(layer.id, visible=False))
    (picture,) = prepare(
        document,
        Parameters(prompt="a", controls=(ControlUse(model="lines", mask=f"layer:{layer.id}"),)),
        MODEL,
        1,
        KNOWN,
    ).controls
    assert picture[128, 128, 3] > 200
    assert picture[5, 5, 3] == 0


@pytest.mark.parametrize(("mask", "words"), [("selection", "nothing is selected"), ("layer:gone", "is gone")])
def test_a_mask_that_is_not_there_is_told(document: Document, mask: str, words: str) -> None:
    wishes = Parameters(prompt="a", controls=(ControlUse(model="lines", mask=mask),))
    with pytest.raises(BadRequest, match=words):
        prepare(document, wishes, MODEL, 1, KNOWN)


def test_what_is_looked_at_as_a_whole_keeps_its_shape(document: Document) -> None:
    """A wide picture covers the square: its middle is seen, not squeezed."""
    image = QImage(512, 128, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    for x in range(192, 320):
        for y in range(128):
            image.setPixelColor(x, y, QColor("red"))
    files = {"file:a.png": image}
    eye = ExtraInfo(id="eye", title="eye", path="/x/eye", kind="vision", image_widths=(5,))
    like = ExtraInfo(id="like", title="like", path="/x/like", kind="ip_adapter", text_width=768, image_widths=(5,))
    for name in ("like", REFERENCE):
        wishes = Parameters(prompt="a", controls=(ControlUse(model=name, source="file:a.png"),))
        (picture,) = prepare(document, wishes, MODEL, 1, [*KNOWN, eye, like], files).controls
        assert (picture[:, 8:-8, 1] < 40).all()
    (squeezed,) = prepare(
        document,
        Parameters(prompt="a", controls=(ControlUse(model="lines", source="file:a.png"),)),
        MODEL,
        1,
        KNOWN,
        files,
    ).controls
    assert squeezed[0, 0, 1] > 200


def test_the_request_names_the_model_of_its_preprocessor(document: Document) -> None:
    midas = ExtraInfo(id="midas", title="MiDaS", path="/x/midas", kind="depth")
    wishes = Parameters(prompt="a", controls=(ControlUse(model="lines", preprocessor="depth"),))
    prepared = prepare(document, wishes, MODEL, 1, [*KNOWN, midas])
    assert prepared.request.controls[0].estimator == "midas"
    assert midas in prepared.extras


def test_a_model_that_edits_pictures_sees_the_canvas(document: Document) -> None:
    kontext = ModelInfo(
        id="k", title="K", path="k", family="flux", native_size=256, size_multiple=16, prediction="flow", reads="edit"
    )
    wishes = Parameters(prompt="make it blue", sampler="euler")
    assert prepare(document, wishes, kontext, 1).request.controls == ()  # a blank sheet is no picture
    draw(document, (10, 10), (60, 10))
    prepared = prepare(document, wishes, kontext, 1)
    assert prepared.request.mode == "text_to_image"
    assert prepared.request.controls == (ControlUse(model=PICTURE_INPUT),)
    assert tuple(prepared.controls[0][10, 30]) == (255, 0, 0)
    named = (ControlUse(model=PICTURE_INPUT, source=f"layer:{document.active.id}"),)
    chosen = Parameters(prompt="make it blue", sampler="euler", controls=named)
    assert prepare(document, chosen, kontext, 1).request.controls == named
