"""What a network needs for one call, found by running it on torch's meta device: shapes are real, numbers are not.

Takes a second at most and no memory to speak of, whatever the size. Must not know requests or devices.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import conv2d, scaled_dot_product_attention
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter
from torch.utils.flop_counter import flop_registry

from sdstudio.engine.speed import exact, winograd

META = torch.device("meta")


@dataclass(frozen=True)
class Way:
    """How a device computes, as far as what it needs depends on that."""

    fused: bool = True  # it has attention that never holds all its scores at once
    winograd: bool = False  # it makes large kernels of the weights of large convolutions, for each call


@dataclass(frozen=True)
class Need:
    """The most bytes of intermediate results that live at the same time, and the floating point operations."""

    nbytes: int
    flops: int


USUAL = Way()


class _Watch(TorchDispatchMode):
    """Follows every tensor from its making to its end. `weights` are there already and do not count."""

    def __init__(self, weights: Iterable[torch.Tensor]) -> None:
        super().__init__()
        self.live = self.peak = self.flops = 0
        self._known: weakref.WeakKeyDictionary[torch.UntypedStorage, int] = weakref.WeakKeyDictionary()
        self._owned = [value.untyped_storage() for value in weights]
        self._known.update(dict.fromkeys(self._owned, 0))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        if (count := flop_registry.get(func._overloadpacket)) is not None:
            self.flops += count(*args, **(kwargs or {}), out_val=made)
        for value in tree_iter(made):
            if isinstance(value, torch.Tensor):
                self._born(value.untyped_storage())
        return made

    def _born(self, storage: torch.UntypedStorage) -> None:
        if storage in self._known:
            return
        nbytes = self._known[storage] = storage.nbytes()
        self.live += nbytes
        self.peak = max(self.peak, self.live)
        weakref.finalize(storage, self._died, nbytes)

    def _died(self, nbytes: int) -> None:
        self.live -= nbytes


class _AsComputed(TorchFunctionMode):
    """The two functions that devices compute in other ways than torch's meta device."""

    def __init__(self, watch: _Watch, way: Way) -> None:
        super().__init__()
        self._watch, self._way = watch, way

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is scaled_dot_product_attention and self._way.fused:
            return self._attend(*args, **kwargs)
        if func is conv2d and self._way.winograd and exact.is_for_winograd(*args, **kwargs):
            kernels = torch.empty(winograd.kernel_bytes(args[1]), dtype=torch.uint8, device=META)
            made = func(*args, **kwargs)
            del kernels  # they have lain beside the result
            return made
        return func(*args, **kwargs)

    def _attend(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
        """Without the matrix of all queries times all keys."""
        self._watch.flops += (
            2 * query.numel() * key.shape[-2] + 2 * query[..., 0].numel() * key.shape[-2] * value.shape[-1]
        )
        return torch.empty_like(query[..., : value.shape[-1]])


def measure(call: Callable[[], object], weights: Iterable[torch.Tensor], way: Way = USUAL) -> Need:
    """What `call` needs, which runs networks with these `weights` on the meta device. `way`: of the device meant."""
    watch = _Watch(weights)
    with torch.no_grad(), watch, _AsComputed(watch, way):
        call()
    return Need(watch.peak, watch.flops)
