"""The Brushes panel: a grid of strokes to choose from; save, rename, remove, give away and take in brushes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from sdstudio.brushes.library import OWN_GROUP, Entry, Library
from sdstudio.brushes.package import SUFFIX
from sdstudio.brushes.preset import Kind, Preset
from sdstudio.errors import FileProblem
from sdstudio.settings import Settings
from sdstudio.ui.dialogs.brush_name import BrushNameDialog
from sdstudio.ui.docks.brush_grid import BrushGrid
from sdstudio.ui.docks.brush_model import ENTRY_ROLE, BrushFilter, BrushModel
from sdstudio.ui.editor import Editor
from sdstudio.ui.file_choice import ask_open, ask_save
from sdstudio.ui.tools.toolbox import Toolbox
from sdstudio.ui.widgets.choice import ChoiceBox
from sdstudio.ui.widgets.footer import footer
from sdstudio.ui.widgets.labels import icon_button, label, rule

TOOL_OF_KIND = {"paint": "brush"}  # the others have the tool's own name


_FOLDER = "last_brush_folder"


class BrushesPanel(QWidget):
    """A click takes a brush and its tool into the hand."""

    failed = Signal(object)  # StudioError
    editor_wanted = Signal()

    def __init__(self, editor: Editor, toolbox: Toolbox, library: Library, settings: Settings) -> None:
        super().__init__()
        self._editor, self._toolbox, self._library, self._settings = editor, toolbox, library, settings
        self.model = BrushModel(library, self)
        self._filter = BrushFilter(self.model, self)
        self.view = BrushGrid(self._filter)
        self._search = QLineEdit()
        self._search.setPlaceholderText(self.tr("Find a brush"))
        self._search.setAccessibleName(self.tr("Find a brush"))
        self._search.setClearButtonEnabled(True)
        self._group = ChoiceBox(self.tr("Shows the brushes of one group"))
        self._group.setAccessibleName(self.tr("Group of brushes"))
        self._empty = label(self.tr("No brush has these words in its name."), "muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._make_buttons()
        self._arrange()
        self._fill_groups()
        self._listen()
        self._show_empty()

    @property
    def chosen(self) -> Entry | None:
        """The brush that is marked in the grid."""
        indexes = self.view.selectedIndexes()
        return indexes[0].data(ENTRY_ROLE) if indexes else None

    # Building

    def _make_buttons(self) -> None:
        self._save = icon_button("plus", self.tr("Save"), self.tr("Keeps the present brush as a new one"))
        self._update = icon_button(
            "save", self.tr("Update"), self.tr("Puts the present brush in the place of the chosen one")
        )
        self._edit = icon_button(
            "sliders-horizontal", self.tr("Brush settings"), self.tr("Changes everything about the brush in the hand")
        )
        self._remove = icon_button("trash-2", self.tr("Remove"), self.tr("Removes the chosen brush (Delete)"))
        self._more = icon_button("settings-2", self.tr("More"), self.tr("Load, give away and rename brushes"))
        self._menu = QMenu(self._more)
        self._menu.aboutToShow.connect(lambda: self._fill(self._menu, self.chosen))
        self._more.setMenu(self._menu)
        self._more.setPopupMode(self._more.ToolButtonPopupMode.InstantPopup)
        self._save.clicked.connect(self.ask_save)
        self._update.clicked.connect(self.update_chosen)
        self._remove.clicked.connect(self.ask_remove)
        self._edit.clicked.connect(self.editor_wanted)

    def _arrange(self) -> None:
        upper = QHBoxLayout()
        upper.setContentsMargins(12, 4, 12, 8)
        upper.setSpacing(8)
        upper.addWidget(self._search, 1)
        upper.addWidget(self._group)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(upper)
        column.addWidget(self.view, 1)
        column.addWidget(self._empty, 1)
        column.addWidget(rule())
        column.addLayout(footer((self._save, self._update, self._remove), (self._edit, self._more)))

    def _listen(self) -> None:
        self.view.clicked.connect(self._on_chosen)
        self.view.activated.connect(self._on_chosen)
        self.view.menu_wanted.connect(self._on_menu_wanted)
        self.view.remove_wanted.connect(self.ask_remove)
        self.view.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self._search.textChanged.connect(self._on_search_changed)
        self._group.activated.connect(lambda index: self._on_group_chosen(self._group.itemData(index)))
        self.model.modelReset.connect(self._on_model_reset)
        self._toolbox.tool_changed.connect(self._follow)
        self._editor.option_changed.connect(self._on_option_changed)
        self._follow()
        for problem in self._library.problems:  # when somebody listens
            QTimer.singleShot(0, self, partial(self.failed.emit, FileProblem(problem)))

    def _fill_groups(self) -> None:
        shown = self._group.currentData() or ""
        self._group.clear()
        self._group.addItem(self.tr("All"), "")
        for group in self.model.groups:
            self._group.addItem(group or self.tr("Other"), group)
        self._group.setCurrentIndex(max(self._group.findData(shown), 0))
        self._filter.set_group(self._group.currentData())

    def _fill(self, menu: QMenu, entry: Entry | None) -> None:
        menu.clear()
        if entry is not None:
            self._entry(menu, self.tr("Use for the &Eraser"), lambda: self._take(entry, "eraser"))
            self._entry(menu, self.tr("Use for the &Mask Brush"), lambda: self._take(entry, "mask"))
            menu.addSeparator()
            self._entry(menu, self.tr("&Update with the Present Brush"), self.update_chosen, entry.is_own)
            self._entry(menu, self.tr("Re&name…"), self.ask_rename, entry.is_own)
            self._entry(menu, self.tr("&Remove"), self.ask_remove, entry.is_own)
            menu.addSeparator()
            self._entry(menu, self.tr("&Give Away…"), self.ask_export)
        self._entry(menu, self.tr("&Load Brushes…"), self.ask_import)

    @staticmethod
    def _entry(menu: QMenu, text: str, act: Callable[[], object], is_enabled: bool = True) -> QAction:
        action = menu.addAction(text)
        action.setEnabled(is_enabled)
        action.triggered.connect(lambda _checked=False: act())
        return action

    # What a person does

    def _on_chosen(self, index: QModelIndex) -> None:
        self.take(index.data(ENTRY_ROLE))

    def take(self, entry: Entry) -> None:
        """Take a brush and the tool that it is for into the hand."""
        self._take(entry, entry.preset.kind)

    def _take(self, entry: Entry, kind: str) -> None:
        self._editor.take_preset(kind, entry.id, entry.preset.brush)
        self._toolbox.set_active(TOOL_OF_KIND.get(kind, kind))
        self._follow()

    def ask_save(self) -> None:
        """Keep the brush of the tool in the hand under a name."""
        kind = self._kind
        groups = [OWN_GROUP, *(group for group in self.model.groups if group != OWN_GROUP)]
        dialog = BrushNameDialog(self.tr("Save Brush"), "", OWN_GROUP, groups, self)
        if dialog.exec():
            preset = Preset(dialog.name, dialog.group, cast(Kind, kind), self._editor.brushes[kind])
            self._guarded(lambda: self._remember(self._library.add(preset)))

    def update_chosen(self) -> None:
        entry = self.chosen
        if entry is not None and entry.is_own:
            brush = self._editor.brushes[entry.preset.kind]
            self._guarded(lambda: self._remember(self._library.update(entry.id, brush)))

    def ask_rename(self) -> None:
        entry = self.chosen
        if entry is None or not entry.is_own:
            return
        dialog = BrushNameDialog(
            self.tr("Rename Brush"), entry.preset.name, entry.preset.group, self.model.groups, self
        )
        if dialog.exec():
            self._guarded(lambda: self._library.rename(entry.id, dialog.name, dialog.group))

    def ask_remove(self) -> None:
        entry = self.chosen
        if entry is None or not entry.is_own:
            return
        box = QMessageBox(self.window())
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(self.tr("Remove the brush “{name}”?").format(name=entry.preset.name))
        box.setInformativeText(self.tr("Its file is deleted. What was painted with it stays."))
        box.setStandardButtons(QMessageBox.StandardButton.Discard | QMessageBox.StandardButton.Cancel)
        box.button(QMessageBox.StandardButton.Discard).setText(self.tr("Remove"))
        if box.exec() == QMessageBox.StandardButton.Discard:
            self._guarded(lambda: self._library.delete(entry.id))

    def ask_import(self) -> None:
        pattern = self.tr("Brushes (*.sdbrush)")
        for path in ask_open(self, self.tr("Load Brushes"), pattern, self._settings, _FOLDER):
            self._guarded(partial(self._take_file, path))

    def _take_file(self, path: Path) -> None:
        entry = self._library.take_file(path)
        self._take(entry, entry.preset.kind)

    def ask_export(self) -> None:
        entry = self.chosen
        if entry is None:
            return
        title, pattern = self.tr("Give Away"), self.tr("Brushes (*.sdbrush)")
        path = ask_save(self, title, pattern, self._settings, _FOLDER, entry.preset.name, SUFFIX)
        if path is not None:
            self._guarded(lambda: self._library.write_file(entry.id, path))

    def _remember(self, entry: Entry) -> None:
        """The brush in the hand is this one from now on."""
        self._editor.take_preset(entry.preset.kind, entry.id, entry.preset.brush)
        self._follow()

    def _guarded(self, act: Callable[[], object]) -> None:
        try:
            act()
        except FileProblem as problem:
            self.failed.emit(problem)

    def _on_menu_wanted(self, at: QPoint) -> None:
        menu = QMenu(self)
        self._fill(menu, self.chosen)
        menu.exec(at)

    # What changes

    @property
    def _kind(self) -> str:
        """Of the tool in the hand; paint when it is not one with a brush."""
        return self._toolbox.active.brush_kind or "paint"

    def _follow(self) -> None:
        """Mark the brush that is in the hand, if it came from the library."""
        row = self.model.row_of(self._editor.settings.presets.get(self._kind, ""))
        index = self._filter.mapFromSource(self.model.index(row))
        if index.isValid():
            self.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.view.scrollTo(index)
        else:
            self.view.clearSelection()
        self._show_state()

    def _on_option_changed(self, key: str) -> None:
        if key == "presets":
            self._follow()
        elif key.startswith(f"{self._kind}."):
            self._show_state()

    def _on_selection_changed(self) -> None:
        self._show_state()

    def _show_state(self) -> None:
        entry = self.chosen
        is_own = entry is not None and entry.is_own
        self._remove.setEnabled(is_own)
        self._update.setEnabled(
            entry is not None and is_own and self._editor.brushes[entry.preset.kind] != entry.preset.brush
        )

    def _on_model_reset(self) -> None:
        self._fill_groups()
        self._follow()
        self._show_empty()

    def _on_search_changed(self, text: str) -> None:
        self._filter.set_words(text)
        self._show_empty()

    def _on_group_chosen(self, group: str) -> None:
        self._filter.set_group(group)
        self._show_empty()

    def _show_empty(self) -> None:
        is_empty = self._filter.rowCount() == 0
        self._empty.setVisible(is_empty)
        self.view.setVisible(not is_empty)
