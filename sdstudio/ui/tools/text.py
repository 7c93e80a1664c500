"""Write on the canvas: click and type, or drag a box and type. What is written is a layer whose words stay editable."""

from __future__ import annotations

import math

import msgspec
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QCursor, QPainter
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit

from sdstudio.document.document import Document
from sdstudio.document.layers import Layer, PaintLayer
from sdstudio.document.text_layers import TextEdit, text_of, was_text
from sdstudio.errors import StudioError
from sdstudio.raster.dabs import Sample
from sdstudio.raster.geometry import Bounds, Point
from sdstudio.raster.text import MOST_WIDTH, MOST_WORDS, Text, substitute
from sdstudio.raster.text_layout import Layout
from sdstudio.raster.transform import Transform
from sdstudio.ui.canvas.camera import Camera
from sdstudio.ui.canvas.text_entry import TextEntry
from sdstudio.ui.editor import Editor
from sdstudio.ui.tools.option import Live, Option
from sdstudio.ui.tools.text_box import TextBoxEdge, boxed
from sdstudio.ui.tools.text_frame import TextFrame, on_plane, text_layer_at
from sdstudio.ui.tools.text_options import STYLE, load_style, styled, text_options
from sdstudio.ui.tools.tool import Modifiers, Tool

translate = QCoreApplication.translate

_LEAST_BOX = 12.0  # view pixels: a shorter drag is a click


