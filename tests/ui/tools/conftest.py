from __future__ import annotations

from tests.helpers.canvas_fixtures import canvas, editor, hand, sentences, toolbox

__all__ = ["canvas", "editor", "hand", "sentences", "toolbox"]
