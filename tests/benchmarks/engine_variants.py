"""Measures ways to compute a UNet and a VAE decoder, for `engine`: what each line of its input names, once.

python -m tests.benchmarks.engine_variants THREADS plain|ours
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from sdstudio.engine import environment

if sys.argv[2:] == ["ours"]:
    environment.keep_memory()

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch.utils.flop_counter import FlopCounterMode

from sdstudio import paths
from sdstudio.engine.speed import attention, winograd
from sdstudio.engine.speed.enlarging import quicken
from sdstudio.engine.speed.exact import Exact
from sdstudio.engine.speed.half import Half
from sdstudio.engine.speed.reuse import Reuse

KINDS: dict[str, Any] = {"unet": UNet2DConditionModel, "vae": AutoencoderKL}


class Bench:
    """The network that is measured at present, and what it is given."""

    def __init__(self, *, ours: bool) -> None:
        self._ours = ours
        self._name, self._network, self._side, self._flops = "", None, 0, 0.0
        self._half = Half()
        self._right: torch.Tensor | None = None  # of channels_last, which is plain torch

    def measure(self, network: str, variant: str, size: int, warm_up: bool) -> dict[str, float]:
        """Run the variant once."""
        if network == "peak":
            return {"flops": _peak(variant)}
        if (network, size // 8) != (self._name, self._side):
            self._prepare(network, size // 8)
        with torch.inference_mode(self._ours), torch.no_grad(), self._way(variant):
            if warm_up and "half" not in variant and variant != "channels_last":
                return {"processor": 0.0, "clock": 0.0}
            if "short" in variant:  # after a whole one, which is not measured; a small one has the same layers
                return self._short()
            calls = 2 if "two steps" in variant else 1  # a whole one and a short one, as a job makes them
            reuse, words = Reuse(self._network), {"encoder_hidden_states": torch.zeros(1)}
            processor, clock = time.process_time(), time.perf_counter()
            for _ in range(calls):
                with reuse.call(words) if calls > 1 else contextlib.nullcontext():
                    answer = self._answer(variant).float()
            found = {"processor": time.process_time() - processor, "clock": time.perf_counter() - clock}
            found = {name: seconds / calls for name, seconds in found.items()}
        if variant == "channels_last":
            self._right = answer
        off = 0.0 if self._right is None else float((answer - self._right).abs().max() / self._right.std())
        return found | {"off": off, "flops": self._flops}

    def _prepare(self, network: str, side: int) -> None:
        config = KINDS[network].load_config(paths.resources() / "families" / "sd1" / network)
        self._network, self._right = None, None
        self._name, self._side, self._half = network, side, Half()
        with torch.device("meta"):
            self._network = KINDS[network].from_config(config).eval()
            with FlopCounterMode(display=False) as counter, torch.no_grad():
                self._answer("")
            self._flops = float(counter.get_total_flops())
        fill(self._network)
        if self._ours:
            self._network = self._network.to(memory_format=torch.channels_last)
            quicken(self._network)

    def _answer(self, variant: str) -> torch.Tensor:
        """One step, or one decoding. Same numbers at each call."""
        generator = None if torch.get_default_device().type == "meta" else torch.Generator().manual_seed(0)
        latents = torch.randn(2 if self._name == "unet" else 1, 4, self._side, self._side, generator=generator)
        network: Any = self._network
        if self._name == "vae":
            return network.decode(latents, return_dict=False)[0]
        words = torch.randn(2, 77, 768, generator=generator)
        if "one by one" in variant:
            return torch.cat([network(latents[row:][:1], 500, words[row:][:1])[0] for row in (0, 1)])
        return network(latents, 500, words, return_dict=False)[0]

    def _short(self) -> dict[str, float]:
        reuse, words = Reuse(self._network), {"encoder_hidden_states": torch.zeros(1)}
        network: Any = self._network
        remembered = torch.randn(2, 640, self._side, self._side).to(memory_format=torch.channels_last)
        with reuse.call(words):
            network(torch.randn(2, 4, 8, 8), 500, torch.randn(2, 77, 768))
        reuse._deep = remembered[:, :320]
        with reuse.call(words):
            processor, clock = time.process_time(), time.perf_counter()
            self._answer("")
            found = {"processor": time.process_time() - processor, "clock": time.perf_counter() - clock}
        return found | {"off": 0.0, "flops": self._flops}

    @contextlib.contextmanager
    def _way(self, variant: str) -> Iterator[None]:
        network: Any = self._network
        with contextlib.ExitStack() as ways:
            if variant.startswith(("exact", "fast", "half")):
                ways.enter_context(Exact())
            if variant.startswith(("fast", "half")):
                ways.enter_context(self._half)
            if "without attention" in variant:
                ways.enter_context(_changed(attention, "_FEWEST", sys.maxsize))
            if "without Winograd" in variant:
                ways.enter_context(_changed(winograd, "_LEAST_CHANNELS", sys.maxsize))
            if "doubling apart" in variant:
                ways.enter_context(_changed(Exact, "_working", -9))
            if "fused" in variant:
                network.fuse_qkv_projections()
                ways.callback(network.unfuse_qkv_projections)
            if "tiled" in variant:
                network.enable_tiling()
                ways.callback(network.disable_tiling)
            yield


@contextlib.contextmanager
def _changed(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    yield
    setattr(owner, name, before)


def fill(network: Any) -> None:
    """Random weights of sensible size for a network without any, much sooner than diffusers makes them."""
    numbers = torch.randn(2**20, generator=torch.Generator().manual_seed(0))
    for layer in network.modules():
        for name, weight in list(layer._parameters.items()):
            if weight is not None:
                scale = weight[0].numel() ** -0.5 if weight.ndim > 1 else 0.05
                made = numbers.repeat(weight.numel() // len(numbers) + 1)[: weight.numel()].view(weight.shape) * scale
                if name == "weight" and weight.ndim == 1:
                    made += 1
                layer._parameters[name] = torch.nn.Parameter(made, requires_grad=False)


@torch.inference_mode()
def _peak(kind: str) -> float:
    """Operations in a second, by the best of three runs of something large and simple."""
    dtype = torch.bfloat16 if kind.endswith("bf16") else torch.float32
    work: Callable[[], object]
    if kind.startswith("convolution"):
        layer = torch.nn.Conv2d(512, 512, 3, padding=1).to(dtype, memory_format=torch.channels_last)
        picture = torch.randn(1, 512, 64, 64).to(dtype, memory_format=torch.channels_last)
        work, flops = (lambda: layer(picture)), 2 * 9 * 512**2 * 64**2
    else:
        matrix = torch.randn(2048, 2048, dtype=dtype)
        work, flops = (lambda: matrix @ matrix), 2 * 2048**3
    work()
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return flops / best


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    torch.set_num_threads(int(sys.argv[1]))
    bench = Bench(ours=sys.argv[2] == "ours")
    for line in sys.stdin:
        print(json.dumps(bench.measure(*json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
