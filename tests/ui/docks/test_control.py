"""Controls are added, set and taken out; each shows what it sees."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from sdstudio.document.document import Document
from sdstudio.errors import StudioError
from sdstudio.generation.jobs import JobQueue
from sdstudio.generation.session import Session
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import DEPTH_INPUT, PICTURE_INPUT, REFERENCE, ControlUse
from sdstudio.raster.geometry import Extent
from sdstudio.ui.docks.control import ControlPanel
from sdstudio.ui.editor import Editor
from tests.helpers.drawing import draw
from tests.helpers.scripted_engine import ScriptedEngine

MODELS = [
    ModelInfo(id="one", title="One", path="1", family="sd1", text_width=768),
    ModelInfo(id="big", title="Big", path="2", family="sdxl", text_width=2048),
]
EXTRAS = [
    ExtraInfo(id="lines", title="Lines", path="l", kind="controlnet", text_width=768),
    ExtraInfo(id="depth", title="Depth", path="d", kind="controlnet", text_width=768),
]


@pytest.fixture
def editor() -> Editor:
    return Editor(Document.new(Extent(128, 96)))


@pytest.fixture
def session(editor: Editor) -> Session:
    made = Session(editor.document, JobQueue(ScriptedEngine()), MODELS)
    made.extras = EXTRAS
    return made


@pytest.fixture
def panel(session: Session, editor: Editor, qtbot: QtBot) -> ControlPanel:
    panel = ControlPanel(session, editor)
    qtbot.addWidget(panel)
    panel.resize(300, 500)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def add(panel: ControlPanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.add_button, Qt.MouseButton.LeftButton)


def test_a_new_control_is_guided_by_the_layer_one_paints_on(
    panel: ControlPanel, session: Session, editor: Editor, qtbot: QtBot
) -> None:
    add(panel, qtbot)
    (use,) = session.parameters.controls
    assert (use.model, use.preprocessor, use.source) == ("lines", "invert", f"layer:{editor.document.active_id}")


def choose(box: object, value: str) -> None:
    index = box.findData(value)  # type: ignore[attr-defined]
    box.setCurrentIndex(index)  # type: ignore[attr-defined]
    box.activated.emit(index)  # type: ignore[attr-defined]


def test_everything_about_it_can_be_set(panel: ControlPanel, session: Session, qtbot: QtBot) -> None:
    add(panel, qtbot)
    (card,) = panel.cards
    choose(card.model, "depth")
    choose(card.source, "canvas")
    choose(card.preprocessor, "canny")
    card.weight.setValue(0.5)
    card.start.setValue(10)
    card.end.setValue(60)
    wanted = ControlUse(model="depth", weight=0.5, start=0.1, end=0.6, preprocessor="canny", source="canvas")
    assert session.parameters.controls == (wanted,)
    card.end.setValue(5)
    assert session.parameters.controls[0].start == session.parameters.controls[0].end == 0.05


def test_controls_are_taken_out_one_by_one(panel: ControlPanel, session: Session, qtbot: QtBot) -> None:
    add(panel, qtbot)
    add(panel, qtbot)
    choose(panel.cards[1].model, "depth")
    panel.cards[0].removed.emit()
    assert [use.model for use in session.parameters.controls] == ["depth"]
    assert panel.cards[0].model.currentData() == "depth"


def test_it_shows_what_guides(panel: ControlPanel, editor: Editor, qtbot: QtBot) -> None:
    add(panel, qtbot)
    draw(editor.document, (10, 48), (118, 48), color="black")
    (card,) = panel.cards

    def has_line() -> bool:
        image = card.preview.pixmap().toImage()
        return not image.isNull() and image.pixelColor(image.width() // 2, image.height() // 2).lightness() > 200

    qtbot.waitUntil(has_line)


def test_a_layer_that_is_gone_is_told_in_its_place(panel: ControlPanel, session: Session, qtbot: QtBot) -> None:
    use = ControlUse(model="lines", source="layer:gone")
    session.parameters = msgspec.structs.replace(session.parameters, controls=(use,))
    (card,) = panel.cards
    assert card.source.currentText() == "gone (missing)"
    qtbot.waitUntil(lambda: "is gone" in card.preview.text())


def test_a_picture_file_guides(panel: ControlPanel, session: Session, tmp_path: Path, qtbot: QtBot) -> None:
    image = QImage(20, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    image.save(str(tmp_path / "a.png"))
    add(panel, qtbot)
    panel.open_file(panel.cards[0], tmp_path / "a.png")
    assert session.parameters.controls[0].source == "file:a.png"
    assert panel.cards[0].source.currentText() == "a.png"
    told: list[StudioError] = []
    panel.failed.connect(told.append)
    panel.open_file(panel.cards[0], tmp_path / "none.png")
    assert len(told) == 1
    assert session.parameters.controls[0].source == "file:a.png"


def test_what_guides_becomes_a_layer_in_one_step(panel: ControlPanel, editor: Editor, qtbot: QtBot) -> None:
    add(panel, qtbot)
    draw(editor.document, (10, 48), (118, 48), color="black")
    before = len(list(editor.document.walk()))
    panel.cards[0].layer_wanted.emit()
    assert len(list(editor.document.walk())) == before + 1
    editor.document.history.undo()
    assert len(list(editor.document.walk())) == before


def test_an_ip_adapter_looks_at_the_picture_itself(panel: ControlPanel, session: Session, qtbot: QtBot) -> None:
    session.extras = [*EXTRAS, ExtraInfo(id="like", title="Like", path="i", kind="ip_adapter", text_width=768)]
    add(panel, qtbot)
    choose(panel.cards[0].model, "like")
    assert session.parameters.controls[0].preprocessor == "none"
    assert panel.cards[0].preprocessor.currentData() == "none"


def test_models_of_other_families_are_not_offered(panel: ControlPanel, session: Session, qtbot: QtBot) -> None:
    session.parameters = msgspec.structs.replace(session.parameters, model_id="big")
    add(panel, qtbot)
    (card,) = panel.cards
    assert [card.model.itemData(index) for index in range(card.model.count())] == [REFERENCE]


def test_what_needs_a_model_cannot_be_chosen(panel: ControlPanel, qtbot: QtBot) -> None:
    add(panel, qtbot)
    box = panel.cards[0].preprocessor
    items = box.model()
    states = {box.itemData(row): items.item(row).isEnabled() for row in range(box.count())}
    assert not states["depth"]
    assert states["canny"]


def test_each_kind_of_guide_shows_what_only_it_has(panel: ControlPanel, session: Session, qtbot: QtBot) -> None:
    session.extras = [
        *EXTRAS,
        ExtraInfo(id="like", title="Like", path="i", kind="ip_adapter", text_width=768),
        ExtraInfo(id="union", title="Union", path="u", kind="controlnet", text_width=768, control_types=6),
        ExtraInfo(id="sketch", title="Sketch", path="s", kind="t2i_adapter", text_width=768),
    ]
    add(panel, qtbot)
    (card,) = panel.cards
    details = card.details
    seen = {}
    for name in ("lines", "union", "sketch", "like", REFERENCE):
        choose(card.model, name)
        fields = {"kind": details.kind, "part": details.part, "fidelity": details.fidelity, "mask": details.within}
        seen[name] = {field for field, widget in fields.items() if widget.isVisibleTo(card)} | (
            {"make"} if card.preprocessor.isVisibleTo(card) else set()
        )
    assert seen == {
        "lines": {"mask", "make"},
        "union": {"kind", "mask", "make"},
        "sketch": {"mask", "make"},
        "like": {"part", "mask"},
        REFERENCE: {"fidelity"},
    }


def test_details_are_part_of_the_parameters(panel: ControlPanel, session: Session, qtbot: QtBot) -> None:
    add(panel, qtbot)
    (card,) = panel.cards
    choose(card.details.within, "selection")
    choose(card.model, REFERENCE)
    card.details.fidelity.setValue(80)
    (use,) = session.parameters.controls
    assert (use.model, use.mask, use.fidelity, use.preprocessor) == (REFERENCE, "selection", 0.8, "none")


def test_a_depth_model_is_given_its_map(panel: ControlPanel, session: Session, qtbot: QtBot) -> None:
    assert panel.add_button.isEnabled()
    session.models = [*MODELS, ModelInfo(id="deep", title="Deep", path="3", family="sd2", depth=True)]
    session.choose_model("deep")
    assert "depth map" in session.intent().problem
    add(panel, qtbot)
    (use,) = session.parameters.controls
    assert (use.model, use.preprocessor) == (DEPTH_INPUT, "none")
    assert panel.cards[0].model.currentText() == "Depth map"
    assert session.intent().problem == ""
    session.choose_model("big")
    assert "reads no depth map" in session.intent().problem


def test_a_reference_needs_no_model_at_all(panel: ControlPanel, session: Session, qtbot: QtBot) -> None:
    session.extras = []
    assert panel.add_button.isEnabled()
    add(panel, qtbot)
    assert session.parameters.controls[0].model == REFERENCE


def test_depth_can_be_chosen_when_there_is_a_model_for_it(panel: ControlPanel, session: Session, qtbot: QtBot) -> None:
    add(panel, qtbot)
    box = panel.cards[0].preprocessor

    def enabled() -> list[str]:
        rows = [box.model().index(row, 0) for row in range(box.count())]
        return [box.itemData(row.row()) for row in rows if row.flags() & Qt.ItemFlag.ItemIsEnabled]

    assert not [value for value in enabled() if value.startswith("depth")]
    assert "models folder" in box.itemText(box.findData("depth"))
    session.extras = [*EXTRAS, ExtraInfo(id="midas", title="MiDaS", path="m", kind="depth")]
    assert "depth:midas" in enabled()
    choose(box, "depth:midas")
    use = session.parameters.controls[0]
    assert (use.preprocessor, use.estimator) == ("depth", "midas")
    assert box.currentText() == "Depth: MiDaS"


FLUX = {"family": "flux", "text_width": 4096, "prediction": "flow", "size_multiple": 16}


@pytest.mark.parametrize(
    ("reads", "words", "how"),
    [
        ("edit", "Picture to edit", "none"),
        ("follow", "Picture to follow", "canny"),
        ("", "Picture to edit (if this is Kontext)", "none"),
    ],
)
def test_a_model_that_reads_a_picture_offers_its_place_first(
    panel: ControlPanel, session: Session, qtbot: QtBot, reads: str, words: str, how: str
) -> None:
    session.models = [ModelInfo(id="f", title="F", path="f", reads=reads, **FLUX)]
    session.choose_model("f")
    add(panel, qtbot)
    (use,) = session.parameters.controls
    assert (use.model, use.preprocessor) == (PICTURE_INPUT, how)
    card = panel.cards[0]
    assert card.model.currentText() == words
    assert not card.weight.isEnabled()
    assert "reads this picture itself" in card.weight.toolTip()
    assert card._reason.text() == card.start.toolTip() == card.end.toolTip() == card.weight.toolTip()


def test_a_model_that_nothing_guides_says_so(panel: ControlPanel, session: Session, qtbot: QtBot) -> None:
    session.models = [ModelInfo(id="q", title="Q", path="q", **(FLUX | {"family": "qwen_image"}))]
    session.choose_model("q")
    with qtbot.waitSignal(panel.failed) as told:
        add(panel, qtbot)
    assert "put a control model" in told.args[0].message
    assert session.parameters.controls == ()


def test_a_union_for_flux_offers_the_kinds_that_it_knows(panel: ControlPanel, session: Session, qtbot: QtBot) -> None:
    session.models = [ModelInfo(id="f", title="F", path="f", **FLUX)]
    session.extras = [ExtraInfo(id="u", title="U", path="u", kind="controlnet", family="flux", control_types=7)]
    session.choose_model("f")
    add(panel, qtbot)
    kinds = panel.cards[0].details.kind
    shown = [kinds.itemData(row) for row in range(kinds.count()) if not kinds.view().isRowHidden(row)]
    assert shown == ["", "pose", "depth", "soft", "lines", "tile"]
    assert not panel.cards[0].preprocessor.isHidden()


def test_a_picture_to_edit_is_seen_as_it_is(panel: ControlPanel, session: Session, qtbot: QtBot) -> None:
    session.models = [ModelInfo(id="f", title="F", path="f", reads="edit", **FLUX)]
    session.choose_model("f")
    add(panel, qtbot)
    assert panel.cards[0].preprocessor.isHidden()
    assert session.parameters.controls[0].source == "canvas"
