"""Numbers that are none are found in weights of any format, and no finite weight is taken for one."""

from __future__ import annotations

import pytest
import torch

from sdstudio.engine.weights_file import are_numbers

DTYPES = [torch.float32, torch.float16, torch.bfloat16]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_one_that_is_no_number_is_found_anywhere(dtype: torch.dtype, bad: float) -> None:
    for place in (0, 1234, 99_999):
        weight = torch.randn(100_000).to(dtype)
        assert are_numbers([weight])
        weight[place] = bad
        assert not are_numbers([torch.zeros(3), weight])


@pytest.mark.parametrize("dtype", DTYPES)
def test_large_numbers_are_numbers(dtype: torch.dtype) -> None:
    assert are_numbers([torch.full((1000,), torch.finfo(dtype).max, dtype=dtype)])


def test_infinities_of_both_signs_do_not_hide_each_other() -> None:
    assert not are_numbers([torch.tensor([float("inf"), -float("inf")])])
