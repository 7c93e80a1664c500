"""The window: puts its parts in their places. What the parts do is in their own modules; nothing is decided here."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QLineEdit, QMainWindow, QMenu

from sdstudio.brushes.library import Library
from sdstudio.generation.errands import Errands
from sdstudio.generation.session import Session
from sdstudio.settings import Settings
from sdstudio.ui.actions import Actions
from sdstudio.ui.aids_control import AidsControl
from sdstudio.ui.brush_control import BrushControl
from sdstudio.ui.candidate_control import CandidateControl
from sdstudio.ui.canvas.area import CanvasArea
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.clipboard import Clipboard
from sdstudio.ui.compare_control import CompareControl
from sdstudio.ui.docks.adjustment import AdjustmentPanel
from sdstudio.ui.docks.brushes import BrushesPanel
from sdstudio.ui.docks.channels import ChannelsPanel
from sdstudio.ui.docks.color import ColorPanel
from sdstudio.ui.docks.control import ControlPanel
from sdstudio.ui.docks.extras import ExtrasPanel
from sdstudio.ui.docks.generate import GeneratePanel
from sdstudio.ui.docks.history import HistoryPanel
from sdstudio.ui.docks.jobs import JobsPanel
from sdstudio.ui.docks.layers import LayersPanel
from sdstudio.ui.docks.navigator import NavigatorPanel
from sdstudio.ui.docks.palettes import PalettesPanel
from sdstudio.ui.docks.reference import ReferencePanel
from sdstudio.ui.document_files import DocumentFiles
from sdstudio.ui.edit_control import EditControl
from sdstudio.ui.editor import Editor
from sdstudio.ui.engine_status import Engine, EngineStatus
from sdstudio.ui.errand_control import ErrandControl
from sdstudio.ui.generate_control import GenerateControl
from sdstudio.ui.grid_control import GridControl
from sdstudio.ui.help_control import HelpControl
from sdstudio.ui.image_control import ImageControl
from sdstudio.ui.incoming import Incoming
from sdstudio.ui.keys import Keys
from sdstudio.ui.layer_action_table import ADJUSTMENT_ROWS
from sdstudio.ui.layer_control import BUTTONS, CONTEXT_MENU, LOCKS, LayerControl
from sdstudio.ui.mask_badge import MaskBadge
from sdstudio.ui.memory import Memory
from sdstudio.ui.mirror_control import MirrorControl
from sdstudio.ui.noising_control import NoisingControl
from sdstudio.ui.notices import Notices
from sdstudio.ui.panels import Panels
from sdstudio.ui.select_control import SelectControl
from sdstudio.ui.start.control import StartControl
from sdstudio.ui.status_bar import StatusBar
from sdstudio.ui.tool_bar import ToolBar
from sdstudio.ui.tool_options import ToolOptions
from sdstudio.ui.tools.toolbox import Toolbox
from sdstudio.ui.transform_control import TransformControl
from sdstudio.ui.view_control import ViewControl

PANEL_KEYS = {
    "brushes": "F4",
    "generate": "F5",
    "extras": "Shift+F5",
    "control": "Ctrl+F5",
    "layers": "F6",
    "color": "F7",
    "jobs": "F8",
    "history": "F9",
    "palettes": "Shift+F7",
    "adjustment": "Shift+F6",
    "navigator": "F10",
    "reference": "Shift+F8",
    "channels": "Shift+F9",
}
_SETTLING = ("file.save", "file.save_as", "file.export", "generate.start")  # first what a tool has begun is ended


class MainWindow(QMainWindow):
    """Canvas in the middle, tools at the left, their options on top, panels at the right, status below.

    `closing` when the window closes and nothing unsaved is wanted any more.
    """

    closing = Signal()

    def __init__(self, editor: Editor, session: Session, engine: Engine, settings: Settings) -> None:
        super().__init__()
        self.editor, self.session, self.settings = editor, session, settings
        self.toolbox = Toolbox(editor, self)
        self.canvas = CanvasView(editor, self.toolbox)
        self.notices = Notices(self.canvas)
        self.actions_by_id = Actions(self, self.canvas)
        self.canvas_area = CanvasArea(self.canvas)
        self.setCentralWidget(self.canvas_area)
        self._build_bars()
        self._build_panels()
        self._build_controls(engine)
        self._build_menus()
        self._memory = Memory(editor, session, settings, self)
        self._memory.restore()
        self.panels.restore()
        self.canvas.setFocus()

    def _build_bars(self) -> None:
        editor, toolbox = self.editor, self.toolbox
        self.tool_options = ToolOptions(toolbox, editor)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.tool_options)
        self.tool_bar = ToolBar(toolbox, editor)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self.tool_bar)
        self.status_bar = StatusBar()
        self.setStatusBar(self.status_bar)
        self.tool_options.typed.connect(self.canvas.setFocus)
        self.canvas.view_changed.connect(self._on_view_changed)
        self.canvas.cursor_moved.connect(self.status_bar.show_cursor)
        toolbox.tool_changed.connect(self._on_tool_changed)
        editor.document_replaced.connect(self._on_document_replaced)
        editor.message.connect(self.notices.tell)
        self._on_view_changed()
        self._on_tool_changed()
        self._on_document_replaced()

    def _build_panels(self) -> None:
        actions = self.actions_by_id
        self.generate_panel = GeneratePanel(self.session)
        self.layers_panel = LayersPanel(
            self.editor,
            [actions[id] for id in BUTTONS],
            [actions[id] for id in CONTEXT_MENU],
            [actions[id] for id in LOCKS],
            [actions[row.id] for row in ADJUSTMENT_ROWS],
        )
        self.color_panel = ColorPanel(self.editor, self.settings)
        self.jobs_panel = JobsPanel(self.session.queue)
        self.layers_panel.failed.connect(self.notices.error)
        self.panels = Panels(self, self.settings)
        self.panels.add("generate", self.tr("Generate"), self.generate_panel, scrolls_itself=True)
        self.panels.add("layers", self.tr("Layers"), self.layers_panel, scrolls_itself=True)
        self.panels.add("color", self.tr("Colour"), self.color_panel)
        self.panels.add("jobs", self.tr("Jobs"), self.jobs_panel)
        self.history_panel = HistoryPanel(self.editor, [actions["edit.undo"], actions["edit.redo"]])
        self.history_panel.failed.connect(self.notices.error)
        self.panels.add("history", self.tr("History"), self.history_panel)
        self.palettes_panel = PalettesPanel(self.editor, self.settings)
        self.palettes_panel.failed.connect(self.notices.error)
        self.panels.add("palettes", self.tr("Palettes"), self.palettes_panel)
        self.brush_library = Library()
        self.brushes_panel = BrushesPanel(self.editor, self.toolbox, self.brush_library, self.settings)
        self.panels.add("brushes", self.tr("Brushes"), self.brushes_panel)
        self.extras_panel = ExtrasPanel(self.session)
        self.panels.add("extras", self.tr("Extras"), self.extras_panel, scrolls_itself=True)
        self.control_panel = ControlPanel(self.session, self.editor)
        self.control_panel.failed.connect(self.notices.error)
        self.panels.add("control", self.tr("Control"), self.control_panel, scrolls_itself=True)
        self.panels.add("navigator", self.tr("Navigator"), NavigatorPanel(self.editor, self.canvas))
        self.reference_panel = ReferencePanel(self.editor, self.settings)
        self.reference_panel.failed.connect(self.notices.error)
        self.panels.add("reference", self.tr("Reference"), self.reference_panel)
        self.adjustment_panel = AdjustmentPanel(self.editor)
        self.panels.add("adjustment", self.tr("Adjustment"), self.adjustment_panel)
        self.layers_panel.properties_wanted.connect(lambda: self.panels.show_whole("adjustment"))
        self.layers_panel.words_wanted.connect(self.toolbox.edit_words)
        self.channels_panel = ChannelsPanel(self.editor, actions["select.save"])
        self.channels_panel.failed.connect(self.notices.error)
        self.panels.add("channels", self.tr("Selections"), self.channels_panel)
        self.color_panel.typed.connect(self.canvas.setFocus)
        self.tool_bar.color_wanted.connect(lambda: self.panels.raise_panel("color"))
        self.generate_panel.section.toggled.connect(self._on_more_toggled)
        self.generate_panel.advanced_section.toggled.connect(self._on_more_toggled)
        self.generate_panel.failed.connect(self.notices.error)
        for field in (field for dock in self.findChildren(QDockWidget) for field in dock.findChildren(QLineEdit)):
            field.returnPressed.connect(self.canvas.setFocus)  # what was typed counts; keys are for the tools again
        actions.on("layer.rename", self._on_rename)
        actions.on("generate.prompt", self._on_prompt)
        actions.on("window.reset", self.panels.reset)

    def _build_controls(self, engine: Engine) -> None:
        editor, session, settings = self.editor, self.session, self.settings
        actions, notices, canvas = self.actions_by_id, self.notices, self.canvas
        for id in _SETTLING:
            actions.on(id, lambda: self.toolbox.active.settle())
        self.edit_control = EditControl(canvas, editor, self.toolbox, actions, notices)
        self.select_control = SelectControl(canvas, editor, actions, notices)
        self.select_control.channels_wanted.connect(lambda: self.panels.raise_panel("channels"))
        self.brush_control = BrushControl(
            self, canvas, editor, self.toolbox, self.brush_library, self.brushes_panel, actions, notices, settings
        )
        self.image_control = ImageControl(canvas, editor, self.toolbox, actions, notices)
        self.transform_control = TransformControl(canvas, editor, self.toolbox, actions)
        self.mirror_control = MirrorControl(canvas, editor, self.toolbox, actions)
        self.layer_control = LayerControl(editor, actions, notices)
        self.mask_badge = MaskBadge(canvas, editor)
        self.layer_control.properties_wanted.connect(lambda: self.panels.show_whole("adjustment"))
        self.view_control = ViewControl(self, canvas, self.panels, actions, settings, notices)
        self.aids_control = AidsControl(editor, self.toolbox, canvas, self.canvas_area, actions, notices, settings)
        self.compare_control = CompareControl(editor, session, canvas, actions, notices)
        self.generate_control = GenerateControl(
            editor, self.toolbox, session, canvas, self.generate_panel, self.jobs_panel, actions, notices, settings
        )
        self.errands = Errands(engine)
        engine.received.connect(self.errands.receive)
        engine.lost.connect(self.errands.engine_lost)
        self.errand_control = ErrandControl(
            self, editor, self.toolbox, session, self.errands, actions, notices, settings
        )
        self.control_panel.estimate_wanted.connect(self.errand_control.estimate)
        self.noising_control = NoisingControl(session, canvas, self.generate_panel, self.errands)
        self.grid_control = GridControl(session, self, actions, notices, settings)
        self.candidate_control = CandidateControl(editor, session, canvas, actions, notices, settings)
        self.files = DocumentFiles(self, editor, actions, notices, settings)
        self.files.take_parameters_from(self.generate_control.parameters_text)
        self.start_control = StartControl(editor, session, canvas, self.files, self.generate_control, actions, settings)
        self.clipboard = Clipboard(editor, actions, notices)
        self.incoming = Incoming(self, editor, session, self.files, self.clipboard, actions, notices, settings)
        self.engine_status = EngineStatus(engine, session, self.status_bar, notices, actions)

    def _build_menus(self) -> None:
        menus = self.actions_by_id.fill(self.menuBar())
        recent = QMenu(self.tr("Open &Recent"), self)
        entries = menus["file"].actions()
        menus["file"].insertMenu(entries[entries.index(self.actions_by_id["file.open"]) + 1], recent)
        self.files.fill_recent(recent)
        menus["generate"].aboutToShow.connect(self.generate_control.show_what_can_be_cancelled)
        menus["generate"].aboutToHide.connect(lambda: self.actions_by_id["generate.cancel"].setEnabled(True))
        panel_actions = self.panels.fill(menus["window"], PANEL_KEYS)
        tool_actions = list(self.tool_bar.tool_actions.values())
        self.canvas.addActions(tool_actions)  # their keys work also while the tool bar is hidden
        self.keys = Keys([*tool_actions, *self.actions_by_id, *panel_actions], self.settings, self)
        self.help_control = HelpControl(self, self.actions_by_id, self.settings, self.keys)
        explanations = QMenu(self.tr("&What Is…"), self)
        menus["help"].insertMenu(self.actions_by_id["help.about"], explanations)
        self.help_control.fill_explanations(explanations)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Past the panels behind other tabs, where nobody would see the focus; Qt takes them for visible."""
        focus = QApplication.focusWidget()
        while super().focusNextPrevChild(forward):
            now = QApplication.focusWidget()
            if now is focus or not self.panels.covers(now):
                return True
        return False

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.files.close_is_safe():
            self.panels.remember()
            self._memory.remember()
            self.closing.emit()
            event.accept()
        else:
            event.ignore()

    # Small ties between parts

    def _on_view_changed(self) -> None:
        self.status_bar.show_zoom(self.canvas.camera.zoom)

    def _on_tool_changed(self) -> None:
        self.status_bar.show_hint(self.toolbox.active.hint)

    def _on_document_replaced(self) -> None:
        self.editor.document.extent_changed.connect(self._on_extent_changed)
        self._on_extent_changed()

    def _on_extent_changed(self) -> None:
        self.status_bar.show_extent(self.editor.document.extent)

    def _on_more_toggled(self) -> None:
        QTimer.singleShot(0, lambda: self.panels.fit("generate"))

    def _on_rename(self) -> None:
        self.panels.raise_panel("layers")
        self.layers_panel.rename()

    def _on_prompt(self) -> None:
        self.panels.raise_panel("generate")
        self.generate_panel.prompt.setFocus()
