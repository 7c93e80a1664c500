"""Where and in which precision networks train: bfloat16 autocast on GPUs and on CPUs that have it in hardware.

Must not know which networks.
"""

import os
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

Module = TypeVar("Module", bound=nn.Module)


def pick() -> torch.device:
    """The fastest device here: CUDA, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def describe() -> str:
    """What the card says about the machine that trained."""
    if torch.cuda.is_available():
        return f"one {torch.cuda.get_device_name()}"
    return f"{os.cpu_count()} CPU cores shared with other work that went first"


def place(module: Module, where: torch.device) -> Module:
    """Move a network to a device with its convolutions' weights channels-last, which CPUs and GPUs alike prefer."""
    module.to(where)
    module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return module


def attention(device: torch.device) -> AbstractContextManager[None]:
    """A context for training: on CPUs attention as plain matrix products, whose backward pass is the faster one."""
    return sdpa_kernel(SDPBackend.MATH) if device.type == "cpu" else nullcontext()


def autocast(device: torch.device) -> torch.autocast:
    """A context that runs matrix products and convolutions in bfloat16 where that is faster; weights stay float32."""
    enabled = device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=enabled)
