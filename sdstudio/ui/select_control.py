"""What the Select menu does. Every change is one undo step; dialogs show their effect before they are accepted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QImage

from sdstudio.document.channels import SaveChannel
from sdstudio.document.commands import EditSelection
from sdstudio.document.document import Document
from sdstudio.document.seen import reader
from sdstudio.document.selecting import joined, select_alpha
from sdstudio.document.selection_draft import SelectionDraft
from sdstudio.raster import contour, masks
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.pixels import Pixels
from sdstudio.raster.resample import resize
from sdstudio.raster.tiles import Mask
from sdstudio.raster.wand import Reader, range_area
from sdstudio.raster.warp import Filter, warped
from sdstudio.ui.actions import Actions
from sdstudio.ui.canvas.view import CanvasView
from sdstudio.ui.dialogs.amount import AmountDialog
from sdstudio.ui.dialogs.color_range import PICTURE_SIDE, ColorRangeDialog
from sdstudio.ui.dialogs.live_progress import show_progress
from sdstudio.ui.dialogs.transform_selection import TransformSelectionDialog
from sdstudio.ui.editor import Editor
from sdstudio.ui.latest import Latest
from sdstudio.ui.long_edits import QUICK_PX, run_long
from sdstudio.ui.notices import Notices
from sdstudio.ui.patience import Cancelled, Report, worked_out

log = logging.getLogger(__name__)

MOST_PX = 250
_LONG = 1_000_000  # pixels of the canvas from which on a tenth of a second may not be enough
_Changing = AmountDialog | ColorRangeDialog | TransformSelectionDialog
Work = Callable[[Report], Mask]
_NEED_SELECTION = (
    "select.none",
    "select.grow",
    "select.shrink",
    "select.feather",
    "select.border",
    "select.smooth",
    "select.holes",
    "select.transform",
    "select.save",
)


@dataclass(frozen=True)
class _Amount:
    """A change of the edge by some pixels. The texts are translated in the context "SelectControl"."""

    title: str
    name: str
    explanation: str
    setting: str
    work: Callable[[Pixels, int, Report], Pixels]


_AMOUNTS = {
    "select.grow": _Amount(
        "Grow selection",
        "Grow by",
        "Moves the edge outwards on every side.",
        "grow_px",
        contour.grow,
    ),
    "select.shrink": _Amount(
        "Shrink selection",
        "Shrink by",
        "Moves the edge inwards on every side, but not at the canvas's own edge.",
        "shrink_px",
        lambda coverage, px, tell: contour.grow(coverage, -px, tell),
    ),
    "select.feather": _Amount(
        "Feather selection",
        "Feather by",
        "Lets the edge fade out over this distance on each side.",
        "feather_px",
        contour.feather,
    ),
    "select.border": _Amount(
        "Border of the selection",
        "Width",
        "Selects a band along the edge, half of it on each side.",
        "border_px",
        contour.border,
    ),
    "select.smooth": _Amount(
        "Smooth selection",
        "Smooth by",
        "Rounds corners and removes notches and specks up to this size.",
        "smooth_px",
        contour.smooth,
    ),
}


class SelectControl(QObject):
    """`channels_wanted` when a person wants to see the selections that were kept."""

    channels_wanted = Signal()

    def __init__(self, canvas: CanvasView, editor: Editor, actions: Actions, notices: Notices) -> None:
        super().__init__(canvas)
        self._window, self._editor, self._actions, self._notices = canvas.window(), editor, actions, notices
        actions.on("select.all", self._select_all)
        actions.on("select.none", lambda: self._select(lambda _snapshot: Mask(), self.tr("Deselect")))
        actions.on("select.reselect", self._reselect)
        actions.on("select.invert", self._invert)
        for id in _AMOUNTS:
            actions.on(id, lambda id=id: self._ask_amount(_AMOUNTS[id]))
        actions.on("select.holes", self._close_holes)
        actions.on("select.transform", self._ask_transform)
        actions.on("select.from_alpha", self._select_alpha)
        actions.on("select.color_range", self._ask_color_range)
        actions.on("select.save", self._save)
        actions.on("select.load", self.channels_wanted.emit)
        actions.on("select.overlay", canvas.show_selection_as_overlay)
        editor.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()

    @property
    def _document(self) -> Document:
        return self._editor.document

    def _on_document_replaced(self) -> None:
        self._document.selection_changed.connect(self._on_selection_changed)
        self._document.active_changed.connect(self._on_layer_changed)
        self._on_selection_changed()
        self._on_layer_changed()

    def _on_selection_changed(self, area: object = None) -> None:
        is_selected = not self._document.selection.is_empty
        for id in _NEED_SELECTION:
            self._actions[id].setEnabled(is_selected)
        self._actions["select.reselect"].setEnabled(not is_selected and not self._document.dropped_selection.is_empty)

    def _on_layer_changed(self) -> None:
        self._actions["select.from_alpha"].setEnabled(self._document.active_id is not None)

    # All, none, back

    def _select(self, make: Callable[[Document], Mask], label: str) -> None:
        """Let what `make` finds in a snapshot be the selection; nothing happens when nothing is selected either way."""
        with self._notices.caught():
            run_long(
                self._document,
                label,
                lambda snapshot, _tell: EditSelection(make(snapshot), label),
                is_quick=self._document.extent.area <= QUICK_PX,
            )

    def _select_all(self) -> None:
        self._select(lambda snapshot: masks.rectangle(snapshot.bounds), self.tr("Select all"))

    def _invert(self) -> None:
        self._select(lambda snapshot: masks.inverted(snapshot.selection, snapshot.bounds), self.tr("Invert selection"))

    def _reselect(self) -> None:
        document = self._document
        if document.selection.is_empty and not document.dropped_selection.is_empty:
            dropped = document.dropped_selection.snapshot()
            self._select(
                lambda snapshot: masks.combined(Mask(), dropped, "replace", snapshot.bounds), self.tr("Reselect")
            )

    # The edge

    def _ask_amount(self, amount: _Amount) -> None:
        document, title = self._document, self._said(amount.title)
        value_px = getattr(self._editor.settings, amount.setting)
        dialog = AmountDialog(
            title, self._said(amount.name), self._said(amount.explanation), value_px, MOST_PX, self._window
        )

        def prepare(before: Mask) -> Work:
            px, rework = dialog.value_px, partial(contour.reworked, before, document.bounds, dialog.value_px)
            return lambda tell: rework(lambda coverage: amount.work(coverage, px, tell))

        if self._try_out(dialog, title, prepare):
            self._editor.set_setting(**{amount.setting: dialog.value_px})

    def _close_holes(self) -> None:
        self._select(
            lambda snapshot: contour.reworked(snapshot.selection, snapshot.bounds, 0, contour.close_holes),
            self.tr("Remove holes"),
        )

    def _ask_color_range(self) -> None:
        document, editor = self._document, self._editor
        settings = editor.settings
        dialog = ColorRangeDialog(editor.foreground, settings.range_fuzziness, settings.selection_mode, self._window)

        looking = Latest(dialog)
        looking.answered.connect(dialog.set_picture)

        def look() -> None:
            read = self._reader(dialog.source)
            if document.extent.area > _LONG:
                looking.ask(lambda tell: _small(read, document.bounds))
            else:
                dialog.set_picture(_small(read, document.bounds))

        def prepare(before: Mask) -> Work:
            read, colors, fuzziness, mode = (
                self._reader(dialog.source),
                list(dialog.colors),
                dialog.fuzziness,
                dialog.mode,
            )
            canvas = document.bounds
            return lambda tell: joined(before, range_area(read, canvas, colors, fuzziness, tell), mode, canvas)

        dialog.source_changed.connect(look)
        look()
        if self._try_out(dialog, self.tr("Select by colour range"), prepare):
            editor.set_setting(range_fuzziness=dialog.fuzziness)
        looking.stop()

    def _reader(self, source: str) -> Reader:
        layer_id = self._document.active_id
        return reader(self._document.snapshot(), layer_id or "", source if layer_id is not None else "merged")

    def _ask_transform(self) -> None:
        document = self._document
        dialog = TransformSelectionDialog(document.selection.content_bounds(), self._window)

        def prepare(before: Mask) -> Work:
            transform, canvas = dialog.transform, document.bounds
            return lambda tell: masks.combined(
                Mask(), warped(before, transform, Filter.SMOOTH, canvas, tell), "replace", canvas
            )

        self._try_out(dialog, self.tr("Transform selection"), prepare)

    def _try_out(self, dialog: _Changing, label: str, prepare: Callable[[Mask], Work]) -> bool:
        """Let `dialog` change the selection; whether it was accepted. `prepare` gets the selection as it was.

        What the dialog says is seen at once; on a large picture as soon as it is worked out beside the window.
        """
        draft = SelectionDraft(self._document, label)
        is_long = self._document.extent.area > _LONG
        latest = Latest(dialog)
        latest.answered.connect(draft.show)
        show_progress(dialog, latest)

        def try_it() -> None:
            work = prepare(draft.before)
            if is_long:
                latest.ask(work)
            else:
                with self._notices.caught():
                    draft.show(worked_out(work, label, is_long=False))

        dialog.changed.connect(try_it)
        with self._notices.caught():
            try:
                is_accepted = bool(dialog.exec())
                latest.stop()
                if is_accepted:
                    draft.show(worked_out(prepare(draft.before), label, is_long=is_long))
                    draft.commit()
                    return True
            except Cancelled:
                log.info("%s was stopped", label)
        draft.cancel()
        return False

    def _said(self, text: str) -> str:
        return QCoreApplication.translate("SelectControl", text)

    # Layers and channels

    def _select_alpha(self) -> None:
        document, layer_id = self._document, self._document.active_id
        if layer_id is not None:
            with self._notices.caught():
                run_long(
                    document,
                    self.tr("Selecting the layer's pixels…"),
                    lambda snapshot, _tell: select_alpha(snapshot, layer_id),
                    is_quick=document.extent.area <= _LONG,
                )

    def _save(self) -> None:
        taken = self._document.channels
        name = next(
            text for n in range(1, len(taken) + 2) if (text := self.tr("Selection {n}").format(n=n)) not in taken
        )
        with self._notices.caught():
            self._document.run(SaveChannel(name))
            self._notices.tell(self.tr("Kept as “{name}” in the Selections panel.").format(name=name))


def _small(read: Reader, canvas: Bounds) -> QImage:
    scale = min(1.0, PICTURE_SIDE / max(canvas.width, canvas.height))
    return resize(read(canvas), Extent(max(1, round(canvas.width * scale)), max(1, round(canvas.height * scale))))
