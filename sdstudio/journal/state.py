"""A document as plain values and planes of tiles, and back, by the fields of its classes.

A plane is a `Surface` or a `Mask` anywhere in the document; its name is the way to it ("<layer id>.surface",
"selection"), and its value outside when that is not 0. Only classes of the rooms `document` and `raster` can come out
of a journal.
"""

from __future__ import annotations

import base64
import dataclasses
import importlib
import json
import math
import pkgutil
from collections.abc import Callable
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
from PySide6.QtGui import QColor

import sdstudio.document
import sdstudio.raster
from sdstudio.document.document import Document
from sdstudio.document.layers import GroupLayer, Layer
from sdstudio.events import Event
from sdstudio.journal.damage import JournalDamaged
from sdstudio.raster.tiles import Mask, Surface

Plane = Surface | Mask
PlaneOf = Callable[[str, Plane], Plane]
"""Gives the plane of a name, for which it may take the empty one that it is given."""
_KIND, _VALUE, _OUTSIDE = "is", "of", "outside"  # the keys of everything that JSON has no word for
_DEEPEST = 200


def describe(document: Document) -> tuple[bytes, dict[str, Plane]]:
    """The document without its pixels, as JSON, and its planes by name."""
    planes: dict[str, Plane] = {}
    fields = {name: _plain(value, name, planes) for name, value in _fields(document).items()}
    return json.dumps(fields, separators=(",", ":")).encode(), planes


def restore(document: Document, tree: bytes, plane_of: PlaneOf) -> None:
    """Make `document` what `describe` saw, without telling anybody. `plane_of` gives the plane of a name.

    Layers that are there already stay the same objects. Raises JournalDamaged; the document is then untouched.
    """
    layers = {layer.id: layer for layer in (document.root, *document.walk())}
    try:
        fields = {name: _built(value, plane_of, 0) for name, value in json.loads(tree).items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, msgspec.MsgspecError) as error:
        raise JournalDamaged(f"a state that cannot be read: {error!r}") from error
    known = _fields(document)
    fields = {name: value for name, value in fields.items() if name in known}  # another edition may know more
    if "root" not in fields or "extent" not in fields:
        raise JournalDamaged("a state without layers or size")
    for name, value in fields.items():
        if not _may_replace(known[name], value):
            raise JournalDamaged(f"{name} is a {type(value).__name__}")
    for name, value in fields.items():
        setattr(document, name, _kept(value, layers) if isinstance(value, Layer) else value)


def _may_replace(old: Any, new: Any) -> bool:
    return (
        isinstance(new, type(old)) or (old is None and isinstance(new, str)) or (new is None and isinstance(old, str))
    )


def _fields(document: Document) -> dict[str, Any]:
    """What the document holds: everything public but its events and its history."""
    return {
        name: value
        for name, value in vars(document).items()
        if not name.startswith("_") and not isinstance(value, Event) and name != "history"
    }


def _plain(value: Any, way: str, planes: dict[str, Plane]) -> Any:
    match value:
        case Enum():
            return {_KIND: type(value).__name__, _VALUE: value.name}
        case None | bool() | int() | float() | str():
            return value
        case Surface():
            planes[way] = value
            return {_KIND: "surface", _VALUE: way}
        case Mask():
            way = f"{way}~{value.outside}" if value.outside else way
            planes[way] = value
            return {_KIND: "mask", _VALUE: way, _OUTSIDE: value.outside}
        case list():
            return [_plain(item, f"{way}.{index}", planes) for index, item in enumerate(value)]
        case tuple() | set() | frozenset():
            items = sorted(value) if isinstance(value, set | frozenset) else value
            kind = type(value).__name__ if type(value) in (tuple, set, frozenset) else "tuple"
            return {_KIND: kind, _VALUE: [_plain(item, f"{way}.{index}", planes) for index, item in enumerate(items)]}
        case dict():
            return {_KIND: "dict", _VALUE: [[key, _plain(item, f"{way}.{key}", planes)] for key, item in value.items()]}
        case QColor():
            return {_KIND: "color", _VALUE: value.name(QColor.NameFormat.HexArgb)}
        case bytes():
            return {_KIND: "bytes", _VALUE: base64.b64encode(value).decode()}
    if isinstance(value, msgspec.Struct):
        return {_KIND: type(value).__name__, _VALUE: msgspec.to_builtins(value)}
    if not dataclasses.is_dataclass(value):
        raise TypeError(f"{way} holds a {type(value).__name__}, which no journal can keep")
    way = value.id if isinstance(value, Layer) else way
    fields = {
        field.name: _plain(getattr(value, field.name), f"{way}.{field.name}", planes)
        for field in dataclasses.fields(value)
        if field.init
    }
    return {_KIND: type(value).__name__, _VALUE: fields}


