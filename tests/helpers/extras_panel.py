"""The Extras panel on the screen, with models and extras of a test's own."""

from __future__ import annotations

from collections.abc import Sequence

from pytestqt.qtbot import QtBot

from sdstudio.document.document import Document
from sdstudio.generation.jobs import JobQueue
from sdstudio.generation.session import Session
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.raster.geometry import Extent
from sdstudio.ui.docks.extras import ExtrasPanel
from tests.helpers.scripted_engine import ScriptedEngine


def session_with(models: Sequence[ModelInfo], extras: Sequence[ExtraInfo]) -> Session:
    made = Session(Document.new(Extent(64, 64)), JobQueue(ScriptedEngine()), list(models))
    made.extras = list(extras)
    return made


def shown_panel(session: Session, qtbot: QtBot, height: int = 500) -> ExtrasPanel:
    panel = ExtrasPanel(session)
    qtbot.addWidget(panel)
    panel.resize(300, height)
    panel.show()
    qtbot.waitExposed(panel)
    return panel
