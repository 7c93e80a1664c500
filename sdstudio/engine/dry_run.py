"""What a network needs for one call, found by running it on torch's meta device: shapes are real, numbers are not.

Takes a second at most and no memory to speak of, whatever the size. Must not know requests or devices.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter
from torch.utils.flop_counter import flop_registry

META = torch.device("meta")


@dataclass(frozen=True)
class Need:
    """The most bytes of intermediate results that live at the same time, and the floating point operations."""

    nbytes: int
    flops: int


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


class _FusedAttention(TorchFunctionMode):
    """Attention as the fast kernels do it: without the matrix of all queries times all keys."""

    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self._watch = watch

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is not scaled_dot_product_attention:
            return func(*args, **(kwargs or {}))
        query, key, value = (*args, *(kwargs[name] for name in ("query", "key", "value")[len(args) :]))[:3]
        self._watch.flops += (
            2 * query.numel() * key.shape[-2] + 2 * query[..., 0].numel() * key.shape[-2] * value.shape[-1]
        )
        return torch.empty_like(query[..., : value.shape[-1]])


def measure(call: Callable[[], object], weights: Iterable[torch.Tensor], *, fused: bool = True) -> Need:
    """What `call` needs, which runs networks with these `weights` on the meta device.

    `fused`: whether the device that is meant has attention that never holds all its scores at once.
    """
    watch = _Watch(weights)
    with torch.no_grad(), watch:
        if fused:
            with _FusedAttention(watch):
                call()
        else:
            call()
    return Need(watch.peak, watch.flops)
