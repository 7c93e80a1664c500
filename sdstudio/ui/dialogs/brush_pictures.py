"""The choice of a picture for a brush: its tip, or the paper it paints on. Any picture file can become one."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QListWidget, QListWidgetItem, QSizePolicy, QVBoxLayout, QWidget

from sdstudio.brushes.library import Library
from sdstudio.errors import StudioError
from sdstudio.formats.pictures import read_picture
from sdstudio.raster.pixels import Pixels, view
from sdstudio.raster.stamps import known
from sdstudio.settings import Settings
from sdstudio.ui import theme
from sdstudio.ui.editor import Editor
from sdstudio.ui.widgets.labels import icon_button, label

_SIDE = 48  # of a thumbnail
_MOST_PX = 512  # of a picture's longer side; larger ones are made smaller
_ROLE = Qt.ItemDataRole.UserRole


class PictureChoice(QWidget):
    """None, those of the library's brushes, and those that the person loads. `use` is a field of the brush."""

    failed = Signal(object)  # StudioError

    def __init__(
        self, editor: Editor, library: Library, settings: Settings, kind: str, use: Literal["tip", "grain"]
    ) -> None:
        super().__init__()
        self._editor, self._library, self._settings = editor, library, settings
        self._kind, self._use = kind, use
        self.list = QListWidget()
        self.list.setViewMode(QListWidget.ViewMode.IconMode)
        self.list.setMovement(QListWidget.Movement.Static)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setIconSize(QSize(_SIDE, _SIDE))
        self.list.setGridSize(QSize(_SIDE + 10, _SIDE + 10))
        self.list.setFixedHeight(2 * (_SIDE + 10) + 4)
        title = self.tr("Picture of the tip") if use == "tip" else self.tr("Paper")
        load = icon_button("plus", self.tr("Load a picture"), self.tr("Makes a tip or a paper of a picture file"))
        load.clicked.connect(self.ask_load)
        head = QHBoxLayout()
        head.addWidget(label(title, "muted", buddy=self.list), 1)
        head.addWidget(load)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.list)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._fill()
        self.list.itemClicked.connect(self._on_chosen)
        self.list.itemActivated.connect(self._on_chosen)
        editor.option_changed.connect(self._on_option_changed)

    @property
    def _present(self) -> str:
        name: str = getattr(self._editor.brushes[self._kind], self._use)
        return name

    def ask_load(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self,
            self.tr("Load a Picture"),
            self._settings.get("last_brush_folder"),
            self.tr("Pictures (*.png *.jpg *.jpeg *.webp *.bmp *.tif *.tiff)"),
        )
        if not name:
            return
        self._settings.set("last_brush_folder", str(Path(name).parent))
        try:
            image = read_picture(Path(name)).image
            self._take(self._library.keep_picture(grey_of(image, dark_covers=self._use == "tip")))
        except StudioError as error:
            self.failed.emit(error)

    def _fill(self) -> None:
        self.list.clear()
        own = {getattr(entry.preset.brush, self._use) for entry in self._library.entries}
        names = dict.fromkeys(["", *sorted(own - {""}), *self._library.pictures, self._present])
        for name in names:
            item = QListWidgetItem(_icon(name, self._use), "")
            item.setData(_ROLE, name)
            nothing = self.tr("Round") if self._use == "tip" else self.tr("Smooth")
            item.setToolTip(nothing if not name else self.tr("Picture"))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, item.toolTip())
            self.list.addItem(item)
        self._mark()

    def _mark(self) -> bool:
        """Choose the picture that the brush has; False when it is not in the list."""
        for row in range(self.list.count()):
            if self.list.item(row).data(_ROLE) == self._present:
                self.list.setCurrentRow(row)
                return True
        return False

    def _on_chosen(self, item: QListWidgetItem) -> None:
        self._take(item.data(_ROLE))

    def _take(self, name: str) -> None:
        self._editor.set_brush(self._kind, **{self._use: name})

    def _on_option_changed(self, key: str) -> None:
        if key == f"{self._kind}.{self._use}" and not self._mark():
            self._fill()


def grey_of(image: QImage, *, dark_covers: bool) -> Pixels:
    """A picture as the grey of a tip or a paper, (h, w) uint8, at most 512 pixels on its longer side.

    Of a tip the dark parts cover, as on a stamp; a picture with transparency covers where it is opaque.
    """
    pixels = view(image)
    alpha = pixels[:, :, 3]
    light = cv2.cvtColor(pixels[:, :, :3], cv2.COLOR_BGR2GRAY)
    if dark_covers and alpha.min() < 255:
        grey = alpha.copy()
    elif dark_covers:
        grey = 255 - light
    else:
        grey = light
    scale = _MOST_PX / max(grey.shape)
    if scale < 1:
        size = (max(round(grey.shape[1] * scale), 1), max(round(grey.shape[0] * scale), 1))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)


def _icon(name: str, use: str) -> QIcon:
    """The picture in the colours of the window; a disc (or nothing) where there is none."""
    side = 2 * _SIDE
    picture = known(name)
    if picture is None:
        grey = np.zeros((side, side), np.uint8)
        if use == "tip":
            cv2.circle(grey, (side // 2, side // 2), side * 2 // 5, 255, -1, cv2.LINE_AA)
    elif use == "grain":
        rows, columns = side // picture.shape[0] + 1, side // picture.shape[1] + 1
        grey = np.ascontiguousarray(np.tile(picture, (rows, columns))[:side, :side])
    else:
        scale = side / max(picture.shape)
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[:side, :side]
        grey = np.zeros((side, side), np.uint8)
        top, left = (side - small.shape[0]) // 2, (side - small.shape[1]) // 2
        grey[top : top + small.shape[0], left : left + small.shape[1]] = small
    ink = theme.color("text")
    pixels = np.zeros((side, side, 4), np.uint8)
    for channel, value in enumerate((ink.blue(), ink.green(), ink.red())):
        pixels[:, :, channel] = grey.astype(np.uint16) * value // 255
    pixels[:, :, 3] = grey
    image = QImage(pixels.data, side, side, side * 4, QImage.Format.Format_ARGB32_Premultiplied)
    return QIcon(QPixmap.fromImage(image.copy()))
