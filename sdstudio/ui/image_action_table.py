"""What a person can do from the Image menu, and to turn, flip and align layers. Data only, as in `action_table`."""

from __future__ import annotations

from sdstudio.ui.action_row import SEPARATOR, ActionRow, row

IMAGE_ROWS: tuple[ActionRow, ...] = (
    row(
        "image.size",
        "Image &Size…",
        "Ctrl+Alt+Shift+I",
        "Makes the whole picture larger or smaller, with all its layers",
        "image-upscale",
    ),
    row(
        "image.upscale",
        "&Upscale…",
        "Ctrl+Alt+U",
        "Makes the picture or a layer larger, with details drawn by an upscaler model",
        "image-upscale",
    ),
    row(
        "image.canvas_size", "&Canvas Size…", "Ctrl+Alt+C", "Adds room around the picture or cuts its edges off", "scan"
    ),
    SEPARATOR,
    row("image.crop", "C&rop to Selection", "Ctrl+Alt+X", "Cuts off everything outside the selection", "crop"),
    row("image.crop_layer", "Crop to &Layer", "Ctrl+Alt+Shift+L", "Cuts off everything around what the layer shows"),
    row("image.trim", "&Trim Transparent Edges", "Ctrl+Alt+Shift+T", "Cuts off edges on which nothing is seen"),
    row("image.reveal", "Reveal &All", "Ctrl+Alt+Shift+R", "Makes room for what lies beyond the canvas"),
)

IMAGE_TURN_ROWS: tuple[ActionRow, ...] = (
    row("image.turn_left", "Turn Picture &Left by 90°", "Ctrl+Alt+Shift+Left", "Turns the whole picture anticlockwise"),
    row("image.turn_right", "Turn Picture &Right by 90°", "Ctrl+Alt+Shift+Right", "Turns the whole picture clockwise"),
    row("image.turn_half", "Turn Picture by &180°", "Ctrl+Alt+Shift+Up", "Turns the whole picture upside down"),
    row(
        "image.turn_any",
        "Turn Picture by Any &Angle…",
        "Ctrl+Alt+Shift+A",
        "Turns the whole picture as far as you like",
    ),
    SEPARATOR,
    row(
        "image.flip_across",
        "Flip Picture Left to Ri&ght",
        "Ctrl+Alt+Shift+H",
        "Mirrors the whole picture left to right",
    ),
    row(
        "image.flip_down", "Flip Picture &Top to Bottom", "Ctrl+Alt+Shift+V", "Mirrors the whole picture top to bottom"
    ),
)

LAYER_TURN_ROWS: tuple[ActionRow, ...] = (
    row(
        "layer.turn_left",
        "Turn Layer &Left by 90°",
        "Ctrl+Shift+Left",
        "Turns the layer anticlockwise around its middle",
    ),
    row(
        "layer.turn_right",
        "Turn Layer &Right by 90°",
        "Ctrl+Shift+Right",
        "Turns the layer clockwise around its middle",
    ),
    row("layer.turn_half", "Turn Layer by &180°", "Ctrl+Shift+Up", "Turns the layer upside down"),
    SEPARATOR,
    row("layer.flip_across", "Flip Layer Left to Ri&ght", "Ctrl+Shift+H", "Mirrors the layer left to right"),
    row("layer.flip_down", "Flip Layer &Top to Bottom", "Ctrl+Shift+V", "Mirrors the layer top to bottom"),
)

LAYER_ALIGN_ROWS: tuple[ActionRow, ...] = (
    row("layer.align.left", "Align &Left Edges", "Ctrl+Alt+Shift+1", "Moves the chosen layers to the left edge"),
    row(
        "layer.align.centre",
        "Align &Centres",
        "Ctrl+Alt+Shift+2",
        "Moves the chosen layers to the middle, side to side",
    ),
    row("layer.align.right", "Align &Right Edges", "Ctrl+Alt+Shift+3", "Moves the chosen layers to the right edge"),
    row("layer.align.top", "Align &Top Edges", "Ctrl+Alt+Shift+4", "Moves the chosen layers to the top edge"),
    row(
        "layer.align.middle", "Align &Middles", "Ctrl+Alt+Shift+5", "Moves the chosen layers to the middle, up and down"
    ),
    row("layer.align.bottom", "Align &Bottom Edges", "Ctrl+Alt+Shift+6", "Moves the chosen layers to the bottom edge"),
    SEPARATOR,
    row(
        "layer.distribute.across", "&Equal Gaps Across", "Ctrl+Alt+Shift+7", "Gives the layers equal gaps, side to side"
    ),
    row("layer.distribute.down", "Equal Gaps &Down", "Ctrl+Alt+Shift+8", "Gives the layers equal gaps, up and down"),
)

IMAGE_SUBMENUS: tuple[tuple[str, str, str, str], ...] = (
    ("image_turn", "image", "image.crop", "Turn and Fl&ip"),
    ("layer_turn", "layer", "layer.settings", "Tu&rn and Flip"),
    ("layer_align", "layer", "layer.settings", "Ali&gn to Canvas or Selection"),
)
"""Section, the menu that it stands in, the action before which it stands, its title."""

IMAGE_SECTIONS: dict[str, tuple[ActionRow, ...]] = {
    "image": IMAGE_ROWS,
    "image_turn": IMAGE_TURN_ROWS,
    "layer_turn": LAYER_TURN_ROWS,
    "layer_align": LAYER_ALIGN_ROWS,
}
