"""Parts of a model from files of their own are chosen in the Extras panel; what there is one of is chosen already."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from sdstudio.generation.session import Session
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.ui.docks.extras import ExtrasPanel
from tests.helpers.extras_panel import session_with, shown_panel

MODELS = [
    ModelInfo(id="whole", title="Whole", path="1", family="sd2", text_width=1024),
    ModelInfo(id="unet", title="UNet", path="2", family="sdxl", text_width=2048, lacks=("clip_l", "clip_g", "vae")),
]
EXTRAS = [
    ExtraInfo(id=name, title=name.upper(), path=name, kind="text_encoder", role=role)
    for name, role in (("large", "clip_g"), ("small", "clip_l"), ("other", "clip_l"))
]
EXTRAS.append(ExtraInfo(id="v", title="V", path="v", kind="vae"))


@pytest.fixture
def session() -> Session:
    return session_with(MODELS, EXTRAS)


@pytest.fixture
def panel(session: Session, qtbot: QtBot) -> ExtrasPanel:
    return shown_panel(session, qtbot)


def test_a_whole_model_has_nothing_to_choose(panel: ExtrasPanel, session: Session) -> None:
    session.choose_model("whole")
    assert panel.parts.boxes == {}


def test_a_choice_goes_into_the_parameters(panel: ExtrasPanel, session: Session, qtbot: QtBot) -> None:
    session.choose_model("unet")
    assert (session.parameters.text_encoders, session.parameters.vae) == (("large",), "v")
    assert panel.parts.boxes["clip_g"].currentText() == "LARGE"
    box = panel.parts.boxes["clip_l"]
    assert box.currentText() == "None: choose one"
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert session.parameters.text_encoders == ("other", "large")


def test_the_window_says_what_is_missing(panel: ExtrasPanel, session: Session) -> None:
    session.choose_model("unet")
    assert "CLIP ViT-L" in session.intent().problem
