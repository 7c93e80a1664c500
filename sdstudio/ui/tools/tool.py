"""The contract between the canvas and a tool.

A tool gets samples in document coordinates and changes the document or the view. It must not know the widget: what it
may ask of the canvas is the `Stage`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QCursor, QPainter
from PySide6.QtWidgets import QWidget

from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.option import LIVE, Live, Option

Modifiers = Qt.KeyboardModifier


class Stage(Protocol):
    """What a tool may ask of the canvas."""

    @property
    def camera(self) -> Camera: ...

    @property
    def middle(self) -> QPointF:
        """The middle of the canvas, in view coordinates."""
        ...

    def look_through(self, camera: Camera) -> None:
        """Show the document through another camera."""

    def update_overlay(self) -> None:
        """What the tool paints over the picture has changed."""

    def snap(self, point: Point) -> Point:
        """The point, drawn to a guide, the grid or an edge near it, where a person wants that."""
        ...

    def snap_shift(self, area: Bounds) -> tuple[int, int]:
        """How far to move a rectangle for one of its edges, or its middle, to lie on such a line."""
        ...

    def host(self, widget: QWidget) -> None:
        """Let a small widget of the tool live on the canvas."""

    def setFocus(self) -> None:
        """Let keys come to the canvas."""


class Tool:
    """Does nothing by itself; each tool overrides what it needs. Raises `StudioError` when it cannot do its work.

    `id` is for settings and code, `icon` a name for `theme.icon`, `shortcut` one key. `label` names the tool; `hint` is
    one line for the status bar: what a drag does and which keys change it. Both are in the person's language.
    """

    id = ""
    icon = ""
    shortcut = ""
    brush_kind: str | None = None  # the brush that [ and ] and the outline on the canvas are about
    snaps: Literal["never", "drags", "always"] = "never"  # its places are drawn to guides, grid and edges
    wants_every_sample = True  # False: only the newest of the samples that came since the last frame

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self.stage: Stage | None = None
        self.label = ""
        self.hint = ""
        self.options: tuple[Option, ...] = ()
        self.live: tuple[Live, ...] = ()
        self.later_options: tuple[Option, ...] = ()  # those that come after the live values

    @property
    def is_active(self) -> bool:
        """Between press and release."""
        return False

    def take_up(self) -> None:
        """The tool comes into the hand."""

    def settle(self) -> None:
        """Something else is about to use the picture: what has been begun and can be applied is applied."""

    def put_down(self) -> None:
        """Another tool is taken: what was begun is settled, or else ends as if it had never been."""
        self.settle()
        if self.is_active:
            self.cancel()

    def cursor(self, modifiers: Modifiers) -> QCursor:
        return QCursor(Qt.CursorShape.CrossCursor)

    def takes_away(self, modifiers: Modifiers) -> bool:
        """Whether a stroke with these keys held would remove instead of add; the brush's outline shows it."""
        return False

    def hover(self, position: Point | None, modifiers: Modifiers) -> None:
        """The pointer moves over the canvas, during a drag too; None when it has left."""

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        """The button or the pen goes down."""

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        """A drag goes on; only between press and release."""

    def moves(self, samples: Sequence[Sample], modifiers: Modifiers) -> None:
        """All that came since the last time; at once, where a tool can use that."""
        for sample in samples:
            self.move(sample, modifiers)

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        """The drag ends and takes effect."""

    def cancel(self) -> None:
        """The drag ends as if it had never been."""

    @property
    def can_redo(self) -> bool:
        """Whether `redo` has something to do."""
        return False

    def undo(self) -> None:
        """Take back the last step of what is active; all of it where it has no steps."""
        self.cancel()

    def redo(self) -> None:
        """Do the step again that `undo` took back; only when `can_redo`."""

    def claims(self, key: Qt.Key, modifiers: Modifiers) -> bool:
        """Whether the tool uses this key itself, before any shortcut of the window."""
        return False

    def key_press(self, key: Qt.Key, modifiers: Modifiers) -> None:
        """A key that the tool claims goes down (or repeats)."""

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        """Paint over the picture, in view coordinates (`camera.to_view`)."""

    # Shared by the tools

    def to_view(self, sample: Sample) -> QPointF:
        """Where the sample is on the canvas, in view coordinates."""
        assert self.stage is not None, "a tool works only on a canvas"
        return self.stage.camera.to_view(sample.position)

    def update_overlay(self) -> None:
        if self.stage is not None:
            self.stage.update_overlay()

    def tell_live(self) -> None:
        """What `live` reads has changed."""
        self.editor.option_changed.emit(LIVE)
