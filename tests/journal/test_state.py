"""Whatever a document holds can be written down and comes back; what is not a document's is refused."""

from __future__ import annotations

import json

import pytest

from sdstudio.document import layers
from sdstudio.document.document import Document
from sdstudio.document.layers import AdjustmentLayer, FillLayer, GroupLayer, Layer
from sdstudio.journal.damage import JournalDamaged
from sdstudio.journal.state import Plane, describe, restore
from sdstudio.raster.adjustments import KINDS
from sdstudio.raster.geometry import Bounds, Extent
from sdstudio.raster.masks import rectangle
from sdstudio.raster.tiles import Mask
from tests.helpers.drawing import fingerprint
from tests.helpers.random_documents import random_document


def again(document: Document) -> Document:
    """The same document from its description; the planes are taken over."""
    tree, planes = describe(document)
    other = Document(Extent(1, 1))
    restore(other, tree, lambda name, fresh: planes.get(name, fresh))
    return other


def kinds_of_layers(cls: type[Layer] = Layer) -> list[type[Layer]]:
    return [kind for sub in cls.__subclasses__() for kind in (sub, *kinds_of_layers(sub))]


def test_every_kind_of_layer_comes_back(qapp: object) -> None:
    document = Document.new(Extent(40, 30))
    document.root.children += [kind(name=kind.__name__) for kind in kinds_of_layers()]
    document.root.children += [AdjustmentLayer(adjustment=kind()) for kind in KINDS]
    assert layers.GroupLayer in kinds_of_layers()
    other = again(document)
    assert fingerprint(other) == fingerprint(document)
    assert [type(layer) for layer in other.walk()] == [type(layer) for layer in document.walk()]


@pytest.mark.parametrize("seed", range(20))
def test_random_documents_come_back(seed: int, qapp: object) -> None:
    document = random_document(seed)
    document.channels = {"Sky ~255": rectangle(Bounds(1, 2, 3, 4)), "": Mask(255)}
    assert fingerprint(again(document)) == fingerprint(document)


def test_layers_that_stay_are_the_same_objects(qapp: object) -> None:
    document = Document.new(Extent(40, 30))
    kept = document.root.children[1]
    tree, planes = describe(document)
    kept.opacity = 0.3
    document.root.children.append(GroupLayer())
    restore(document, tree, lambda name, fresh: planes.get(name, fresh))
    assert document.root.children[1] is kept
    assert (kept.opacity, len(document.root.children)) == (1.0, 2)


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: tree.update(extent={"is": "Path", "of": {}}),
        lambda tree: tree.update(root=None),
        lambda tree: tree.update(selection="all"),
        lambda tree: tree["root"]["of"].update(opacity="very"),
        lambda tree: tree["root"]["of"].update(children=[3]),
        lambda tree: tree["root"]["of"]["children"][0]["of"].update(mode={"is": "BlendMode", "of": "NICE"}),
        lambda tree: tree["root"]["of"]["children"][0]["of"].update(metadata={"is": "dict", "of": [["a", 3]]}),
        lambda tree: tree["root"]["of"]["children"][2]["of"].update(fill={"is": "SolidFill", "of": {"color": "red"}}),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(change: object, qapp: object) -> None:
    document = Document.new(Extent(40, 30))
    document.root.children.append(FillLayer())
    before = fingerprint(document)
    tree, planes = describe(document)
    wrong = json.loads(tree)
    assert callable(change)
    change(wrong)

    def plane_of(name: str, fresh: Plane) -> Plane:
        return planes.get(name, fresh)

    with pytest.raises(JournalDamaged):
        restore(document, json.dumps(wrong).encode(), plane_of)
    assert fingerprint(document) == before
