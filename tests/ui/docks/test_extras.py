"""LoRAs are switched on with their weights, embeddings go into the prompt; what does not fit says why."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from sdstudio.generation.session import Session
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.request import LoraUse
from sdstudio.ui.docks.extras import ExtrasPanel
from tests.helpers.extras_panel import session_with, shown_panel

MODELS = [
    ModelInfo(id="one", title="One", path="1", family="sd1", text_width=768),
    ModelInfo(id="big", title="Big", path="2", family="sdxl", text_width=2048),
]
EXTRAS = [
    ExtraInfo(id="ink", title="Ink drawing", path="i", kind="lora", text_width=768, note="Say “ink”"),
    ExtraInfo(id="xl", title="Large", path="x", kind="lora", text_width=2048),
    ExtraInfo(id="blob", title="blob", path="b", kind="embedding", text_width=768),
]


@pytest.fixture
def session() -> Session:
    return session_with(MODELS, EXTRAS)


@pytest.fixture
def panel(session: Session, qtbot: QtBot) -> ExtrasPanel:
    return shown_panel(session, qtbot, height=400)


def test_a_click_switches_a_lora_on_and_off(panel: ExtrasPanel, session: Session, qtbot: QtBot) -> None:
    row = panel.loras["ink"]
    qtbot.mouseClick(row.switch, Qt.MouseButton.LeftButton, pos=QPoint(8, row.switch.height() // 2))
    assert session.parameters.loras == (LoraUse(name="ink", weight=1.0),)
    row.weight.setValue(0.4)
    assert session.parameters.loras == (LoraUse(name="ink", weight=0.4),)
    row.switch.setChecked(False)
    assert session.parameters.loras == ()


def test_the_weight_can_be_set_before_the_lora_is_on(panel: ExtrasPanel, session: Session) -> None:
    panel.loras["ink"].weight.setValue(0.3)
    assert session.parameters.loras == ()
    panel.loras["ink"].switch.setChecked(True)
    assert session.parameters.loras == (LoraUse(name="ink", weight=0.3),)


def test_another_family_is_shown_with_its_reason(panel: ExtrasPanel, session: Session) -> None:
    assert not panel.loras["xl"].switch.isEnabled()
    session.choose_model("big")
    assert panel.loras["xl"].switch.isEnabled()
    assert not panel.loras["ink"].switch.isEnabled()
    assert not panel.words["blob"].isEnabled()


def test_what_does_not_fit_any_more_can_still_be_switched_off(panel: ExtrasPanel, session: Session) -> None:
    panel.loras["ink"].switch.setChecked(True)
    session.choose_model("big")
    row = panel.loras["ink"]
    assert row.switch.isChecked()
    assert row.switch.isEnabled()
    row.switch.setChecked(False)
    assert session.parameters.loras == ()


def test_a_lora_that_is_gone_can_be_taken_out(panel: ExtrasPanel, session: Session) -> None:
    session.parameters = msgspec.structs.replace(session.parameters, loras=(LoraUse(name="lost", weight=0.5),))
    row = panel.loras["lost"]
    assert row.switch.isChecked()
    row.switch.setChecked(False)
    assert session.parameters.loras == ()
    assert "lost" not in panel.loras


def test_a_word_goes_to_the_end_of_the_prompt(panel: ExtrasPanel, session: Session, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.words["blob"], Qt.MouseButton.LeftButton)
    assert session.parameters.prompt == "blob"
    session.parameters = msgspec.structs.replace(session.parameters, prompt="a cat, ")
    qtbot.mouseClick(panel.words["blob"], Qt.MouseButton.LeftButton)
    assert session.parameters.prompt == "a cat, blob"


def test_refinements_are_set_and_shown(panel: ExtrasPanel, session: Session) -> None:
    session.extras = [*EXTRAS, ExtraInfo(id="soft", title="Soft", path="s", kind="vae")]
    fields = panel.refinements
    assert not fields.strength.isEnabled()
    fields.hires.setValue(2)
    fields.strength.setValue(40)
    fields.freeu.setChecked(True)
    for box, value in ((fields.vae, "soft"), (fields.tiles, "x"), (fields.by, "latents")):
        box.activated.emit(box.findData(value))
    now = session.parameters
    assert (now.hires, now.hires_strength, now.hires_by) == (2.0, 0.4, "latents")
    assert (now.vae, now.seamless, now.freeu) == ("soft", "x", True)
    assert fields.vae.currentData() == "soft"
    session.extras = EXTRAS
    assert panel.refinements.vae.currentText() == "soft (missing)"


def test_a_refiner_is_chosen_among_those_that_fit(panel: ExtrasPanel, session: Session) -> None:
    assert panel.refinements.refiner.count() == 1
    gloss = ModelInfo(id="gloss", title="Gloss", path="g", family="sdxl_refiner", text_width=1280)
    session.models = [*MODELS, gloss]
    session.choose_model("big")
    fields = panel.refinements
    assert [fields.refiner.itemText(index) for index in range(fields.refiner.count())] == ["None", "Gloss"]
    assert not fields.switch.isEnabled()
    fields.refiner.activated.emit(1)
    fields.switch.setValue(70)
    assert (session.parameters.refiner, session.parameters.refiner_switch) == ("gloss", 0.7)
    assert fields.switch.isEnabled()
    assert session.intent().problem == ""
    session.choose_model("one")
    assert "cannot refine what “One” begins: it is the SDXL refiner" in session.intent().problem
    session.models = MODELS
    assert panel.refinements.refiner.currentText() == "gloss (cannot be used)"


def test_new_files_appear(panel: ExtrasPanel, session: Session, qtbot: QtBot) -> None:
    session.extras = []
    assert panel.loras == {}
    session.extras = EXTRAS[:1]
    assert list(panel.loras) == ["ink"]


def test_a_hypernetwork_goes_into_the_prompt_with_its_weight(
    panel: ExtrasPanel, session: Session, qtbot: QtBot
) -> None:
    assert not panel.hypernetworks
    session.extras = [ExtraInfo(id="ink", title="Ink", path="i", kind="hypernetwork")]
    session.parameters = msgspec.structs.replace(session.parameters, prompt="a cat")
    qtbot.mouseClick(panel.hypernetworks["ink"], Qt.MouseButton.LeftButton)
    assert session.parameters.prompt == "a cat, <hypernet:ink:1>"


def test_a_long_name_leaves_the_weight_in_sight(panel: ExtrasPanel, session: Session, qtbot: QtBot) -> None:
    name = "made_for_drawing_ships_and_everything_around_them_v2_final_final_pruned"
    session.extras = [*EXTRAS, ExtraInfo(id=name, title=name, path="n", kind="lora", text_width=768)]
    field = panel.loras[name].weight
    qtbot.waitUntil(lambda: 0 < field.mapTo(panel, field.rect().topRight()).x() < panel.width())
    assert panel.loras[name].switch.accessibleName() == name
