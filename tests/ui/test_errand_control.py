"""Upscaling, prompts from pictures and control pictures by models, at the real window."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from PySide6.QtGui import QColor

from sdstudio.app import Studio
from sdstudio.document.commands import SetLayer
from sdstudio.document.layers import PaintLayer
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.protocol.errands import Describe, Enlarge, Estimate, ShowNoise, Told
from sdstudio.protocol.messages import Failed, Finished, Progress
from sdstudio.protocol.request import ControlUse
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.ui.dialogs.upscale import UpscaleDialog
from tests.helpers.drawing import draw
from tests.helpers.scripted_engine import ScriptedEngine

SHARP = ExtraInfo(id="sharp", title="Sharp", path="s", kind="upscaler")
MIDAS = ExtraInfo(id="midas", title="MiDaS", path="m", kind="depth")


def answer(engine: ScriptedEngine, extent: Extent, color: tuple[int, int, int] = (0, 0, 255)) -> None:
    errand, _ = engine.errands[-1]
    pixels = np.full((extent.height, extent.width, 3), color, np.uint8)
    message = Finished(job_id=errand.job_id, width=extent.width, height=extent.height, steps_run=1, seconds=1.0)
    engine.received.emit(message, pixels.tobytes())


def fail(engine: ScriptedEngine, kind: str, message: str = "") -> None:
    errand, _ = engine.errands[-1]
    engine.received.emit(Failed(job_id=errand.job_id, kind=kind, message=message), b"")  # type: ignore[arg-type]


def test_the_whole_picture_grows_in_one_undo_step(studio: Studio, engine: ScriptedEngine) -> None:
    document = studio.editor.document
    before = document.extent
    steps = document.history.position
    studio.window.errand_control.upscale(2.0, SHARP, is_layer=False)
    (errand, picture) = engine.errands[-1]
    assert isinstance(errand, Enlarge)
    assert (errand.extent, errand.upscaler, len(picture)) == (before, SHARP, 3 * before.area)
    assert errand.target == Extent(2 * before.width, 2 * before.height)
    answer(engine, errand.target)
    assert document.extent == errand.target
    top = document.root.children[-1]
    assert isinstance(top, PaintLayer)
    assert top.surface.content_bounds() == Bounds.of(errand.target)
    assert top.surface.read(Bounds(5, 5, 1, 1)).pixelColor(0, 0) == QColor(0, 0, 255)
    assert document.history.position == steps + 1
    document.history.undo()
    assert document.extent == before


def test_a_layer_alone_grows_around_its_middle(studio: Studio, engine: ScriptedEngine) -> None:
    document = studio.editor.document
    draw(document, (40, 40), (60, 40), color="red")
    layer = document.active
    assert isinstance(layer, PaintLayer)
    area = layer.surface.content_bounds()
    studio.window.errand_control.upscale(2.0, None, is_layer=True)
    answer(engine, Extent(2 * area.width, 2 * area.height), (255, 0, 0))
    grown = layer.surface.content_bounds()
    assert abs(grown.width - 2 * area.width) <= 2
    assert abs((grown.x + grown.right) - (area.x + area.right)) <= 2
    document.history.undo()
    assert layer.surface.content_bounds() == area


def test_a_locked_layer_is_refused_at_once(studio: Studio, engine: ScriptedEngine) -> None:
    document = studio.editor.document
    draw(document, (40, 40), (60, 40), color="red")
    assert document.active_id is not None
    document.run(SetLayer(document.active_id, locked=True))
    studio.window.errand_control.upscale(2.0, None, is_layer=True)
    assert not engine.errands
    assert "locked" in studio.window.notices.messages[-1]


def test_progress_is_told_and_it_can_be_cancelled(studio: Studio, engine: ScriptedEngine) -> None:
    document = studio.editor.document
    before = document.extent
    studio.window.errand_control.upscale(2.0, SHARP, is_layer=False)
    errand, _ = engine.errands[-1]
    engine.received.emit(Progress(job_id=errand.job_id, stage="sampling", fraction=0.42), b"")
    assert studio.window.notices.messages == ["Upscaling… 42 %"]
    studio.window.errands.cancel(errand.job_id)
    assert engine.cancelled == [errand.job_id]
    fail(engine, "cancelled")
    assert studio.window.notices.messages == []
    assert document.extent == before


@pytest.mark.parametrize("how", ["failed", "lost"])
def test_what_goes_wrong_is_told_and_nothing_changes(studio: Studio, engine: ScriptedEngine, how: str) -> None:
    before = studio.editor.document.extent
    studio.window.errand_control.upscale(2.0, SHARP, is_layer=False)
    if how == "failed":
        fail(engine, "model_invalid", "The upscaler is damaged.")
    else:
        engine.die("The engine stopped.")
    assert any("damaged" in text or "stopped" in text for text in studio.window.notices.messages)
    assert studio.editor.document.extent == before


def test_the_picture_is_described_in_the_prompt(studio: Studio, engine: ScriptedEngine) -> None:
    session = studio.session
    session.models = [msgspec.structs.replace(session.models[0], vocabulary=("cat",))]
    session.parameters = msgspec.structs.replace(session.parameters, prompt="old")
    studio.window.actions_by_id["generate.describe"].trigger()
    errand, _ = engine.errands[-1]
    assert isinstance(errand, Describe)
    assert (errand.clip, errand.model.id) == (None, "starter")
    engine.received.emit(Told(job_id=errand.job_id, prompt="a cat", words=(("cat", 0.9),)), b"")
    assert session.parameters.prompt == "a cat"
    assert "a cat" in studio.window.notices.messages[-1]


def test_clip_describes_where_it_is_there(studio: Studio, engine: ScriptedEngine) -> None:
    clip = ExtraInfo(id="clip", title="CLIP", path="c", kind="vision", speaks=True)
    studio.session.extras = [ExtraInfo(id="eye", title="Eye", path="e", kind="vision"), clip]
    studio.window.errand_control.describe()
    errand, _ = engine.errands[-1]
    assert isinstance(errand, Describe)
    assert errand.clip == clip


def test_without_clip_or_a_list_of_things_it_says_what_to_add(studio: Studio, engine: ScriptedEngine) -> None:
    studio.window.errand_control.describe()
    assert not engine.errands
    assert "Put a CLIP model" in studio.window.notices.messages[-1]


def test_depth_becomes_a_layer(studio: Studio, engine: ScriptedEngine) -> None:
    studio.session.extras = [MIDAS]
    use = ControlUse(model="x", preprocessor="depth", estimator="midas")
    document = studio.editor.document
    picture = np.zeros((document.extent.height, document.extent.width, 3), np.uint8)
    studio.window.control_panel.estimate_wanted.emit(use, picture, "Control: Depth")
    errand, _ = engine.errands[-1]
    assert isinstance(errand, Estimate)
    assert errand.estimator == MIDAS
    answer(engine, errand.extent, (200, 200, 200))
    assert document.active is not None
    assert document.active.name == "Control: Depth"
    document.history.undo()
    assert "Control: Depth" not in [layer.name for layer in document.walk()]


def test_noise_is_shown_as_a_small_model_sees_it(studio: Studio, engine: ScriptedEngine) -> None:
    control = studio.window.noising_control
    control._on_pointed(2)
    control._on_rested()
    errand, _ = engine.errands[-1]
    assert isinstance(errand, ShowNoise)
    assert errand.sigma > 0
    control._on_pointed(-1)
    assert engine.cancelled == [errand.job_id]
    big = ModelInfo(id="starter", title="Big", path="b", family="sd1", native_size=128, bytes=2**32)
    studio.session.models = [big]
    control._on_pointed(2)
    control._on_rested()
    assert len(engine.errands) == 1


def test_the_dialog_tells_the_new_size_and_refuses_what_is_too_large(studio: Studio) -> None:
    dialog = UpscaleDialog(Extent(512, 256), Extent(100, 50), [SHARP], studio.window)
    assert "1024 × 512" in dialog._note.text()
    dialog.what.setCurrentIndex(1)
    dialog.factor_field.setValue(4)
    assert "400 × 200" in dialog._note.text()
    assert (dialog.factor, dialog.upscaler, dialog.is_layer) == (4, SHARP, True)
    dialog.by.setCurrentIndex(1)
    assert dialog.upscaler is None
    huge = UpscaleDialog(Extent(20000, 20000), None, [], studio.window)
    assert not huge._buttons.button(huge._buttons.StandardButton.Ok).isEnabled()
