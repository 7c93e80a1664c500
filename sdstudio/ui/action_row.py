"""One row of the table of actions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ActionRow:
    id: str
    text: str
    keys: tuple[str, ...]
    tip: str
    icon: str = ""
    checkable: bool = False
    canvas_only: bool = False  # the key works only while the canvas has the focus


def row(id: str, text: str, keys: str, tip: str, icon: str = "", **flags: bool) -> ActionRow:
    """`keys` are shortcuts with a space between them."""
    return ActionRow(id, text, tuple(keys.split(" ")), tip, icon, **flags)


SEPARATOR = ActionRow("-", "", (), "")
