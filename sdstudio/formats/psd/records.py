"""What a Photoshop file says before its pixels: the header, the resources, and a record for each layer.

Plain values; must not know documents or pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sdstudio.document.document import MAX_PIXELS, MAX_SIDE
from sdstudio.formats.psd.source import Damaged, Source, unicode_text
from sdstudio.raster.geometry import Bounds, Extent

MODES = {0: "bitmap", 1: "grey", 2: "indexed", 3: "rgb", 4: "cmyk", 7: "multichannel", 8: "duotone", 9: "lab"}
MOST_LAYERS = 8000  # as Photoshop itself
_MOST_TOTAL_PIXELS = 2**31  # of all channels of all layers
_FARTHEST = 1_000_000
_WIDE_KEYS = frozenset(b"LMsk Lr16 Lr32 Layr Mt16 Mt32 Mtrn Alph FMsk lnk2 FEid FXid PxSD".split())
ALPHA, MASK = -1, -2  # the ids of channels that are no colour


@dataclass(frozen=True)
class Header:
    version: int  # 2 for the large format
    channels: int
    extent: Extent
    depth: int
    mode: str

    @property
    def is_wide(self) -> bool:
        return self.version == 2


@dataclass(frozen=True)
class MaskRecord:
    bounds: Bounds
    outside: int
    is_enabled: bool


@dataclass
class LayerRecord:
    bounds: Bounds
    channels: list[tuple[int, int]]  # id and bytes
    mode: bytes = b"norm"
    opacity: int = 255
    clipped: bool = False
    visible: bool = True
    alpha_locked: bool = False
    name: str = ""
    mask: MaskRecord | None = None
    blocks: dict[bytes, bytes] = field(default_factory=dict)
    offsets: dict[int, int] = field(default_factory=dict)  # where the data of each channel begin, and their size
    sizes: dict[int, int] = field(default_factory=dict)

    @property
    def section(self) -> int:
        """0 for a layer, 1 or 2 for a group that is open or closed, 3 for the lower end of a group."""
        data = self.blocks.get(b"lsct") or self.blocks.get(b"lsdk") or b""
        return int.from_bytes(data[:4], "big") if len(data) >= 4 else 0


@dataclass(frozen=True)
class Contents:
    header: Header
    palette: bytes
    resources: dict[int, bytes]
    layers: list[LayerRecord]  # bottom first
    merged_at: int  # where the merged picture begins


def read_contents(source: Source) -> Contents:
    """Everything but pixels. Raises Damaged; sizes that a document cannot have raise Damaged as well."""
    header = _header(source)
    palette = source.take(source.number("I"))
    resources: dict[int, bytes] = {}
    with source.section(source.number("I")):
        resources = _resources(source)
    layers: list[LayerRecord] = []
    wide = "Q" if header.is_wide else "I"
    with source.section(source.number(wide)):
        if source.left:
            with source.section(source.number(wide)):
                layers = _layers(source, header)
            if source.left >= 4:
                source.skip(min(source.number("I"), source.left))
            for key, length in _blocks(source, header, 4):
                with source.section(length):
                    if key in (b"Lr16", b"Lr32", b"Layr") and not layers:
                        layers = _layers(source, header)
    return Contents(header, palette, resources, layers, source.at)


def _header(source: Source) -> Header:
    if source.take(4) != b"8BPS":
        raise Damaged("not a Photoshop file")
    version, _, _, channels, height, width, depth, mode = source.numbers("HIHHIIHH")
    if version not in (1, 2) or mode not in MODES or depth not in (1, 8, 16, 32) or not 1 <= channels <= 56:
        raise Damaged(f"version {version}, mode {mode}, depth {depth}, {channels} channels")
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise TooLarge(Extent(width, height))
    return Header(version, channels, Extent(width, height), depth, MODES[mode])


class TooLarge(Exception):
    """A canvas that no document may have."""

    def __init__(self, extent: Extent) -> None:
        super().__init__(str(extent))
        self.extent = extent


def _resources(source: Source) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while source.left >= 12:
        if source.take(4) not in (b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR"):
            break  # what follows is nothing that is needed
        number = source.number("H")
        source.text(2)
        length = source.number("I")
        found.setdefault(number, source.take(length))
        source.skip(min(source.left, length % 2))
    return found


def _layers(source: Source, header: Header) -> list[LayerRecord]:
    if source.left < 2:
        return []
    count = abs(source.number("h"))
    if count > MOST_LAYERS:
        raise Damaged(f"{count} layers")
    layers = [_layer(source, header) for _ in range(count)]
    total = sum(_area(layer.bounds) * len(layer.channels) for layer in layers)
    total += sum(_area(layer.mask.bounds) for layer in layers if layer.mask is not None)
    if total > _MOST_TOTAL_PIXELS:
        raise Damaged("more pixels than fit into memory")
    for layer in layers:
        for number, length in layer.channels:
            layer.offsets[number], layer.sizes[number] = source.at, length
            source.skip(length)
    return layers


def _layer(source: Source, header: Header) -> LayerRecord:
    bounds = _bounds(source)
    size = "Q" if header.is_wide else "I"
    channels = []
    for _ in range(source.number("H")):
        number, length = source.numbers("h" + size)
        channels.append((number, length))
    signature, mode = source.take(4), source.take(4)
    if signature != b"8BIM":
        raise Damaged("a layer without its mark")
    opacity, clipping, flags, _ = source.numbers("BBBB")
    layer = LayerRecord(bounds, channels, mode, opacity, clipping == 1, not flags & 2, bool(flags & 1))
    with source.section(source.number("I")):
        with source.section(source.number("I")):
            layer.mask = _mask(source, bounds)
        source.skip(source.number("I"))
        layer.name = source.text(4)
        for key, length in _blocks(source, header, 2):
            layer.blocks.setdefault(key, source.take(length))
    if b"luni" in layer.blocks:
        layer.name = unicode_text(layer.blocks[b"luni"])
    return layer


def _mask(source: Source, layer: Bounds) -> MaskRecord | None:
    if source.left < 18:
        return None
    bounds = _bounds(source)
    outside, flags = source.numbers("BB")
    if flags & 1:  # its place counts from the layer's
        bounds = bounds.translated(layer.x, layer.y)
    return MaskRecord(bounds, 255 if outside else 0, not flags & 2)


def _bounds(source: Source) -> Bounds:
    top, left, bottom, right = source.numbers("iiii")
    if max(abs(edge) for edge in (top, left, bottom, right)) > _FARTHEST or bottom < top or right < left:
        raise Damaged(f"a layer at {left}, {top} to {right}, {bottom}")
    return Bounds.from_edges(left, top, right, bottom)


def _area(bounds: Bounds) -> int:
    return bounds.width * bounds.height


def _blocks(source: Source, header: Header, padded_to: int) -> Iterator[tuple[bytes, int]]:
    """(key, bytes) of what follows; the caller reads or skips it before it asks for the next."""
    while source.left >= 12:
        mark, key = source.take(4), source.take(4)
        if mark not in (b"8BIM", b"8B64"):
            return  # nothing that is needed
        is_wide = header.is_wide and (key in _WIDE_KEYS or mark == b"8B64")
        length = source.number("Q" if is_wide else "I")
        end = source.at + length
        yield key, length
        source.skip(min(max(end - source.at, 0), source.left))
        source.skip(min(source.left, -length % padded_to))
