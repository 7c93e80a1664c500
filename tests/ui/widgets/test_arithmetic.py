from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdstudio.ui.widgets.arithmetic import evaluate


@pytest.mark.parametrize(
    ("text", "value"),
    [("512*2", 1024), ("(3+4)/2", 3.5), (" -7 ", -7), ("1,5", 1.5), ("2 × 3", 6), ("+4", 4), ("1e3", 1000)],
)
def test_sums_are_worked_out(text: str, value: float) -> None:
    assert evaluate(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "apple", "1/0", "2**9", "__import__('os')", "1;2", "True", "(" * 200, "9e999", "1e308*10", "x=1", "[1]"],
)
def test_anything_else_is_nothing(text: str) -> None:
    assert evaluate(text) is None


@given(st.text(max_size=120))
def test_no_text_raises(text: str) -> None:
    value = evaluate(text)
    assert value is None or value == value
