"""Pointing at the plot shows the noised picture on the canvas, and leaving it takes that away."""

from __future__ import annotations

from sdstudio.app import Studio
from tests.helpers.scripted_engine import ScriptedEngine


def test_pointing_at_a_step_shows_the_noised_picture(studio: Studio) -> None:
    plot, canvas = studio.window.generate_panel.advanced.plot, studio.window.canvas
    plain = canvas.grab().toImage()
    plot.pointed.emit(0)
    noisy = canvas.grab().toImage()
    assert noisy != plain
    plot.pointed.emit(5)
    assert canvas.grab().toImage() != noisy
    plot.pointed.emit(-1)
    assert canvas.grab().toImage() == plain


def test_a_running_job_keeps_its_own_preview(studio: Studio, engine: ScriptedEngine) -> None:
    studio.window.generate_control.start()
    plain = studio.window.canvas.grab().toImage()
    studio.window.generate_panel.advanced.plot.pointed.emit(0)
    assert studio.window.canvas.grab().toImage() == plain
