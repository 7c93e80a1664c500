"""Random numbers of a job: always drawn on the CPU, so that a seed means the same picture on every device."""

from __future__ import annotations

import numpy as np
import torch

_STATE_WORDS = slice(3, 3 + 624)  # where Mersenne twister's words lie in torch's CPU generator state, as 64-bit words


def generator(seed: int) -> torch.Generator:
    """A CPU generator for a seed of 0..2**64-1; every seed gives other numbers.

    torch looks at the lower 32 bits alone, and so do diffusers' users; those seeds are left as they are. Larger ones
    fill the twister's state from both halves, the way its authors' `init_by_array` does.
    """
    made = torch.Generator().manual_seed(seed & 0xFFFF_FFFF)
    if seed >> 32:
        words = np.random.RandomState(np.array([seed & 0xFFFF_FFFF, seed >> 32], np.uint32)).get_state(legacy=False)
        state = made.get_state()
        state.view(torch.int64)[_STATE_WORDS] = torch.from_numpy(words["state"]["key"].astype(np.int64))
        made.set_state(state)
    return made


def draw(shape: tuple[int, ...], source: torch.Generator, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """Standard normal numbers, drawn as float32 on the CPU and only then moved."""
    return torch.randn(shape, generator=source).to(device, dtype)
