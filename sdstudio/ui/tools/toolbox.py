"""All tools, and the one in the hand. Must not know how they are shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from sdstudio.document.layers import PaintLayer
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.adjust import AdjustTool
from sdstudio.ui.tools.crop import CropTool
from sdstudio.ui.tools.fill import FillTool
from sdstudio.ui.tools.gradient import GradientTool
from sdstudio.ui.tools.move import MoveTool
from sdstudio.ui.tools.navigate import PanTool, RotateTool, ZoomTool
from sdstudio.ui.tools.paint import BrushTool, EraserTool, MaskTool
from sdstudio.ui.tools.path import PathTool
from sdstudio.ui.tools.picker import PickerTool
from sdstudio.ui.tools.retouch import BlurTool, CloneTool, SmudgeTool
from sdstudio.ui.tools.selection_shapes import EllipseTool, LassoTool, PolygonTool, RectangleTool
from sdstudio.ui.tools.shape import ShapeTool
from sdstudio.ui.tools.text import TextTool
from sdstudio.ui.tools.tool import Modifiers, Stage, Tool
from sdstudio.ui.tools.transform import TransformTool
from sdstudio.ui.tools.wand import WandTool

_KINDS: tuple[type[Tool], ...] = (
    BrushTool,
    EraserTool,
    MaskTool,
    SmudgeTool,
    BlurTool,
    CloneTool,
    FillTool,
    GradientTool,
    PickerTool,
    RectangleTool,
    EllipseTool,
    LassoTool,
    PolygonTool,
    WandTool,
    TextTool,
    ShapeTool,
    PathTool,
    MoveTool,
    TransformTool,
    CropTool,
    PanTool,
    ZoomTool,
    RotateTool,
)
_PICKING = ("brush", "fill", "gradient")  # the tools with which Alt or Ctrl picks a colour

_ADJUSTING = Modifiers.ControlModifier | Modifiers.AltModifier  # with these a drag changes the brush


class Toolbox(QObject):
    """`tools` in the order in which a tool bar shows them."""

    tool_changed = Signal()

    def __init__(self, editor: Editor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tools: tuple[Tool, ...] = tuple(kind(editor) for kind in _KINDS)
        self._by_id = {tool.id: tool for tool in self.tools}
        self._adjust = AdjustTool(editor)
        self._active = self._before = self.tools[0]

    @property
    def active(self) -> Tool:
        return self._active

    def tool(self, tool_id: str) -> Tool:
        """Raises KeyError when there is no such tool."""
        return self._by_id[tool_id]

    def set_active(self, tool_id: str) -> None:
        """Take another tool; the present one ends what it has begun. KeyError when there is no such tool."""
        chosen = self._by_id[tool_id]
        if chosen is not self._active:
            self._active.put_down()
            self._before = self._active
            self._active = chosen
            chosen.take_up()
            self.tool_changed.emit()

    def toggle(self, tool_id: str) -> None:
        """Take another tool, or the one before again when that is in the hand already."""
        self.set_active(self._before.id if self._active.id == tool_id else tool_id)

    def edit_words(self, layer: PaintLayer) -> None:
        """Take the text tool, to change the words of a text layer."""
        self.set_active(TextTool.id)
        tool = self._by_id[TextTool.id]
        assert isinstance(tool, TextTool)
        tool.edit(layer)

    def in_hand(self, modifiers: Modifiers) -> Tool:
        """The tool that a press with these keys held would use: the active one, or the picker for a moment."""
        if modifiers & _ADJUSTING == _ADJUSTING and self._active.brush_kind is not None:
            return self.adjuster()
        picks = modifiers & (Modifiers.AltModifier | Modifiers.ControlModifier)
        if picks and not modifiers & Modifiers.ShiftModifier and self._active.id in _PICKING:
            return self._by_id["picker"]
        return self._active

    def adjuster(self) -> Tool:
        """What changes the brush of the active tool by a drag; the active tool itself when it has no brush."""
        if self._active.brush_kind is None:
            return self._active
        self._adjust.kind = self._active.brush_kind
        return self._adjust

    def attach(self, stage: Stage) -> None:
        """Let the tools work on this canvas."""
        for tool in (*self.tools, self._adjust):
            tool.stage = stage
