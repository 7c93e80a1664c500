"""The brush editor: everything about the brush in the hand, with a stroke that shows it. It stays open while painting.

Knows the editor and the library's pictures. Must not know how brushes paint.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QDialog, QFormLayout, QTabWidget, QVBoxLayout, QWidget

from sdstudio.brushes.library import Library
from sdstudio.settings import Settings
from sdstudio.ui import brush_options, theme
from sdstudio.ui.brush_preview import brush_preview
from sdstudio.ui.dialogs.brush_dynamics import BrushDynamics
from sdstudio.ui.dialogs.brush_pictures import PictureChoice
from sdstudio.ui.editor import Editor
from sdstudio.ui.option_fields import OptionFields
from sdstudio.ui.tools.option import Option
from sdstudio.ui.tools.toolbox import Toolbox

_STROKE_HEIGHT = 110
_WAIT_MS = 30  # after a change, before the stroke is painted again


class BrushEditor(QDialog):
    """Follows the tool in the hand: its brush is the one that is changed."""

    failed = Signal(object)  # StudioError

    def __init__(self, editor: Editor, toolbox: Toolbox, library: Library, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor, self._toolbox, self._library, self._settings = editor, toolbox, library, settings
        self._kind = ""
        self._shown: list[tuple[str, QWidget]] = []
        self._fields = OptionFields(editor, self)
        self._stroke = _Stroke(editor)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(12)
        column.addWidget(self._stroke)
        column.addWidget(self.tabs, 1)
        toolbox.tool_changed.connect(self._follow)
        self._follow()

    def sizeHint(self) -> QSize:
        return QSize(460, 620)

    def _follow(self) -> None:
        """Build the fields for the brush of the tool in the hand; a tool without a brush leaves the last one here."""
        kind = self._toolbox.active.brush_kind or self._kind or "paint"
        if kind == self._kind:
            return
        self._kind = kind
        tool = next(tool for tool in self._toolbox.tools if tool.brush_kind == kind)
        self.setWindowTitle(self.tr("Brush Settings: {tool}").format(tool=tool.label))
        self._stroke.show_kind(kind)
        shown = max(self.tabs.currentIndex(), 0)
        self._fields.clear()
        old, self._shown = self._shown, self._pages(kind)
        self.tabs.clear()
        for _, page in old:
            page.deleteLater()
        for title, page in self._shown:
            self.tabs.addTab(page, title)
        self.tabs.setCurrentIndex(shown)

    def _pages(self, kind: str) -> list[tuple[str, QWidget]]:
        tip = PictureChoice(self._editor, self._library, self._settings, kind, "tip")
        paper = PictureChoice(self._editor, self._library, self._settings, kind, "grain")
        for choice in (tip, paper):
            choice.failed.connect(self.failed)
        return [
            (self.tr("Tip"), self._page(brush_options.tip_options(kind), tip)),
            (self.tr("Paint"), self._page(brush_options.paint_options(kind))),
            (self.tr("Pen"), BrushDynamics(self._editor, kind)),
            (self.tr("Chance"), self._page(brush_options.chance_options(kind))),
            (self.tr("Paper"), self._page(brush_options.paper_options(kind), paper)),
            (self.tr("Line"), self._page(brush_options.line_options(kind))),
        ]

    def _page(self, options: Sequence[Option], above: QWidget | None = None) -> QWidget:
        page = QWidget()
        form = QFormLayout(page)
        form.setContentsMargins(4, 12, 4, 4)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        if above is not None:
            form.addRow(above)
        for option in options:
            name, field = self._fields.make(option)
            if name is None:
                form.addRow("", field)
            else:
                form.addRow(name, field)
        return page


class _Stroke(QWidget):
    """A stroke of the brush as it is now."""

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self._kind = "paint"
        self._image = QImage()
        self.setFixedHeight(_STROKE_HEIGHT)
        self.setAccessibleName(self.tr("A stroke of this brush"))
        self._soon = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._soon.timeout.connect(self._on_due)
        editor.brush_changed.connect(self._on_brush_changed)

    def show_kind(self, kind: str) -> None:
        self._kind = kind
        self._forget()

    def _on_brush_changed(self, kind: str) -> None:
        if kind == self._kind:
            self._soon.start()

    def _on_due(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._image = QImage()
        self.update()

    def resizeEvent(self, event: object) -> None:
        self._forget()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image.isNull() and self.width() > 0:
            ratio = self.devicePixelRatioF()
            width, height = round(self.width() * ratio), round(self.height() * ratio)
            brush = self._editor.brushes[self._kind]
            self._image = brush_preview(brush, self._kind, width, height, theme.color("text"))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QPainterPath()
        card.addRoundedRect(QRectF(self.rect()), 4, 4)
        painter.fillPath(card, theme.color("base"))
        painter.setClipPath(card)
        painter.drawImage(self.rect(), self._image)

    def changeEvent(self, event: object) -> None:
        self._forget()  # another theme, another ink
