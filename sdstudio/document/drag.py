"""What all strokes share: samples of the pointer in, dabs, touched parts of tiles out.

Coverage is kept per stroke and composed over the tiles as they were when the stroke began: crossing its own way never
makes a stroke stronger than its opacity, and cancel is exact. Must not know what a stroke does to the pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2

from sdstudio.document.coverages import Coverages, Touched
from sdstudio.document.document import Document
from sdstudio.document.path import Path
from sdstudio.document.smoothing import smoother
from sdstudio.document.symmetry import Symmetry
from sdstudio.errors import StudioError, memory_errors
from sdstudio.raster.dabs import Brush, Sample
from sdstudio.raster.dynamics import Dynamics, Press, Touch
from sdstudio.raster.geometry import EMPTY, Bounds
from sdstudio.raster.grain import grained
from sdstudio.raster.pixels import Pixels
from sdstudio.raster.tiles import TileKey
from sdstudio.raster.tips import Coverage


class TipDrag:
    """A stroke while the pointer is down.

    It may be ended from elsewhere (undo while the pen is down): it ignores what comes afterwards.
    """

    def __init__(self, document: Document, brush: Brush, seed: int = 0, symmetry: Symmetry | None = None) -> None:
        """The same samples and `seed` give the same pixels, whatever of the brush is left to chance."""
        document.begin_drag(self)
        self._document = document
        self._brush = brush
        self._seed = seed
        self._symmetry = symmetry
        self._coverages = Coverages(document.bounds, even_opacity=Dynamics(brush).even_opacity)
        self._dirty = EMPTY  # everything that this stroke has touched
        self._is_open = True
        self._start()

    def _start(self) -> None:
        self._smoother = smoother(self._brush)
        self._dynamics = Dynamics(self._brush, self._seed)
        self._path = Path(self._dynamics)
        self._owed_dabs = 0.0  # of an airbrush that rests

    @property
    def is_restless(self) -> bool:
        """Whether something happens also while the pointer rests (see `rest`)."""
        return self._is_open and (self._brush.build_up > 0 or self._brush.smoothing == "stabiliser")

    def add(self, sample: Sample) -> None:
        """Paint on to `sample`. The picture follows one sample behind, for the curve needs to know where it goes.

        Raises StudioError when the memory does not suffice; the stroke has then never been.
        """
        self.add_all((sample,))

    def add_all(self, samples: Sequence[Sample]) -> None:
        """The same for several, whose pixels are composed once: a tablet reports more often than a screen shows."""
        if self._is_open:
            steady = (one for sample in samples for one in self._smoother.add(sample))
            self._press(touch for one in steady for touch in self._path.add(one))

    def rest(self, passed_ms: float) -> None:
        """The pointer has been where it is for so long: an airbrush sprays on, a stabiliser pulls on."""
        if not self._is_open:
            return
        self._press(touch for steady in self._smoother.rest(passed_ms) for touch in self._path.add(steady))
        self._owed_dabs += self._brush.build_up * passed_ms / 1000
        dabs, self._owed_dabs = divmod(self._owed_dabs, 1)
        touch = self._path.rest()
        if touch is not None and dabs:
            self._press([touch] * int(dabs))

    def redraw(self, samples: Sequence[Sample]) -> None:
        """As if the stroke had been these samples, to their very end: for lines and shapes while they are drawn."""
        if self._is_open:
            before = self._dirty
            self._take_back()
            self._dirty = EMPTY
            self._start()
            self._press(touch for sample in samples for touch in self._path.add(sample))
            self._press(self._path.finish())
            self._tell(before)

    def commit(self) -> None:
        """End the stroke and record one command; none when nothing changed."""
        if self._is_open:
            self._press(touch for steady in self._smoother.finish() for touch in self._path.add(steady))
            self._press(self._path.finish())
            self._is_open = False
            self._record()

    def cancel(self) -> None:
        """End the stroke and put everything back as it was."""
        if self._is_open:
            self._is_open = False
            self._take_back()
            self._tell(self._dirty)

    def _take_back(self) -> None:
        for key in self._touched_tiles():
            self._restore(key)
        self._coverages.clear()

    def _press(self, touches: Iterable[Touch]) -> None:
        try:
            with memory_errors():
                dirty = self._painted(touches)
        except MemoryError as error:
            self.cancel()
            raise StudioError(
                "There is not enough memory for this stroke, so it was taken back. Close other programs or use a "
                "smaller brush, then try again."
            ) from error
        self._dirty = self._dirty.united(dirty)
        self._tell(dirty)

    def _painted(self, touches: Iterable[Touch]) -> Bounds:
        touched, symmetry, presses, put = Touched(), self._symmetry, self._dynamics.presses, self._put
        for touch in touches:
            for press in presses(touch):
                if symmetry is None:
                    put(press, 0, touched)
                    continue
                for hand, copy in enumerate(symmetry.copies(press)):
                    put(copy, hand, touched)
        dirty = EMPTY
        for key, part in touched.parts():
            self._compose(key, part)
            dirty = dirty.united(part)
        return dirty

    def _tell(self, area: Bounds) -> None:
        if not area.is_empty:
            self._emit(area)

    def _covered(self, key: TileKey, part: Bounds) -> Coverage:
        """The stroke's coverage there, 0..1, as it comes out on the brush's paper."""
        covered = self._coverages.read(key, part)
        if not self._brush.grain:
            return covered
        return grained(covered, part, self._brush.grain, self._brush.grain_scale, self._brush.grain_depth)

    def _covered_bytes(self, key: TileKey, part: Bounds) -> Pixels:
        """The same as (h, w) uint8."""
        if not self._brush.grain:
            return self._coverages.read_bytes(key, part)
        rounded: Pixels = cv2.convertScaleAbs(self._covered(key, part), alpha=255)  # one pass instead of three
        return rounded

    # What a kind of stroke may do otherwise

    def _put(self, press: Press, hand: int, touched: Touched) -> None:
        """Take note of one dab; adds to `touched` what must be composed. `hand` counts the mirror's copies."""
        self._coverages.put(press, touched)

    def _touched_tiles(self) -> Iterable[TileKey]:
        return self._coverages

    # What a kind of stroke must do

    def _compose(self, key: TileKey, part: Bounds) -> None:
        raise NotImplementedError

    def _restore(self, key: TileKey) -> None:
        raise NotImplementedError

    def _record(self) -> None:
        raise NotImplementedError

    def _emit(self, area: Bounds) -> None:
        raise NotImplementedError
