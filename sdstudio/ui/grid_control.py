"""Ties X/Y/Z grids to the window: the dialog, and the offer to save the sheet when all pictures are there."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from sdstudio.formats.exporting import write_picture
from sdstudio.generation.grid import Axis
from sdstudio.generation.grid_run import GridRun
from sdstudio.generation.session import Session
from sdstudio.raster.resample import from_rgb
from sdstudio.settings import Settings
from sdstudio.ui.actions import Actions
from sdstudio.ui.dialogs.last_use import Field, LastUse
from sdstudio.ui.dialogs.picture_grid import PictureGridDialog
from sdstudio.ui.notices import Notices
from sdstudio.ui.widgets.toast import Remedy


class GridControl(QObject):
    def __init__(
        self, session: Session, window: QWidget, actions: Actions, notices: Notices, settings: Settings
    ) -> None:
        super().__init__(window)
        self._session, self._window, self._notices, self._settings = session, window, notices, settings
        self._runs: list[GridRun] = []  # those that are on their way
        actions.on("generate.grid", self._ask)

    def _ask(self) -> None:
        dialog = PictureGridDialog(self._session.parameters, self._window, self._names())
        fields: dict[str, Field] = {}
        for name, kind, values in zip("xyz", dialog.kinds, dialog.values, strict=True):
            fields |= {f"{name}.kind": kind, f"{name}.values": values}
        last = LastUse(self._settings, "grid", fields)
        last.recall()
        if dialog.exec():
            last.keep()
            self.start(dialog.axes)

    def _names(self) -> dict[str, list[str]]:
        """What there is on this machine, by the fields of the axes that can be made of it."""
        kinds = {"vae": "vae", "loras": "lora", "hires_by": "upscaler"}
        extras = self._session.extras
        names = {field: [extra.id for extra in extras if extra.kind == kind] for field, kind in kinds.items()}
        names["hires_by"] = ["pixels", "latents", *names["hires_by"]]
        return names | {"model_id": [model.id for model in self._session.models]}

    def start(self, axes: list[Axis]) -> None:
        """Queue the grid's pictures."""
        with self._notices.caught():
            run = GridRun(self._session, axes)
            run.done.connect(self._on_done)
            self._runs.append(run)

    def _on_done(self, run: GridRun) -> None:
        self._runs.remove(run)
        made, count = run.made_count, run.count
        if made:
            words = (
                self.tr("The grid's {count} pictures are layers of a new group.")
                if made == count
                else self.tr("{made} of the grid's {count} pictures are layers of a new group.")
            )
            save = Remedy(self.tr("Save the sheet…"), lambda: self._save(run))
            self._notices.tell(words.format(made=made, count=count), save)

    def _save(self, run: GridRun) -> None:
        with self._notices.caught():
            sheet = from_rgb(run.sheet())
            name, _ = QFileDialog.getSaveFileName(
                self._window, self.tr("Save the grid's sheet"), "grid.png", self.tr("Pictures (*.png *.jpg *.webp)")
            )
            if name:
                write_picture(Path(name), sheet)
