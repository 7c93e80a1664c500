"""stack.xml: the layer stack of an OpenRaster file (specification 0.0.6, baseline).

Plain values only; must not know documents or archives. XML is parsed without document types, so entities can neither
grow nor reach outside.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from xml.parsers import expat

from sdstudio.raster.geometry import Extent

NAMESPACE = "urn:sdstudio:openraster"
MAX_DEPTH = 64
MAX_ELEMENTS = 20_000
_ID = f"{{{NAMESPACE}}}id"
_SAFE_SOURCE = re.compile(r"(?!/)(?!.*(?:^|/)\.\.(?:/|$))[^\\:]+")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class StackError(Exception):
    """stack.xml cannot be understood; the text is for experts."""


@dataclass(kw_only=True)
class Entry:
    """One layer or group. `source` is the PNG's name, None for a group; `children` are listed top first, as in XML."""

    name: str = ""
    source: str | None = None
    x: int = 0
    y: int = 0
    opacity: float = 1.0
    visible: bool = True
    mode: str = "svg:src-over"
    locked: bool = False
    selected: bool = False
    isolated: bool = True
    id: str = ""  # ours; empty in files of other programs
    children: list[Entry] = field(default_factory=list)


def to_xml(extent: Extent, entries: list[Entry]) -> bytes:
    """stack.xml for a document of `extent` with `entries`, top first."""
    ET.register_namespace("sdstudio", NAMESPACE)
    size = {"w": str(extent.width), "h": str(extent.height), "xres": "72", "yres": "72"}
    image = ET.Element("image", {"version": "0.0.6", **size})
    _append(ET.SubElement(image, "stack"), entries)
    ET.indent(image, " ")
    data: bytes = ET.tostring(image, encoding="utf-8", xml_declaration=True)
    return data


def from_xml(data: bytes) -> tuple[Extent, list[Entry]]:
    """The size of the document and its entries, top first. Raises StackError."""
    root = _parse(data)
    if root.tag != "image":
        raise StackError(f"the root is <{root.tag}>, not <image>")
    extent = Extent(_whole(root, "w"), _whole(root, "h"))
    stacks = [child for child in root.children if child.tag == "stack"]
    if len(stacks) != 1:
        raise StackError(f"{len(stacks)} root stacks")
    return extent, _entries(stacks[0], _whole(stacks[0], "x", 0), _whole(stacks[0], "y", 0))


def writable(text: str) -> str:
    """`text` without the characters that XML cannot hold."""
    return _NOT_XML.sub("", text)


def _append(stack: ET.Element, entries: list[Entry]) -> None:
    for entry in entries:
        attributes = {
            "name": writable(entry.name),
            "opacity": repr(entry.opacity),
            "visibility": "visible" if entry.visible else "hidden",
            "composite-op": entry.mode,
            _ID: entry.id,
        }
        if entry.locked:
            attributes["edit-locked"] = "true"
        if entry.selected:
            attributes["selected"] = "true"
        if entry.source is not None:
            place = {"src": entry.source, "x": str(entry.x), "y": str(entry.y)}
            ET.SubElement(stack, "layer", {**place, **attributes})
        else:
            attributes["isolation"] = "isolate" if entry.isolated else "auto"
            _append(ET.SubElement(stack, "stack", attributes), entry.children)


@dataclass
class _Node:
    tag: str
    attributes: dict[str, str]
    children: list[_Node] = field(default_factory=list)


def _parse(data: bytes) -> _Node:
    """A tree of elements. Text between them means nothing in this format."""
    parser = expat.ParserCreate(namespace_separator="}")
    open_nodes = [_Node("", {})]
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(open_nodes) > MAX_DEPTH or count > MAX_ELEMENTS:
            raise StackError("too many or too deeply nested elements")
        node = _Node(tag, attributes)
        open_nodes[-1].children.append(node)
        open_nodes.append(node)

    def refuse(*_: object) -> None:
        raise StackError("a document type is not allowed")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_nodes.pop()
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError) as error:
        raise StackError(str(error)) from error
    return open_nodes[0].children[0]


def _entries(stack: _Node, x: int, y: int) -> list[Entry]:
    """What `stack` holds. Positions inside a group count from the group's."""
    entries = []
    for node in stack.children:
        if node.tag == "layer":
            entries.append(_entry(node, x, y))
        elif node.tag == "stack":
            group = _entry(node, x, y)
            group.source = None
            group.children = _entries(node, group.x, group.y)
            entries.append(group)
    return entries


def _entry(node: _Node, x: int, y: int) -> Entry:
    get = node.attributes.get
    source = get("src")
    if node.tag == "layer" and (source is None or not _SAFE_SOURCE.fullmatch(source)):
        raise StackError(f"a layer's src is {source!r}")
    return Entry(
        name=get("name", ""),
        source=source,
        x=x + _whole(node, "x", 0),
        y=y + _whole(node, "y", 0),
        opacity=_opacity(get("opacity", "1.0")),
        visible=get("visibility", "visible") != "hidden",
        mode=get("composite-op", "svg:src-over"),
        locked=get("edit-locked") == "true",
        selected=get("selected") == "true",
        isolated=get("isolation", "auto") == "isolate",
        id=get(f"{NAMESPACE}}}id", ""),
    )


def _opacity(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise StackError(f"opacity is {text!r}") from error
    return min(max(value, 0.0), 1.0) if value == value else 1.0


def _whole(node: _Node, name: str, default: int | None = None) -> int:
    text = node.attributes.get(name)
    if text is None and default is not None:
        return default
    if text is None or not re.fullmatch(r"\s*[+-]?\d{1,6}\s*", text):
        raise StackError(f"{name} of <{node.tag}> is {text!r}")
    return int(text)
