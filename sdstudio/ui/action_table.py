"""What a person can do from the menus: one row for each action. Data only; `ui.actions` makes QActions of it.

`tip` says what the action does to the picture; the shortcut is added to it when it is shown. Texts and tips are
translated in the context "actions" when the QActions are made.
"""

from __future__ import annotations

from sdstudio.ui.action_row import SEPARATOR, ActionRow
from sdstudio.ui.action_row import row as _row
from sdstudio.ui.image_action_table import IMAGE_SECTIONS, IMAGE_SUBMENUS
from sdstudio.ui.layer_action_table import LAYER_SECTIONS, LAYER_SUBMENUS
from sdstudio.ui.select_action_table import SELECT_ROWS
from sdstudio.ui.view_action_table import VIEW_SECTIONS, VIEW_SUBMENUS

MENUS: tuple[tuple[str, str], ...] = (
    ("file", "&File"),
    ("edit", "&Edit"),
    ("image", "&Image"),
    ("layer", "&Layer"),
    ("select", "&Select"),
    ("view", "&View"),
    ("generate", "&Generate"),
    ("window", "&Window"),
    ("help", "&Help"),
)

SUBMENUS: tuple[tuple[str, str, str, str], ...] = (*IMAGE_SUBMENUS, *LAYER_SUBMENUS, *VIEW_SUBMENUS)
"""Section of ROWS, the menu that it stands in, the action before which it stands, its title."""

ROWS: dict[str, tuple[ActionRow, ...]] = {
    "file": (
        _row("file.new", "&New…", "Ctrl+N", "Starts an empty picture", "file-plus"),
        _row(
            "file.open", "&Open…", "Ctrl+O", "Opens a picture, an .ora document or a Photoshop document", "folder-open"
        ),
        SEPARATOR,
        _row("file.save", "&Save", "Ctrl+S", "Keeps all layers in the document's file", "save"),
        _row("file.save_as", "Save &As…", "Ctrl+Shift+S", "Keeps all layers in another .ora file"),
        _row(
            "file.export",
            "&Export…",
            "Ctrl+Shift+E",
            "Writes a picture, or a Photoshop document with layers",
            "image-down",
        ),
        SEPARATOR,
        _row(
            "file.place",
            "&Place Picture as Layer…",
            "Ctrl+Shift+P",
            "Brings a picture file in as a new layer",
            "image-plus",
        ),
        SEPARATOR,
        _row("file.quit", "&Quit", "Ctrl+Q", "Closes the window and asks about unsaved changes"),
    ),
    "edit": (
        _row("edit.undo", "&Undo", "Ctrl+Z", "Takes back the last change", "undo-2"),
        _row("edit.redo", "&Redo", "Ctrl+Shift+Z Ctrl+Y", "Makes the change again that was taken back", "redo-2"),
        SEPARATOR,
        _row("edit.cut", "Cu&t", "Ctrl+X", "Takes the selected pixels of the layer to the clipboard", "scissors"),
        _row("edit.copy", "&Copy", "Ctrl+C", "Copies the selected pixels of the layer", "copy"),
        _row("edit.copy_merged", "Copy &Merged", "Ctrl+Shift+C", "Copies the selected pixels of all visible layers"),
        _row("edit.paste", "&Paste", "Ctrl+V", "Puts the clipboard's picture on a new layer", "clipboard-paste"),
        _row("edit.clear", "C&lear", "Delete", "Erases the selected pixels of the layer", "eraser"),
        _row("edit.fill", "Fill with C&olour", "Alt+Backspace", "Fills all that is selected with the colour in use"),
        _row("edit.fill_second", "Fill with S&econd Colour", "Ctrl+Backspace", "Fills all that is selected with it"),
        SEPARATOR,
        _row(
            "edit.swap_colors",
            "S&wap Colours",
            "X",
            "Exchanges the foreground and the background colour",
            "arrow-left-right",
        ),
        _row("edit.default_colors", "&Default Colours", "D", "Sets black to paint with and white behind it"),
        _row("edit.larger", "Lar&ger Brush", "]", "Makes the tip of the current tool larger"),
        _row("edit.smaller", "&Smaller Brush", "[", "Makes the tip of the current tool smaller"),
        _row("edit.harder", "&Harder Brush", "}", "Gives the tip of the current tool a harder edge"),
        _row("edit.softer", "So&fter Brush", "{", "Gives the tip of the current tool a softer edge"),
        _row("edit.brush_settings", "&Brush Settings…", "Shift+F4", "Changes everything about the brush in the hand"),
        SEPARATOR,
        _row("edit.preferences", "Prefere&nces…", "Ctrl+,", "Changes how the program looks and works", "settings"),
    ),
    **IMAGE_SECTIONS,
    **LAYER_SECTIONS,
    "select": SELECT_ROWS,
    **VIEW_SECTIONS,
    "generate": (
        _row(
            "generate.start",
            "&Generate",
            "Ctrl+Return Ctrl+Enter",
            "Makes a picture from the prompt and what is on the canvas",
            "sparkles",
        ),
        _row(
            "generate.grid",
            "X/Y/Z Gri&d…",
            "Ctrl+Alt+Shift+G",
            "Makes one picture for each of several values, as layers and as a labelled sheet",
            "layout-grid",
        ),
        _row("generate.cancel", "&Cancel", "Escape", "Stops the stroke or the picture that is being made", "x"),
        _row("generate.cancel_all", "Cancel &All", "Ctrl+.", "Stops the picture being made and empties the queue"),
        SEPARATOR,
        _row(
            "generate.next_candidate",
            "Ne&xt Picture of the Batch",
            "Alt+Shift+Right",
            "Puts the next of several pictures for the same place on the canvas",
        ),
        _row(
            "generate.previous_candidate",
            "Pre&vious Picture of the Batch",
            "Alt+Shift+Left",
            "Puts the one before of several pictures for the same place on the canvas",
        ),
        SEPARATOR,
        _row(
            "generate.describe",
            "D&escribe the Picture",
            "Ctrl+Alt+D",
            "Writes a prompt for what is selected, or for the whole picture",
        ),
        _row("generate.prompt", "Write the &Prompt", "Ctrl+L", "Puts the cursor into the prompt"),
        _row(
            "generate.dice", "&New Seed", "Ctrl+Shift+R", "Rolls a new seed, so that the next picture differs", "dices"
        ),
        _row(
            "generate.restart",
            "&Restart the Engine",
            "Ctrl+Shift+F5",
            "Ends the engine and starts a new one; the picture is not touched",
            "refresh-cw",
        ),
    ),
    "window": (_row("window.reset", "&Reset Panels", "Ctrl+Alt+R", "Puts all panels back where they were at first"),),
    "help": (
        _row("help.start", "&Start Page", "Ctrl+F1", "Shows recent pictures, sizes and examples", "panels-top-left"),
        _row("help.shortcuts", "&Keyboard Shortcuts", "F1", "Lists every key and what it does", "keyboard"),
        _row("help.about", "&About SD Studio", "Shift+F1", "Shows the version, the engine and the licences", "info"),
    ),
}
