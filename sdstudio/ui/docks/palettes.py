"""The Palettes panel: choose a palette, take colours from it, and change, load and save palettes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import (
    QInputDialog,
    QLineEdit,
    QMenu,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from sdstudio import paths
from sdstudio.document.composite import render
from sdstudio.errors import FileProblem, StudioError
from sdstudio.formats.palette import SUFFIX, Palette, Rgb, Swatch, read_palette, write_palette
from sdstudio.formats.palette_shelf import PaletteShelf
from sdstudio.raster.palette_of import main_colors
from sdstudio.settings import Settings
from sdstudio.ui.editor import Editor
from sdstudio.ui.file_choice import ask_open, ask_save
from sdstudio.ui.widgets.choice import ChoiceBox
from sdstudio.ui.widgets.footer import footer
from sdstudio.ui.widgets.labels import icon_button, rule
from sdstudio.ui.widgets.palette_grid import PaletteGrid

_PICTURE = "//picture"  # no file can have this name
_PICTURE_COLORS = 36
_PICTURE_SIDE = 512  # pixels that are looked at for the colours of the picture


_FOLDER = "last_palette_folder"


class PalettesPanel(QWidget):
    """Changes are kept at once: ours in a file of the person's, which the menu can take back."""

    failed = Signal(object)  # StudioError

    def __init__(self, editor: Editor, settings: Settings) -> None:
        super().__init__()
        self._editor, self._settings = editor, settings
        self._shelf = PaletteShelf(paths.resources() / "palettes", paths.data() / "palettes")
        self._palette = Palette("")
        self._choice = ChoiceBox(self.tr("The palette to take colours from"))
        self._choice.setAccessibleName(self.tr("Palette"))
        self.grid = PaletteGrid()
        self._make_buttons()
        self._arrange()
        self._choice.activated.connect(lambda index: self.choose(self._choice.itemData(index)))
        self.grid.picked.connect(self._on_picked)
        self.grid.moved.connect(lambda start, to: self._change(self._palette.moved(start, to)))
        self.grid.current_changed.connect(self._on_current_changed)
        self.grid.rename_wanted.connect(self.ask_rename)
        self.grid.remove_wanted.connect(self.remove_color)
        self.grid.menu_wanted.connect(self._on_menu_wanted)
        editor.colors_changed.connect(self._on_colors_changed)
        self._is_filled = False

    def showEvent(self, event: object) -> None:
        """Nothing is read from the disk before somebody looks."""
        if not self._is_filled:
            self._is_filled = True
            self._list()
            remembered = self._settings.get("palette")
            keys = self._shelf.names
            self.choose(remembered if remembered in (*keys, _PICTURE) else keys[0] if keys else _PICTURE)

    @property
    def palette_shown(self) -> Palette:
        return self._palette

    @property
    def _key(self) -> str:
        return str(self._choice.currentData() or "")

    # Building

    def _make_buttons(self) -> None:
        self._add = icon_button("plus", self.tr("Add"), self.tr("Adds the colour that you paint with"))
        self._rename = icon_button("pencil", self.tr("Rename"), self.tr("Gives the chosen colour a name (F2)"))
        self._remove = icon_button("trash-2", self.tr("Remove"), self.tr("Takes the chosen colour out (Delete)"))
        self._more = icon_button("settings-2", self.tr("Palettes"), self.tr("New, load, save and remove palettes"))
        self._add.clicked.connect(self.add_color)
        self._rename.clicked.connect(self.ask_rename)
        self._remove.clicked.connect(self.remove_color)
        menu = QMenu(self._more)
        self._entry(menu, self.tr("&New Palette…"), self.ask_new)
        self._entry(menu, self.tr("&Colours of This Picture"), lambda: self.choose(_PICTURE))
        menu.addSeparator()
        self._entry(menu, self.tr("&Load…"), self.ask_load)
        self._entry(menu, self.tr("&Save As…"), self.ask_save)
        menu.addSeparator()
        self._drop = self._entry(menu, "", self.drop_palette)
        self._more.setMenu(menu)
        self._more.setPopupMode(self._more.ToolButtonPopupMode.InstantPopup)

    @staticmethod
    def _entry(menu: QMenu, text: str, act: Callable[[], object]) -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(lambda _checked=False: act())
        return action

    def _arrange(self) -> None:
        area = QScrollArea()
        area.setWidget(self.grid)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setMinimumHeight(72)
        upper = QVBoxLayout()
        upper.setContentsMargins(12, 4, 12, 8)
        upper.setSpacing(8)
        upper.addWidget(self._choice)
        upper.addWidget(area, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(upper, 1)
        column.addWidget(rule())
        column.addLayout(footer((self._add, self._rename, self._remove), (self._more,)))

    # Which palette

    def _list(self) -> None:
        self._choice.clear()
        for key in self._shelf.names:
            self._choice.addItem(self._title_of(key), key)
        self._choice.addItem(self.tr("Colours of this picture"), _PICTURE)

    def _title_of(self, key: str) -> str:
        try:
            return self._shelf.read(key).name
        except FileProblem:
            return key  # choosing it says what is wrong with it

    def choose(self, key: str) -> None:
        """Show a palette; the picture's own colours are looked up anew each time."""
        self._choice.setCurrentIndex(self._choice.findData(key))
        try:
            self._show(self._of_picture() if key == _PICTURE else self._shelf.read(key))
        except StudioError as error:
            self._show(Palette(key))
            self.failed.emit(error)
        self._settings.set("palette", key)

    def _of_picture(self) -> Palette:
        document = self._editor.document
        scale = min(1.0, _PICTURE_SIDE / max(document.extent.width, document.extent.height))
        colors = main_colors(render(document, document.bounds, scale=scale), _PICTURE_COLORS)
        return Palette(self.tr("Colours of this picture"), tuple(Swatch(rgb) for rgb in colors))

    def _show(self, palette: Palette) -> None:
        self._palette = palette
        self.grid.show_palette(palette)
        self._on_colors_changed()
        self._on_current_changed()

    def _change(self, palette: Palette) -> None:
        """Keep another state of the palette; the colours of the picture become a palette of the person's."""
        try:
            if self._key == _PICTURE:
                self._adopt(palette)
            else:
                self._shelf.keep(self._key, palette)
                self._show(palette)
        except FileProblem as problem:
            self.failed.emit(problem)

    def _adopt(self, palette: Palette) -> None:
        key = self._shelf.add(palette)
        self._list()
        self.choose(key)

    # What a person does

    def _on_picked(self, color: QColor, is_second: bool) -> None:
        if is_second:
            self._editor.background = color
        else:
            self._editor.foreground = color

    def add_color(self) -> None:
        """The foreground colour, at the end."""
        self._change(self._palette.with_swatch(Swatch(_rgb(self._editor.foreground))))
        self.grid.choose(len(self._palette.swatches) - 1)

    def remove_color(self) -> None:
        if self.grid.current >= 0:
            self._change(self._palette.without(self.grid.current))

    def ask_rename(self) -> None:
        index = self.grid.current
        if index < 0:
            return
        name, is_given = QInputDialog.getText(
            self, self.tr("Rename"), self.tr("Name of the colour:"), QLineEdit.EchoMode.Normal,
            self._palette.swatches[index].name,
        )  # fmt: skip
        if is_given:
            self._change(self._palette.renamed(index, name))

    def ask_new(self) -> None:
        name, is_given = QInputDialog.getText(self, self.tr("New Palette"), self.tr("Name of the palette:"))
        if is_given and name.strip():
            self._guarded(lambda: self._adopt(Palette(name.strip())))

    def ask_load(self) -> None:
        pattern = self.tr("Palettes (*.gpl)")
        for path in ask_open(self, self.tr("Load Palettes"), pattern, self._settings, _FOLDER):
            self._guarded(partial(self._load, path))

    def _load(self, path: Path) -> None:
        self._adopt(read_palette(path))

    def ask_save(self) -> None:
        title, pattern = self.tr("Save Palette"), self.tr("Palettes (*.gpl)")
        path = ask_save(self, title, pattern, self._settings, _FOLDER, self._palette.name, SUFFIX)
        if path is not None:
            self._guarded(lambda: write_palette(path, self._palette))

    def drop_palette(self) -> None:
        """Remove the person's palette, or take back the changes of one of ours."""
        key = self._key
        self._guarded(lambda: self._shelf.drop(key))
        self._list()
        keys = self._shelf.names
        self.choose(key if key in keys else keys[0] if keys else _PICTURE)

    def _guarded(self, act: Callable[[], object]) -> None:
        try:
            act()
        except FileProblem as problem:
            self.failed.emit(problem)

    def _on_menu_wanted(self, at: QPoint) -> None:
        color = QColor(*self._palette.swatches[self.grid.current].rgb)
        menu = QMenu(self)
        self._entry(menu, self.tr("Use to &Paint With"), lambda: self._on_picked(color, False))
        self._entry(menu, self.tr("Use as &Second Colour"), lambda: self._on_picked(color, True))
        menu.addSeparator()
        self._entry(menu, self.tr("Re&name…"), self.ask_rename)
        self._entry(menu, self.tr("&Remove"), self.remove_color)
        menu.exec(at)

    # What changes

    def _on_colors_changed(self) -> None:
        self.grid.mark(_rgb(self._editor.foreground))

    def _on_current_changed(self) -> None:
        is_chosen = self.grid.current >= 0
        self._rename.setEnabled(is_chosen)
        self._remove.setEnabled(is_chosen)
        key = self._key
        is_ours = (paths.resources() / "palettes" / (key + SUFFIX)).is_file()
        self._drop.setText(self.tr("&Reset This Palette") if is_ours else self.tr("&Remove This Palette"))
        self._drop.setEnabled(key != _PICTURE and self._shelf.is_own(key))


def _rgb(color: QColor) -> Rgb:
    return color.red(), color.green(), color.blue()
