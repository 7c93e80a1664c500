"""What a person can do from the View menu and the menus inside it. Data only, as in `action_table`."""

from __future__ import annotations

from sdstudio.ui.action_row import SEPARATOR, ActionRow, row

VIEW_ROWS: tuple[ActionRow, ...] = (
    row("view.zoom_in", "Zoom &In", "Ctrl++ Ctrl+=", "Shows the picture larger", "zoom-in"),
    row("view.zoom_out", "Zoom &Out", "Ctrl+-", "Shows the picture smaller", "zoom-out"),
    row("view.fit", "&Fit in Window", "Ctrl+0", "Shows the whole picture", "maximize"),
    row("view.actual", "&Actual Size", "Ctrl+1", "Shows one picture pixel on one screen pixel"),
    SEPARATOR,
    row(
        "view.rotate_left", "Rotate &Left", "Ctrl+Alt+Left", "Turns the view by 15 degrees; the picture stays as it is"
    ),
    row(
        "view.rotate_right",
        "Rotate &Right",
        "Ctrl+Alt+Right",
        "Turns the view by 15 degrees; the picture stays as it is",
    ),
    row("view.reset_rotation", "R&eset Rotation", "Ctrl+Alt+Up", "Turns the view upright"),
    row(
        "view.mirror",
        "&Mirror View",
        "Shift+M",
        "Shows the picture as in a mirror; its pixels stay as they are",
        "flip-vertical-2",
        checkable=True,
    ),
    SEPARATOR,
    row(
        "view.compare",
        "Compare with &Before",
        "Ctrl+B",
        "Shows the picture before the last result beside it, with a line to drag",
        "square-split-horizontal",
        checkable=True,
    ),
    row(
        "view.before",
        "&Hold to See Before",
        "\\",
        "Shows the picture before the last result for as long as the key is held",
        canvas_only=True,
    ),
    SEPARATOR,
    row("view.rulers", "R&ulers", "Ctrl+R", "Shows rulers in pixels; drag from them to lay guides", checkable=True),
    row("view.grid", "&Grid", "Ctrl+'", "Shows lines at even distances", "grid-3x3", checkable=True),
    row(
        "view.pixel_grid",
        "&Pixel Grid",
        "Ctrl+Shift+'",
        "Shows lines between the pixels when the picture is shown at 800 % or more",
        checkable=True,
    ),
    row("view.guides", "Gui&des", "Ctrl+;", "Shows the guides that were laid from the rulers", checkable=True),
    row("view.center_mirrors", "Centre Mirror A&xes", "Alt+Shift+X", "Puts the mirrors of the brushes in the middle"),
    SEPARATOR,
    row("view.theme", "Switch &Theme", "Ctrl+Alt+T", "Changes between the dark and the light window", "contrast"),
    row(
        "view.only_canvas",
        "Only the &Canvas",
        "Tab",
        "Hides all panels, and brings them back",
        checkable=True,
        canvas_only=True,
    ),
    row("view.full_screen", "Full Scree&n", "F11", "Uses the whole screen", checkable=True),
)

AIDS_ROWS: tuple[ActionRow, ...] = (
    row("view.snap_guides", "Snap to &Guides", "Alt+Shift+G", "Draws shapes and edges to a guide near", checkable=True),
    row(
        "view.snap_grid",
        "Snap to G&rid",
        "Alt+Shift+R",
        "Draws shapes and edges to the grid's lines, while it is shown",
        checkable=True,
    ),
    row(
        "view.snap_edges",
        "Snap to Canvas &Edges",
        "Alt+Shift+E",
        "Draws shapes and edges to the edges of the canvas and to its middle",
        checkable=True,
    ),
    SEPARATOR,
    row("view.lock_guides", "&Lock Guides", "Ctrl+Alt+;", "Keeps the guides from being moved", checkable=True),
    row("view.clear_guides", "Remove &All Guides", "Alt+Shift+C", "Takes all guides off the picture"),
    SEPARATOR,
    row("view.grid_settings", "Grid &Settings…", "Ctrl+Alt+'", "Changes the grid's distances and colour"),
)

VIEW_SUBMENUS: tuple[tuple[str, str, str, str], ...] = (("view_aids", "view", "view.rulers", "Guides and &Snapping"),)
"""Section, the menu that it stands in, the action before which it stands, its title."""

VIEW_SECTIONS: dict[str, tuple[ActionRow, ...]] = {"view": VIEW_ROWS, "view_aids": AIDS_ROWS}
