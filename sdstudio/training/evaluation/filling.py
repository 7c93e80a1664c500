"""Fills masked halves exactly as the program does for its users: the same preparing, sampling and placing.

The one place where the trainer knows documents: what is measured must be what people get (a soft mask centred on the
selection's edge, differential diffusion, colours matched at the seam, kept pixels untouched). Must not know measures.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from sdstudio.document.commands import AddLayer, EditSelection
from sdstudio.document.composite import render
from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.engine import loading, sampling
from sdstudio.engine.extras.dressing import dress
from sdstudio.engine.validation import Pixels
from sdstudio.generation.parameters import Parameters, with_model_defaults
from sdstudio.generation.place import place
from sdstudio.generation.prepare import PAPER, Prepared, prepare
from sdstudio.models.library import describe
from sdstudio.protocol.messages import Generate
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.resample import from_rgb, to_rgb
from sdstudio.raster.tiles import Mask, Surface
from sdstudio.training import device


class _Silence:
    """Stands for the window: wants no previews, hears nothing, never cancels."""

    previews = False

    def check_cancelled(self) -> None: ...

    def progress(self, *_where: object, **_more: object) -> None: ...

    def preview(self, *_what: object) -> None: ...


class Filler:
    """A model in the program's own engine, at the settings that the program uses by default."""

    def __init__(self, folder: Path) -> None:
        self._info = describe(folder)
        self._model = loading.load(self._info, device.pick(), lambda done: None)

    def fill(self, pictures: np.ndarray, mask: np.ndarray, captions: list[str], seeds: list[int]) -> np.ndarray:
        """(N, H, W, 3) uint8 pictures with what the (H, W) bool ``mask`` selects drawn anew, as a user would see it."""
        return np.stack([
            self._fill(*one, mask) for one in zip(pictures, captions, seeds, strict=True)
        ])  # fmt: skip

    def _fill(self, picture: np.ndarray, caption: str, seed: int, mask: np.ndarray) -> np.ndarray:
        document = _document(picture, mask)
        wishes = msgspec.structs.replace(with_model_defaults(Parameters(prompt=caption), self._info), strength=1.0)
        prepared = prepare(document, wishes, self._info, seed)
        place(document, prepared, self._sample(prepared))
        return to_rgb(render(document, Bounds.of(document.extent)), PAPER)

    def _sample(self, prepared: Prepared) -> np.ndarray:
        message = Generate(job_id="fill", request=prepared.request, model=self._info)
        dress(self._model, message, lambda: None)
        given = Pixels(prepared.source, prepared.mask)
        return sampling.run_job(prepared.request, given, self._model, _Silence()).pixels  # type: ignore[arg-type]


def _document(picture: np.ndarray, mask: np.ndarray) -> Document:
    height, width = mask.shape
    document = Document(Extent(width, height))
    layer = PaintLayer(name="Picture", surface=Surface.from_image(from_rgb(np.ascontiguousarray(picture))))
    document.run(AddLayer(layer))
    document.set_active(layer.id)
    selection = Mask()
    selection.write(Bounds.of(document.extent), mask.astype(np.uint8) * 255)
    selection.drop_empty()
    document.run(EditSelection(selection, "Mask"))
    return document
