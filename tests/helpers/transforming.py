"""A red block to transform, and the tool that does it; test files import the fixture."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from sdstudio.raster.geometry import Bounds
from sdstudio.raster.pixels import filled
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.toolbox import Toolbox
from sdstudio.ui.tools.transform import TransformTool
from tests.helpers.drawing import active_surface


def content(editor: Editor) -> Bounds:
    """Where the active layer has pixels."""
    return active_surface(editor.document).content_bounds()


def take_up(editor: Editor, toolbox: Toolbox, canvas: CanvasView, bounds: Bounds) -> None:
    """A red block, and the transform tool in the hand."""
    lay_red_block(editor, bounds)
    toolbox.set_active("transform")
    canvas.setFocus()


def lay_red_block(editor: Editor, bounds: Bounds) -> None:
    """On the active layer, and told of."""
    active_surface(editor.document).write(bounds, filled(bounds.width, bounds.height, QColor("red")))
    editor.document.pixels_changed.emit(editor.document.active_id or "", bounds)


@pytest.fixture
def tool(toolbox: Toolbox) -> TransformTool:
    made = toolbox.tool("transform")
    assert isinstance(made, TransformTool)
    return made