class TextTool(Tool):
    id = "text"
    icon = "type"
    shortcut = "T"
    wants_every_sample = False

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.label = translate("Tool", "Text")
        self.hint = translate(
            "Tool",
            "Click to write, or drag a box whose width breaks the lines. Click on words to change them. "
            "Ctrl+Enter, Escape or a click beside them: done.",
        )
        self.options: tuple[Option, ...] = text_options()
        self.live = (
            Live(
                translate("Option", "Box"),
                lambda: self._edit.text.width if self._edit is not None and self.is_writing else None,
                self.set_width,
                range=(0.0, MOST_WIDTH),
                unit="px",
                help=translate("Option", "The width at which lines end and go on below; 0: only where Enter was typed"),
            ),
        )
        self._edit: TextEdit | None = None
        self._entry: TextEntry | None = None
        self._layout = Layout(Text())
        self._is_marking = False
        self._box_from: Point | None = None  # a press that may become the drag of a box
        self._edge: TextBoxEdge | None = None  # of the box, while it is pulled
        self._grabbed = Point(0, 0)
        self._is_loading = False
        self._told_of: str | None = None  # the layer of which it was said that it is a picture now
        editor.document_replaced.connect(self._on_document_replaced)
        editor.option_changed.connect(self._on_option_changed)
        editor.colors_changed.connect(self._on_style_changed)
        self._document: Document = editor.document
        self._listen()

    @property
    def is_active(self) -> bool:
        return self._is_marking or self._box_from is not None or self._edge is not None

    @property
    def is_writing(self) -> bool:
        return self._edit is not None and self._edit.is_open

    def settle(self) -> None:
        self.finish()

    def cursor(self, modifiers: Modifiers) -> QCursor:
        return QCursor(Qt.CursorShape.IBeamCursor)

    def press(self, sample: Sample, modifiers: Modifiers) -> None:
        assert self.stage is not None, "a tool works only on a canvas"
        frame = self._frame(self.stage.camera)
        if frame is not None:
            self._edge = frame.edge_at(sample.position)
            if self._edge is not None:
                self._grabbed = sample.position
                return
            if frame.has_words_at(sample.position):
                self._put_caret(sample.position, marking=bool(modifiers & Modifiers.ShiftModifier))
                self._is_marking = True
                return
            self.finish()
            if text_layer_at(self.editor.document.root, sample.position) is None:
                return
        document = self.editor.document
        layer = text_layer_at(document.root, sample.position)
        text = text_of(layer) if layer is not None else None
        if layer is not None and text is not None:
            self._begin(TextEdit(document, text, layer))
            self._put_caret(sample.position)
            self._is_marking = True
        else:
            self._refuse_pictures(document.active)
            self._warn_outside(sample.position)
            place = Transform.move(round(sample.position.x), round(sample.position.y))
            self._begin(TextEdit(document, styled(self.editor, Text(place=place.rows))))
            self._box_from = sample.position

    def move(self, sample: Sample, modifiers: Modifiers) -> None:
        if self._is_marking:
            self._put_caret(sample.position, marking=True)
        elif self._edit is None:
            return
        elif self._edge is not None:
            self._show(self._edge.pulled(self._grabbed, sample.position))
        elif self._box_from is not None:
            assert self.stage is not None, "a tool works only on a canvas"
            least = _LEAST_BOX / self.stage.camera.scale
            self._show(boxed(self._edit.text, self._box_from, sample.position, least))

    def release(self, sample: Sample, modifiers: Modifiers) -> None:
        self.move(sample, modifiers)
        self.cancel()
        if self._entry is not None and self.is_writing:
            self._entry.setFocus()

    def cancel(self) -> None:
        self._is_marking, self._box_from, self._edge = False, None, None

    def set_width(self, width: float) -> None:
        """Let lines end at this width of a box (pixels of the text's own plane); 0: only where the words say so."""
        if self._edit is not None and self._edit.is_open:
            self._show(msgspec.structs.replace(self._edit.text, width=min(max(width, 0.0), MOST_WIDTH)))

    def claims(self, key: Qt.Key, modifiers: Modifiers) -> bool:
        """While writing every key is a letter: the field gets it."""
        if self.is_writing and self._entry is not None and not modifiers & Modifiers.ControlModifier:
            self._entry.setFocus()
            return True
        return False

    def edit(self, layer: PaintLayer) -> None:
        """Change the words of a text layer; the whole of them is marked. Anything else is left alone."""
        self.finish()
        text = text_of(layer)
        if text is not None:
            self._begin(TextEdit(self.editor.document, text, layer))

    def finish(self) -> None:
        """What was written is one undo step."""
        if self._edit is not None:
            self._edit.commit()
        self._end()

    def paint_overlay(self, painter: QPainter, camera: Camera) -> None:
        frame = self._frame(camera)
        if frame is not None and self._entry is not None:
            self._entry.stand_at(frame.paint(painter, self._entry.marked, self._entry.position))

    # Within

    def _frame(self, camera: Camera) -> TextFrame | None:
        """Around what is being written."""
        if self._edit is None or not self._edit.is_open:
            return None
        return TextFrame(self._edit.text, self._layout, camera)

    def _begin(self, edit: TextEdit) -> None:
        self._edit = edit
        self._layout = Layout(edit.text)
        entry = self._field()
        entry.begin(edit.text.words)
        self._load(edit.text)
        entry.show()
        entry.setFocus()
        self.tell_live()
        self.update_overlay()

    def _end(self) -> None:
        had_focus = self._entry is not None and self._entry.hasFocus()
        self._edit = None
        self.cancel()
        self.tell_live()
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
            self._entry.stepped.connect(self._on_stepped)
            self.stage.host(self._entry)
        return self._entry

    def _load(self, text: Text) -> None:
        """Let the options show how this text is set."""
        missing = substitute(text.family)
        if missing is not None:
            sentence = translate("Tool", "The font “{font}” is not on this computer, so “{other}” is shown instead.")
            self.editor.message.emit(sentence.format(font=text.family, other=missing))
        self._is_loading = True
        load_style(self.editor, text)
        self._is_loading = False

    def _show(self, text: Text) -> None:
        if self._edit is not None and text != self._edit.text:
            self._layout = Layout(text)
            self._edit.show(text)
            self.tell_live()
        self.update_overlay()

    def _warn_outside(self, place: Point) -> None:
        selection = self.editor.document.selection
        at = Bounds(math.floor(place.x), math.floor(place.y), 1, 1)
        if not selection.is_empty and not selection.read(at).any():
            sentence = translate(
                "Tool", "Only what lies inside the selection will show. Deselect first to write anywhere."
            )
            self.editor.message.emit(sentence)

    def _put_caret(self, place: Point, *, marking: bool = False) -> None:
        if self._entry is not None and self._edit is not None and self._edit.is_open:
            self._entry.put_caret(self._layout.position_at(on_plane(self._edit.text, place)), marking=marking)
            self._entry.setFocus()
            self.update_overlay()

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

    def _on_stepped(self, step: str, marking: bool) -> None:
        """A key that goes by the lines that are seen."""
        if self._entry is None or not self.is_writing:
            return
        now = self._entry.position
        if step in ("up", "down"):
            position = self._layout.beside(now, 1 if step == "down" else -1)
        else:
            position = self._layout.ends(now)[step == "end"]
        self._entry.put_caret(position, marking=marking)
        self.update_overlay()

    def _on_option_changed(self, key: str) -> None:
        if key in STYLE:
            self._on_style_changed()

    def _on_style_changed(self) -> None:
        if self._edit is None or self._is_loading or not self._edit.is_open:
            return
        self._show(styled(self.editor, self._edit.text))
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
