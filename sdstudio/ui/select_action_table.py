"""The rows of the Select menu: `ui.action_table` puts them with the others. Data only."""

from __future__ import annotations

from sdstudio.ui.action_row import SEPARATOR, ActionRow, row

SELECT_ROWS: tuple[ActionRow, ...] = (
    row("select.all", "&All", "Ctrl+A", "Selects the whole canvas"),
    row("select.none", "&Deselect", "Ctrl+D", "Removes the selection: everything may be painted again"),
    row("select.reselect", "&Reselect", "Ctrl+Shift+D", "Brings back the selection that was removed last"),
    row("select.invert", "&Invert", "Ctrl+Shift+I", "Selects what was not selected"),
    SEPARATOR,
    row("select.color_range", "&Colour Range…", "Ctrl+Alt+W", "Selects everything that is like some colours"),
    row("select.from_alpha", "From Layer's &Pixels", "Ctrl+Alt+A", "Selects what is painted on the layer"),
    SEPARATOR,
    row("select.grow", "&Grow…", "Ctrl+Alt+]", "Moves the edge of the selection outwards"),
    row("select.shrink", "&Shrink…", "Ctrl+Alt+[", "Moves the edge of the selection inwards"),
    row("select.feather", "&Feather…", "Ctrl+Alt+F", "Softens the edge of the selection"),
    row("select.border", "&Border…", "Ctrl+Alt+B", "Selects a band along the edge of the selection"),
    row("select.smooth", "S&mooth…", "Ctrl+Alt+S", "Rounds corners and removes specks"),
    row("select.holes", "Remove &Holes", "Ctrl+Alt+H", "Selects everything that the selection encloses"),
    row(
        "select.transform_on_canvas",
        "&Transform Selection",
        "Ctrl+Shift+T",
        "Moves, turns, scales and distorts the selection alone, by the handles of a box on the canvas",
    ),
    row("select.transform", "Transform Selection by &Numbers…", "Ctrl+Alt+K", "Moves, turns and scales the selection"),
    SEPARATOR,
    row("select.save", "Sa&ve Selection", "Ctrl+Alt+Q", "Keeps the selection in the Selections panel", "plus"),
    row("select.load", "&Load Selection", "Ctrl+Shift+L", "Shows the selections that were kept"),
    SEPARATOR,
    row(
        "select.overlay",
        "Show as &Overlay",
        "Shift+Q",
        "Shows the selection as a coloured pattern, soft parts too, instead of a line of ants",
        checkable=True,
    ),
)
