"""Half precision (bfloat16) on processors that compute with it: twice the arithmetic in the same time, at three digits.

Sums are kept in single precision by the processor. The networks keep their weights: halves of them, in oneDNN's own
order, lie beside them from their first use on, and are made anew when a LoRA changes a weight.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from sdstudio.engine.speed import attention
from sdstudio.engine.speed.derived import Derived
from sdstudio.engine.speed.exact import pair, product


def is_native() -> bool:
    """Whether the processor itself multiplies halves; elsewhere they would be slower than whole numbers."""
    return torch.backends.mkldnn.is_available() and (
        torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    )


class Half(TorchFunctionMode):
    """Computes linear layers, convolutions and attention in bfloat16. One for each model, as it keeps the weights."""

    def __init__(self) -> None:
        super().__init__()
        self._packed = Derived()
        self._ways: dict[Any, Callable[..., torch.Tensor | None]] = {
            functional.linear: self._linear,
            functional.conv2d: self._conv2d,
            functional.scaled_dot_product_attention: _attend,
        }

    @property
    def nbytes(self) -> int:
        """What the halves take beside the weights."""
        return self._packed.nbytes

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        other = self._ways.get(func)
        answer = None if other is None else other(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {})) if answer is None else answer

    def _linear(self, input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        return product(_half(input).contiguous(), self._packed.of(weight, _pack_matrix), _half_or_none(bias))

    def _conv2d(
        self,
        input: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> torch.Tensor | None:
        if isinstance(padding, str) or input.ndim != 4:
            return None
        shape = [pair(padding), pair(stride), pair(dilation), groups]
        given = _half(input).contiguous(memory_format=torch.channels_last)
        packed = self._packed.of(weight, lambda one: _pack_kernel(_half(one), shape, list(given.shape)))
        result: torch.Tensor = torch.ops.mkldnn._convolution_pointwise(
            given, packed, _half_or_none(bias), *shape, "none", [], ""
        )
        return result


def _half(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.to(torch.bfloat16)


def _half_or_none(tensor: torch.Tensor | None) -> torch.Tensor | None:
    return None if tensor is None else _half(tensor)


def _pack_matrix(weight: torch.Tensor) -> torch.Tensor:
    packed: torch.Tensor = torch.ops.mkldnn._reorder_linear_weight(_half(weight).contiguous(), None)
    return packed


def _pack_kernel(half: torch.Tensor, shape: list[Any], seen: list[int]) -> torch.Tensor:
    packed: torch.Tensor = torch.ops.mkldnn._reorder_convolution_weight(half, *shape, seen)
    return packed


def _attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
    tensors: Any = [_half(one) for one in (query, key, value)]
    answer = attention.attend(*tensors, *args, **kwargs)
    return functional.scaled_dot_product_attention(*tensors, *args, **kwargs) if answer is None else answer
