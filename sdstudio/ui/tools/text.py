"""Write on the canvas: click and type. What is written is a layer whose words stay editable."""

from __future__ import annotations

from typing import cast

import msgspec
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit

from sdstudio.document.document import Document
from sdstudio.document.layers import GroupLayer, Layer, PaintLayer
from sdstudio.document.text_layers import TextEdit, text_of, was_text
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Point
from sdstudio.raster.text import MOST_WORDS, Align, Layout, Text, qt_transform, substitute
from sdstudio.raster.transform import Transform
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.text_entry import TextEntry
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.option import Option
from sdstudio.ui.tools.text_options import text_options
from sdstudio.ui.tools.tool import Modifiers, Tool

translate = QCoreApplication.translate

_FRAME = ((QColor(0, 0, 0, 150), 3.0), (QColor(255, 255, 255, 220), 1.0))
_MARKED = QColor(58, 134, 255, 90)
_MARGIN = 8.0  # view pixels around the words that belong to them
_STYLE = ("text_family", "text_size", "text_weight", "text_italic", "text_align", "text_line_height", "text_outline")


class TextTool(Tool):
    id = "text"
    icon = "type"
    shortcut = "T"
    wants_every_sample = False

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Text")
        self.hint = translate(
            "Tool", "Click to write, click on words to change them. Escape or a click beside them: done."
        )
        self.options: tuple[Option, ...] = text_options()
        self._edit: TextEdit | None = None
        self._entry: TextEntry | None = None
        self._layout = Layout(Text())
        self._is_marking = False
        self._is_loading = False
        self._told_of: str | None = None  # the layer of which it was said that it is a picture now
        editor.document_replaced.connect(self._on_document_replaced)
        editor.option_changed.connect(self._on_option_changed)
        editor.colors_changed.connect(self._on_style_changed)
        self._document: Document = editor.document
        self._listen()

    @property
    def is_active(self) -> bool:
        return self._is_marking

    @property
    def is_writing(self) -> bool:
        return self._edit is not None and self._edit.is_open

    def settle(self) -> None:
        self.finish()

    def cursor(self, modifiers: Modifiers) -> QCursor:
        return QCursor(Qt.CursorShape.IBeamCursor)

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        if self.is_writing:
            if self._is_on_words(sample.position):
                self._put_caret(sample.position, marking=bool(modifiers & Modifiers.ShiftModifier))
                self._is_marking = True
                return
            self.finish()
            if self._layer_at(sample.position) is None:
                return
        document, layer = self.editor.document, self._layer_at(sample.position)
        text = text_of(layer) if layer is not None else None
        if layer is not None and text is not None:
            self._begin(TextEdit(document, text, layer))
            self._put_caret(sample.position)
            self._is_marking = True
        else:
            self._refuse_pictures(document.active)
            place = Transform.move(round(sample.position.x), round(sample.position.y))
            self._begin(TextEdit(document, self._styled(Text(place=place.rows))))

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._is_marking:
            self._put_caret(sample.position, marking=True)

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        self._is_marking = False

    def cancel(self) -> None:
        self._is_marking = False

    def claims(self, key: Qt.Key, modifiers: Modifiers) -> bool:
        """While writing every key is a letter: the field gets it."""
        if self.is_writing and self._entry is not None and not modifiers & Modifiers.ControlModifier:
            self._entry.setFocus()
            return True
        return False

    def finish(self) -> None:
        """What was written is one undo step."""
        if self._edit is not None:
            self._edit.commit()
        self._end()

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        if self._edit is None or not self._edit.is_open or self._entry is None:
            return
        way = qt_transform(self._edit.text.transform) * camera.transform
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        start, end = self._entry.marked
        if start != end:
            for rect in self._layout.marked(start, end):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(_MARKED)
                painter.drawPolygon(way.map(QPolygonF(rect)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        frame, caret = way.map(QPolygonF(self._layout.rect)), way.map(self._layout.caret(self._entry.position))
        for color, width in _FRAME:
            painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine))
            painter.drawLine(caret)
            painter.setPen(QPen(color, width - 0.5, Qt.PenStyle.DotLine))
            painter.drawPolygon(frame)
        self._entry.stand_at(caret.p2())

    # Within

    def _begin(self, edit: TextEdit) -> None:
        self._edit = edit
        self._layout = Layout(edit.text)
        entry = self._field()
        entry.begin(edit.text.words)
        self._load(edit.text)
        entry.show()
        entry.setFocus()
        self.update_overlay()

    def _end(self) -> None:
        had_focus = self._entry is not None and self._entry.hasFocus()
        self._edit = None
        self._is_marking = False
        if self._entry is not None:
            self._entry.hide()
        if had_focus and self.stage is not None:
            self.stage.setFocus()
        self.update_overlay()

    def _field(self) -> TextEntry:
        assert self.stage is not None, "a tool works only on a canvas"
        if self._entry is None:
            self._entry = TextEntry()
            self._entry.changed.connect(self._on_words_changed)
            self._entry.finished.connect(self.finish)
            self.stage.host(self._entry)
        return self._entry

    def _load(self, text: Text) -> None:
        """Let the options show how this text is set."""
        missing = substitute(text.family)
        if missing is not None:
            sentence = translate("Tool", "The font “{font}” is not on this computer, so “{other}” is shown instead.")
            self.editor.message.emit(sentence.format(font=text.family, other=missing))
        self._is_loading = True
        self.editor.set_setting(
            text_family=text.family,
            text_size=text.size,
            text_weight=str(text.weight),
            text_italic=text.italic,
            text_align=text.align,
            text_line_height=text.line_height * 100,
            text_outline=text.outline,
        )
        self.editor.foreground = QColor(text.color)
        if text.outline:
            self.editor.background = QColor(text.outline_color)
        self._is_loading = False

    def _styled(self, text: Text) -> Text:
        """`text` as the options say."""
        settings, editor = self.editor.settings, self.editor
        return msgspec.structs.replace(
            text,
            family=settings.text_family,
            size=settings.text_size,
            weight=int(settings.text_weight),
            italic=settings.text_italic,
            align=cast(Align, settings.text_align),
            line_height=settings.text_line_height / 100,
            outline=settings.text_outline,
            color=editor.foreground.name(QColor.NameFormat.HexArgb),
            outline_color=editor.background.name(QColor.NameFormat.HexArgb),
        )

    def _show(self, text: Text) -> None:
        if self._edit is not None and text != self._edit.text:
            self._layout = Layout(text)
            self._edit.show(text)
        self.update_overlay()

    def _on_plane(self, place: Point) -> QPointF:
        """`place` in the text's own plane."""
        assert self._edit is not None
        there = self._edit.text.transform.inverse.map(place)
        return QPointF(there.x, there.y)

    def _is_on_words(self, place: Point) -> bool:
        assert self.stage is not None
        margin = _MARGIN / self.stage.camera.scale
        rect: QRectF = self._layout.rect.adjusted(-margin, -margin, margin, margin)
        return rect.contains(self._on_plane(place))

    def _put_caret(self, place: Point, *, marking: bool = False) -> None:
        if self._entry is not None and self.is_writing:
            self._entry.put_caret(self._layout.position_at(self._on_plane(place)), marking=marking)
            self._entry.setFocus()
            self.update_overlay()

    def _layer_at(self, place: Point) -> PaintLayer | None:
        """The topmost visible text layer whose words are there."""
        for layer in _visible(self.editor.document.root):
            text = text_of(layer)
            if text is not None and isinstance(layer, PaintLayer):
                there = text.transform.inverse.map(place)
                if Layout(text).rect.contains(QPointF(there.x, there.y)):
                    return layer
        return None

    def _refuse_pictures(self, layer: Layer | None) -> None:
        if layer is not None and was_text(layer):
            sentence = translate(
                "Tool",
                "“{name}” was painted on, so it is a picture now and its words cannot be edited. "
                "Undo that to edit them, or choose another layer to write a new text.",
            )
            raise StudioError(sentence.format(name=layer.name))

    # What happens elsewhere

    def _on_words_changed(self) -> None:
        if self._edit is None or self._entry is None:
            return
        words = self._entry.words
        if len(words) > MOST_WORDS:
            sentence = translate("Tool", "A text may have at most {n} characters. The rest was left out.")
            self.editor.message.emit(sentence.format(n=MOST_WORDS))
            words = words[:MOST_WORDS]
            self._entry.begin(words)
        self._show(msgspec.structs.replace(self._edit.text, words=words))

    def _on_option_changed(self, key: str) -> None:
        if key in _STYLE:
            self._on_style_changed()

    def _on_style_changed(self) -> None:
        if self._edit is None or self._is_loading or not self._edit.is_open:
            return
        self._show(self._styled(self._edit.text))
        typing = isinstance(QApplication.focusWidget(), QAbstractSpinBox | QLineEdit | QComboBox)
        if self._entry is not None and not typing:
            self._entry.setFocus()

    def _listen(self) -> None:
        self._document.history.changed.connect(self._on_history_changed)
        self._document.active_changed.connect(self._on_active_changed)

    def _on_document_replaced(self) -> None:
        self.finish()
        self._document = self.editor.document
        self._listen()

    def _on_history_changed(self) -> None:
        if self._edit is not None and not self._edit.is_open:
            self._end()
        layer = self._document.active
        if layer is None or not was_text(layer):
            self._told_of = None
        elif self._told_of != layer.id:
            self._told_of = layer.id
            sentence = translate("Tool", "“{name}” is a picture now: its words cannot be edited unless you undo this.")
            self.editor.message.emit(sentence.format(name=layer.name))

    def _on_active_changed(self) -> None:
        if self._edit is not None and self._edit.is_open and self._document.active_id != self._edit.layer.id:
            self.finish()


def _visible(group: GroupLayer) -> list[Layer]:
    """Layers that are seen, the topmost first."""
    found: list[Layer] = []
    for layer in reversed(group.children):
        if layer.visible:
            found += _visible(layer) if isinstance(layer, GroupLayer) else [layer]
    return found
