"""What has been worked out from a network's weights, for as long as those stay as they are."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.utils.weak import WeakTensorKeyDictionary


class Derived:
    """Tensors made of weights, kept beside them; gone with the weight, made anew when it was changed in place."""

    def __init__(self) -> None:
        self._made = WeakTensorKeyDictionary()  # by weight: its version, and what was made of it

    @property
    def nbytes(self) -> int:
        return sum(made.numel() * made.element_size() for _, made in list(self._made.values()))

    def has(self, weight: torch.Tensor) -> bool:
        """Whether something made of the weight as it is now is kept."""
        return self._made.get(weight, (-1, None))[0] == weight._version

    def of(self, weight: torch.Tensor, make: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
        """make(weight), as kept; not kept for what is no layer's own weight or cannot say whether it was changed."""
        if not isinstance(weight, torch.nn.Parameter) or weight.is_inference():
            return make(weight)
        version, made = self._made.get(weight, (-1, None))
        if version != weight._version:
            made = make(weight)
            self._made[weight] = (weight._version, made)
        result: torch.Tensor = made
        return result
