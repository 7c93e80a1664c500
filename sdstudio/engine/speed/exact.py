"""Full precision through the processor's fastest kernels: torch's own answers within 1e-4 of their spread.

torch gives convolutions to oneDNN, and matrix products to MKL, which on processors that are not Intel's runs at less
than half of their speed; oneDNN does those as well. Must not know about models or jobs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from sdstudio.engine.speed import attention, winograd

_SMALLEST = 64  # rows of a product: below, the call costs more than the product


def is_possible(device: torch.device) -> bool:
    """Whether this processor and this build of torch have the kernels."""
    return device.type == "cpu" and torch.backends.mkldnn.is_available()


def arithmetic(device: torch.device) -> contextlib.AbstractContextManager[Any]:
    """Within this context networks on `device` are computed the fast way, where there is one."""
    return Exact() if is_possible(device) else contextlib.nullcontext()


def product(given: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """given (..., n) times weight (m, n) transposed, plus bias, by oneDNN; `weight` may be packed by it."""
    result: torch.Tensor = torch.ops.mkldnn._linear_pointwise(given, weight, bias, "none", [], "")
    return result


class Exact(TorchFunctionMode):
    """Computes linear layers, convolutions and attention over float32 with oneDNN."""

    _working = 0

    @classmethod
    def is_working(cls) -> bool:
        """Whether this is how the engine computes at the moment."""
        return cls._working > 0

    def __enter__(self) -> Any:
        Exact._working += 1
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        Exact._working -= 1
        super().__exit__(*error)

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        other = _WAYS.get(func)
        if other is not None and not torch.is_grad_enabled() and _is_plain(args[:2]):
            answer = other(*args, **(kwargs or {}))
            if answer is not None:
                return answer
        return func(*args, **(kwargs or {}))


def _is_plain(tensors: tuple[Any, ...]) -> bool:
    return len(tensors) == 2 and all(
        type(one) in (torch.Tensor, torch.nn.Parameter) and one.dtype == torch.float32 and one.device.type == "cpu"
        for one in tensors
    )


def _linear(input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor | None:
    if weight.ndim != 2 or input.numel() < _SMALLEST * input.shape[-1]:
        return None
    return product(input.contiguous(), weight.contiguous(), bias)


def _conv2d(
    input: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> torch.Tensor | None:
    """Only what torch itself does not give to oneDNN: 1 x 1 kernels; and large 3 x 3 ones by Winograd's way."""
    if is_for_winograd(input, weight, bias, stride, padding, dilation, groups):
        return winograd.convolve(input, weight, bias)
    if not _is_simple(input, stride, dilation, groups) or weight.shape[2:] != (1, 1) or pair(padding) != (0, 0):
        return None
    return torch.mkldnn_convolution(input, weight, bias, (0, 0), (1, 1), (1, 1), 1)


def is_for_winograd(
    input: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> bool:
    """Whether a convolution with torch's own arguments is computed by Winograd's way."""
    return _is_simple(input, stride, dilation, groups) and pair(padding) == (1, 1) and winograd.pays(input, weight)


def _is_simple(input: torch.Tensor, stride: Any, dilation: Any, groups: int) -> bool:
    return groups == 1 and input.ndim == 4 and pair(stride) == (1, 1) and pair(dilation) == (1, 1)


def pair(value: Any) -> Any:
    """Both directions of a convolution's argument."""
    return (value, value) if isinstance(value, int) else value


_WAYS: dict[Any, Callable[..., torch.Tensor | None]] = {
    functional.linear: _linear,
    functional.conv2d: _conv2d,
    functional.scaled_dot_product_attention: attention.attend,
}