def _built(value: Any, plane_of: PlaneOf, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError("too deeply nested")
    if isinstance(value, list):
        return [_built(item, plane_of, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    kind, content = value[_KIND], value[_VALUE]
    if kind in ("surface", "mask"):
        return plane_of(str(content), Surface() if kind == "surface" else Mask(255 if value.get(_OUTSIDE) else 0))
    if kind == "dict":
        return {key: _built(item, plane_of, depth + 1) for key, item in content}
    if kind in ("tuple", "set", "frozenset"):
        made = {"tuple": tuple, "set": set, "frozenset": frozenset}[kind]
        return made(_built(item, plane_of, depth + 1) for item in content)
    if kind == "color":
        return QColor(content)
    if kind == "bytes":
        return base64.b64decode(content)
    return _instance(_classes()[kind], content, plane_of, depth)


def _instance(cls: type[Any], content: Any, plane_of: PlaneOf, depth: int) -> Any:
    if issubclass(cls, Enum):
        return cls[content]
    if issubclass(cls, msgspec.Struct):
        return msgspec.convert(content, cls)
    known = {field.name for field in dataclasses.fields(cls) if field.init}  # another edition may have other fields
    values = {name: _built(item, plane_of, depth + 1) for name, item in content.items() if name in known}
    hints = get_type_hints(cls)
    for name, value in values.items():
        if not _fits(value, hints[name]):
            raise TypeError(f"{cls.__name__}.{name} is {value!r}")
    return cls(**values)


def _fits(value: Any, hint: Any) -> bool:
    """Whether `value` may stand where `hint` is asked for; what cannot be told counts as fitting."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, one) for one in inner)
    if hint is float:
        return type(value) in (int, float) and math.isfinite(value)
    if origin is list:
        return isinstance(value, list) and all(_fits(item, inner[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(key, inner[0]) and _fits(value[key], inner[1]) for key in value)
    if isinstance(origin or hint, type):
        return isinstance(value, origin or hint) and (hint is not int or type(value) is int)
    return True


def _kept(layer: Layer, layers: dict[str, Layer]) -> Layer:
    """The object that stands for this layer already, with the values of `layer`; or `layer` itself."""
    if isinstance(layer, GroupLayer):
        layer.children = [_kept(child, layers) for child in layer.children]
    old = layers.get(layer.id)
    if type(old) is not type(layer):
        return layer
    for field in dataclasses.fields(layer):
        setattr(old, field.name, getattr(layer, field.name))
    return old


@cache
def _classes() -> dict[str, type[Any]]:
    """The plain classes that a document is made of, by name."""
    found: dict[str, type[Any]] = {}
    for room in (sdstudio.raster, sdstudio.document):
        for module_info in pkgutil.iter_modules(room.__path__, room.__name__ + "."):
            for value in vars(importlib.import_module(module_info.name)).values():
                is_plain = isinstance(value, type) and (
                    dataclasses.is_dataclass(value) or issubclass(value, Enum | msgspec.Struct)
                )
                if is_plain and value.__module__ == module_info.name:
                    found[value.__name__] = value
    return found
