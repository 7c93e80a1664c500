from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from sdstudio.formats.stack import Entry, StackError, from_xml, to_xml, writable
from sdstudio.raster.geometry import Extent

names = st.text(max_size=40).map(writable)
places = st.integers(-999_999, 999_999)
leaves = st.builds(
    Entry,
    name=names,
    source=st.just("data/x.png"),
    x=places,
    y=places,
    opacity=st.floats(0, 1),
    visible=st.booleans(),
    mode=st.sampled_from(["svg:src-over", "svg:hue", "other:mode"]),
    locked=st.booleans(),
    selected=st.booleans(),
    isolated=st.just(False),
    id=st.text("abcdef0123456789", max_size=8),
)
trees = st.recursive(
    leaves,
    lambda inner: st.builds(
        Entry, name=names, opacity=st.floats(0, 1), isolated=st.booleans(), children=st.lists(inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(trees, max_size=4), st.integers(1, 16384), st.integers(1, 16384))
def test_a_stack_comes_back_as_it_was(entries: list[Entry], width: int, height: int) -> None:
    assert from_xml(to_xml(Extent(width, height), entries)) == (Extent(width, height), entries)


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    name = "bell \x07, half \ud83c, apple 🍎"
    _, (entry,) = from_xml(to_xml(Extent(1, 1), [Entry(name=name, source="data/x.png")]))
    assert entry.name == "bell , half , apple 🍎"


@pytest.mark.parametrize("source", ["", "/a.png", "../a.png", "data/../../a.png", "C:\\a.png", "data\\a.png", "a/.."])
def test_names_that_reach_outside_are_refused(source: str) -> None:
    with pytest.raises(StackError):
        from_xml(to_xml(Extent(1, 1), [Entry(source=source)]))


def test_an_opacity_beyond_its_range_is_brought_back() -> None:
    for text, value in (("7", 1.0), ("-1", 0.0), ("nan", 1.0)):
        xml = f'<image w="1" h="1"><stack><layer src="a.png" opacity="{text}"/></stack></image>'
        assert from_xml(xml.encode())[1][0].opacity == value


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    with pytest.raises(StackError):
        from_xml(data)
