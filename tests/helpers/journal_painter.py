"""A process that paints strokes into a journal until it is killed: `python -m tests.helpers.journal_painter FILE SEED`.

Prints the number of steps and the document's fingerprint after each; the next stroke begins when the one before is
on the disk, as it is with a hand.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from sdstudio.document.commands import AddLayer, RemoveLayer
from sdstudio.document.document import Document
from sdstudio.document.layers import PaintLayer
from sdstudio.journal.journal import Journal
from sdstudio.raster.geometry import Extent
from tests.helpers.drawing import draw, fingerprint


def main() -> None:
    chance = random.Random(int(sys.argv[2]))
    application = QGuiApplication([])
    document = Document.new(Extent(800, 600))
    journal = Journal(Path(sys.argv[1]), document, sys.exit)
    journal.flush()
    while application is not None:
        print(fingerprint(document), flush=True)
        journal.flush()
        what = chance.randrange(10)
        if what == 0:
            document.run(AddLayer(PaintLayer(name="More")))
        elif what == 1 and len(document.root.children) > 2:
            document.run(RemoveLayer(document.root.children[-1].id))
        elif what == 2:
            document.history.undo()
        else:
            draw(document, *((chance.randrange(800), chance.randrange(600)) for _ in range(3)))


if __name__ == "__main__":
    main()
