"""What a person can do from the Layer menu and the menus inside it. Data only, as in `action_table`."""

from __future__ import annotations

from sdstudio.ui.action_row import SEPARATOR, ActionRow, row

LAYER_ROWS: tuple[ActionRow, ...] = (
    row("layer.add", "&New Layer", "Ctrl+Shift+N", "Adds an empty layer above the current one", "plus"),
    row(
        "layer.add_group",
        "New &Group",
        "Alt+Shift+N",
        "Adds an empty group above the current layer",
        "folder-plus",
    ),
    row(
        "layer.add_fill",
        "New &Fill Layer",
        "Ctrl+Alt+I",
        "Adds a layer that is one colour everywhere; the colour can be changed at any time",
        "paint-bucket",
    ),
    row(
        "layer.add_gradient",
        "New Gradient Fill La&yer",
        "Ctrl+Alt+Y",
        "Adds a layer that is a gradient; its colours and direction can be changed at any time",
    ),
    row("layer.duplicate", "&Duplicate", "Ctrl+J", "Puts a copy of the layer above it", "copy"),
    row("layer.delete", "D&elete", "Shift+Delete", "Removes the layer from the picture", "trash-2"),
    SEPARATOR,
    row("layer.group", "Gr&oup Layers", "Ctrl+G", "Puts the chosen layers into a new group", "group"),
    row("layer.ungroup", "&Ungroup", "Ctrl+Shift+G", "Takes the layers out of the group and removes it", "ungroup"),
    row(
        "layer.merge_down",
        "&Merge Down",
        "Ctrl+E",
        "Paints the layer onto the one below it; several chosen layers become one",
        "arrow-down-to-line",
    ),
    row("layer.merge_visible", "Merge Vi&sible", "Ctrl+M", "Makes one layer of all that are visible"),
    row("layer.flatten", "Fl&atten Picture", "Ctrl+Alt+Shift+E", "Makes one layer of all and removes hidden ones"),
    SEPARATOR,
    row("layer.raise", "Move U&p", "Ctrl+]", "Moves the layer above the next one", "arrow-up"),
    row("layer.lower", "Move Do&wn", "Ctrl+[", "Moves the layer below the one under it", "arrow-down"),
    row("layer.rename", "&Rename", "F2", "Gives the layer another name"),
    row("layer.visible", "&Visible", "Ctrl+H", "Shows or hides the layer", "eye", checkable=True),
    row(
        "layer.clipped",
        "&Clip to the Layer Below",
        "Ctrl+Shift+K",
        "Shows the layer only where the one below it has something",
        "corner-left-down",
        checkable=True,
    ),
    row("layer.locked", "&Locked", "Ctrl+Alt+L", "Protects the layer from every change", "lock", checkable=True),
    row(
        "layer.alpha_locked",
        "Lock &Transparency",
        "/",
        "Paints only where the layer has something already",
        "blend",
        checkable=True,
    ),
    row(
        "layer.position_locked",
        "Lock Pos&ition",
        "Ctrl+/",
        "Keeps the layer from being moved or transformed",
        "pin",
        checkable=True,
    ),
    SEPARATOR,
    row(
        "layer.settings",
        "Use I&ts Settings",
        "Ctrl+Alt+G",
        "Brings back the settings that made this layer",
        "sparkles",
    ),
    row(
        "layer.regenerate",
        "Generate Again wit&h Its Settings",
        "Ctrl+Alt+Return",
        "Makes one more picture with the settings that made this layer",
    ),
)

ADJUSTMENT_ROWS: tuple[ActionRow, ...] = (
    row(
        "layer.adjust.levels",
        "&Levels",
        "Ctrl+Alt+1",
        "Sets what is black, what is white and how light the middle is",
    ),
    row("layer.adjust.curves", "&Curves", "Ctrl+Alt+2", "Bends light and dark, and each colour, by a curve"),
    row(
        "layer.adjust.hue_saturation",
        "&Hue, Saturation, Lightness",
        "Ctrl+Alt+3",
        "Turns the colours round the wheel, and makes them stronger or lighter",
    ),
    row(
        "layer.adjust.brightness_contrast",
        "&Brightness and Contrast",
        "Ctrl+Alt+4",
        "Makes everything lighter or darker, and differences larger or smaller",
    ),
    row("layer.adjust.blur", "Bl&ur", "Ctrl+Alt+5", "Softens everything below"),
    row("layer.adjust.invert", "&Invert Colours", "Ctrl+Alt+6", "Shows the negative of the colours below"),
    row("layer.adjust.posterise", "&Posterise", "Ctrl+Alt+7", "Leaves only a few steps of each colour"),
    row("layer.adjust.threshold", "&Threshold", "Ctrl+Alt+8", "Leaves only black and white"),
)

MASK_ROWS: tuple[ActionRow, ...] = (
    row(
        "layer.mask.add",
        "&Add Mask",
        "Alt+Shift+W",
        "Gives the layer a mask that shows what is selected, or everything; paint black on it to hide",
        "venetian-mask",
    ),
    row("layer.mask.add_black", "Add &Hiding Mask", "Alt+Shift+H", "Gives the layer a mask that hides everything"),
    row(
        "layer.mask.paint",
        "&Paint on the Mask",
        "Alt+Shift+M",
        "Lets brush, eraser and fill work on the mask instead of the layer's pixels",
        checkable=True,
    ),
    row(
        "layer.mask.enabled",
        "&Use the Mask",
        "Alt+Shift+U",
        "Switches the mask off without losing it, and on again",
        checkable=True,
    ),
    SEPARATOR,
    row("layer.mask.invert", "&Invert the Mask", "Alt+Shift+I", "Shows what was hidden and hides what was shown"),
    row("layer.mask.select", "To &Selection", "Alt+Shift+S", "Selects what the mask shows"),
    row("layer.mask.from_selection", "&From Selection", "Alt+Shift+F", "Shows only what is selected"),
    SEPARATOR,
    row(
        "layer.mask.apply",
        "Appl&y the Mask",
        "Alt+Shift+A",
        "Erases for good what the mask hides, and removes it",
    ),
    row("layer.mask.delete", "&Delete the Mask", "Alt+Shift+D", "Removes the mask; all of the layer is seen again"),
)

FROM_ROWS: tuple[ActionRow, ...] = (
    row("layer.from.copy", "&Copy of the Selection", "Ctrl+Alt+J", "Copies what is selected to a new layer"),
    row("layer.from.cut", "C&ut from the Selection", "Ctrl+Shift+J", "Moves what is selected to a new layer"),
    row("layer.from.visible", "&Everything Visible", "Ctrl+Alt+E", "Puts what is seen on a new layer on top"),
)

LAYER_SUBMENUS: tuple[tuple[str, str, str, str], ...] = (
    ("layer_adjustments", "layer", "layer.duplicate", "New Ad&justment Layer"),
    ("layer_from", "layer", "layer.duplicate", "New Layer fr&om"),
    ("layer_mask", "layer", "layer.settings", "Mas&k"),
)
"""Section, the menu that it stands in, the action before which it stands, its title."""

LAYER_SECTIONS: dict[str, tuple[ActionRow, ...]] = {
    "layer": LAYER_ROWS,
    "layer_adjustments": ADJUSTMENT_ROWS,
    "layer_from": FROM_ROWS,
    "layer_mask": MASK_ROWS,
}
